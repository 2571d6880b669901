import { assignTo } from './assign.ts';
import { attributeAccess, pathBehind } from './access.ts';
import { knownCall } from './builtins.ts';
import { elementOf, reasonOf, spreadItems } from './concat.ts';
import { instantiate, invoke, noArguments } from './invoke.ts';
import { methodCall } from './methods.ts';
import { childrenOf } from './nodes.ts';
import { nextId, noteCall, type Run, setCurrent, sourceOf } from './run.ts';
import {
  openValue,
  type PythonArguments,
  type PythonEntry,
  type PythonItem,
  type PythonMade,
  type PythonNode,
  type PythonOpen,
  type PythonValue,
  type Range,
} from './values.ts';

/** `callee(arguments)` */
export function callOf(node: PythonNode, run: Run): PythonValue {
  const [callee, list] = childrenOf(node);
  if (!callee || !list) return openValue('it is computed', node);
  const parts = callee.name === 'MemberExpression' ? childrenOf(callee) : [];
  const [object, access, key] = parts;
  if (object && access?.name === '.' && key) {
    const value = run.evaluate(object, run);
    const given = argumentsOf(list, run);
    const name = sourceOf(run, key);
    const known = methodCall({ value, object, name, given, node }, run);
    if (known) {
      if (known.changed) {
        setCurrent(value, known.changed, run);
        assignTo(object, known.changed, run);
      }
      return known.result;
    }
    if (value.kind === 'made') return made(pathBehind(`${value.path}()`, name), value, given, node, run);
    if (value.kind === 'open') return made(`?.${name}`, value, given, node, run);
    return called(attributeAccess(value, name, callee, run), value, given, node, run, name);
  }
  const value = run.evaluate(callee, run);
  return called(value, null, argumentsOf(list, run), node, run, sourceOf(run, callee).slice(0, 80));
}

/** `@name.name(arguments)` in front of a definition. */
export function decoratorOf(node: PythonNode, run: Run): PythonValue {
  let value: PythonValue | null = null;
  for (const child of childrenOf(node)) {
    if (child.name === 'VariableName' || child.name === 'PropertyName') {
      value = value === null ? run.evaluate(child, run) : attributeAccess(value, sourceOf(run, child), node, run);
    } else if (child.name === 'ArgList' && value) {
      const given = argumentsOf(child, run);
      const path: string = value.kind === 'reference' || value.kind === 'made' ? value.path : 'decorator';
      const receiver: PythonValue | null = value.kind === 'made' ? value.receiver : null;
      value = { kind: 'made', path, receiver, given, range: { from: node.from, to: node.to }, id: nextId(run) };
    } else if (child.name !== 'At' && child.name !== '.') value = run.evaluate(child, run);
  }
  return value ?? openValue('it is computed', node);
}

function called(
  value: PythonValue,
  receiver: PythonValue | null,
  given: PythonArguments,
  node: PythonNode,
  run: Run,
  written: string,
): PythonValue {
  switch (value.kind) {
    case 'function':
      return invoke(value, given, run, node);
    case 'class':
      return instantiate(value, given, run);
    case 'reference':
      return knownCall(value.path, given, node, run) ?? made(value.path, receiver, given, node, run);
    case 'made':
      return made(pathBehind(`${value.path}()`, '__call__'), value, given, node, run);
    default:
      return made(`?.${written}`, receiver, given, node, run);
  }
}

function made(path: string, receiver: PythonValue | null, given: PythonArguments, node: Range, run: Run): PythonMade {
  const value: PythonMade = {
    kind: 'made',
    path,
    receiver,
    given,
    range: { from: node.from, to: node.to },
    id: nextId(run),
  };
  noteCall(run, value);
  return value;
}

/** What stands in the parentheses of a call. */
function argumentsOf(list: PythonNode, run: Run): PythonArguments {
  const positional: PythonItem[] = [];
  const entries = new Map<string, PythonEntry>();
  const more: PythonOpen[] = [];
  const children = childrenOf(list).filter(({ name }) => !/^[(),]$/.test(name));
  const range = { from: list.from, to: list.to };
  for (let index = 0; index < children.length; index++) {
    const child = children[index];
    if (!child) break;
    const value = children[index + 1]?.name === 'AssignOp' ? children[index + 2] : undefined;
    if (value) {
      index += 2;
      const key = sourceOf(run, child);
      const element = elementOf({ from: child.from, to: value.to }, range);
      const keyRange = { from: child.from, to: child.to };
      entries.delete(key);
      entries.set(key, { key, value: run.evaluate(value, run), element, keyRange });
    } else if (child.name === '*' || child.name === '**') {
      const spread = children[++index];
      if (!spread) break;
      const inner = run.evaluate(spread, run);
      if (child.name === '*') positional.push(...spreadItems(inner, spread));
      else if (inner.kind === 'dict') {
        for (const entry of inner.entries) entries.set(entry.key, entry);
        more.push(...inner.more.map((one) => ({ ...one, range: { from: spread.from, to: spread.to } })));
      } else more.push(openValue(reasonOf(inner), spread, inner.kind === 'open' ? inner.cause : 'other'));
    } else if (child.name === 'for') break;
    else positional.push({ value: run.evaluate(child, run), element: elementOf(child, range), doubt: null });
  }
  const none = noArguments(range).keywords;
  return { positional, keywords: { ...none, entries: [...entries.values()], more } };
}
