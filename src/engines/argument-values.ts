import type { ArgumentValue } from '../deployment.ts';
import { table } from '../table.ts';

/** `size`: an int that may be human-readable (`32k`, `25.6k`, `32K`), `auto` or -1. `any`: JSON, a size, else text. */
export type ValueType = 'int' | 'size' | 'float' | 'boolean' | 'string' | 'json' | 'list' | 'any';

/** JSON longer than this is not an option's value. */
const MAX_JSON_CHARACTERS = 64 * 1024;

/**
 * A value as the engine would parse its text. `None` is null, as vLLM's optional types take it.
 * @returns undefined when the text is not of the type.
 */
export function parseValue(text: string, type: ValueType): ArgumentValue | undefined {
  if (type !== 'string' && /^(?:None|null|)$/.test(text)) return null;
  switch (type) {
    case 'int':
      return integer(text);
    case 'size':
      return text === 'auto' ? text : (integer(text) ?? humanSize(text));
    case 'float':
      return decimal(text);
    case 'boolean':
      return /^(?:true|1|yes|on)$/i.test(text) ? true : /^(?:false|0|no|off)$/i.test(text) ? false : undefined;
    case 'json':
      // What earlier releases take in the place of JSON: pairs, and a level of compilation.
      return json(text) ?? (/^(?:[\w.-]+=[\w.,=-]+|\d)$/.test(text) ? text : undefined);
    case 'list':
      return list(text);
    case 'any':
      return anything(text);
    case 'string':
      return text;
  }
}

/** Python's int(): a sign, digits, underscores between them. */
function integer(text: string): number | undefined {
  const value = /^[+-]?\d+(?:_\d+)*$/.test(text.trim()) ? Number(text.replaceAll('_', '')) : Number.NaN;
  return Number.isSafeInteger(value) ? value : undefined;
}

function decimal(text: string): number | undefined {
  if (!/^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/.test(text.trim())) return undefined;
  const value = Number(text);
  return Number.isFinite(value) ? value : undefined;
}

const POWERS: Readonly<Record<string, number>> = table({ k: 1, m: 2, g: 3, t: 4 });

/** vLLM's human_readable_int: k, m, g, t are powers of 1000 and may carry decimals; K, M, G, T are powers of 1024. */
function humanSize(text: string): number | undefined {
  const [, digits = '', suffix = ''] = /^(\d+(?:\.\d+)?)([kmgtKMGT])$/.exec(text.trim()) ?? [];
  const power = POWERS[suffix.toLowerCase()];
  if (power === undefined) return undefined;
  const binary = suffix !== suffix.toLowerCase();
  if (binary && digits.includes('.')) return undefined;
  const value = Math.trunc(Number(digits) * (binary ? 1024 : 1000) ** power);
  return Number.isSafeInteger(value) ? value : undefined;
}

function json(text: string): ArgumentValue | undefined {
  if (text.length > MAX_JSON_CHARACTERS) return undefined;
  try {
    const value = JSON.parse(text) as ArgumentValue;
    return typeof value === 'object' ? value : undefined;
  } catch {
    return undefined;
  }
}

/** `1,2,4`, `[1, 2, 4]` or a single value. */
function list(text: string): ArgumentValue {
  const parsed = json(text);
  if (Array.isArray(parsed)) return parsed;
  return text.split(',').map((part) => anything(part.trim()));
}

function anything(text: string): ArgumentValue {
  if (text === 'true' || text === 'false') return text === 'true';
  return json(text) ?? integer(text) ?? decimal(text) ?? humanSize(text) ?? text;
}
