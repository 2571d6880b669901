import type { Word as ShellWord, WordPart } from 'unbash';
import { type Assignment, isAssignment, isFromCaller, type Node } from './assignment.ts';
import { partsOf } from './pieces.ts';
import type { Walk } from './walk.ts';

/**
 * How sure a value is that a script tests: `sure` holds whenever it runs, `default` until whoever runs it says otherwise
 * (`${MODE:-dev}`, an option of the script); null is open.
 */
export type Certainty = 'sure' | 'default' | null;

/** What a script as a whole does to its variables, whatever the order. */
export interface Changes {
  /** How often a variable is set. */
  readonly set: Map<string, number>;
  /** Variables that take several values one after the other, or one that only the run knows. */
  readonly open: Set<string>;
}

/** What is known of a variable from where it was set last. */
export interface Noted {
  readonly certainty: Certainty;
  /** How many files were sourced before that nobody could read, each of which may set it anew. */
  readonly unseen: number;
}

const MAX_LEVELS = 200;
/** Defaults within defaults. */
const MAX_DEFAULTS = 10;
const LOOPS = new Set(['While', 'Until', 'For', 'ForArithmetic', 'ArithmeticFor', 'CStyleFor', 'Select']);
/** Programs of the shell that set the variables that they are given by name. */
const SETS = /^(?:read|getopts|mapfile|readarray|unset|printf|let)$/;
const POSITIONS = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', '@', '*', '#'];

/** Whether a statement runs its body several times. */
export function isLoop(type: string | undefined): boolean {
  return type !== undefined && LOOPS.has(type);
}

/** Reads once through a script, as the parser gives it, for what sets its variables. */
export function addChanges(script: object, { set, open }: Changes): void {
  const visit = (node: unknown, inLoop: boolean, depth: number): void => {
    if (depth > MAX_LEVELS || typeof node !== 'object' || node === null) return;
    if (Array.isArray(node)) {
      for (const item of node) visit(item, inLoop, depth + 1);
      return;
    }
    const { type, name, prefix = [], suffix = [], body } = node as Node & { readonly body?: unknown };
    if (type === 'Command') {
      const program = typeof name === 'object' ? name.text : '';
      for (const entry of [...(program === '' ? prefix : []), ...suffix.filter(isAssignment)]) {
        const { name: variable = '' } = entry;
        set.set(variable, (set.get(variable) ?? 0) + 1);
        if (inLoop && !isFromCaller(entry)) open.add(variable);
      }
      if (SETS.test(program)) for (const { text = '' } of suffix as readonly ShellWord[]) open.add(text);
      return;
    }
    if (type === 'ArithmeticCommand' && typeof body === 'string')
      for (const [word] of body.matchAll(/[A-Za-z_]\w*/g)) open.add(word);
    if (isLoop(type) && typeof name === 'object') open.add(name.text);
    for (const value of Object.values(node)) visit(value, inLoop || isLoop(type), depth + 1);
  };
  visit(script, false, 0);
}

/** Notes how sure a variable is that is set: in a branch it may be set or not, and options of the script may be given or not. */
export function noteAssignment(entry: Assignment, walk: Walk, branches: number): void {
  const { value, name = '', append } = entry;
  const { unseen } = walk.spent;
  const words = value && 'elements' in value && value.elements ? value.elements : [value as ShellWord];
  const own = words.map((word) => certaintyOf(word, walk));
  const inBranch = branches > 0 || walk.doubted || value === undefined;
  const certainty = isFromCaller(entry)
    ? 'default'
    : inBranch
      ? null
      : least([
          ...(append ? [certaintyOfName(name, walk)] : []),
          ...(walk.borrowed ? ['default' as const] : []),
          ...own,
        ]);
  walk.noted.set(name, { certainty, unseen });
}

/** Branches whose variables are kept together. */
const MAX_TOGETHER = 100;

/** What a branch sets that runs only where whoever runs the script says so holds by default alone elsewhere. */
export function noteOther(other: Walk, { noted, together }: Walk): void {
  const names = [...other.noted].flatMap(([name, own]) => (noted.get(name) === own ? [] : [name]));
  if (names.length > 0 && together.length < MAX_TOGETHER) together.push(names);
  for (const name of names) {
    const before = noted.get(name);
    if (before?.certainty === 'sure') noted.set(name, { ...before, certainty: 'default' });
  }
}

/** What else is set where one of some variables is not what it is by default: it has another value there. */
export function setWith(names: ReadonlySet<string>, { together, scope }: Walk): string[] {
  const all = together.filter((one) => one.some((name) => names.has(name))).flat();
  return all.filter((name) => scope.has(name) && !names.has(name));
}

/** Notes what a command does to variables that it does not name. */
export function noteCommand(program: string, rest: readonly string[], walk: Walk): void {
  if (/^(?:source|\.|eval)$/.test(program)) walk.spent.unseen++;
  if (program === 'shift' || (program === 'set' && rest.includes('--'))) notePositions(walk, null);
}

function notePositions({ noted, spent }: Walk, certainty: Certainty): void {
  for (const one of POSITIONS) noted.set(one, { certainty, unseen: spent.unseen });
}

/** Goes through a function whose arguments are as sure as is said. */
export function withPositions(walk: Walk, certainty: Certainty, go: () => void): void {
  const before = POSITIONS.map((one) => [one, walk.noted.get(one)] as const);
  notePositions(walk, certainty);
  go();
  for (const [one, noted] of before) {
    if (noted) walk.noted.set(one, noted);
    else walk.noted.delete(one);
  }
}

/** How sure the value of a word is, as far as its variables decide. */
export function certaintyOf(word: ShellWord, walk: Walk, depth = 0): Certainty {
  return least(partsOf(word).map((part) => ofPart(part, walk, depth)));
}

function ofPart(part: WordPart, walk: Walk, depth: number): Certainty {
  if (part.type === 'SimpleExpansion') return certaintyOfName(part.text.slice(1), walk);
  if (part.type === 'CommandExpansion' || part.type === 'ArithmeticExpansion' || depth > MAX_DEFAULTS) return null;
  if (part.type !== 'ParameterExpansion') return 'sure';
  if (walk.scope.has(part.parameter)) return certaintyOfName(part.parameter, walk);
  const { operation } = part;
  if (operation?.type !== 'Default') return null;
  return least(['default', certaintyOf(operation.operand, walk, depth + 1)]);
}

function certaintyOfName(name: string, { scope, changes, noted, loose, spent, within }: Walk): Certainty {
  if (!scope.has(name) || changes.open.has(name)) return null;
  const known = noted.get(name);
  const isPosition = POSITIONS.includes(name);
  if (isPosition && loose && within.length === 0) return null;
  if (isPosition) return known ? known.certainty : 'sure';
  if (loose && (changes.set.get(name) ?? 0) > (known ? 1 : 0)) return null;
  if (known && known.certainty !== 'sure') return known.certainty;
  return (known?.unseen ?? 0) < spent.unseen ? 'default' : 'sure';
}

/** The least sure of several. */
export function least(all: readonly Certainty[]): Certainty {
  if (all.includes(null)) return null;
  return all.includes('default') ? 'default' : 'sure';
}
