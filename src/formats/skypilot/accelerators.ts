import type { Device, GpuRequest, Located } from '../../deployment.ts';
import { placeOfMapped, sliceMapped } from '../../syntax/mapped-text.ts';
import { at, entriesIn, itemsOf, type YamlValue } from '../../syntax/yaml.ts';
import { wholeNumber } from '../whole-number.ts';

/** One kind of GPU that a task may run on. */
export interface Accelerator {
  readonly name: Located<string>;
  /** GPUs of a node; `H100` alone is one. */
  readonly count: Located<number>;
}

/**
 * The accelerators of a task's resources (SkyPilot docs, YAML spec): `L4`, `L4:2`, `{H100: 8}`, `{H100:8, A100:8}` for any
 * of these, lists, and `any_of` or `ordered` lists of resources.
 */
export function acceleratorsOf(resources: YamlValue | null, ...keys: readonly string[]): Accelerator[] {
  const asked = (one: YamlValue | null): Accelerator[] => {
    const found = keys.map((key) => at(one, key)).find((value) => value !== null);
    return listed(found ?? null);
  };
  const own = asked(resources);
  const others = ['any_of', 'ordered'].flatMap((choice) => itemsOf(at(resources, choice)).flatMap(asked));
  return own.length > 0 ? own : others;
}

function listed(value: YamlValue | null): Accelerator[] {
  if (value?.kind === 'scalar') return value.value === null ? [] : named(value.text);
  if (value?.kind === 'sequence') return value.items.flatMap(listed);
  return entriesIn(value).flatMap((entry): Accelerator[] => {
    const { keyText, value: count } = entry;
    const found = named(keyText);
    const [only] = found;
    const given = wholeNumber(count);
    return given && only ? [{ name: only.name, count: given }] : found;
  });
}

function named(text: Parameters<typeof sliceMapped>[0]): Accelerator[] {
  const [, name, count] = /^\s*([A-Za-z][\w-]{0,60})(?::(\d{1,4}))?(?:\.\d+)?\s*$/.exec(text.text) ?? [];
  if (name === undefined) return [];
  const start = text.text.indexOf(name);
  const place = placeOfMapped(sliceMapped(text, start, start + name.length));
  return [
    { name: { value: name, place }, count: { value: Math.max(1, Number(count ?? 1)), place: placeOfMapped(text) } },
  ];
}

/** What a task asks for: the first of its accelerators, else the GPUs of its instance type; the others beside it. */
export function gpuRequestOf(
  resources: YamlValue | null,
  accelerators: readonly Accelerator[],
  nodes: number,
): GpuRequest {
  const [first, ...others] = accelerators;
  if (first) return { ...first, nodes, ...(others.length > 0 && { alternatives: others }) };
  const type = at(resources, 'instance_type');
  const name =
    type?.kind === 'scalar' && type.value !== null ? { value: type.text.text, place: placeOfMapped(type.text) } : null;
  return { name, count: null, nodes };
}

/** What runs the engine, where the accelerators are no GPUs. */
export function deviceOf([first]: readonly Accelerator[]): Device | null {
  if (first === undefined) return null;
  const name = first.name.value.toLowerCase();
  if (name.startsWith('tpu')) return 'tpu';
  if (/^(?:gaudi|hpu)/.test(name)) return 'gaudi';
  return /^(?:trainium|inferentia)/.test(name) ? 'neuron' : null;
}
