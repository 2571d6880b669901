import { mappedFile, mappedIdentity, type MappedText, sliceMapped } from '../../syntax/mapped-text.ts';
import { at, entriesIn, itemsOf, textOf, type YamlEntry, type YamlValue } from '../../syntax/yaml.ts';
import { baseName, placeOf, type SourceFile } from '../../text.ts';
import { exceeds } from '../../syntax/unread.ts';

const MAX_LINES = 1_000;

/** ConfigMaps that `configMapGenerator` makes, by name, each value at the place where it is written. */
export function generatedMaps(
  kustomization: YamlValue,
  read: (relative: string) => SourceFile | null,
): [string, YamlValue][] {
  return itemsOf(at(kustomization, 'configMapGenerator')).flatMap((generator): [string, YamlValue][] => {
    const name = textOf(at(generator, 'name'));
    const [sample] = entriesIn(generator);
    if (name === null || generator.kind !== 'mapping' || !sample) return [];
    const literals = itemsOf(at(generator, 'literals')).flatMap((item) =>
      item.kind === 'scalar' ? (literalOf(item.text) ?? []) : [],
    );
    const files = [...itemsOf(at(generator, 'envs')), at(generator, 'env')].flatMap((item) => {
      const path = textOf(item ?? null);
      const file = path === null ? null : read(path);
      return file ? linesOf(file) : [];
    });
    const whole = itemsOf(at(generator, 'files')).flatMap((item) => fileOf(textOf(item), read));
    const entries = [...whole, ...files, ...literals].map(({ key, text }) => entryOf(key, text, sample));
    return entries.length === 0 ? [] : [[name, { ...generator, entries }]];
  });
}

interface Variable {
  readonly key: string;
  readonly text: MappedText;
}

function literalOf(text: MappedText): Variable | null {
  const equals = text.text.indexOf('=');
  if (equals <= 0) return null;
  const quoted = /^(["']).*\1$/s.test(text.text.slice(equals + 1)) ? 1 : 0;
  const value = sliceMapped(text, equals + 1 + quoted, text.text.length - quoted);
  return { key: text.text.slice(0, equals), text: value };
}

/** `config.yaml`, or `key=path`: a file as one value. */
function fileOf(item: string | null, read: (relative: string) => SourceFile | null): Variable[] {
  if (item === null) return [];
  const [first = '', path = first] = item.split('=', 2);
  const file = read(path);
  const key = path === first ? baseName(path) : first;
  return file ? [{ key, text: mappedFile(file) }] : [];
}

function linesOf(file: SourceFile): Variable[] {
  const found: Variable[] = [];
  for (const line of file.text.matchAll(/^[ \t]*([A-Za-z_][\w.-]*)=([^\r\n]*)/gm)) {
    if (exceeds(found.length + 1, MAX_LINES, 'variables of a ConfigMap', () => placeOf(file, line.index, line.index)))
      break;
    const [whole, key = '', value = ''] = line;
    const start = line.index + whole.length - value.length;
    found.push({ key, text: mappedIdentity(file, start, start + value.length, plain) });
  }
  return found;
}

/** Kustomize takes what stands behind `=` as it is. */
function plain(text: string): string | null {
  return /[\r\n]/.test(text) ? null : text;
}

function entryOf(key: string, text: MappedText, sample: YamlEntry): YamlEntry {
  const file = text.segments[0]?.file ?? sample.value.file;
  const scalar = sample.keyText;
  const node = (sample.value.kind === 'scalar' ? sample.value.node : sample.pair.key) as never;
  return { ...sample, key, keyText: scalar, value: { kind: 'scalar', value: text.text, text, node, file } };
}
