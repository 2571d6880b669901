import type { GpuRequest, Located } from '../../deployment.ts';
import { placeOfMapped, sliceMapped } from '../../syntax/mapped-text.ts';
import { firstOf } from '../../syntax/unread.ts';
import { at, itemsOf, textOf, type YamlEntry, type YamlValue } from '../../syntax/yaml.ts';
import { wholeNumber } from '../whole-number.ts';

const VENDOR = /^(?:nvidia|amd|intel)$/i;
const NAMES = /^[A-Za-z][\w-]*(?:,[A-Za-z][\w-]*)*$/;
/** Nobody allows more kinds of GPU. */
const MAX_ALLOWED = 20;
/** `80GB`, `24GB..48GB`, `40GB..` */
const MEMORY = /^(\d{1,4})GB(?:\.\.(?:\d{1,4}GB)?)?$/i;
/** `2`, `1..4`, `2..` */
const COUNT = /^(\d{1,3})(?:\.\.\d{0,3})?$/;

type Asked = Pick<GpuRequest, 'name' | 'count' | 'alternatives'>;

/**
 * What dstack's `gpu` asks for (dstack docs, reference of `resources.gpu`): `nvidia:A100,H100:80GB:2`, or a mapping of the same.
 * The least of a range counts. Null where no card is named: which one has enough memory, the cloud decides.
 */
export function dstackGpus(entries: readonly YamlEntry[]): Asked | null {
  for (const { key, value } of entries) {
    if (!/^gpu$/i.test(key)) continue;
    const asked = value.kind === 'mapping' ? ofMapping(value) : value.kind === 'scalar' ? ofWords(value) : null;
    if (asked !== null) return asked;
  }
  return null;
}

function ofWords(value: Extract<YamlValue, { kind: 'scalar' }>): Asked | null {
  const { text } = value.text;
  if (!text.includes(':')) return null;
  const names: Located<string>[] = [];
  let memory = '';
  let count: Located<number> | null = null;
  let start = 0;
  for (const part of text.split(':')) {
    const here = placeOfMapped(sliceMapped(value.text, start, start + part.length));
    start += part.length + 1;
    const least = COUNT.exec(part)?.[1];
    if (VENDOR.test(part)) continue;
    if (MEMORY.test(part)) memory = MEMORY.exec(part)?.[1] ?? '';
    else if (least !== undefined) count = { value: Number(least), place: here };
    else if (NAMES.test(part)) names.push(...part.split(',').map((name) => ({ value: name, place: here })));
    else return null;
  }
  return asRequest(names, memory, count);
}

function ofMapping(mapping: YamlValue): Asked | null {
  const named = at(mapping, 'name');
  const names = (named?.kind === 'sequence' ? itemsOf(named) : [named]).flatMap((one): Located<string>[] =>
    one?.kind === 'scalar' && NAMES.test(one.text.text)
      ? [{ value: one.text.text, place: placeOfMapped(one.text) }]
      : [],
  );
  const memory = MEMORY.exec(textOf(at(mapping, 'memory')) ?? '')?.[1] ?? '';
  return asRequest(names, memory, wholeNumber(at(mapping, 'count')));
}

/** One name goes before the others, each with the memory beside it: `A100` comes with 40 and 80 GB. */
function asRequest(names: readonly Located<string>[], memory: string, count: Asked['count']): Asked | null {
  const sized = names.map(({ value, place }) => ({ value: memory === '' ? value : `${value} ${memory}GB`, place }));
  const [name, ...others] = firstOf(sized, MAX_ALLOWED, 'GPUs that a task may run on', ({ place }) => place);
  if (!name) return null;
  const alternatives = others.map((other) => ({ name: other, count }));
  return { name, count, ...(alternatives.length > 0 && { alternatives }) };
}
