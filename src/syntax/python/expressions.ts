import { encodedThrough, type MappedText, writtenAs } from '../mapped-text.ts';
import { attributeAccess, subscriptAccess } from './access.ts';
import { binary } from './operators.ts';
import { callOf, decoratorOf } from './calls.ts';
import { assignTo } from './assign.ts';
import { asText, concatenated, elementOf, openText, reasonOf, spreadItems } from './concat.ts';
import { childrenOf } from './nodes.ts';
import { current, lookup, nextId, type Run, sourceOf, step, tooLong } from './run.ts';
import { bareEncoding, bareText, computedText, literalOf, numberOf, textBetween } from './text.ts';
import {
  knownText,
  openValue,
  type PythonEntry,
  type PythonItem,
  type PythonNode,
  type PythonOpen,
  type PythonText,
  type PythonValue,
  type Range,
  truthOf,
} from './values.ts';

/** What an expression stands for. */
export function evaluateExpression(node: PythonNode, run: Run): PythonValue {
  if (!step(run)) return tooLong(node);
  switch (node.name) {
    case 'VariableName':
      return variable(node, run);
    case 'MemberExpression':
      return member(node, run);
    case 'CallExpression':
      return callOf(node, run);
    case 'Decorator':
      return decoratorOf(node, run);
    case 'String':
      return plainString(node, run);
    case 'FormatString':
      return formatted(node, run);
    case 'ContinuedString': {
      const parts = childrenOf(node).map((part) => asText(run.evaluate(part, run), part, run.file));
      return concatenated(parts, node, run.file);
    }
    case 'Number': {
      const value = numberOf(sourceOf(run, node));
      return value === null
        ? openValue('it is computed', node)
        : { kind: 'number', value, text: bareText(run.file, node, 'number') };
    }
    case 'Boolean': {
      const value = sourceOf(run, node) === 'True';
      return { kind: 'bool', value, text: bareText(run.file, node, 'bool') };
    }
    case 'None':
      return { kind: 'none', text: bareText(run.file, node, 'none'), variable: null };
    case 'ArrayExpression':
    case 'TupleExpression':
    case 'SetExpression':
      return { kind: 'list', items: itemsOf(node, run), id: nextId(run) };
    case 'DictionaryExpression':
      return dictionary(node, run);
    case 'ParenthesizedExpression':
      return inner(node, run);
    case 'AwaitExpression':
      return inner(node, run);
    case 'NamedExpression':
      return named(node, run);
    case 'UnaryExpression':
      return unary(node, run);
    case 'BinaryExpression':
      return binary(node, run);
    case 'ConditionalExpression':
      return choice(node, run);
    case 'LambdaExpression':
      return { kind: 'function', name: 'lambda', node, scope: run.scope, decorators: [], owner: null, self: null };
    case 'ArrayComprehensionExpression':
    case 'ComprehensionExpression':
      return comprehension(node, run);
    default:
      return openValue('it is computed', node);
  }
}

function inner(node: PythonNode, run: Run): PythonValue {
  const child = childrenOf(node).find(({ name }) => !/^(?:[()]|await)$/.test(name));
  return child ? run.evaluate(child, run) : openValue('it is computed', node);
}

/** Where a value that is not known is used is where a reader looks for it. */
function variable(node: PythonNode, run: Run): PythonValue {
  const name = sourceOf(run, node);
  const found = lookup(run.scope, name);
  if (!found) return { kind: 'reference', path: name };
  if (found.kind === 'list' || found.kind === 'dict') return current(found, run);
  return found.kind === 'open' ? { ...found, range: { from: node.from, to: node.to } } : found;
}

function member(node: PythonNode, run: Run): PythonValue {
  const [object, access, key] = childrenOf(node);
  if (!object || !access) return openValue('it is computed', node);
  const value = run.evaluate(object, run);
  if (access.name === '.' && key) return current(attributeAccess(value, sourceOf(run, key), node, run), run);
  const subscripts = childrenOf(node).slice(2, -1);
  const [only] = subscripts;
  if (!only || subscripts.length !== 1) {
    return value.kind === 'open' ? value : openValue('it is cut out of another value', node);
  }
  return current(subscriptAccess(value, run.evaluate(only, run), node, run), run);
}

