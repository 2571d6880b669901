import { joinMapped, type MappedText, sliceMapped } from '../../syntax/mapped-text.ts';
import { at, itemsOf, textOf, type YamlEntry, type YamlValue } from '../../syntax/yaml.ts';
import { firstOf, placeOfValue } from '../../syntax/unread.ts';

const MAX_REPLACEMENTS = 100;

/** What a value is put into. */
interface Target {
  readonly path: readonly string[];
  readonly delimiter: string | null;
  readonly index: number;
}

/** One `replacements:` entry of a kustomization with the value that it takes. */
export interface Replacement {
  readonly value: MappedText;
  readonly select: YamlValue;
  readonly targets: readonly Target[];
}

/** Replacements whose source is among some documents; those from elsewhere are left out. */
export function replacementsOf(
  kustomization: YamlValue,
  documents: readonly YamlValue[],
  maps: ReadonlyMap<string, YamlValue>,
): Replacement[] {
  return firstOf(itemsOf(at(kustomization, 'replacements')), MAX_REPLACEMENTS, 'replacements', placeOfValue).flatMap(
    (item) => {
      const value = sourceOf(at(item, 'source'), documents, maps);
      if (value === null) return [];
      return itemsOf(at(item, 'targets')).flatMap((target) => {
        const select = at(target, 'select');
        const options = at(target, 'options');
        const targets = itemsOf(at(target, 'fieldPaths')).flatMap((path) => {
          const text = textOf(path);
          if (text === null) return [];
          const index = Number(textOf(at(options, 'index')) ?? 0);
          return [{ path: stepsOf(text), delimiter: textOf(at(options, 'delimiter')), index }];
        });
        return select ? [{ value, select, targets }] : [];
      });
    },
  );
}

/** `spec.template.spec.containers.[name=vllm].args.1`; a dot inside brackets (`annotations.[a.b/c]`) or behind a backslash belongs to its step. */
function stepsOf(path: string): string[] {
  const steps = path.slice(0, 500).match(/\[[^\]]*\]|(?:\\.|[^.\\])+/g) ?? [];
  return steps.map((step) => step.replace(/^\[([^=\]]*)\]$/, '$1').replace(/\\(.)/g, '$1'));
}

function sourceOf(
  source: YamlValue | null,
  documents: readonly YamlValue[],
  maps: ReadonlyMap<string, YamlValue>,
): MappedText | null {
  const path = stepsOf(textOf(at(source, 'fieldPath')) ?? 'metadata.name');
  const [kind, name] = [textOf(at(source, 'kind')), textOf(at(source, 'name'))];
  const generated = kind === 'ConfigMap' && name !== null && path[0] === 'data' ? maps.get(name) : undefined;
  const document = documents.find(
    (one) =>
      (kind === null || textOf(at(one, 'kind')) === kind) &&
      (name === null || textOf(at(one, 'metadata', 'name')) === name),
  );
  const found = generated ? valueAt(generated, path.slice(1)) : document ? valueAt(document, path) : null;
  if (found?.kind !== 'scalar' || found.value === null) return null;
  const options = at(source, 'options');
  const delimiter = textOf(at(options, 'delimiter'));
  if (delimiter === null || delimiter === '') return found.text;
  const part = partOf(found.text, delimiter, Number(textOf(at(options, 'index')) ?? 0));
  return part && sliceMapped(found.text, part.start, part.end);
}

/** Where one of the parts of a text lies; null for one that is not there. */
function partOf({ text }: MappedText, delimiter: string, index: number): { start: number; end: number } | null {
  let start = 0;
  for (let count = 0; count < index; count++) {
    const found = text.indexOf(delimiter, start);
    if (found === -1 || count > 100) return null;
    start = found + delimiter.length;
  }
  const end = text.indexOf(delimiter, start);
  return { start, end: end === -1 ? text.length : end };
}

function valueAt(value: YamlValue, [step, ...rest]: readonly string[]): YamlValue | null {
  if (step === undefined) return value;
  if (value.kind === 'sequence') {
    const index = indexOf(value.items, step);
    const item = value.items[index];
    return item ? valueAt(item, rest) : null;
  }
  const inner = at(value, step);
  return inner && valueAt(inner, rest);
}

function indexOf(items: readonly YamlValue[], step: string): number {
  const [, key, wanted] = /^\[([^=\]]+)=([^\]]*)\]$/.exec(step) ?? [];
  if (key === undefined) return /^\d{1,4}$/.test(step) ? Number(step) : -1;
  return items.findIndex((item) => textOf(at(item, key)) === wanted);
}

/** A document with a replacement's value at its paths; null where it has none of them. */
export function replacedIn(document: YamlValue, { value, targets }: Replacement): YamlValue | null {
  let result = document;
  let changed = false;
  for (const target of targets) {
    const next = putAt(result, target.path, target, value);
    if (next === null) continue;
    result = next;
    changed = true;
  }
  return changed ? result : null;
}

function putAt(
  value: YamlValue,
  [step, ...rest]: readonly string[],
  target: Target,
  text: MappedText,
): YamlValue | null {
  if (step === undefined) return value.kind === 'scalar' ? scalarWith(value, target, text) : null;
  if (value.kind === 'sequence') {
    const wanted = step === '*' ? value.items.map((_item, index) => index) : [indexOf(value.items, step)];
    let changed = false;
    const items = value.items.map((item, index) => {
      const own = wanted.includes(index) ? putAt(item, rest, target, text) : null;
      changed ||= own !== null;
      return own ?? item;
    });
    return changed ? { ...value, items } : null;
  }
  if (value.kind !== 'mapping') return null;
  const index = value.entries.findIndex(({ key }) => key === step);
  const old: YamlEntry | undefined = value.entries[index];
  const own = old && putAt(old.value, rest, target, text);
  return own ? { ...value, entries: value.entries.with(index, { ...old, value: own }) } : null;
}

function scalarWith(
  value: Extract<YamlValue, { kind: 'scalar' }>,
  { delimiter, index }: Target,
  text: MappedText,
): YamlValue | null {
  if (delimiter === null || delimiter === '') return { ...value, value: text.text, text };
  const part = partOf(value.text, delimiter, index);
  if (!part) return null;
  const joined = joinMapped([
    sliceMapped(value.text, 0, part.start),
    text,
    sliceMapped(value.text, part.end, value.text.text.length),
  ]);
  return { ...value, value: joined.text, text: joined };
}
