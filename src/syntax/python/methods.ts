import { decodedFrom, writtenAs } from '../mapped-text.ts';
import { computedText } from './text.ts';
import { NAMESPACE, madeOf } from './access.ts';
import { setVariable } from './assign.ts';
import { environmentVariable } from './builtins.ts';
import { asText, concatenated, joinedList, openText, partOf, pieces } from './concat.ts';
import { instantiate, invoke } from './invoke.ts';
import { type Run, setAttribute } from './run.ts';
import {
  argumentAt,
  entryOf,
  knownText,
  openValue,
  type PythonArguments,
  type PythonDict,
  type PythonFunction,
  type PythonItem,
  type PythonList,
  type PythonMade,
  type PythonNode,
  type PythonText,
  type PythonValue,
  withEntry,
} from './values.ts';
import { firstOf } from '../unread.ts';

export interface MethodCall {
  readonly value: PythonValue;
  /** Where the object is written. */
  readonly object: PythonNode;
  readonly name: string;
  readonly given: PythonArguments;
  readonly node: PythonNode;
}

interface Known {
  readonly result: PythonValue;
  /** What the object is afterwards, where the method changes it. */
  readonly changed?: PythonValue;
}

/** Items of one list. */
const MAX_ITEMS = 5_000;

/** What a method of a known value gives; null for one that nothing is known of. */
export function methodCall(call: MethodCall, run: Run): Known | null {
  const { value } = call;
  switch (value.kind) {
    case 'text': {
      const result = textMethod(value, call, run);
      return { result: result ?? openValue('it is computed', call.node) };
    }
    case 'list':
      return listMethod(value, call);
    case 'dict':
      return dictMethod(value, call, run);
    case 'function':
      return functionMethod(value, call, run);
    case 'class':
      if (call.name === 'options') return { result: value };
      if (call.name === 'bind' || call.name === 'remote') return { result: instantiate(value, call.given, run) };
      return null;
    case 'made':
      return parserMethod(value, call, run);
    case 'reference':
      // `environs.Env()`, `os.environ` under another name.
      return value.path === 'os.environ' ? environmentMethod(call, run) : null;
    default:
      return null;
  }
}

function environmentMethod({ name, given, node }: MethodCall, run: Run): Known | null {
  const [first, second] = given.positional.map(({ value }) => value);
  if (name === 'update' && first?.kind === 'dict') {
    for (const { key, value } of first.entries) setVariable(run, key, value, node);
    return { result: openValue('it gives nothing', node) };
  }
  const result = name === 'get' || name === 'setdefault' ? environmentVariable(given, node, run) : null;
  const key = knownText(first)?.text;
  if (name === 'setdefault' && result && second && key !== undefined) setVariable(run, key, result, node);
  if (result) return { result };
  if (name === 'copy') return { result: { kind: 'reference', path: 'os.environ' } };
  return null;
}

function textMethod(value: PythonText, { name, given, node }: MethodCall, run: Run): PythonValue | null {
  const written = value.text.text;
  const argument = knownText(argumentAt(given, '', 0))?.text;
  switch (name) {
    case 'strip':
    case 'lstrip':
    case 'rstrip': {
      if (given.positional.length > 0 && argument === undefined) return null;
      const inSet = (unit: string): boolean => (argument === undefined ? /\s/.test(unit) : argument.includes(unit));
      let [start, end] = [0, written.length];
      if (name !== 'rstrip') while (start < end && inSet(written[start] ?? '')) start++;
      if (name !== 'lstrip') while (end > start && inSet(written[end - 1] ?? '')) end--;
      return partOf(value, start, end);
    }
    case 'removeprefix':
      return argument !== undefined && written.startsWith(argument)
        ? partOf(value, argument.length, written.length)
        : value;
    case 'removesuffix':
      return argument !== undefined && written.endsWith(argument)
        ? partOf(value, 0, written.length - argument.length)
        : value;
    case 'lower':
    case 'upper':
    case 'casefold': {
      const changed = name === 'upper' ? written.toUpperCase() : written.toLowerCase();
      if (changed === written) return value;
      return { kind: 'text', text: writtenAs(value.text, changed), open: value.open, written: value.written ?? value };
    }
    case 'encode':
    case 'expandtabs':
      return value;
    case 'split':
      return given.positional.length === 0
        ? pieces(value, null)
        : argument === undefined
          ? null
          : pieces(value, argument);
    case 'splitlines':
      return pieces(value, '\n');
    case 'join': {
      const list = given.positional[0]?.value;
      return list?.kind === 'list' ? joinedList(list, value.text, node, run.file) : null;
    }
    case 'replace':
      return replacedText(value, given);
    case 'format':
      return filledIn(value, given, node, run);
    case 'startswith':
    case 'endswith': {
      if (argument === undefined || value.open.length > 0) return null;
      const result = name === 'startswith' ? written.startsWith(argument) : written.endsWith(argument);
      return { kind: 'bool', value: result, text: writtenAs(value.text, result ? 'True' : 'False') };
    }
    default:
      return null;
  }
}

