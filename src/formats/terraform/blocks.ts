import type { HclBlock, HclBody } from '../../syntax/hcl/index.ts';
import type { YamlValue } from '../../syntax/yaml.ts';
import { itemsWithKeys, type Scope } from './scope.ts';
import { attributeOf } from './module.ts';
import { mapping, type Mapping, type NamedValue, NOWHERE, sequence } from './values.ts';
import { exceeds } from '../../syntax/unread.ts';

const MAX_DEPTH = 60;

/**
 * A body as a mapping: attributes as they are, and under the type of its blocks a list of them. `dynamic` blocks are
 * written out where what they go through is known.
 */
export function bodyValue(body: HclBody, scope: Scope, range = NOWHERE): Mapping {
  const { file } = scope;
  const inner: Scope = { ...scope, depth: scope.depth + 1 };
  const named: NamedValue[] = body.attributes.map(({ name, start, value }) => ({
    key: name,
    keyRange: { start, end: start + name.length },
    value: scope.evaluate(value, inner),
  }));
  const blocks = new Map<string, { readonly first: HclBlock; readonly values: YamlValue[] }>();
  const add = (type: string, block: HclBlock, value: YamlValue): void => {
    const known = blocks.get(type) ?? { first: block, values: [] };
    known.values.push(value);
    blocks.set(type, known);
  };
  for (const block of exceeds(scope.depth, MAX_DEPTH, 'levels of blocks') ? [] : body.blocks) {
    const [label] = block.labels;
    if (block.type === 'dynamic' && label !== undefined) {
      for (const value of written(block, label, inner)) add(label, block, value);
    } else add(block.type, block, bodyValue(block.body, inner, block));
  }
  for (const [type, { first, values }] of blocks) {
    named.push({
      key: type,
      keyRange: { start: first.start, end: first.start + first.type.length },
      value: sequence(file, NOWHERE, values),
    });
  }
  return mapping(file, range, named);
}

/** The blocks that a `dynamic` block stands for. */
function written(block: HclBlock, label: string, scope: Scope): YamlValue[] {
  const content = block.body.blocks.find(({ type }) => type === 'content');
  const each = attributeOf(block, 'for_each');
  const items = each === null ? null : itemsWithKeys(scope.evaluate(each.value, scope));
  if (!content || items === null) return [];
  const named = attributeOf(block, 'iterator')?.value;
  const iterator = named?.kind === 'reference' ? named.name : label;
  return items.map((item) =>
    bodyValue(content.body, { ...scope, names: new Map([...scope.names, [iterator, eachOf(item, scope)]]) }),
  );
}

/** `each`, or the name of a `dynamic` block: a key and a value. */
export function eachOf(
  { key, value }: { readonly key: YamlValue; readonly value: YamlValue },
  { file }: Scope,
): Mapping {
  return mapping(file, NOWHERE, [
    { key: 'key', keyRange: NOWHERE, value: key },
    { key: 'value', keyRange: NOWHERE, value },
  ]);
}
