import { readYamlIn } from './nested-yaml.ts';
import { type Noted, readOnce } from './unread.ts';
import { readYamlBetween, type YamlFile, type YamlValue } from './yaml.ts';

/**
 * The YAML inside a scalar, as documents whose places are those of the file itself: a literal block
 * (`|`) is read where it stands, any other text as it is decoded. Null for what is no text.
 */
export function readEmbeddedYaml(value: YamlValue | null): YamlFile | null {
  if (value?.kind !== 'scalar' || typeof value.value !== 'string') return null;
  if (value.node.type !== 'BLOCK_LITERAL') return readYamlIn(value.text);
  const [start, end] = value.node.range ?? [0, 0];
  const header = value.file.text.indexOf('\n', start);
  if (header === -1 || header >= end) return null;
  return readOnce(read, value.node, () => readYamlBetween(value.file, header + 1, end));
}

/** A block that several documents refer to is read once. */
const read = new WeakMap<object, Noted<YamlFile>>();
