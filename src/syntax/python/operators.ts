import { joinMapped, type MappedText, writtenAs } from '../mapped-text.ts';
import { asText, concatenated, reasonOf } from './concat.ts';
import { childrenOf } from './nodes.ts';
import type { Run } from './run.ts';
import { bareEncoding, computedText } from './text.ts';
import { knownText, openValue, type PythonNode, type PythonValue, type Range, truthOf, withEntry } from './values.ts';
import { firstOf } from '../unread.ts';

const MAX_ITEMS = 5_000;

/** `one + other` and the like. */
export function binary(node: PythonNode, run: Run): PythonValue {
  const children = childrenOf(node);
  const [left, right] = [children[0], children.at(-1)];
  if (!left || !right || children.length < 3) return openValue('it is computed', node);
  const symbol = run.file.text
    .slice(left.to, right.from)
    .replace(/[\s\\()]+/g, ' ')
    .trim();
  const one = run.evaluate(left, run);
  if (symbol === 'and' || symbol === 'or') return logical(symbol, one, right, node, run);
  const other = run.evaluate(right, run);
  const compared = comparison(symbol, one, other);
  if (compared !== undefined) return compared ?? openValue('it depends on what only the run knows', node);
  return (symbol === '+' ? sum(one, other, node, run) : null) ?? arithmetic(symbol, one, other, node, run);
}

function logical(symbol: string, one: PythonValue, right: PythonNode, node: PythonNode, run: Run): PythonValue {
  const truth = truthOf(one);
  if (truth === (symbol === 'or')) return one;
  if (truth !== null) return run.evaluate(right, run);
  const other = run.evaluate(right, run);
  // `args.model or DEFAULT`: whoever calls it may say so, and need not.
  if (symbol === 'or' && one.kind === 'open' && one.cause === 'environment') return other;
  if (one.kind === 'open') return { ...one, range: { from: node.from, to: node.to } };
  return openValue(reasonOf(one), node);
}

/** undefined: no comparison; null: not known. */
function comparison(symbol: string, one: PythonValue, other: PythonValue): PythonValue | null | undefined {
  switch (symbol) {
    case '==':
    case 'is':
      return equal(one, other, true);
    case '!=':
    case 'is not':
      return equal(one, other, false);
    case 'in':
      return contained(one, other, true);
    case 'not in':
      return contained(one, other, false);
    case '<':
    case '>':
    case '<=':
    case '>=': {
      if (one.kind !== 'number' || other.kind !== 'number') return null;
      const [a, b] = [one.value, other.value];
      const result = symbol === '<' ? a < b : symbol === '>' ? a > b : symbol === '<=' ? a <= b : a >= b;
      return { kind: 'bool', value: result, text: writtenAs(one.text, result ? 'True' : 'False') };
    }
    default:
      return undefined;
  }
}

function scalar(value: PythonValue): string | number | boolean | null | undefined {
  if (value.kind === 'none') return null;
  if (value.kind === 'number' || value.kind === 'bool') return value.value;
  return knownText(value)?.text;
}

function placed(value: PythonValue): MappedText {
  return value.kind === 'text' || value.kind === 'number' || value.kind === 'bool' || value.kind === 'none'
    ? value.text
    : { text: '', segments: [] };
}

function equal(one: PythonValue, other: PythonValue, wanted: boolean): PythonValue | null {
  const [a, b] = [scalar(one), scalar(other)];
  if (a === undefined || b === undefined) {
    // What is there is not None.
    const isThere = (value: PythonValue): boolean =>
      /^(?:text|list|dict|number|bool|function|class|object)$/.test(value.kind);
    const none = (a === null && isThere(other)) || (b === null && isThere(one));
    return none ? decided(!wanted, one, []) : null;
  }
  return decided((a === b) === wanted, one, wanted && typeof b === 'string' ? [b] : []);
}