/** `.replace("a", "b")`: characters that stay keep their places. */
function replacedText(value: PythonText, given: PythonArguments): PythonValue | null {
  const [from, to] = [0, 1].map((index) => knownText(argumentAt(given, '', index))?.text);
  if (from === undefined || to === undefined || from === '' || to.length > 1_000) return null;
  const written = value.text.text;
  if (!written.includes(from)) return value;
  if (written.split(from).length * to.length > 100_000) return null;
  const froms: number[] = [];
  const tos: number[] = [];
  let text = '';
  for (let at = 0; at < written.length;) {
    const found = written.startsWith(from, at);
    const length = found ? from.length : 1;
    for (const unit of found ? to.split('') : [written[at] ?? '']) {
      text += unit;
      froms.push(at);
      tos.push(at + length);
    }
    at += length;
  }
  return { ...value, text: decodedFrom(value.text, text, froms, tos) };
}

/** `"… {} {name}".format(value, name=…)` */
function filledIn(value: PythonText, given: PythonArguments, node: PythonNode, run: Run): PythonValue {
  const parts: PythonText[] = [];
  let at = 0;
  let index = 0;
  for (const found of value.text.text.matchAll(/\{(\w{0,60})\}/g)) {
    const [written, name = ''] = found;
    if (found.index > at) parts.push(partOf(value, at, found.index));
    at = found.index + written.length;
    const position = name === '' ? index++ : /^\d+$/.test(name) ? Number(name) : -1;
    const filled = argumentAt(given, name === '' ? ' ' : name, position);
    parts.push(filled ? asText(filled, node, run.file) : openText(node, 'it is not given', run.file));
  }
  if (at < value.text.text.length) parts.push(partOf(value, at, value.text.text.length));
  return parts.length === 0 ? value : concatenated(parts, node, run.file);
}

function listMethod(value: PythonList, { name, given, node }: MethodCall): Known | null {
  const [first] = given.positional;
  const none: PythonValue = openValue('it gives nothing', node);
  const changed = (items: readonly PythonItem[]): Known => ({
    result: none,
    changed: { ...value, items: firstOf(items, MAX_ITEMS, 'items of a list') },
  });
  switch (name) {
    case 'append':
      return first ? changed([...value.items, first]) : null;
    case 'extend': {
      if (!first) return null;
      if (first.value.kind === 'list') return changed([...value.items, ...first.value.items]);
      const rest = openValue('only the run knows what is added', node);
      return changed([...value.items, { value: rest, element: null, doubt: null, spread: true }]);
    }
    case 'insert': {
      const [at, item] = given.positional;
      if (at?.value.kind !== 'number' || !item) return null;
      return changed(value.items.toSpliced(at.value.value, 0, item));
    }
    case 'copy':
      return { result: { kind: 'list', items: value.items } };
    case 'clear':
      return changed([]);
    case 'pop':
    case 'remove':
      return { result: none, changed: openValue('something is taken out of it', node) };
    default:
      return null;
  }
}

