import { type MappedText, sliceMapped } from '../mapped-text.ts';
import { closingAt, joinedPath, lineEnd, type PowerShellScope, readList, readWord, skipBlanks } from './words.ts';
import type { ShellCommand } from '../shell/index.ts';
import type { Word } from '../word.ts';
import { exceeds, firstOf, placeIn } from '../unread.ts';

/** Statements of one script, and words of one command. */
/** No script is longer; what is, is data. */
const MAX_CHARACTERS = 256 * 1024;
const MAX_STATEMENTS = 20_000;
const MAX_WORDS = 5_000;
const SEVERAL = 'it has several values, one for each branch of the script';

/**
 * The commands of a PowerShell script in order, with the variables, arrays and splatted arrays that the script defines put in
 * their place. What only the run could tell is marked on the word. Nothing is ever executed.
 */
export function readPowerShell(source: MappedText): ShellCommand[] {
  if (exceeds(source.text.length, MAX_CHARACTERS, 'characters of a PowerShell script')) return [];
  const walk: Walk = { source, scope: new Map(), environment: new Map(), commands: [], branches: [], at: 0 };
  for (let count = 1; walk.at < source.text.length; count++) {
    if (exceeds(count, MAX_STATEMENTS, 'statements of a PowerShell script', () => placeIn(source, walk.at))) break;
    statement(walk);
  }
  return walk.commands;
}

interface Walk {
  readonly source: MappedText;
  readonly scope: Map<string, readonly Word[]>;
  readonly environment: Map<string, Word>;
  readonly commands: ShellCommand[];
  /** Whether each open block may or may not run. */
  readonly branches: boolean[];
  at: number;
}

const ASSIGNMENT =
  /^(?:\[[\w.[\]]{1,60}\]\s*)?\$((?:(?:env|script|global|local):)?\{?[A-Za-z_]\w{0,80}\}?(?:\[[^\]\n]{1,80}\])?)[ \t]*(\+?=)(?!=)[ \t]*/i;
const CONDITION = /^(?:if|elseif|switch|while|until|for|foreach|catch|trap)\b/i;
const BLOCK = /^(?:else|try|finally|do|begin|process|end)\b/i;

