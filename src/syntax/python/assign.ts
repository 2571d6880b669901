import { childrenOf } from './nodes.ts';
import { noArguments } from './invoke.ts';
import { ENVIRONMENT, lookup, nextId, noteCall, type Run, setAttribute, setCurrent, sourceOf } from './run.ts';
import {
  knownText,
  openValue,
  type PythonDict,
  type PythonNode,
  type PythonValue,
  type Range,
  withEntry,
} from './values.ts';
import { exceeds } from '../unread.ts';

/** Gives a name, an attribute, an entry or several of them a value. */
export function assignTo(target: PythonNode, value: PythonValue, run: Run): void {
  switch (target.name) {
    case 'VariableName':
      run.scope.names.set(sourceOf(run, target), value);
      return;
    case 'ParenthesizedExpression':
    case 'TupleExpression':
    case 'ArrayExpression': {
      const targets = childrenOf(target).filter(({ name }) => !/^[[\](),]$/.test(name));
      const items = value.kind === 'list' && value.items.length === targets.length ? value.items : [];
      for (const [index, one] of targets.entries())
        assignTo(one, items[index]?.value ?? openValue('it is taken out of another value', one), run);
      return;
    }
    case 'MemberExpression':
      assignMember(target, value, run);
      return;
    default:
      return;
  }
}

function assignMember(target: PythonNode, value: PythonValue, run: Run): void {
  const [object, access, key] = childrenOf(target);
  if (!object || !access || !key) return;
  const holder = run.evaluate(object, run);
  if (access.name === '.') {
    if (holder.kind === 'object' || holder.kind === 'made') setAttribute(run, holder.id, sourceOf(run, key), value);
    if (holder.kind === 'reference' && holder.path === 'sys' && sourceOf(run, key) === 'argv')
      givesCommand(target, value, run);
    return;
  }
  const name = knownText(run.evaluate(key, run))?.text;
  if (name === undefined) return;
  const entry = { key: name, value, element: null, keyRange: { from: key.from, to: key.to } };
  if (holder.kind === 'dict') {
    const changed = withEntry(holder, entry);
    setCurrent(holder, changed, run);
    assignTo(object, changed, run);
  }
  if (holder.kind === 'reference' && holder.path === 'os.environ') setVariable(run, name, value, target);
}

/** `sys.argv = ["vllm", "serve", …]`: the command that the program then runs in itself, as if a call were given it. */
function givesCommand({ from, to }: PythonNode, value: PythonValue, run: Run): void {
  const range = { from, to };
  const given = { ...noArguments(range), positional: [{ value, element: null, doubt: null }] };
  noteCall(run, { kind: 'made', path: 'sys.argv', receiver: null, given, range, id: nextId(run) });
}

/** Variables of the environment that one program sets. */
const MAX_VARIABLES = 500;

/** `os.environ["NAME"] = value` */
export function setVariable(run: Run, name: string, value: PythonValue, at: PythonNode): void {
  const known = lookup(run.heap, ENVIRONMENT);
  const before: PythonDict = known?.kind === 'dict' ? known : { kind: 'dict', entries: [], more: [], literal: null };
  const entry = { key: name, value, element: null, keyRange: { from: at.from, to: at.to } };
  if (!exceeds(before.entries.length + 1, MAX_VARIABLES, 'variables of a program'))
    run.heap.names.set(ENVIRONMENT, withEntry(before, entry));
}

/** A variable of the environment: as the file sets it, else its default; what is not set at all is None. */
export function variableOf(run: Run, name: string, byDefault: PythonValue | null, at: PythonNode): PythonValue {
  const known = lookup(run.heap, ENVIRONMENT);
  const set = known?.kind === 'dict' ? known.entries.findLast(({ key }) => key === name)?.value : undefined;
  if (set) return set;
  if (byDefault === null || byDefault.kind === 'none') {
    const text = { text: 'None', segments: [] };
    return { kind: 'none', text: byDefault?.kind === 'none' ? byDefault.text : text, variable: name };
  }
  return byDefault.kind === 'open' ? { ...byDefault, range: { from: at.from, to: at.to } } : byDefault;
}

/** `a, b = value`: item by item where the value is a list of as many. */
export function unpacked(targets: readonly PythonNode[], value: PythonValue, at: Range, run: Run): void {
  const items = value.kind === 'list' ? value.items : [];
  for (const [index, target] of targets.entries()) {
    // `args, rest = parser.parse_known_args()`
    const whole = value.kind === 'object' && index === 0 ? value : null;
    const item = items.length === targets.length ? items[index]?.value : whole;
    assignTo(target, item ?? openValue('it is taken out of another value', at), run);
  }
}
