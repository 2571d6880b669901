import type { ShellCommand } from '../syntax/shell/index.ts';
import { readYamlIn } from '../syntax/nested-yaml.ts';
import type { YamlValue } from '../syntax/yaml.ts';
import type { NestedFile } from './nested-file.ts';

/** Programs that read a here-document as a manifest or as a script, each with the name that such a file would have. */
const READERS: readonly (readonly [RegExp, string])[] = [
  [/^(?:kubectl|oc|k3s|microk8s)$/, 'stdin.yaml'],
  [/^(?:bash|sh|zsh|ssh|su)$/, 'stdin.sh'],
];

/** The files that commands write out of here-documents: `cat > FILE <<EOF`, `tee FILE <<EOF`, and what `kubectl` and shells get to read. */
export function filesWrittenBy(commands: readonly ShellCommand[]): NestedFile[] {
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
