import type { SourceFile } from '../../text.ts';
import { branchesMerged } from './merge.ts';
import {
  openValue,
  type PythonClass,
  type PythonFunction,
  type PythonMade,
  type PythonNode,
  type PythonObject,
  type PythonValue,
  type Range,
  type Scope,
} from './values.ts';
import { exceeds } from '../unread.ts';

/** A function that is being read. */
export interface Frame {
  readonly function: PythonFunction;
  readonly returns: PythonValue[];
}

/** A call of something that the file itself does not define, with the functions around it, the outermost first. */
export interface PythonCall {
  readonly made: PythonMade;
  readonly frames: readonly PythonFunction[];
  /** Variables of the environment as the file sets them up to here. */
  readonly environment: ReadonlyMap<string, PythonValue>;
}

/** A value that a function gives back. */
export interface PythonReturn {
  readonly value: PythonValue;
  readonly frames: readonly PythonFunction[];
  readonly environment: ReadonlyMap<string, PythonValue>;
}

/** What is known while a file is read. Nothing is ever executed: expressions are followed as far as they are literal. */
export interface Run {
  readonly file: SourceFile;
  /** Expressions and statements left; what is longer is no config. */
  budget: number;
  scope: Scope;
  /** Attributes of objects (`12.name`) and variables of the environment (`$NAME`), which outlive their function. */
  heap: Scope;
  frames: readonly Frame[];
  /** How often what is read now is read, for the loops around it. */
  turns: number;
  /** The turn of the innermost loop, and what is set where branches leave it. */
  leaving: {
    readonly scope: Scope;
    readonly heap: Scope;
    readonly exits: { readonly names: Scope; readonly attributes: Scope }[];
  } | null;
  ids: number;
  readonly calls: PythonCall[];
  readonly returns: PythonReturn[];
  readonly functions: PythonFunction[];
  readonly classes: PythonClass[];
  /** Functions whose body has been read, by where they start. */
  readonly read: Set<number>;
  readonly instances: Map<PythonClass, PythonObject>;
  evaluate(node: PythonNode, run: Run): PythonValue;
  execute(body: PythonNode, run: Run): boolean;
}

/** Calls of one file that are looked at. */
const MAX_CALLS = 20_000;

export function lookup(scope: Scope, name: string): PythonValue | undefined {
  for (let at: Scope | null = scope; at !== null; at = at.parent) {
    const found = at.names.get(name);
    if (found) return found;
  }
  return undefined;
}

export function sourceOf(run: Run, { from, to }: Range): string {
  return run.file.text.slice(from, to);
}

/** Notes a call; what calls it makes later is the same one. */
export function noteCall(run: Run, made: PythonMade): void {
  if (exceeds(run.calls.length + 1, MAX_CALLS, 'calls of a program')) return;
  run.calls.push({ made, frames: framesOf(run), environment: environmentOf(run) });
}

export function noteReturn(run: Run, value: PythonValue): void {
  if (value.kind !== 'list' && value.kind !== 'text') return;
  if (exceeds(run.returns.length + 1, MAX_CALLS, 'returned values of a program')) return;
  run.returns.push({ value, frames: framesOf(run), environment: environmentOf(run) });
}

/** What many calls have in common is kept once. */
const functionsOf = new WeakMap<readonly Frame[], readonly PythonFunction[]>();
const variablesOf = new WeakMap<PythonValue, ReadonlyMap<string, PythonValue>>();

function framesOf({ frames }: Run): readonly PythonFunction[] {
  const known = functionsOf.get(frames);
  if (known) return known;
  const functions = frames.map((frame) => frame.function);
  functionsOf.set(frames, functions);
  return functions;
}

const NOTHING_SET: ReadonlyMap<string, PythonValue> = new Map();

function environmentOf({ heap }: Run): ReadonlyMap<string, PythonValue> {
  const found = lookup(heap, ENVIRONMENT);
  if (found?.kind !== 'dict') return NOTHING_SET;
  const known = variablesOf.get(found);
  if (known) return known;
  const variables = new Map(found.entries.map(({ key, value }) => [key, value]));
  variablesOf.set(found, variables);
  return variables;
}

/** Under what the heap keeps the variables of the environment that the file sets. */
export const ENVIRONMENT = '$environment';

/**
 * Reads several courses of which one is taken, each with layers of its own, and merges what they set.
 * @returns whether none of them goes on behind.
 */
export function alternatives(run: Run, courses: readonly (() => boolean)[], range: Range): boolean {
  const { scope, heap } = run;
  const taken: { readonly names: Scope; readonly attributes: Scope }[] = [];
  let ended = true;
  for (const course of courses) {
    const names: Scope = { names: new Map(), parent: scope };
    const attributes: Scope = { names: new Map(), parent: heap };
    run.scope = names;
    run.heap = attributes;
    const ends = course();
    if (!ends) {
      taken.push({ names, attributes });
      ended = false;
    }
  }
  run.scope = scope;
  run.heap = heap;
  branchesMerged(
    scope,
    taken.map(({ names }) => names),
    range,
  );
  branchesMerged(
    heap,
    taken.map(({ attributes }) => attributes),
    range,
  );
  return ended;
}

export function nextId(run: Run): number {
  run.ids += 1;
  return run.ids;
}

/** A list or a dict as it is by now: others that have it may have changed it. */
export function current(value: PythonValue, run: Run): PythonValue {
  if ((value.kind !== 'list' && value.kind !== 'dict') || value.id === undefined) return value;
  return lookup(run.heap, `#${value.id}`) ?? value;
}

/** Notes what a list or a dict is after a change in place; what it was before holds where the change does not. */
export function setCurrent(before: PythonValue, value: PythonValue, run: Run): void {
  if ((value.kind !== 'list' && value.kind !== 'dict') || value.id === undefined) return;
  const name = `#${value.id}`;
  if (!lookup(run.heap, name)) {
    let bottom = run.heap;
    while (bottom.parent !== null) bottom = bottom.parent;
    bottom.names.set(name, before);
  }
  run.heap.names.set(name, value);
}

/** An attribute of an object, as it was last set. */
export function attributeOf(run: Run, id: number, name: string): PythonValue | undefined {
  return lookup(run.heap, `${id}.${name}`);
}

export function setAttribute(run: Run, id: number, name: string, value: PythonValue): void {
  run.heap.names.set(`${id}.${name}`, value);
}

const TOO_LONG = 'the file is too long to be followed';

/** Takes one step; false when none are left. */
export function step(run: Run): boolean {
  run.budget -= 1;
  return run.budget > 0;
}

export function tooLong(range: Range): PythonValue {
  return openValue(TOO_LONG, range);
}
