import type { Word as ShellWord } from 'unbash';
import { partsOf } from './pieces.ts';

/** A value that a test asks for, and whether it is sure to be that. */
export interface Tested {
  readonly text: string;
  readonly isSure: boolean;
}

/** The value of a word; null where only the run knows it. */
export type ValueOf = (word: ShellWord) => Tested | null;

/**
 * A part of a decided statement. `runs`: it does, as if it stood alone; `other`: it does where whoever runs the script says
 * something else than its defaults; `may`: nobody can tell.
 */
export interface Arm {
  readonly node: unknown;
  readonly way: 'runs' | 'other' | 'may';
  /** Whether what stands behind the statement is left to this part. */
  readonly isSure: boolean;
}

interface Outcome {
  readonly holds: boolean;
  readonly isSure: boolean;
}

/** Nodes are read by shape, as the walk reads them. */
interface Shape {
  readonly type?: string;
  readonly command?: unknown;
  readonly commands?: readonly Shape[];
  readonly operators?: readonly string[];
  readonly prefixes?: readonly Shape[];
  readonly prefix?: readonly unknown[];
  readonly name?: ShellWord;
  readonly suffix?: readonly ShellWord[];
  readonly clause?: Shape;
  readonly then?: Shape;
  readonly elif?: readonly Shape[];
  readonly else?: Shape;
  readonly word?: ShellWord;
  readonly items?: readonly Shape[];
  readonly pattern?: readonly ShellWord[];
  readonly body?: Shape;
  readonly terminator?: string;
  readonly expression?: Shape;
  readonly operator?: string;
  readonly operand?: unknown;
  readonly operands?: readonly Shape[];
  readonly negations?: readonly unknown[];
  readonly left?: ShellWord;
  readonly right?: ShellWord;
}

const MAX_NESTING = 40;

/** The parts of an `if`, a `case` or a chain of `&&` and `||` with whether they run; null where nothing is decided. */
export function armsOf(node: object, valueOf: ValueOf): Arm[] | null {
  const shape = node as Shape;
  if (shape.type === 'If') return ofIf(shape, valueOf);
  return shape.type === 'Case' ? ofCase(shape, valueOf) : chain(shape, valueOf);
}

function ofIf(node: Shape, valueOf: ValueOf): Arm[] {
  const tests = [node, ...(node.elif ?? [])].map(({ clause, then }) => ({ clause, body: then }));
  const choices = tests.map(({ clause, body }) => ({ body, outcome: outcomeOf(clause, valueOf, 0) }));
  const clauses = tests.map(({ clause }): Arm => ({ node: clause, way: 'may', isSure: false }));
  return [...clauses, ...chosen([...choices, ...(node.else ? [{ body: node.else, outcome: ALWAYS }] : [])])];
}

function ofCase({ word, items = [] }: Shape, valueOf: ValueOf): Arm[] | null {
  const value = word ? valueOf(word) : null;
  // `;&` runs into the next one.
  if (value === null || items.some(({ terminator }) => terminator !== undefined && terminator !== ';;')) return null;
  return chosen(
    items.map(({ pattern = [], body }) => ({
      body,
      outcome: anyOf(pattern.map((one) => matchesPattern(value, one, valueOf))),
    })),
  );
}

const ALWAYS: Outcome = { holds: true, isSure: true };

/** The first whose test holds runs; behind one that holds for certain there is none, behind one that is not known any may. */
function chosen(choices: readonly { readonly body: unknown; readonly outcome: Outcome | null }[]): Arm[] {
  const arms: Arm[] = [];
  let way: Arm['way'] = 'runs';
  for (const { body, outcome } of choices) {
    if (outcome?.isSure && !outcome.holds) continue;
    if (way === 'runs' && outcome === null) way = 'may';
    if (way === 'runs' && !outcome?.holds) arms.push({ node: body, way: 'other', isSure: false });
    else {
      arms.push({ node: body, way, isSure: outcome?.isSure === true && arms.length === 0 });
      if (outcome?.isSure) break;
      if (way === 'runs') way = 'other';
    }
  }
  return arms;
}