function plainString(node: PythonNode, run: Run): PythonText {
  const literal = literalOf(run.file, node);
  return { kind: 'text', text: textBetween(run.file, literal, literal.start, literal.end), open: [] };
}

/** `f"…{value}…"` */
function formatted(node: PythonNode, run: Run): PythonValue {
  const literal = literalOf(run.file, node);
  const parts: PythonText[] = [];
  let at = literal.start;
  let single: PythonValue | null = null;
  const upTo = (end: number): void => {
    if (end > at) parts.push({ kind: 'text', text: textBetween(run.file, literal, at, end), open: [] });
  };
  for (const child of childrenOf(node)) {
    if (child.name !== 'FormatReplacement') continue;
    upTo(child.from);
    at = child.to;
    const pieces = childrenOf(child).filter(({ name }) => !/^[{}=]$/.test(name));
    const [expression, ...more] = pieces;
    if (!expression) continue;
    const value = run.evaluate(expression, run);
    single = parts.length === 0 && more.length === 0 ? value : null;
    // `:.2f` writes it in another way.
    parts.push(
      more.length > 0 ? openText(child, 'it is written in another way', run.file) : asText(value, child, run.file),
    );
  }
  upTo(literal.end);
  if (parts.length === 0) return plainString(node, run);
  // `f"{x}"` is x.
  if (single && parts.length === 1 && (single.kind === 'made' || single.kind === 'none')) return single;
  return concatenated(parts, node, run.file);
}

/** The items of a list or of a call's parentheses, each with its place. */
function itemsOf(node: PythonNode, run: Run): PythonItem[] {
  const items: PythonItem[] = [];
  let spread = false;
  for (const child of childrenOf(node)) {
    if (/^[[\](){},]$/.test(child.name)) continue;
    if (child.name === '*') {
      spread = true;
      continue;
    }
    const value = run.evaluate(child, run);
    items.push(...(spread ? spreadItems(value, child) : [{ value, element: elementOf(child, node), doubt: null }]));
    spread = false;
  }
  return items;
}

function dictionary(node: PythonNode, run: Run): PythonValue {
  const entries = new Map<string, PythonEntry>();
  const more: PythonOpen[] = [];
  const children = childrenOf(node).filter(({ name }) => !/^[{},]$/.test(name));
  for (let index = 0; index < children.length; index++) {
    const child = children[index];
    if (!child) break;
    if (child.name === '**') {
      const spread = children[++index];
      const value = spread && run.evaluate(spread, run);
      if (value?.kind === 'dict') {
        for (const entry of value.entries) entries.set(entry.key, entry);
        more.push(...value.more);
      } else if (value && spread) more.push(openValue(reasonOf(value), spread));
      continue;
    }
    const value = children[index + 2];
    if (children[index + 1]?.name !== ':' || !value) continue;
    index += 2;
    const key = knownText(asText(run.evaluate(child, run), child, run.file));
    const result = run.evaluate(value, run);
    if (key === null) more.push(openValue('its key is computed', child));
    else {
      entries.delete(key.text);
      const element = elementOf({ from: child.from, to: value.to }, node);
      entries.set(key.text, { key: key.text, value: result, element, keyRange: { from: child.from, to: child.to } });
    }
  }
  return {
    kind: 'dict',
    entries: [...entries.values()],
    more,
    literal: { from: node.from, to: node.to },
    id: nextId(run),
  };
}

/** `(name := value)` */
function named(node: PythonNode, run: Run): PythonValue {
  const children = childrenOf(node);
  const [target, value] = [children[0], children.at(-1)];
  if (!target || !value) return openValue('it is computed', node);
  const result = run.evaluate(value, run);
  assignTo(target, result, run);
  return result;
}

