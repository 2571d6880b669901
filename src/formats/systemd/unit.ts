import { readDotenv } from '../../syntax/dotenv.ts';
import { interpolate, type Lookup, wordOf } from '../../syntax/interpolation.ts';
import { encodedThrough, type MappedText, sliceMapped } from '../../syntax/mapped-text.ts';
import { splitWords } from '../../syntax/shell/split-words.ts';
import { withOutputsFilled } from '../../syntax/template-mask.ts';
import { readUnit, type UnitEntry } from '../../syntax/unit-file.ts';
import type { Word } from '../../syntax/word.ts';
import { baseName, type SourceFile } from '../../text.ts';
import type { FormatContext } from '../format.ts';
import { folderOf, inFolder } from '../../paths.ts';
import { firstOf } from '../../syntax/unread.ts';

/** What a unit says, under what it is laid over where it is a drop-in. */
export interface Unit {
  readonly file: SourceFile;
  readonly entries: readonly UnitEntry[];
  /** Whether the file itself changes what is launched. */
  readonly speaks: boolean;
}

const LAUNCH_KEYS = /^(?:ExecStart|Environment|EnvironmentFile|Exec|Image)$/;
/** Files of variables of one unit. */
const MAX_FILES = 10;

/** The settings of a unit; a drop-in (`vllm.service.d/override.conf`) goes behind those of the unit beside its folder. */
export function unitOf(file: SourceFile, { read }: FormatContext): Unit {
  const own = readUnit(withOutputsFilled(file));
  const folder = folderOf(file.path);
  const base = /\.(?:service|container)\.d$/.test(folder) ? read(folder.slice(0, -2)) : null;
  return {
    file,
    entries: [...(base ? readUnit(withOutputsFilled(base)) : []), ...own],
    speaks: own.some(({ key }) => LAUNCH_KEYS.test(key)),
  };
}

/** The values of a setting that adds up; an empty one takes away all in front of it (systemd.service(5)). */
export function valuesOf({ entries }: Unit, section: string, key: string): MappedText[] {
  const values: MappedText[] = [];
  for (const entry of entries) {
    if (entry.section !== section || entry.key !== key) continue;
    if (entry.value.text.trim() === '') values.length = 0;
    else values.push(entry.value);
  }
  return values;
}

export interface UnitEnvironment {
  readonly variables: ReadonlyMap<string, Word>;
  /** Files of variables that are not in the repository. */
  readonly missing: readonly string[];
}

/** The environment of a unit's commands: `Environment=`, then the files that `EnvironmentFile=` names (systemd.exec(5)). */
export function environmentOf(unit: Unit, section: string, { read }: FormatContext): UnitEnvironment {
  const variables = new Map<string, Word>();
  for (const value of valuesOf(unit, section, 'Environment')) {
    for (const { text } of splitWords({ text: value, open: [] }, false)) {
      const equals = text.text.indexOf('=');
      if (equals <= 0) continue;
      variables.set(text.text.slice(0, equals), specified(sliceMapped(text, equals + 1, text.text.length)));
    }
  }
  const missing: string[] = [];
  const folder = folderOf(unit.file.path.replace(/\.d\/[^/]*$/, ''));
  for (const { text } of firstOf(
    valuesOf(unit, section, 'EnvironmentFile'),
    MAX_FILES,
    'files of variables of a unit',
  )) {
    const path = text.trim().replace(/^-/, '');
    // Where it lies on the machine is not where it lies in the repository: beside the unit, by its name.
    const name = baseName(path);
    const file = name === '' ? null : read(inFolder(folder, name));
    if (!file) missing.push(path);
    for (const [key, word] of file ? readDotenv(file) : []) variables.set(key, word);
  }
  return { variables, missing };
}

/** `%%` is a percent sign; what the instance of a template unit is called only the machine knows. */
function specified(text: MappedText): Word {
  const found = /(?<!%)%([iIjJ])/.exec(text.text);
  const written = encodedThrough(text, (value) => value.replaceAll('%', '%%'));
  return { text: written, unresolved: found ? `%${found[1]} is the name of the instance` : null };
}

/** The words of a command line (systemd.service(5), "Command lines"); variables without a value are kept in `open`. */
export function commandWords(
  command: MappedText,
  { variables, missing }: UnitEnvironment,
  open: Map<string, Word>,
): Word[] {
  const where = missing.length > 0 ? `in ${missing.join(' or ')}, which is not in the repository` : 'in the unit';
  const lookup: Lookup = (name) => {
    const known = variables.get(name);
    if (known) return known;
    const unresolved = missing.length > 0 ? `${name} is set ${where}` : `${name} is not set ${where}`;
    const word = { text: sliceMapped(command, 0, 0), unresolved };
    open.set(name, word);
    return word;
  };
  return splitWords(interpolate(command, lookup), false).map((word) => {
    const { text, unresolved } = specified(word.text);
    return { text, unresolved: word.unresolved ?? unresolved };
  });
}

/** A command line without the signs in front that say how it is run. */
export function withoutPrefix(value: MappedText): MappedText {
  return sliceMapped(value, /^[-@:+!|]*/.exec(value.text)?.[0].length ?? 0, value.text.length);
}

/** A value as one word. */
export function valueWord(value: MappedText, { variables }: UnitEnvironment): Word {
  return wordOf(interpolate(value, (name) => variables.get(name) ?? null));
}