function contained(one: PythonValue, other: PythonValue, wanted: boolean): PythonValue | null {
  const a = scalar(one);
  const text = knownText(other)?.text;
  if (a === undefined) return null;
  if (text !== undefined) return typeof a === 'string' ? decided(text.includes(a) === wanted, one, []) : null;
  if (other.kind === 'dict') {
    const has = other.entries.some(({ key }) => key === String(a));
    return has || other.more.length === 0 ? decided(has === wanted, one, []) : null;
  }
  if (other.kind !== 'list') return null;
  const items = other.items.map(({ value }) => scalar(value));
  if (items.some((item) => item === undefined) && !items.includes(a)) return null;
  const words = wanted ? items.filter((item) => typeof item === 'string') : [];
  return decided(items.includes(a) === wanted, one, words);
}

/** `os.getenv("EAGER", "true") == "true"`: another answer is written where the text stands. */
function decided(result: boolean, one: PythonValue, trueWords: readonly string[]): PythonValue {
  const text = writtenAs(placed(one), result ? 'True' : 'False');
  const [segment, ...more] = placed(one).segments;
  const falseWord = trueWords.some((word) => /^true$/i.test(word)) ? 'false' : trueWords.includes('1') ? '0' : null;
  if (one.kind !== 'text' || !segment || more.length > 0 || falseWord === null)
    return { kind: 'bool', value: result, text };
  const encode = (wanted: string): string | null =>
    /^true$/i.test(wanted)
      ? segment.encode(trueWords[0] ?? 'true')
      : /^false$/i.test(wanted)
        ? segment.encode(falseWord)
        : null;
  return { kind: 'bool', value: result, text: { ...text, segments: text.segments.map((own) => ({ ...own, encode })) } };
}

function sum(one: PythonValue, other: PythonValue, node: Range, run: Run): PythonValue | null {
  if (one.kind === 'text' || (other.kind === 'text' && one.kind !== 'number'))
    return concatenated([asText(one, node, run.file), asText(other, node, run.file)], node, run.file);
  if (one.kind !== 'list' && other.kind !== 'list') return null;
  const items = [one, other].flatMap((value) =>
    value.kind === 'list'
      ? value.items
      : [{ value: openValue(reasonOf(value), node), element: null, doubt: null, spread: true }],
  );
  return { kind: 'list', items: firstOf(items, MAX_ITEMS, 'items of a list') };
}

function arithmetic(symbol: string, one: PythonValue, other: PythonValue, node: PythonNode, run: Run): PythonValue {
  if (symbol === '|' && one.kind === 'dict' && other.kind === 'dict') {
    return { ...other.entries.reduce(withEntry, one), more: [...one.more, ...other.more] };
  }
  if (symbol === '/' && (one.kind === 'made' || other.kind === 'made')) {
    const [a, b] = [asText(one, node, run.file), asText(other, node, run.file)];
    const slash = computedText(run.file, node, '/');
    if (a.open.length + b.open.length === 0)
      return { kind: 'text', text: joinMapped([a.text, slash, b.text]), open: [] };
  }
  const value = one.kind === 'number' && other.kind === 'number' ? computed(symbol, one.value, other.value) : null;
  if (value === null) {
    const open = one.kind === 'open' ? one : other.kind === 'open' ? other : null;
    return open ? { ...open, range: { from: node.from, to: node.to } } : openValue('it is computed', node);
  }
  const text = computedText(run.file, node, String(value), bareEncoding('number'));
  return { kind: 'number', value, text };
}

function computed(symbol: string, a: number, b: number): number | null {
  const results: Readonly<Record<string, number>> = {
    '+': a + b,
    '-': a - b,
    '*': a * b,
    '/': a / b,
    '//': Math.floor(a / b),
    '%': a - b * Math.floor(a / b),
    '**': a ** b,
  };
  const value = results[symbol];
  return value !== undefined && Number.isFinite(value) ? value : null;
}
