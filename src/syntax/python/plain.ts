import type { SourceFile } from '../../text.ts';
import { computedText } from './text.ts';
import { knownText, openValue, type PythonValue, type Range } from './values.ts';

/** Plain data, as JSON has it. */
export type Plain = string | number | boolean | null | readonly Plain[] | { readonly [key: string]: Plain };

const MAX_DEPTH = 20;

/** A value as plain data; undefined where a part of it is not known. */
export function plainOf(value: PythonValue, depth = 0): Plain | undefined {
  if (depth > MAX_DEPTH) return undefined;
  switch (value.kind) {
    case 'text':
      return knownText(value)?.text;
    case 'number':
    case 'bool':
      return value.value;
    case 'none':
      return value.variable === null ? null : undefined;
    case 'list': {
      const items = value.items.map((item) =>
        item.doubt === null && !item.spread ? plainOf(item.value, depth + 1) : undefined,
      );
      return items.some((item) => item === undefined) ? undefined : (items as Plain[]);
    }
    case 'dict': {
      if (value.more.length > 0) return undefined;
      const entries = value.entries.map(({ key, value: own }) => [key, plainOf(own, depth + 1)] as const);
      if (entries.some(([, own]) => own === undefined)) return undefined;
      return Object.fromEntries(entries) as { readonly [key: string]: Plain };
    }
    default:
      return undefined;
  }
}

/** `json.dumps(value)` */
export function jsonOf(value: PythonValue, node: Range, file: SourceFile): PythonValue {
  const data = plainOf(value);
  if (data === undefined) return openValue('a part of its JSON is not known', node);
  return { kind: 'text', text: computedText(file, node, JSON.stringify(data)), open: [] };
}
