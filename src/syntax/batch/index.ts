import { type MappedText, replacedIn, sliceMapped } from '../mapped-text.ts';
import { type Interpolated, wordOf } from '../interpolation.ts';
import type { ShellCommand } from '../shell/index.ts';
import { splitWords } from '../shell/split-words.ts';
import type { Word } from '../word.ts';
import { type BatchScope, expanded } from './variables.ts';
import { exceeds, placeIn } from '../unread.ts';

/** No script is longer; what is, is data. */
const MAX_CHARACTERS = 256 * 1024;
const MAX_STATEMENTS = 20_000;
const MAX_COMMANDS = 5_000;
/** A command inside a command (`cmd /c "start …"`). */
const MAX_NESTING = 4;

const SEVERAL = 'it has several values, one for each branch of the script';
const ASKED = 'whoever runs it is asked for it';
const COMPUTED = 'it is computed';

interface Walk {
  readonly text: MappedText;
  readonly scope: BatchScope;
  readonly commands: ShellCommand[];
  /** Whether each open block may or may not run. */
  readonly branches: boolean[];
  at: number;
}

/**
 * The commands of a batch file of Windows in order (docs: Windows commands, cmd), with the variables that it sets put in
 * their place. What only the run could tell is marked on the word. Nothing is ever executed.
 */
export function readBatch(source: MappedText): ShellCommand[] {
  if (exceeds(source.text.length, MAX_CHARACTERS, 'characters of a batch file')) return [];
  const walk: Walk = { text: continued(source), scope: new Map(), commands: [], branches: [], at: 0 };
  for (let count = 1; walk.at < walk.text.text.length; count++) {
    if (exceeds(count, MAX_STATEMENTS, 'statements of a batch file', () => placeIn(walk.text, walk.at))) break;
    statement(walk);
  }
  return walk.commands;
}

/** A caret at the end of a line goes on in the next one; line ends are those of Unix. */
function continued(source: MappedText): MappedText {
  return replacedIn(source, /\^[ \t]*\r?\n|\r\n/g, ([found]) => (found.startsWith('^') ? ' ' : '\n'));
}

/** Reads what stands at one place: a command, the start or the end of a block, or a line that is none. */
function statement(walk: Walk): void {
  const { text } = walk.text;
  const at = walk.at + (/^[\s@&|,;=]*/.exec(text.slice(walk.at, walk.at + 500))?.[0].length ?? 0);
  walk.at = at + 1;
  const head = text.slice(at, at + 200);
  if (head === '') return;
  if (head.startsWith('(')) walk.branches.push(false);
  else if (head.startsWith(')')) closeBlock(walk, at);
  else if (/^(?:rem\b|::|:[^\s:])/i.test(head)) walk.at = lineEnd(text, at);
  else if (/^if\s/i.test(head)) condition(walk, at);
  else if (/^for\s/i.test(head)) loop(walk, at);
  else command(walk, at, false);
}

/** `)` and what may stand behind it: `) else (`. */
function closeBlock(walk: Walk, at: number): void {
  walk.branches.pop();
  const [otherwise] = /^\)\s*else\b[ \t]*/i.exec(walk.text.text.slice(at, at + 100)) ?? [];
  walk.at = at + (otherwise?.length ?? 1);
  if (otherwise !== undefined) branch(walk, walk.at);
}