/** `[ … ] && a || b`: each command by what came of those before it. */
function chain({ commands = [], operators = [] }: Shape, valueOf: ValueOf): Arm[] | null {
  const [first] = commands;
  let status = first ? outcomeOf(first, valueOf, 0) : null;
  if (status === null) return null;
  const arms: Arm[] = [{ node: first, way: 'may', isSure: false }];
  for (const [index, node] of commands.slice(1).entries()) {
    if (status === null) {
      arms.push({ node, way: 'may', isSure: false });
      continue;
    }
    const runs: boolean = operators[index] === '&&' ? status.holds : !status.holds;
    if (!runs) {
      if (!status.isSure) arms.push({ node, way: 'other', isSure: false });
      continue;
    }
    arms.push({ node, way: 'runs', isSure: status.isSure });
    const own = outcomeOf(node, valueOf, 0);
    status = own && { holds: own.holds, isSure: own.isSure && status.isSure };
  }
  return arms;
}

/** What a statement comes to that only tests; null for any other. */
function outcomeOf(node: Shape | undefined, valueOf: ValueOf, depth: number): Outcome | null {
  if (!node || depth > MAX_NESTING) return null;
  const inner = (one: Shape | undefined): Outcome | null => outcomeOf(one, valueOf, depth + 1);
  switch (node.type) {
    case 'CompoundList': {
      const [only, ...more] = node.commands ?? [];
      return more.length > 0 ? null : inner(only);
    }
    case 'Statement':
      return inner(node.command as Shape);
    case 'Pipeline': {
      const { prefixes = [], commands = [] } = node;
      const isNot = prefixes.length === 1 && prefixes[0]?.type === 'Negation';
      return commands.length === 1 && isNot ? not(inner(commands[0])) : null;
    }
    case 'AndOr': {
      const { commands = [], operators = [] } = node;
      let status = inner(commands[0]);
      for (const [index, next] of commands.slice(1).entries()) {
        if (status === null) return null;
        if (status.holds !== (operators[index] === '&&')) continue;
        const own: Outcome | null = inner(next);
        status = own && { holds: own.holds, isSure: own.isSure && status.isSure };
      }
      return status;
    }
    case 'TestCommand':
    case 'TestGroup':
      return inner(node.expression);
    case 'TestNot':
      return (node.negations?.length ?? 0) % 2 === 1 ? not(inner(node.operand as Shape)) : inner(node.operand as Shape);
    case 'TestLogical': {
      const all = (node.operands ?? []).map(inner);
      return node.operator === '&&' ? not(anyOf(all.map(not))) : anyOf(all);
    }
    case 'TestUnary':
      return unary(node.operator ?? '', node.operand as ShellWord, valueOf);
    case 'TestBinary': {
      const { operator = '', left, right } = node;
      if (!left || !right) return null;
      const value = valueOf(left);
      if (/^(?:=|==|!=)$/.test(operator)) {
        const same = value && matchesPattern(value, right, valueOf);
        return operator === '!=' ? not(same) : same;
      }
      return compared(operator, value, valueOf(right));
    }
    case 'Command':
      return ofCommand(node, valueOf);
    default:
      return null;
  }
}

function ofCommand({ name, suffix = [], prefix = [] }: Shape, valueOf: ValueOf): Outcome | null {
  if (!name || prefix.length > 0) return null;
  const program = valueOf(name);
  if (program === null) return null;
  const { text, isSure } = program;
  if (suffix.length === 0 && /^(?:true|:)$/.test(text)) return { holds: true, isSure };
  if (suffix.length === 0 && text === 'false') return { holds: false, isSure };
  const isBracket = text === '[' && suffix.at(-1)?.text === ']';
  if (!isBracket && text !== 'test') return null;
  return testOf(isBracket ? suffix.slice(0, -1) : suffix, valueOf, 0);
}

/** The words of `[ … ]`: one test, or several with `-a` and `-o` between them. */
function testOf(words: readonly ShellWord[], valueOf: ValueOf, depth: number): Outcome | null {
  if (depth > MAX_NESTING) return null;
  for (const joint of ['-o', '-a']) {
    const at = words.length > 3 ? words.findIndex(({ text }, index) => index > 0 && text === joint) : -1;
    if (at === -1) continue;
    const both = [words.slice(0, at), words.slice(at + 1)].map((part) => testOf(part, valueOf, depth + 1));
    return joint === '-o' ? anyOf(both) : not(anyOf(both.map(not)));
  }
  const [first, second, third] = words;
  if (!first || words.length > 4) return null;
  if (first.text === '!' && second) return not(testOf(words.slice(1), valueOf, depth + 1));
  if (!third && isBare(second ?? first, valueOf) && first.text !== '-z') return null;
  if (!second) return unary('-n', first, valueOf);
  if (!third) return unary(first.text, second, valueOf);
  if (words.length > 3 || isBare(first, valueOf) || isBare(third, valueOf)) return null;
  const [left, right] = [valueOf(first), valueOf(third)];
  if (!/^(?:=|==|!=)$/.test(second.text)) return compared(second.text, left, right);
  if (!left || !right) return null;
  const isSame = left.text === right.text;
  return { holds: second.text === '!=' ? !isSame : isSame, isSure: left.isSure && right.isSure };
}

