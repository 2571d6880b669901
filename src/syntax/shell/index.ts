import type { Word as ShellWord } from 'unbash';
import type { Place } from '../../text.ts';
import { type MappedText, sliceMapped } from '../mapped-text.ts';
import { exceeds, placeIn } from '../unread.ts';
import type { Word } from '../word.ts';
import { type Assignment, CONDITIONAL, isAssignment, type Node, scriptKeptBy } from './assignment.ts';
import {
  addChanges,
  type Certainty,
  certaintyOf,
  isLoop,
  least,
  noteAssignment,
  noteCommand,
  noteOther,
  setWith,
  withPositions,
} from './certainty.ts';
import { type Arm, armsOf, leaves, type Tested } from './conditions.ts';
import { bodyCalledBy, callOf, keepArguments, keepFunction, shifted, uncalled } from './calls.ts';
import { DECLARES, expand, parsed, splitOf, textOfPart, whole } from './expansion.ts';
import { type Expander, redirectedBy } from './here-document.ts';
import { cutShort, KEPT_WORDS, takesCommand } from './pieces.ts';
import { isSourcedIfThere, sourcedBy } from './sourced.ts';
import { withoutCarriageReturns } from './text.ts';
import { assign, valueOf } from './variables.ts';
import { MAX_WORDS, newWalk, type Scope, type ShellCommand, type SourcedText, type Walk } from './walk.ts';

export type { Scope, ShellCommand, SourcedText } from './walk.ts';

const MAX_COMMANDS = 5_000;
/** Statements within statements. */
const MAX_LEVELS = 200;
/** Statements of functions that are called; functions that call each other grow without end. */
const MAX_CALLED = 20_000;

/**
 * The simple commands of a script in order, with every variable that the script itself (or `scope`) defines put
 * in its place; each value keeps the place where it is defined. A function stands where it is called, with what it is called
 * with; one that nobody calls stands at the end. What only the run could tell (`$(…)`, `$1`, a value set in one branch) is
 * marked on the word, with the reason. Nothing is ever executed.
 * @param sourced - The files that the script takes variables and functions from.
 * @returns null when the text is no shell at all.
 */
export function readShell(
  source: MappedText,
  scope: Scope = new Map(),
  sourced: SourcedText = () => null,
): ShellCommand[] | null {
  const text = withoutCarriageReturns(source);
  const script = parsed(text);
  if (script === null) return null;
  const walk = newWalk(text, scope, sourced);
  addChanges(script, walk.changes);
  visit(script, walk, 0, 0);
  for (const { body, text: home } of uncalled(walk)) {
    const alone = { ...walk, text: home, loose: true, over: { script: false }, left: { call: false } };
    if (!walk.called.has(body)) visit(body, alone, 0, 0);
  }
  return walk.commands;
}

