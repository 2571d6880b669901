import { writtenAs } from '../mapped-text.ts';
import { variableOf } from './assign.ts';
import { asText, concatenated, joinedList, reasonOf, shellWords } from './concat.ts';
import { instantiate, noArguments } from './invoke.ts';
import { jsonOf } from './plain.ts';
import type { Run } from './run.ts';
import { computedText, numberOf } from './text.ts';
import {
  argumentAt,
  knownText,
  openValue,
  type PythonArguments,
  type PythonNode,
  type PythonValue,
  truthOf,
} from './values.ts';
import { table } from '../../table.ts';

type Known = (given: PythonArguments, node: PythonNode, run: Run) => PythonValue | null;

const first = ({ positional }: PythonArguments): PythonValue | null => positional[0]?.value ?? null;

/** Functions of Python itself whose result follows from literals. */
const KNOWN: Readonly<Record<string, Known>> = table({
  int: (given, node) => numberFrom(first(given), node, true),
  float: (given, node) => numberFrom(first(given), node, false),
  str: (given, node, run) => textFrom(first(given), node, run),
  bool: (given, node) => boolFrom(first(given), node),
  list: (given) => copied(first(given)),
  tuple: (given) => copied(first(given)),
  dict: (given) => {
    const base = first(given);
    if (base?.kind === 'dict') return { ...base, entries: [...base.entries, ...given.keywords.entries] };
    return base === null ? given.keywords : null;
  },
  len: (given, node, run) => {
    const value = first(given);
    const sure = value?.kind === 'list' && value.items.every(({ doubt, spread }) => doubt === null && spread !== true);
    if (!sure) return null;
    const count = value.items.length;
    return { kind: 'number', value: count, text: computedText(run.file, node, String(count)) };
  },
  'os.getenv': environmentVariable,
  'os.environ.get': environmentVariable,
  'decouple.config': environmentVariable,
  'os.path.join': joinedPath,
  'os.path.expanduser': (given) => first(given),
  'os.path.abspath': (given) => first(given),
  'json.dumps': (given, node, run) => {
    const value = first(given);
    return value && jsonOf(value, node, run.file);
  },
  'shlex.split': (given) => {
    const value = first(given);
    return value?.kind === 'text' ? shellWords(value) : null;
  },
  'shlex.join': (given, node, run) => {
    const value = first(given);
    return value?.kind === 'list' ? joinedList(value, { text: ' ', segments: [] }, node, run.file) : null;
  },
  'shlex.quote': (given) => first(given),
  'textwrap.dedent': (given) => first(given),
  'inspect.cleandoc': (given) => first(given),
  'copy.copy': (given) => first(given),
  'copy.deepcopy': (given) => first(given),
  'asyncio.run': (given) => first(given),
  'typing.cast': ({ positional }) => positional[1]?.value ?? null,
  'typer.run': (given, node, run) => calledBack(first(given), node, run),
  'fire.Fire': (given, node, run) => calledBack(first(given), node, run),
  'tyro.cli': (given, node, run) => calledBack(first(given), node, run),
  'bentoml.use_arguments': (given, node, run) => calledBack(first(given), node, run),
});

/** The result of a function that Python or a usual package brings; null for any other. */
export function knownCall(path: string, given: PythonArguments, node: PythonNode, run: Run): PythonValue | null {
  return Object.hasOwn(KNOWN, path) ? (KNOWN[path]?.(given, node, run) ?? null) : null;
}

/** A class that somebody else makes an object of, from the command line or a file, has its defaults. */
function calledBack(value: PythonValue | null, node: PythonNode, run: Run): PythonValue | null {
  return value?.kind === 'class' ? instantiate(value, noArguments(node), run) : null;
}

export function environmentVariable(given: PythonArguments, node: PythonNode, run: Run): PythonValue | null {
  const name = knownText(argumentAt(given, 'key', 0))?.text;
  if (name === undefined) return null;
  return variableOf(run, name, argumentAt(given, 'default', 1), node);
}

/** `int(os.environ["X"])` of a variable that is not set stays open. */
function numberFrom(value: PythonValue | null, node: PythonNode, whole: boolean): PythonValue | null {
  if (value === null) return null;
  if (value.kind === 'number') return whole && !Number.isInteger(value.value) ? truncated(value) : value;
  if (value.kind === 'none') return openValue(reasonOf(value), node, value.variable === null ? 'other' : 'environment');
  const text = knownText(value);
  if (!text) return value;
  const digits = text.text.trim().replace(/^[-+]/, '');
  const number = numberOf(digits);
  if (number === null) return openValue('it is no number', node);
  return { kind: 'number', value: text.text.trim().startsWith('-') ? -number : number, text };
}

function truncated(value: Extract<PythonValue, { kind: 'number' }>): PythonValue {
  const whole = Math.trunc(value.value);
  return { kind: 'number', value: whole, text: writtenAs(value.text, String(whole)) };
}

function textFrom(value: PythonValue | null, node: PythonNode, run: Run): PythonValue | null {
  if (value === null) return null;
  const isPath = value.kind === 'made' && /(?:^|\.)Path$/.test(value.path);
  return value.kind === 'number' || value.kind === 'bool' || isPath ? asText(value, node, run.file) : value;
}

function boolFrom(value: PythonValue | null, node: PythonNode): PythonValue | null {
  if (value === null) return null;
  const truth = truthOf(value);
  if (truth === null) return openValue(reasonOf(value), node);
  if (value.kind === 'bool') return value;
  const isNumber = value.kind === 'number';
  const text = value.kind === 'text' || isNumber ? value.text : { text: '', segments: [] };
  return { kind: 'bool', value: truth, text: writtenAs(text, truth ? 'True' : 'False') };
}

function copied(value: PythonValue | null): PythonValue | null {
  if (value === null) return { kind: 'list', items: [] };
  return value.kind === 'list' ? value : null;
}

function joinedPath({ positional }: PythonArguments, node: PythonNode, run: Run): PythonValue {
  const slash = { kind: 'text' as const, text: computedText(run.file, node, '/'), open: [] };
  const parts = positional.flatMap(({ value }, index) => {
    const text = asText(value, node, run.file);
    return index === 0 ? [text] : [slash, text];
  });
  return concatenated(parts, node, run.file);
}
