import type { Scalar, YAMLMap, YAMLSeq } from 'yaml';
import { sliceMapped } from '../../syntax/mapped-text.ts';
import { type YamlEntry, type YamlValue } from '../../syntax/yaml.ts';
import { exceeds } from '../../syntax/unread.ts';

type Mapping = Extract<YamlValue, { kind: 'mapping' }>;

/** Levels of one name, and items of one list, that a value set by name reaches. */
const MAX_LEVELS = 12;
const MAX_INDEX = 100;

/** Values laid over others as Helm does: mappings key by key, `null` takes a key out, anything else as a whole. */
export function laidOver(base: YamlValue | null, over: YamlValue, depth = 0): YamlValue {
  if (base?.kind !== 'mapping' || over.kind !== 'mapping' || depth > 40) return over;
  const entries = new Map(base.entries.map((entry) => [entry.key, entry]));
  for (const entry of over.entries) {
    const old = entries.get(entry.key);
    if (entry.value.kind === 'scalar' && entry.value.value === null) entries.delete(entry.key);
    else entries.set(entry.key, { ...entry, value: laidOver(old?.value ?? null, entry.value, depth + 1) });
  }
  return { ...base, entries: [...entries.values()] };
}

/**
 * Values with one set by its name (`--set a.b[0].c=value`, strvals of Helm). What is made on the way has no place of its own;
 * null for a name that is none.
 */
export function withSet(values: YamlValue | null, name: string, own: YamlEntry): YamlValue | null {
  const steps = stepsOf(name);
  return steps === null ? null : setAt(values, steps, listOf(own));
}

type Step = string | number;

/** `modelSpec[0].vllmConfig.maxModelLen`; a dot behind a backslash belongs to its key. */
function stepsOf(name: string): Step[] | null {
  const steps: Step[] = [];
  let at = 0;
  const step = /(?:(?:^|\.)((?:[^.[\]\\]|\\.){1,120})|\[(\d{1,3})\])/y;
  while (at < name.length) {
    step.lastIndex = at;
    const found = step.exec(name);
    if (!found || exceeds(steps.length + 1, MAX_LEVELS, 'levels of a name that is set')) return null;
    steps.push(found[1] === undefined ? Number(found[2]) : found[1].replace(/\\(.)/g, '$1'));
    at = step.lastIndex;
  }
  return steps.length === 0 || typeof steps[0] === 'number' ? null : steps;
}

function setAt(values: YamlValue | null, [step, ...rest]: readonly Step[], own: YamlEntry): YamlValue {
  const { file } = own.value;
  if (step === undefined) return own.value;
  if (typeof step === 'number') {
    const items = values?.kind === 'sequence' ? [...values.items] : [];
    exceeds(step, MAX_INDEX, 'items that are set by their number');
    const index = Math.min(step, items.length, MAX_INDEX);
    items[index] = setAt(items[index] ?? null, rest, own);
    if (values?.kind === 'sequence') return { ...values, items };
    return { kind: 'sequence', items, node: { flow: true } as unknown as YAMLSeq, file };
  }
  const entries = values?.kind === 'mapping' ? values.entries : [];
  const old = entries.find(({ key }) => key === step);
  const entry = { ...own, key: step, value: setAt(old?.value ?? null, rest, own) };
  const all = old ? entries.map((one) => (one === old ? entry : one)) : [...entries, entry];
  if (values?.kind === 'mapping') return { ...values, entries: all };
  const nowhere: Mapping = { kind: 'mapping', entries: all, node: { flow: true } as unknown as YAMLMap, file };
  return nowhere;
}

/** `{a,b}` is a list. */
function listOf(own: YamlEntry): YamlEntry {
  const { value } = own;
  if (value.kind !== 'scalar' || !/^\{[^{}]*\}$/.test(value.text.text)) return own;
  const items = [...value.text.text.matchAll(/(?:[^{},\\]|\\.)+/g)].map((found): YamlValue => {
    const lead = found[0].length - found[0].trimStart().length;
    const text = sliceMapped(value.text, found.index + lead, found.index + found[0].trimEnd().length);
    return { kind: 'scalar', value: text.text, text, node: {} as unknown as Scalar, file: value.file };
  });
  const list: YamlValue = { kind: 'sequence', items, node: { flow: true } as unknown as YAMLSeq, file: value.file };
  return { ...own, value: list };
}
