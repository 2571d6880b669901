import { parser } from '@lezer/python';
import { placeOf, type SourceFile } from '../../text.ts';
import { evaluateExpression } from './expressions.ts';
import { attributeOfObject, instantiate, invoke, memberOf, noArguments } from './invoke.ts';
import type { PythonCall, PythonReturn, Run } from './run.ts';
import { executeBody } from './statements.ts';
import { openValue, type PythonValue, type Scope } from './values.ts';
import { exceeds, noteAgain, type Noted, noting } from '../unread.ts';

/** A Python file as far as it can be followed without running it. */
export interface PythonFile {
  /** Every call of something that the file does not define, in the order in which they are read. */
  readonly calls: readonly PythonCall[];
  /** Lists and texts that functions give back. */
  readonly returns: readonly PythonReturn[];
  /** What stands above its functions and classes. */
  readonly decorators: readonly PythonValue[];
  /** Names of the module as they are at its end. */
  readonly names: ReadonlyMap<string, PythonValue>;
  /** What the program sets on the result of a call (`args.model = …`), by its number. */
  attributesOf(id: number): ReadonlyMap<string, PythonValue>;
  /** An attribute of an object of one of its classes; null for none that it sets. */
  attribute(value: PythonValue, name: string): PythonValue | null;
}

/** A config in Python is far smaller (UTF-16 units). */
const MAX_CHARACTERS = 1024 * 1024;
/** Expressions and statements of one file; the largest of real files takes a tenth. */
const MAX_STEPS = 200_000;
/** Expressions within expressions, and statements within statements. */
const MAX_DEPTH = 150;

/** Reads a file. Never throws; what cannot be parsed is passed over. */
export function readPython(file: SourceFile): PythonFile {
  const known = latest.find((one) => one.file === file);
  noteAgain(known?.python.unread ?? []);
  if (known) return known.python.value;
  const python = noting(() => {
    const isLong = exceeds(file.text.length, MAX_CHARACTERS, 'characters of a program', () => placeOf(file, 0, 0));
    return isLong ? NOTHING : followed(file);
  });
  latest = [{ file, python }, ...latest.slice(0, 3)];
  noteAgain(python.unread);
  return python.value;
}

const NOTHING: PythonFile = {
  calls: [],
  returns: [],
  decorators: [],
  names: new Map(),
  attributesOf: () => new Map(),
  attribute: () => null,
};

/** Formats that share a file read it one behind the other, with the modules that it names. */
let latest: readonly { readonly file: SourceFile; readonly python: Noted<PythonFile> }[] = [];

function followed(file: SourceFile): PythonFile {
  const module: Scope = { names: new Map(), parent: null };
  let depth = 0;
  const run: Run = {
    file,
    budget: MAX_STEPS,
    scope: module,
    heap: { names: new Map(), parent: null },
    frames: [],
    turns: 1,
    leaving: null,
    ids: 0,
    calls: [],
    returns: [],
    functions: [],
    classes: [],
    read: new Set(),
    instances: new Map(),
    evaluate(node, own) {
      if (exceeds(depth + 1, MAX_DEPTH, 'levels of a program', () => placeOf(file, node.from, node.to)))
        return openValue('it is nested too deep', node);
      depth += 1;
      const value = evaluateExpression(node, own);
      depth -= 1;
      return value;
    },
    execute(body, own) {
      if (exceeds(depth + 1, MAX_DEPTH, 'levels of a program', () => placeOf(file, body.from, body.to))) return false;
      depth += 1;
      const ends = executeBody(body, own);
      depth -= 1;
      return ends;
    },
  };
  module.names.set('__name__', { kind: 'text', text: { text: '__main__', segments: [] }, open: [] });
  run.execute(parser.parse(file.text).topNode, run);
  readTheRest(run);
  exceeds(MAX_STEPS + 1 - run.budget, MAX_STEPS, 'steps of a program', () => placeOf(file, 0, 0));
  return {
    calls: run.calls,
    returns: run.returns,
    decorators: [...run.functions, ...run.classes].flatMap(({ decorators }) => decorators),
    names: module.names,
    attributesOf: (id) => attributesIn(run.heap, id),
    attribute: (value, name) =>
      value.kind === 'object'
        ? attributeOfObject(value, name, run, NOWHERE)
        : value.kind === 'class'
          ? memberOf(value, name)
          : null,
  };
}

/** Functions and methods that the file itself calls nowhere: what they are given is not known. */
function readTheRest(run: Run): void {
  for (let round = 0, at = 0, of = 0; round < 4 && run.budget > 0; round++) {
    for (; at < run.functions.length; at++) {
      const one = run.functions[at];
      if (one && !run.read.has(one.node.from)) invoke(one, noArguments(one.node), run, one.node);
    }
    for (; of < run.classes.length; of++) {
      const one = run.classes[of];
      if (!one) continue;
      const self = run.instances.get(one) ?? instantiate(one, noArguments(one.range), run);
      for (const member of one.members.values()) {
        if (member.kind === 'function' && !run.read.has(member.node.from))
          invoke({ ...member, self }, noArguments(member.node), run, member.node);
      }
    }
  }
}

const NOWHERE = { from: 0, to: 0 };

function attributesIn({ names }: Scope, id: number): ReadonlyMap<string, PythonValue> {
  const prefix = `${id}.`;
  const own = [...names].filter(([name]) => name.startsWith(prefix));
  return new Map(own.map(([name, value]) => [name.slice(prefix.length), value]));
}
