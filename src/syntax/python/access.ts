import { reasonOf } from './concat.ts';
import { variableOf } from './assign.ts';
import { attributeOfObject, noArguments } from './invoke.ts';
import { attributeOf, nextId, type Run } from './run.ts';
import {
  argumentAt,
  entryOf,
  knownText,
  openValue,
  type PythonMade,
  type PythonNode,
  type PythonValue,
} from './values.ts';

/** Paths grow with every method that is called on what another one gave. */
const MAX_PATH = 300;

export function pathBehind(path: string, name: string): string {
  return path.length > MAX_PATH ? `${path.slice(0, MAX_PATH)}.${name}` : `${path}.${name}`;
}

/** `value.name` */
export function attributeAccess(value: PythonValue, name: string, node: PythonNode, run: Run): PythonValue {
  switch (value.kind) {
    case 'reference':
      return { kind: 'reference', path: pathBehind(value.path, name) };
    case 'object':
      return attributeOfObject(value, name, run, node) ?? openValue(`${name} is not set in this file`, node);
    case 'class':
      return attributeOfClass(value, name) ?? openValue(`${name} is not set in this file`, node);
    case 'made': {
      const set = attributeOf(run, value.id, name) ?? (isLikeRecord(value) ? argumentAt(value.given, name) : null);
      if (set) return set.kind === 'open' ? { ...set, range: { from: node.from, to: node.to } } : set;
      if (isNamespace(value)) return openValue(`${name} is an argument of the program`, node, 'program');
      return madeOf(pathBehind(value.path, name), value, node, run);
    }
    case 'open':
      return { ...value, range: { from: node.from, to: node.to } };
    default:
      return openValue('it is computed', node);
  }
}

function attributeOfClass(value: Extract<PythonValue, { kind: 'class' }>, name: string): PythonValue | null {
  return value.members.get(name) ?? null;
}

/** Something called like a class (`EngineArgs(model=…)`) has what it is given as attributes. */
function isLikeRecord({ path }: PythonMade): boolean {
  return /(?:^|\.)[A-Z]\w*$/.test(path);
}

function isNamespace({ path }: PythonMade): boolean {
  return path === NAMESPACE;
}

/** What a parser of the command line gives. */
export const NAMESPACE = 'argparse.Namespace';

/** An attribute or a result of something that the file does not define. */
export function madeOf(path: string, receiver: PythonValue | null, node: PythonNode, run: Run): PythonMade {
  const range = { from: node.from, to: node.to };
  return { kind: 'made', path, receiver, given: noArguments(range), range, id: nextId(run) };
}

/** `value[key]` */
export function subscriptAccess(value: PythonValue, key: PythonValue, node: PythonNode, run: Run): PythonValue {
  const name = knownText(key)?.text;
  switch (value.kind) {
    case 'dict': {
      const entry = name === undefined && key.kind !== 'number' ? null : entryOf(value, name ?? keyOfNumber(key));
      if (entry) return entry.value;
      return openValue(name === undefined ? 'it is one of several values' : `${name} is not set in this file`, node);
    }
    case 'list': {
      const sure = value.items.every(({ doubt, spread }) => doubt === null && spread !== true);
      const item = key.kind === 'number' && sure ? value.items.at(key.value) : undefined;
      return item?.value ?? openValue('it is one of several values', node);
    }
    case 'reference':
      if (value.path === 'os.environ' && name !== undefined) return variableOf(run, name, null, node);
      if (value.path === 'sys.argv') return openValue('it is an argument of the program', node, 'program');
      // `list[str]`, `Optional[int]`
      return value;
    case 'open':
      return { ...value, range: { from: node.from, to: node.to } };
    case 'made':
      return madeOf(pathBehind(value.path, '[]'), value, node, run);
    default:
      return openValue(value.kind === 'text' ? 'it is cut out of another value' : reasonOf(value), node);
  }
}

function keyOfNumber(key: PythonValue): string {
  return key.kind === 'number' ? String(key.value) : '';
}
