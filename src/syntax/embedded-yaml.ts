import type { SourceFile } from '../text.ts';
import { readYamlIn } from './nested-yaml.ts';
import { readYaml, type YamlFile, type YamlValue } from './yaml.ts';

/**
 * The YAML inside a scalar, as documents whose places are those of the file itself: all that stands around a literal block
 * (`|`) is read as blank, any other text is read as it is decoded. Null for what is no text.
 */
export function readEmbeddedYaml(value: YamlValue | null): YamlFile | null {
  if (value?.kind !== 'scalar' || typeof value.value !== 'string') return null;
  if (value.node.type !== 'BLOCK_LITERAL') return readYamlIn(value.text);
  const [start, end] = value.node.range ?? [0, 0];
  const header = value.file.text.indexOf('\n', start);
  if (header === -1 || header >= end) return null;
  const known = read.get(value.node);
  if (known) return known;
  const yaml = readYaml(onlyRange(value.file, header + 1, end));
  read.set(value.node, yaml);
  return yaml;
}

/** A block that several documents refer to is read once. */
const read = new WeakMap<object, YamlFile>();

/** A file of the same length in which only one range can be read. */
function onlyRange(file: SourceFile, start: number, end: number): SourceFile {
  const blank = (text: string): string => text.replace(/[^\n\r]/g, ' ');
  return {
    path: file.path,
    text: blank(file.text.slice(0, start)) + file.text.slice(start, end) + blank(file.text.slice(end)),
  };
}