function unary(node: PythonNode, run: Run): PythonValue {
  const [operator, operand] = childrenOf(node);
  if (!operator || !operand) return openValue('it is computed', node);
  const value = run.evaluate(operand, run);
  const symbol = sourceOf(run, operator);
  if (symbol === 'not') {
    const truth = truthOf(value);
    return truth === null ? openValue(reasonOf(value), node) : negated(value, !truth, node, run);
  }
  if (value.kind !== 'number' || !/^[-+]$/.test(symbol)) return openValue('it is computed', node);
  const number = symbol === '-' ? -value.value : value.value;
  const text = computedText(run.file, node, sourceOf(run, node).replace(/\s/g, ''), bareEncoding('number'));
  return { kind: 'number', value: number, text };
}

function negated(value: PythonValue, result: boolean, node: Range, run: Run): PythonValue {
  const text =
    value.kind === 'bool'
      ? encodedThrough(writtenAsBool(value.text, result), () => null)
      : computedText(run.file, node, result ? 'True' : 'False');
  return { kind: 'bool', value: result, text };
}

function writtenAsBool(text: MappedText, value: boolean): MappedText {
  return writtenAs(text, value ? 'True' : 'False');
}

/** `one if test else other` */
function choice(node: PythonNode, run: Run): PythonValue {
  const [first, , test, , second] = childrenOf(node);
  if (!first || !test || !second) return openValue('it is computed', node);
  const decided = run.evaluate(test, run);
  const truth = truthOf(decided);
  const [one, other] = [run.evaluate(first, run), run.evaluate(second, run)];
  if (truth === null) {
    const [a, b] = [knownText(one), knownText(other)];
    if (a && b && a.text === b.text) return one;
    return openValue('it depends on what only the run knows', node);
  }
  const [taken, left] = truth ? [one, other] : [other, one];
  return decided.kind === 'bool' ? flagOf(decided.text, taken, left) : taken;
}

/** `"--enforce-eager" if FAST_BOOT else "--no-enforce-eager"`: the flag is set where FAST_BOOT is. */
function flagOf(test: MappedText, taken: PythonValue, left: PythonValue): PythonValue {
  const [flag, other] = [knownText(taken), knownText(left)];
  const [segment, ...more] = test.segments;
  if (!flag || !other || !/^--\w/.test(flag.text) || !/^--\w/.test(other.text)) return taken;
  if (!segment || more.length > 0) return taken;
  const shown = writtenAs(test, flag.text);
  const encode = (text: string): string | null => {
    if (text !== other.text) return null;
    return segment.encode(/^true$/i.test(segment.text) ? 'False' : 'True');
  };
  return { kind: 'text', text: { ...shown, segments: shown.segments.map((one) => ({ ...one, encode })) }, open: [] };
}

/** Turns of a comprehension that are followed. */
const MAX_TURNS = 32;

/** `[f(x) for x in list]` over a short list that the file holds. */
function comprehension(node: PythonNode, run: Run): PythonValue {
  const children = childrenOf(node).filter(({ name }) => !/^[[\](){}]$/.test(name));
  const at = children.findIndex(({ name }) => name === 'in');
  const [result] = children;
  const source = children[at + 1];
  const targets = children.slice(2, at).filter(({ name }) => name !== ',');
  const simple = children[1]?.name === 'for' && children.filter(({ name }) => name === 'for').length === 1;
  if (!result || !source || !simple) return openValue('it is computed', node);
  const list = run.evaluate(source, run);
  const condition = children[at + 2]?.name === 'if' ? children[at + 3] : undefined;
  if (list.kind !== 'list' || list.items.length > MAX_TURNS) return openValue('it is computed', node);
  const { scope } = run;
  const items: PythonItem[] = [];
  let unsure = false;
  for (const item of list.items) {
    run.scope = { names: new Map(), parent: scope };
    const parts = item.value.kind === 'list' && targets.length > 1 ? item.value.items : [item];
    for (const [index, target] of targets.entries())
      assignTo(target, parts[index]?.value ?? openValue('it is computed', target), run);
    const truth = condition ? truthOf(run.evaluate(condition, run)) : true;
    unsure ||= truth === null;
    if (truth !== false) items.push({ value: run.evaluate(result, run), element: null, doubt: item.doubt });
  }
  run.scope = scope;
  return unsure ? openValue('it is computed', node) : { kind: 'list', items };
}