function statement(walk: Walk): void {
  const { text } = walk.source;
  const at = skipBlanks(text, walk.at, true);
  walk.at = at + 1;
  const unit = text[at];
  if (unit === undefined || unit === ';' || unit === '|' || unit === ')') return;
  if (unit === '{') walk.branches.push(false);
  else if (unit === '}') walk.branches.pop();
  else if (CONDITION.test(text.slice(at, at + 20)) || BLOCK.test(text.slice(at, at + 20))) block(walk, at);
  else if (/^function\b/i.test(text.slice(at, at + 20))) walk.at = blockStart(text, at);
  else if (/^param\s*\(/i.test(text.slice(at, at + 40))) parameters(walk, text.indexOf('(', at));
  else if (/^\[[A-Za-z][\w.]*\(/.test(text.slice(at, at + 80))) walk.at = closingAt(text, at) + 1;
  else if (text[at] === '@' && /^@["']\s*\n/.test(text.slice(at, at + 10))) walk.at = hereString(text, at);
  else {
    const assigned = ASSIGNMENT.exec(text.slice(at, at + 300));
    if (assigned) assignment(walk, assigned, at);
    else command(walk, at);
  }
}

const TO_PROGRAM = /^[ \t]*\|(?![ \t]*(?:Write-(?:Host|Output|Verbose|Information)|Out-(?:Host|Null|String))\b)/i;

/** Behind a text of several lines that is only shown; into one that is given to another program (`@'…'@ | wsl bash`). */
function hereString(text: string, at: number): number {
  const close = text.indexOf(`\n${text[at + 1]}@`, at);
  if (close === -1 || TO_PROGRAM.test(text.slice(close + 3, close + 100))) return lineEnd(text, at);
  return close + 3;
}

/** `if (…) {`: what stands in the block may not run. */
function block(walk: Walk, at: number): void {
  const { text } = walk.source;
  let from = at + (/^[A-Za-z]+/.exec(text.slice(at, at + 20))?.[0].length ?? 1);
  from = skipBlanks(text, from, true);
  if (text[from] === '(') from = skipBlanks(text, closingAt(text, from) + 1, true);
  if (text[from] === '{') {
    walk.branches.push(!/^(?:try|finally|do|begin|process|end)\b/i.test(text.slice(at, at + 20)));
    from++;
  }
  walk.at = Math.max(from, at + 1);
}

function blockStart(text: string, at: number): number {
  const brace = text.indexOf('{', at);
  return brace === -1 ? text.length : brace;
}

/** `param([string]$Model = "…")`: what holds where nobody says otherwise. */
function parameters(walk: Walk, from: number): void {
  const { source, scope } = walk;
  const close = closingAt(source.text, from);
  walk.at = close + 1;
  const inside = source.text.slice(0, close);
  for (const found of inside.slice(from).matchAll(/\$([A-Za-z_]\w{0,80})[ \t]*=[ \t]*/g)) {
    const at = from + found.index + found[0].length;
    scope.set((found[1] ?? '').toLowerCase(), readWord(source, at, scope).words);
  }
}

function assignment(walk: Walk, found: RegExpExecArray, at: number): void {
  const { source, scope, environment, branches } = walk;
  const [whole, written = '', operator] = found;
  const name = written
    .replace(/[{}]/g, '')
    .replace(/^(?:script|global|local):/i, '')
    .toLowerCase();
  const from = at + whole.length;
  const { words, end } = valueAt(source, from, scope);
  walk.at = Math.max(end, from);
  const before = scope.get(name);
  const isBranch = branches.includes(true) && before !== undefined;
  const opened = isBranch ? words.map((word) => ({ ...word, unresolved: word.unresolved ?? SEVERAL })) : words;
  const value = operator === '+=' && before ? firstOf([...before, ...opened], MAX_WORDS, 'words of a list') : opened;
  scope.set(name, value);
  const [variable, ...more] = value;
  if (name.startsWith('env:') && variable && more.length === 0)
    environment.set(written.slice(written.indexOf(':') + 1), variable);
}

/** The value of an assignment, to the end of its statement. */
function valueAt(source: MappedText, from: number, scope: PowerShellScope): { words: readonly Word[]; end: number } {
  const { text } = source;
  const fallback = defaultAt(source, from, scope);
  if (fallback) return fallback;
  const line = sliceMapped(source, from, lineEnd(text, from));
  const path = joinedPath(line, scope, 0);
  if (path) return { words: [path], end: from + line.text.length };
  const isValue = /^(?:@\(|["'$(]|-?\d)/.test(text.slice(from, from + 2));
  if (!isValue) return { words: [{ text: line, unresolved: 'it is the output of a command' }], end: from };
  const words: Word[] = [];
  let at = from;
  for (;;) {
    const read = readWord(source, at, scope);
    words.push(...read.words);
    at = skipBlanks(text, Math.max(read.end, at + 1), false);
    if (text[at] !== ',' && text[at] !== '+') break;
    if (exceeds(words.length, MAX_WORDS, 'words of a list', () => placeIn(source, at))) break;
    // Texts that are added together are one value, which nobody writes for a single argument.
    at = skipBlanks(text, at + 1, true);
  }
  return { words, end: at };
}

/** `if ($env:X) { $env:X } else { 'default' }`, `$env:X ?? 'default'`: the default, where nobody sets the variable. */
function defaultAt(
  source: MappedText,
  from: number,
  scope: PowerShellScope,
): { words: readonly Word[]; end: number } | null {
  const line = source.text.slice(from, from + 600);
  const found =
    /^if\s*\([^{}\n]{0,200}\$env:[^{}\n]{0,200}\)\s*\{[^{}\n]{0,200}\}\s*else\s*\{\s*|^\$env:\w{1,80}\s*\?\?\s*/i.exec(
      line,
    );
  if (!found) return null;
  const { words, end } = readWord(source, from + found[0].length, scope);
  const brace = source.text.slice(end, end + 20).indexOf('}');
  return { words, end: found[0].startsWith('$') || brace === -1 ? end : end + brace + 1 };
}

/** One command, to the end of its line; a line that ends in a backtick goes on. */
function command(walk: Walk, from: number): void {
  const { source, scope, environment, commands } = walk;
  const { text } = source;
  const words: Word[] = [];
  let at = text[from] === '&' || (text[from] === '.' && text[from + 1] === ' ') ? from + 1 : from;
  for (;;) {
    at = skipBlanks(text, at, false);
    const unit = text[at];
    if (unit === undefined || /[\n;|{}]/.test(unit)) break;
    if (exceeds(words.length, MAX_WORDS, 'words of a command', () => placeIn(source, at))) break;
    // `Record (Start-Tracked -FilePath …)`: what it is given is what starts.
    if (unit === '(' && words.length === 1 && STARTED_INSIDE.test(text.slice(at, at + 400))) {
      walk.at = at + 1;
      return;
    }
    if (unit === ',' || unit === '&' || unit === ')') {
      at = skipBlanks(text, at + 1, unit === ',');
      continue;
    }
    const read = readWord(source, at, scope);
    words.push(...read.words);
    at = Math.max(read.end, at + 1);
  }
  walk.at = Math.max(at, from + 1);
  const told = words.filter(({ text: word }) => !/^(?:\d|\*)?>{1,2}(?:&\d)?$/.test(word.text));
  if (told.length > 0) commands.push({ words: started(told, scope), environment: new Map(environment) });
}

const FILE = /^-FilePath$/i;
const STARTED_INSIDE = /^\(\s{0,20}[A-Za-z]+-[A-Za-z]+\s[^()\n]{0,300}-FilePath\b/i;
/** Options are called like this; those of programs that serve begin with a small letter. */
const OPTION = /^-[A-Z][A-Za-z]{2,40}$/;

/**
 * `Start-Process -FilePath X -ArgumentList …`, and a function of the script's own that is given the same: the command that it
 * starts.
 */
function started(words: readonly Word[], scope: PowerShellScope): readonly Word[] {
  const name = words[0]?.text.text ?? '';
  const isOwn = /^[A-Za-z]+-[A-Za-z]+$/.test(name) && words.some(({ text }) => FILE.test(text.text));
  if (!isOwn && !/^(?:Start-Process|saps)$/i.test(name)) return words;
  const behind = (option: RegExp): Word[] => {
    const at = words.findIndex(({ text }) => option.test(text.text));
    if (at === -1) return [];
    const end = words.findIndex(
      ({ text, unresolved }, index) => index > at && unresolved === null && OPTION.test(text.text),
    );
    return words.slice(at + 1, end === -1 ? words.length : end);
  };
  const [program = words[1]] = behind(FILE);
  const given = behind(/^-(?:ArgumentList|Args)$/i);
  const [only, ...more] = given;
  // One text that holds all the arguments.
  const args = only && more.length === 0 && /\s/.test(only.text.text.trim()) ? readList(only.text, scope) : given;
  return program ? [program, ...args] : words;
}
