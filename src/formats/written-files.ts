import { encodedThrough, joinMapped, type MappedText, replacedIn, writtenAs } from '../syntax/mapped-text.ts';
import type { ShellCommand } from '../syntax/shell/index.ts';
import { readYamlIn } from '../syntax/nested-yaml.ts';
import type { YamlValue } from '../syntax/yaml.ts';
import { baseName } from '../text.ts';
import type { NestedFile } from './nested-file.ts';

/** Programs that read a here-document as a manifest or as a script, each with the name that such a file would have. */
const READERS: readonly (readonly [RegExp, string])[] = [
  [/^(?:kubectl|oc|k3s|microk8s)$/, 'stdin.yaml'],
  [/^(?:bash|sh|zsh|ssh|sshpass|su|gcloud)$/, 'stdin.sh'],
];

/**
 * The files that commands write, in their order: out of here-documents (`cat > FILE <<EOF`, `tee FILE <<EOF`, and what `kubectl`
 * and shells get to read) and out of texts (`echo … > FILE`, `printf … >> FILE`), those that are appended to each other as one.
 */
export function filesWrittenBy(commands: readonly ShellCommand[]): NestedFile[] {
  const files: NestedFile[] = [];
  const last = new Map<string, number>();
  const outputs = new Map<number, ShellCommand['output']>();
  for (const [index, command] of commands.entries()) {
    const written = documentOf(command, index) ?? textOf(command);
    if (written === null) continue;
    const before = last.get(written.path);
    const file = before === undefined ? undefined : files[before];
    // A group of commands writes what each of them says.
    const isSame = command.output !== undefined && command.output === outputs.get(before ?? -1);
    if (before !== undefined && file && (written.isAppended === true || isSame)) {
      files[before] = { ...file, text: behind(file.text, written.text) };
    } else {
      last.set(written.path, files.length);
      outputs.set(files.length, command.output);
      files.push(written);
    }
  }
  return files;
}

/** One text behind the other, each on lines of its own. */
export function behind(before: MappedText, text: MappedText): MappedText {
  return joinMapped(before.text.endsWith('\n') ? [before, text] : [before, writtenAs(text, '\n'), text]);
}

function documentOf({ words, document, output, appends }: ShellCommand, index: number): NestedFile | null {
  if (document === undefined || document.text.trim() === '') return null;
  const texts = words.map(({ text }) => text.text);
  const at = texts.findIndex((text) => baseName(text) !== 'sudo' && !text.startsWith('-'));
  const called = baseName(texts[at] ?? '');
  if (called === 'cat' && output) return { path: output.text.text, text: document, isAppended: appends === true };
  const target = called === 'tee' ? texts.find((text, place) => place > at && !text.startsWith('-')) : undefined;
  const isAppended = texts.some((text) => /^(?:-a|--append)$/.test(text));
  if (target !== undefined) return { path: target, text: document, isAppended };
  const read = READERS.find(([name]) => name.test(called));
  return read ? { path: `${index}/${read[1]}`, text: document } : null;
}

/** What `echo` and `printf` put into a file. */
function textOf({ words, output, appends }: ShellCommand): NestedFile | null {
  const [program, ...rest] = words;
  const name = program?.text.text ?? '';
  if (!output || output.unresolved !== null || !/^(?:echo|printf)$/.test(name)) return null;
  const said = rest.filter(({ text }) => !/^-[neE]{1,3}$/.test(text.text));
  const byLine = name === 'printf' && /^%[sb]\\n$/.test(said[0]?.text.text ?? '');
  const [first, ...more] = byLine ? said.slice(1) : said;
  // A form of printf with values behind it is put together from several places.
  if (!first || (name === 'printf' && !byLine && more.length > 0)) return null;
  if ([first, ...more].some(({ unresolved }) => unresolved !== null)) return null;
  const text = joinMapped([
    withLineBreaks(first.text),
    ...more.flatMap((word) => [writtenAs(word.text, byLine ? '\n' : ' '), withLineBreaks(word.text)]),
  ]);
  return { path: output.text.text, text, isAppended: appends === true };
}

/** `\\n` is the end of a line, as `printf`, `echo -e` and the `echo` of `sh` have it. */
function withLineBreaks(mapped: MappedText): MappedText {
  // The `echo` of `sh` takes one of two backslashes away.
  const decoded = replacedIn(mapped, /\\([n\\])/g, ([, sign]) => (sign === 'n' ? '\n' : '\\'));
  return decoded === mapped ? mapped : encodedThrough(decoded, (value) => value.replaceAll('\n', '\\n'));
}

/** The mapping in a file that was written before, by its path; null when there is none, or when branches write it in several ways. */
export function writtenMapping(
  path: string,
  files: readonly NestedFile[],
): Extract<YamlValue, { kind: 'mapping' }> | null {
  const [file, ...others] = files.filter((one) => one.path === path);
  if (!file || others.length > 0) return null;
  const yaml = readYamlIn(file.text);
  const [document] = 'reason' in yaml ? [] : yaml.documents;
  return document?.kind === 'mapping' ? document : null;
}