const CONDITION =
  /^if\s+(?:\/i\s+)?(?:not\s+)?(?:exist\s+(?:"[^"\n]*"|\S+)|defined\s+\S+|errorlevel\s+\S+|cmdextversion\s+\S+|(?:"[^"\n]*"|[^\s="]+)\s*(?:==|\s(?:equ|neq|lss|leq|gtr|geq)\s)\s*(?:"[^"\n]*"|[^\s(]+))[ \t]*/i;

function condition(walk: Walk, at: number): void {
  const [written] = CONDITION.exec(walk.text.text.slice(at, at + 1_000)) ?? [];
  if (written === undefined) {
    walk.at = lineEnd(walk.text.text, at);
    return;
  }
  walk.at = at + written.length;
  // `if not defined X set X=…` sets what holds where nobody says otherwise.
  const [, plain, quoted] = /^if\s+(?:\/i\s+)?(?:not\s+defined\s+"?(\w+)|"?%(\w+)%"?\s*==\s*"")/i.exec(written) ?? [];
  const name = (plain ?? quoted)?.toLowerCase();
  if (name !== undefined && !walk.scope.has(name)) {
    if (walk.text.text[walk.at] !== '(') command(walk, walk.at, false);
    return;
  }
  branch(walk, walk.at);
}

function loop(walk: Walk, at: number): void {
  const [written] = /^for\s+[^\n]{1,500}?\s+do\b[ \t]*/i.exec(walk.text.text.slice(at, at + 600)) ?? [];
  walk.at = written === undefined ? lineEnd(walk.text.text, at) : at + written.length;
  if (written !== undefined) branch(walk, walk.at);
}

/** What runs only where something holds: a block, or one command. */
function branch(walk: Walk, at: number): void {
  if (walk.text.text[at] === '(') {
    walk.branches.push(true);
    walk.at = at + 1;
  } else if (/^(?:if|for)\s/i.test(walk.text.text.slice(at, at + 4))) walk.at = at;
  else command(walk, at, true);
}

function command(walk: Walk, at: number, inBranch: boolean): void {
  const end = statementEnd(walk.text.text, at, walk.branches.length > 0);
  walk.at = Math.max(end, at + 1);
  const written = sliceMapped(walk.text, at, end);
  const sets = /^set\b/i.test(written.text);
  if (sets) assignment(written, walk, inBranch || walk.branches.includes(true));
  else if (!exceeds(walk.commands.length + 1, MAX_COMMANDS, 'commands of a batch file', () => placeIn(walk.text, at)))
    run(expanded(written, walk.scope), walk, 0);
}

/** The end of a command: of its line, or an operator outside quotes. */
function statementEnd(text: string, from: number, inBlock: boolean): number {
  let quoted = false;
  for (let at = from; at < text.length; at++) {
    const unit = text[at];
    if (unit === '\n') return at;
    if (unit === '"') quoted = !quoted;
    else if (unit === '^') at++;
    else if (!quoted && (unit === '|' || unit === '&') && text[at - 1] !== '>' && text[at + 1] !== '>') return at;
    else if (!quoted && inBlock && unit === ')') return at;
  }
  return text.length;
}

/** `set NAME=value`, `set "NAME=value"`; `set /p` asks, `set /a` computes. */
function assignment(written: MappedText, { scope }: Walk, inBranch: boolean): void {
  const found = /^set\s+(\/[ap]\s+)?("?)([\w.()-]{1,100})[ \t]*[-+*/]?=/i.exec(written.text);
  const [whole, special, quote, name = ''] = found ?? [];
  if (whole === undefined) return;
  const end = quote === '"' ? written.text.lastIndexOf('"') : written.text.trimEnd().length;
  const value = sliceMapped(written, whole.length, Math.max(whole.length, end));
  const key = name.toLowerCase();
  const open = (reason: string): void => {
    // Something must stand where it is used.
    const text = value.text === '' ? written : value;
    scope.set(key, { name, value: { text, open: [{ start: 0, end: text.text.length, reason }] } });
  };
  if (special !== undefined) open(/p/i.test(special) ? ASKED : COMPUTED);
  else if (inBranch && scope.has(key)) open(SEVERAL);
  else scope.set(key, { name, value: expanded(value, scope) });
}

/** Runs a text as a command: what `start`, `call` and `cmd /c` are given as well. */
function run(given: Interpolated, walk: Walk, nesting: number): void {
  const text = withoutPrefix(given);
  const told = innerCommand(text);
  const inner = told && exceeds(nesting + 1, MAX_NESTING, 'commands within commands') ? null : told;
  if (inner) {
    run(inner, walk, nesting + 1);
    return;
  }
  const words = splitWords(text, true, false).filter(({ text: word }) => word.text !== '');
  if (words.length > 0) walk.commands.push({ words, environment: environmentOf(walk.scope) });
}

/** `start "title" /b`, `call`: what stands behind them is the command. */
function withoutPrefix(given: Interpolated): Interpolated {
  const [start] =
    /^\s*(?:start\s+(?:"[^"]*"\s+)?(?:\/(?:d|node|affinity)\s+(?:"[^"]*"|\S+)\s+|\/\w+\s+)*|call\s+)/i.exec(
      given.text.text,
    ) ?? [];
  return start === undefined ? given : behind(given, start.length, given.text.text.length);
}

/** `cmd /k "…"`: a quote at both ends is taken off (docs: cmd, /s). */
function innerCommand(given: Interpolated): Interpolated | null {
  const { text } = given.text;
  const [front] = /^\s*cmd(?:\.exe)?\s+(?:\/[a-z]\s+)*\/[ck]\s*/i.exec(text) ?? [];
  if (front === undefined) return null;
  const end = text.trimEnd().length;
  const isQuoted = text[front.length] === '"' && text[end - 1] === '"' && end - 1 > front.length;
  return behind(given, front.length + (isQuoted ? 1 : 0), isQuoted ? end - 1 : end);
}

function behind({ text, open }: Interpolated, start: number, end: number): Interpolated {
  return {
    text: sliceMapped(text, start, end),
    open: open.map((range) => ({ ...range, start: range.start - start, end: range.end - start })),
  };
}

/** Programs inherit all that the script sets. */
function environmentOf(scope: BatchScope): ReadonlyMap<string, Word> {
  return new Map([...scope.values()].map(({ name, value }) => [name, wordOf(value)]));
}

function lineEnd(text: string, at: number): number {
  const end = text.indexOf('\n', at);
  return end === -1 ? text.length : end;
}