function visit(node: unknown, walk: Walk, branches: number, depth: number): void {
  if (typeof node !== 'object' || node === null || walk.over.script || walk.left.call) return;
  if (exceeds(depth, MAX_LEVELS, 'levels of statements')) return;
  if (Array.isArray(node)) {
    for (const item of node) visit(item, walk, branches, depth + 1);
    return;
  }
  const { type } = node as Node;
  if (type === 'Command') {
    const { pos } = node as { pos?: number };
    const where = (): Place | null => (pos === undefined ? null : placeIn(walk.text, pos));
    // What is called again and again takes nothing away from the script's own commands.
    if (walk.within.length > 0 && exceeds(++walk.spent.inCalls, MAX_CALLED, 'statements of functions', where)) return;
    if (walk.within.length === 0 && exceeds(++walk.spent.own, MAX_COMMANDS, 'commands of a script', where)) return;
    command(node as Node, walk, branches, depth);
    return;
  }
  if (type === 'Word' || type === 'Redirect' || type === 'Assignment') return;
  if (type === 'Function' && keepFunction(node, walk)) return;
  const into = type === 'Redirected' || type === 'Pipeline' ? intoOf(node as Node, walk) : null;
  if (into !== null) {
    for (const value of Object.values(node)) visit(value, { ...walk, into }, branches, depth + 1);
    return;
  }
  const isThere = type !== undefined && CONDITIONAL.has(type) && isSourcedIfThere(node, walk);
  if ((type === 'If' || type === 'Case' || type === 'AndOr') && !isThere) {
    const names = new Set<string>();
    const arms = armsOf(node, (word) => {
      for (const [, name = ''] of word.text.matchAll(/\$\{?(\w+)/g)) names.add(name);
      return tested(word, walk);
    });
    for (const arm of arms ?? []) visitArm(arm, names, walk, branches, depth);
    if (arms) return;
  }
  const inside = branches + (type !== undefined && CONDITIONAL.has(type) && !isThere ? 1 : 0);
  const own = isLoop(type)
    ? { ...walk, loose: true }
    : type === 'Subshell'
      ? { ...walk, over: { script: false } }
      : walk;
  for (const value of Object.values(node)) visit(value, own, inside, depth + 1);
}

const SEVERAL = 'it has several values, one for each way to run the script';
/** Variables beside which the other branch of a default is still read by itself. */
const MAX_ASIDE = 200;

function visitArm(
  { node, way, isSure }: Arm,
  names: ReadonlySet<string>,
  walk: Walk,
  branches: number,
  depth: number,
): void {
  if (way === 'may' || (way === 'other' && walk.scope.size > MAX_ASIDE)) visit(node, walk, branches + 1, depth + 1);
  else if (way === 'runs') {
    visit(node, walk, branches, depth + 1);
    const left = isSure && branches === 0 ? leaves(node) : null;
    if (left === 'call') walk.left.call = true;
    else if (left === 'script' && !walk.doubted) walk.over.script = true;
  } else {
    const other = aside(walk);
    for (const name of setWith(names, walk))
      other.scope.set(
        name,
        (other.scope.get(name) ?? []).map((word) => ({ ...word, unresolved: SEVERAL })),
      );
    visit(node, other, branches, depth + 1);
    noteOther(other, walk);
  }
}

/** A walk of which nothing is left but the commands. */
function aside(walk: Walk): Walk {
  return {
    ...walk,
    scope: new Map(walk.scope),
    split: new Map(walk.split),
    exported: new Map(walk.exported),
    noted: new Map(walk.noted),
    over: { script: false },
    left: { call: false },
  };
}

/** The value that a test sees; null where only the run knows it. */
function tested(word: ShellWord, walk: Walk): Tested | null {
  const certainty = certaintyOf(word, walk);
  const { text, unresolved } = whole(word, walk, 0);
  const isOpen = certainty === null || unresolved !== null || /[\uE000\uE001]|\{\{|\$\{/.test(text.text);
  return isOpen ? null : { text: text.text, isSure: certainty === 'sure' };
}

function command(node: Node, walk: Walk, branches: number, depth: number): void {
  const assigned = (entry: Assignment): void => {
    visit(scriptKeptBy(entry), { ...walk, over: { script: false } }, branches, depth + 1);
    noteAssignment(entry, walk, branches);
    assign(entry, walk, branches);
  };
  const prefix = (node.prefix ?? []).filter((entry) => entry.name !== undefined);
  const words: Word[] = [];
  if (typeof node.name === 'object') words.push(...expand(node.name, walk, 0));
  const declares = DECLARES.test(words[0]?.text.text ?? '');
  const most = Math.max(KEPT_WORDS, MAX_WORDS - walk.spent.words);
  for (const entry of node.suffix ?? []) {
    if (words.length > most) break;
    if (entry.type !== 'Word' && entry.type !== 'Assignment') continue;
    if (isAssignment(entry)) {
      if (!declares) words.push({ text: sliceMapped(walk.text, entry.pos, entry.end), unresolved: null });
      else {
        assigned(entry);
        const [value] = walk.scope.get(entry.name ?? '') ?? [];
        if (entry.name !== undefined && value) walk.exported.set(entry.name, value);
      }
    } else {
      const run = takesCommand(words) ? splitOf(entry, walk) : null;
      // `bash -c "$CMD"` runs what `eval "$CMD"` runs.
      if (run && words.length > 1) words.splice(0, words.length);
      words.push(...(run ?? expand(entry, walk, 0)));
    }
  }
  // `eval` runs the words that it is given as one command.
  if (words.length > 2 && words[0]?.text.text === 'eval') words.shift();
  walk.spent.words += words.length;
  if (words.length > most) cutShort(words);
  if (words.length === 0 || declares) {
    for (const entry of prefix) assigned(entry);
    return;
  }
  const given = (node.suffix ?? []).flatMap((entry) => (isAssignment(entry) ? [] : [entry]));
  if (calls(words, () => least(given.map((word) => certaintyOf(word, walk))), walk, branches, depth)) return;
  noteCommand(
    words[0]?.text.text ?? '',
    words.slice(1, 3).map(({ text }) => text.text),
    walk,
  );
  if (keepArguments(words, walk, branches)) return;
  const environment = new Map(walk.exported);
  for (const entry of prefix) {
    const [value] = valueOf(entry, walk);
    if (entry.name !== undefined && value) environment.set(entry.name, value);
  }
  walk.commands.push({ words, environment, ...walk.into, ...redirectedBy(node.suffix ?? [], expanderOf(walk)) });
}

function expanderOf(walk: Walk): Expander {
  return {
    text: walk.text,
    part: (part) => (part.type === 'Literal' ? sliceMapped(walk.text, part.pos, part.end) : textOfPart(part, walk)),
    word: (word) => whole(word, walk, 0),
  };
}

/** The file that a group of commands writes (`{ … } > FILE`, `… | tee FILE`); null where it writes none. */
function intoOf({ redirects, commands }: Node, walk: Walk): Walk['into'] | null {
  const { output, appends } = redirectedBy(redirects ?? [], expanderOf(walk));
  if (output) return { output, appends: appends === true };
  const last = commands?.at(-1);
  const words = [last?.name, ...(last?.suffix ?? [])].flatMap((word) =>
    typeof word === 'object' && word.type === 'Word' ? [whole(word as ShellWord, walk, 0)] : [],
  );
  const tee = words.findIndex(({ text }) => text.text !== 'sudo');
  if (words[tee]?.text.text !== 'tee') return null;
  const file = words.slice(tee + 1).find(({ text }) => !text.text.startsWith('-'));
  return file ? { output: file, appends: words.some(({ text }) => /^(?:-a|--append)$/.test(text.text)) } : null;
}

/** Goes through the function that a command calls, or the file that it takes variables from; false where it does neither. */
function calls(
  words: readonly Word[],
  certainty: () => Certainty,
  walk: Walk,
  branches: number,
  depth: number,
): boolean {
  if (shifted(words, walk, branches)) return true;
  const file = sourcedBy(words, walk);
  if (file) {
    addChanges(file.script, walk.changes);
    visit(file.script, { ...file.walk, left: { call: false } }, branches, depth + 1);
    return true;
  }
  const body = bodyCalledBy(words, walk);
  if (!body) return false;
  // Whether it is called or not, what it does is one thing after the other.
  const doubted = walk.doubted || branches > 0;
  withPositions(walk, certainty(), () =>
    callOf(words, body, walk, (inside) =>
      visit(body.body, { ...inside, doubted, left: { call: false } }, 0, depth + 1),
    ),
  );
  return true;
}
