import { decodedFrom, encodedThrough, joinMapped, type MappedText, writtenAs } from '../syntax/mapped-text.ts';
import type { ShellCommand } from '../syntax/shell/index.ts';
import { readYamlIn } from '../syntax/nested-yaml.ts';
import type { YamlValue } from '../syntax/yaml.ts';
import type { NestedFile } from './nested-file.ts';

/** Programs that read a here-document as a manifest or as a script, each with the name that such a file would have. */
const READERS: readonly (readonly [RegExp, string])[] = [
  [/^(?:kubectl|oc|k3s|microk8s)$/, 'stdin.yaml'],
  [/^(?:bash|sh|zsh|ssh|su)$/, 'stdin.sh'],
];

/**
 * The files that commands write out of here-documents (`cat > FILE <<EOF`, `tee FILE <<EOF`, and what `kubectl` and shells get to
 * read) and out of texts (`echo … > FILE`, `printf … >> FILE`).
 */
export function filesWrittenBy(commands: readonly ShellCommand[]): NestedFile[] {
  return [...documentsOf(commands), ...textsOf(commands)];
}

function documentsOf(commands: readonly ShellCommand[]): NestedFile[] {
  return commands.flatMap(({ words, document, output }, index): NestedFile[] => {
    if (document === undefined || document.text.trim() === '') return [];
    const texts = words.map(({ text }) => text.text);
    const program = (text: string): string => text.slice(text.lastIndexOf('/') + 1);
    const at = texts.findIndex((text) => program(text) !== 'sudo' && !text.startsWith('-'));
    const called = program(texts[at] ?? '');
    if (called === 'cat' && output) return [{ path: output.text.text, text: document }];
    const target = called === 'tee' ? texts.find((text, place) => place > at && !text.startsWith('-')) : undefined;
    if (target !== undefined) return [{ path: target, text: document }];
    const read = READERS.find(([name]) => name.test(called));
    return read ? [{ path: `${index}/${read[1]}`, text: document }] : [];
  });
}

/** What `echo` and `printf` put into one file, in their order. */
function textsOf(commands: readonly ShellCommand[]): NestedFile[] {
  const parts = new Map<string, MappedText[]>();
  for (const { words, output } of commands) {
    const [program, ...rest] = words;
    const name = program?.text.text ?? '';
    if (!output || output.unresolved !== null || !/^(?:echo|printf)$/.test(name)) continue;
    const said = rest.filter(({ text }) => !/^-[neE]{1,3}$/.test(text.text));
    // A form of printf with values behind it is put together from several places.
    const [only, ...more] = name === 'printf' && /^%[sb]\\n$/.test(said[0]?.text.text ?? '') ? said.slice(1) : said;
    if (!only || more.length > 0 || only.unresolved !== null) continue;
    const path = output.text.text;
    const known = parts.get(path) ?? [];
    const text = withLineBreaks(only.text);
    if (known.length > 0 && !known.at(-1)?.text.endsWith('\n')) known.push(writtenAs(text, '\n'));
    parts.set(path, [...known, text]);
  }
  return [...parts].map(([path, texts]) => ({ path, text: joinMapped(texts) }));
}

/** `\\n` is the end of a line, as `printf`, `echo -e` and the `echo` of `sh` have it. */
function withLineBreaks(mapped: MappedText): MappedText {
  const { text } = mapped;
  if (!text.includes('\\n')) return mapped;
  const froms: number[] = [];
  const tos: number[] = [];
  let decoded = '';
  for (let at = 0; at < text.length; at++) {
    const from = at;
    const isBreak = text.startsWith('\\n', at);
    if (isBreak) at++;
    decoded += isBreak ? '\n' : (text[at] ?? '');
    froms.push(from);
    tos.push(at + 1);
  }
  return encodedThrough(decodedFrom(mapped, decoded, froms, tos), (value) => value.replaceAll('\n', '\\n'));
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
