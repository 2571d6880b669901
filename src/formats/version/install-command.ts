import { placeOfMapped } from '../../syntax/mapped-text.ts';
import type { Word } from '../../syntax/word.ts';
import { baseName } from '../../text.ts';
import type { FormatContext } from '../format.ts';
import type { Lookup } from './lookup.ts';
import { requirementFile } from './requirement-files.ts';
import { packageName, readRequirement } from './requirement.ts';
import type { Statement } from './statement.ts';

/** Words in front that make a command something else: it is printed or searched for. */
const NOT_RUN = /^(?:echo|printf|cat|e?grep|fgrep|rg|awk|sed|which|log|logger|alias|test|\[|\[\[)$/;
/** Programs that install, each with the words behind it that say so. */
const INSTALLERS: readonly (readonly [RegExp, RegExp])[] = [
  [/^pip[\d.]*$/, /^install$/],
  [/^(?:conda|mamba|micromamba)$/, /^install$/],
  [/^(?:uv|poetry|pdm)$/, /^add$/],
];
/** Options with a value that is no requirement (docs: pip install, uv pip install, conda install). */
const WITH_VALUE =
  /^(?:-i|--index-url|--extra-index-url|--index|--default-index|-f|--find-links|-t|--target|--prefix|--root|-p|--python|-n|--name|--channel|--torch-backend|--index-strategy|--python-version|--timeout|--retries|--trusted-host|--proxy|--cache-dir|--group|-e|--editable)$/;
const REPLACES = /^(?:-[A-Za-z]{0,5}U[A-Za-z]{0,5}|--upgrade|--pre|--force-reinstall|--reinstall|--prerelease.{0,20})$/;
/** Words of one command that are looked at. */
const MAX_WORDS = 500;
/** Requirements files of one command that are looked at. */
const MAX_FILES = 3;
const CONDA = /^(?:conda|mamba|micromamba)$/;

/** A version of an engine that a command installs. */
export interface Installed {
  readonly engine: string;
  readonly statement: Statement;
}

/** What one command installs of any engine; a launch's own words too (`uvx --from vllm==0.15.0 vllm serve …`). */
export function installedBy(
  words: readonly Word[],
  { engines, read }: Pick<FormatContext, 'engines' | 'read'>,
  folder: string,
): readonly Installed[] {
  return engines.flatMap(({ id, packages }) =>
    installsOf(words, { packages, folder, read }).map((statement) => ({ engine: id, statement })),
  );
}

/** What one command installs of some packages, in the order of its words. */
export function installsOf(words: readonly Word[], lookup: Lookup): readonly Statement[] {
  const texts = words.slice(0, MAX_WORDS).map(({ text }) => text.text);
  if (NOT_RUN.test(baseName(texts[0] ?? ''))) return [];
  const ran = oneOffEnvironment(words, texts, lookup);
  if (ran !== null) return ran;
  for (const [at, text] of texts.entries()) {
    const tool = baseName(text);
    const installer = INSTALLERS.find(([name]) => name.test(tool));
    if (!installer) continue;
    // `conda` takes options in front of `install`; nothing else stands there.
    const action = texts.findIndex((one, index) => index > at && !one.startsWith('-'));
    if (action === -1 || !installer[1].test(texts[action] ?? '')) continue;
    const called = at > 0 && baseName(texts[at - 1] ?? '') === 'uv' ? `uv ${tool}` : tool;
    return requirementsBehind(words, action + 1, `${called} ${texts[action]}`, lookup, CONDA.test(tool));
  }
  return [];
}

/** `uvx --from vllm==0.15.0 vllm serve`, `uv run --with vllm==0.11.0 …`, `pipx run --spec …`. */
function oneOffEnvironment(words: readonly Word[], texts: readonly string[], lookup: Lookup): Statement[] | null {
  const tool = texts.findIndex((text) => /^(?:uvx|uv|pipx)$/.test(baseName(text)));
  if (tool === -1) return null;
  const name = baseName(texts[tool] ?? '');
  if (name !== 'uvx' && !/^(?:run|tool)$/.test(texts[tool + 1] ?? '')) return null;
  const found: Statement[] = [];
  for (let index = tool + 1; index < Math.min(words.length, MAX_WORDS); index++) {
    const [option = '', inline] = (texts[index] ?? '').split(/=(.*)/s, 2);
    if (!/^--(?:from|with|spec)$/.test(option)) continue;
    const word = inline === undefined ? words[index + 1] : words[index];
    const statement = word && fromWord(word, inline ?? word.text.text, `${name} ${option}`, lookup, false);
    if (statement) found.push(statement);
  }
  return found;
}

function requirementsBehind(
  words: readonly Word[],
  from: number,
  command: string,
  lookup: Lookup,
  conda: boolean,
): readonly Statement[] {
  const replaces = words.slice(from).some(({ text }) => REPLACES.test(text.text));
  const found: Statement[] = [];
  let files = 0;
  for (let index = from; index < Math.min(words.length, MAX_WORDS); index++) {
    const word = words[index];
    const text = word?.text.text ?? '';
    const file = /^(?:-r|--requirements?|-c|--constraints?)(?:=(.+))?$/.exec(text) ?? /^-r(.+)$/.exec(text);
    if (word && file) {
      const path = file[1] ?? words[++index]?.text.text ?? '';
      // A constraint installs nothing: it holds for what is named beside it.
      const stated = /^-c|^--constraint/.test(text) || files++ >= MAX_FILES ? null : requirementFile(path, lookup);
      if (stated !== null) found.push(throughFile(stated, command, path, replaces));
      continue;
    }
    if (WITH_VALUE.test(text)) index++;
    else if (word && !text.startsWith('-')) {
      const statement = fromWord(word, conda ? doubled(text) : text, command, lookup, replaces);
      if (statement) found.push(statement);
    }
  }
  return found;
}

/** conda pins with one `=`: `vllm=0.9.1`, `conda-forge::vllm=0.9.1=cuda128_py312`. */
function doubled(text: string): string {
  const [, name, version] = /^(?:[\w-]{1,60}::)?([\w-]{1,60})=([^=<>]{1,60})(?:=.{0,80})?$/.exec(text) ?? [];
  return name === undefined ? text : `${name}==${version}`;
}

function fromWord(word: Word, written: string, command: string, lookup: Lookup, replaces: boolean): Statement | null {
  const requirement = readRequirement(written);
  if (requirement === null || !lookup.packages.some((name) => packageName(name) === requirement.name)) {
    return word.unresolved === null ? null : openWord(word, command, lookup);
  }
  const version = word.unresolved === null ? requirement.version : null;
  return {
    version,
    text: `${command} ${requirement.text}`,
    place: placeOfMapped(word.text),
    replaces: replaces || (version === null && /[<>=~@/+]/.test(written)),
  };
}

/** `vllm==${VLLM_VERSION}`, whose value only the run knows. */
function openWord(word: Word, command: string, { packages }: Lookup): Statement | null {
  const text = word.text.text.slice(0, 80).replace(/^["']/, '');
  const [, name = ''] = /^([A-Za-z0-9._-]{1,80}?)(?:\[[^\]]{0,60}\])?(?:[=<>~!@]|$)/.exec(text) ?? [];
  if (!packages.some((one) => packageName(one) === packageName(name))) return null;
  return { version: null, text: `${command} ${text}`, place: placeOfMapped(word.text), replaces: true };
}

function throughFile(stated: Statement, command: string, path: string, replaces: boolean): Statement {
  const text = `${command} -r ${path.slice(0, 80)} (${stated.text}, line ${stated.place.line})`;
  return { ...stated, text, replaces: replaces || stated.replaces };
}