/** A variable of nothing without quotes is no word at all, so that `[` sees another test. */
function isBare(word: ShellWord, valueOf: ValueOf): boolean {
  return (
    (word.parts ?? []).some(({ type }) => type.endsWith('Expansion')) && /^\s*$|\s/.test(valueOf(word)?.text ?? '')
  );
}

function unary(operator: string, word: ShellWord, valueOf: ValueOf): Outcome | null {
  const value = valueOf(word);
  if (!value || (operator !== '-n' && operator !== '-z')) return null;
  return { holds: (value.text === '') === (operator === '-z'), isSure: value.isSure };
}

const ORDER: ReadonlyMap<string, (a: number, b: number) => boolean> = new Map([
  ['-eq', (a, b) => a === b],
  ['-ne', (a, b) => a !== b],
  ['-gt', (a, b) => a > b],
  ['-ge', (a, b) => a >= b],
  ['-lt', (a, b) => a < b],
  ['-le', (a, b) => a <= b],
]);

function compared(operator: string, left: Tested | null, right: Tested | null): Outcome | null {
  const holds = ORDER.get(operator);
  if (!holds || !left || !right || ![left, right].every(({ text }) => /^-?\d{1,15}$/.test(text))) return null;
  return { holds: holds(Number(left.text), Number(right.text)), isSure: left.isSure && right.isSure };
}

/** Whether a value matches a pattern of `case` or `[[ == ]]`: a text, or one with `*` in it. */
function matchesPattern(value: Tested, pattern: ShellWord, valueOf: ValueOf): Outcome | null {
  const parts = pattern.parts ?? [];
  const globs = parts.filter(({ type }) => /Glob$|^BraceExpansion$/.test(type));
  const { text, isSure } = value;
  if (globs.length === 0) {
    const literal = valueOf(pattern);
    return literal && { holds: text === literal.text, isSure: isSure && literal.isSure };
  }
  // `*` alone takes anything, whatever the value turns out to be.
  if (parts.length === 1 && globs[0]?.text === '*') return { holds: true, isSure: true };
  const isPlain = parts.every((part) => part.type === 'Literal' || part.type === 'SingleQuoted' || part.text === '*');
  if (!isPlain || partsOf(pattern).length !== parts.length) return null;
  return {
    holds: withStars(
      text,
      parts.map((part) => (part.type === 'Glob' ? null : 'value' in part ? String(part.value) : part.text)),
    ),
    isSure,
  };
}

/** A text that holds pieces in their order; null is a star. */
function withStars(text: string, pieces: readonly (string | null)[]): boolean {
  let at = 0;
  for (const [index, piece] of pieces.entries()) {
    if (piece === null) continue;
    const isAnchored = pieces[index - 1] !== null;
    const isLast = index === pieces.length - 1;
    const found = isLast && !isAnchored ? text.length - piece.length : text.indexOf(piece, at);
    if (found < at || !text.startsWith(piece, found) || (isAnchored && found !== at)) return false;
    at = found + piece.length;
  }
  return pieces.at(-1) === null || at === text.length;
}

function not(outcome: Outcome | null): Outcome | null {
  return outcome && { ...outcome, holds: !outcome.holds };
}

/** One that holds for certain decides; else all must be known. */
function anyOf(all: readonly (Outcome | null)[]): Outcome | null {
  const decisive = all.find((one) => one?.holds && one.isSure) ?? null;
  if (decisive || all.includes(null)) return decisive;
  const isSure = all.every((one) => one?.isSure);
  return { holds: all.some((one) => one?.holds), isSure };
}

/** What a list of statements leaves by its last one: the script, a function, or nothing. */
export function leaves(node: unknown): 'script' | 'call' | null {
  const shape = node as Shape | undefined;
  if (!shape) return null;
  if (shape.type === 'CompoundList') return leaves(shape.commands?.at(-1));
  if (shape.type === 'Statement') return leaves(shape.command);
  if (shape.type === 'BraceGroup') return leaves(shape.body);
  if (shape.type !== 'Command') return null;
  const program = shape.name?.text ?? '';
  if (program === 'return') return 'call';
  return program === 'exit' || (program === 'exec' && (shape.suffix?.length ?? 0) > 0) ? 'script' : null;
}