function dictMethod(value: PythonDict, { name, given, node }: MethodCall, run: Run): Known | null {
  const key = knownText(argumentAt(given, '', 0))?.text;
  const entry = key === undefined ? null : entryOf(value, key);
  switch (name) {
    case 'get':
    case 'pop':
    case 'setdefault': {
      if (key === undefined) return { result: openValue('it is one of several values', node) };
      const unknown = value.more.length > 0 ? openValue('it may be given', node) : null;
      const none: PythonValue = { kind: 'none', text: { text: 'None', segments: [] }, variable: null };
      const result = entry?.value ?? unknown ?? given.positional[1]?.value ?? none;
      if (name === 'get' || (name === 'pop') !== (entry !== null)) return { result };
      const added = withEntry(value, { key, value: result, element: null, keyRange: { from: node.from, to: node.to } });
      const kept = { ...value, entries: value.entries.filter((one) => one !== entry) };
      return { result, changed: name === 'pop' ? kept : entry ? value : added };
    }
    case 'update': {
      const [other] = given.positional;
      const more = other && other.value.kind !== 'dict' ? [openValue('only the run knows what is added', node)] : [];
      const entries = [...(other?.value.kind === 'dict' ? other.value.entries : []), ...given.keywords.entries];
      const result = openValue('it gives nothing', node);
      return { result, changed: { ...entries.reduce(withEntry, value), more: [...value.more, ...more] } };
    }
    case 'items':
    case 'values':
    case 'keys': {
      if (value.more.length > 0) return null;
      const items = value.entries.map((one): PythonItem => {
        const text = computedText(run.file, one.keyRange, one.key);
        const named: PythonValue = { kind: 'text', text, open: [] };
        if (name === 'values') return { value: one.value, element: null, doubt: null };
        if (name === 'keys') return { value: named, element: null, doubt: null };
        const pair = [named, one.value].map((part): PythonItem => ({ value: part, element: null, doubt: null }));
        return { value: { kind: 'list', items: pair }, element: null, doubt: null };
      });
      return { result: { kind: 'list', items } };
    }
    case 'copy':
      return { result: value };
    default:
      return null;
  }
}

/** `f.remote(…)` of Modal and Ray calls f. */
function functionMethod(value: PythonFunction, { name, given, node }: MethodCall, run: Run): Known | null {
  if (name === 'options' || name === 'with_options') return { result: value };
  if (!/^(?:remote|local|spawn|bind|delay|submit)$/.test(name)) return null;
  return { result: invoke(value, given, run, node) };
}

/** The command line as `argparse` reads it: an option that nobody gives has its default. */
function parserMethod(value: PythonMade, { name, given, node }: MethodCall, run: Run): Known | null {
  const parser = parserOf(value);
  if (!parser) {
    // A parser of somebody else's making: whoever calls the program knows.
    return name === 'parse_args' ? { result: madeOf(NAMESPACE, value, node, run) } : null;
  }
  if (name === 'add_argument') {
    const names = given.positional.flatMap((item) => knownText(item.value)?.text ?? []);
    const long = names.find((one) => one.startsWith('--')) ?? names[0] ?? '';
    const stated = knownText(argumentAt(given, 'dest'))?.text;
    const target = stated ?? long.replace(/^-+/, '').replaceAll('-', '_');
    const action = knownText(argumentAt(given, 'action'))?.text;
    const flag: PythonValue | null =
      action === 'store_true' || action === 'store_false'
        ? { kind: 'bool', value: action === 'store_false', text: computedText(run.file, node, target) }
        : null;
    const byDefault = argumentAt(given, 'default') ?? flag;
    const open = openValue(`${target} is an argument of the program`, node, 'program');
    if (target !== '') setAttribute(run, parser.id, target, byDefault ?? open);
    return { result: madeOf('argparse.Action', value, node, run) };
  }
  if (name === 'set_defaults') {
    for (const entry of given.keywords.entries) setAttribute(run, parser.id, entry.key, entry.value);
    return { result: openValue('it gives nothing', node) };
  }
  if (name === 'parse_args' || name === 'parse_known_args') {
    const namespace = { ...madeOf(NAMESPACE, value, node, run), id: parser.id };
    if (name === 'parse_args') return { result: namespace };
    const rest = openValue('it is an argument of the program', node, 'program');
    const items = [namespace, rest].map((one): PythonItem => ({ value: one, element: null, doubt: null }));
    return { result: { kind: 'list', items } };
  }
  return null;
}

function parserOf(value: PythonMade): PythonMade | null {
  for (let at: PythonValue | null = value, depth = 0; at?.kind === 'made' && depth < 10; at = at.receiver, depth++) {
    if (/(?:^|\.)\w*ArgumentParser$/.test(at.path)) return at;
  }
  return null;
}
