import type { SourceFile } from '../../text.ts';
import { allOf, type Holds, type MakeCondition, readCondition } from './conditions.ts';
import { expandMake, type MakeScope, type MakeVariable, MAX_EXPANDED_CHARACTERS } from './expansion.ts';
import { joinMapped, mappedFile, type MappedText, replacedIn, sliceMapped, writtenAs } from '../mapped-text.ts';
import { exceeds, placeIn } from '../unread.ts';

/** What a target runs: the texts that make gives to a shell, one after the other. */
export interface MakeTarget {
  readonly name: string;
  readonly nameText: MappedText;
  readonly scripts: readonly MappedText[];
  /** Variables without a value in them, and why. */
  readonly open: ReadonlyMap<string, string>;
}

export interface Makefile {
  readonly targets: readonly MakeTarget[];
  /** Variables that commands inherit. */
  readonly exported: ReadonlyMap<string, MappedText>;
}

/** No makefile is longer; what is, is data. */
const MAX_CHARACTERS = 512 * 1024;
const MAX_LINES = 20_000;
const MAX_INCLUDES = 5;
/** Conditions within conditions. */
const MAX_NESTING = 100;

interface Rule {
  readonly names: readonly MappedText[];
  readonly lines: MappedText[];
  readonly own: Map<string, MakeVariable>;
}

interface Reading {
  readonly variables: Map<string, MakeVariable>;
  readonly rules: Rule[];
  readonly exported: Set<string>;
  /** Variables of one target (`serve: MODEL := x`), by its name. */
  readonly ofTarget: Map<string, Map<string, MakeVariable>>;
  readonly open: Map<string, string>;
  readonly budget: { left: number };
  readonly read: (path: string) => SourceFile | null;
  exportsAll: boolean;
  oneShell: boolean;
  includes: number;
}

/**
 * The targets of a makefile with its variables put in (GNU make manual): all that it defines, what it includes, conditions
 * over known values. `read` gives an included file by the name that the makefile calls it.
 */
export function readMakefile(file: SourceFile, read: (path: string) => SourceFile | null): Makefile {
  const reading: Reading = {
    variables: new Map(),
    rules: [],
    exported: new Set(),
    ofTarget: new Map(),
    open: new Map(),
    budget: { left: MAX_EXPANDED_CHARACTERS },
    read,
    exportsAll: /^\.EXPORT_ALL_VARIABLES\s*:|^export[ \t]*$/m.test(file.text),
    oneShell: /^\.ONESHELL\s*:/m.test(file.text),
    includes: 0,
  };
  readLines(file, reading);
  const targets = reading.rules.filter(({ lines }) => lines.length > 0).map((rule) => targetOf(rule, reading));
  const names = reading.exportsAll ? [...reading.variables.keys()] : [...reading.exported];
  const exported = names.flatMap((name) => {
    const variable = reading.variables.get(name);
    if (!variable || variable.kind === 'open') return [];
    const value = variable.kind === 'simple' ? variable.value : expandMake(variable.text, scopeOf(reading));
    return value.open.length === 0 ? [[name, value.text] as const] : [];
  });
  return { targets, exported: new Map(exported) };
}

function scopeOf({ variables, open, budget }: Reading): MakeScope {
  return { variables, open, budget };
}

function targetOf({ names, lines, own }: Rule, reading: Reading): MakeTarget {
  const [nameText] = names;
  const name = nameText?.text ?? '';
  const automatic: [string, MakeVariable][] = nameText
    ? [['@', { kind: 'simple', value: { text: nameText, open: [] } }]]
    : [];
  const variables = new Map([...reading.variables, ...automatic, ...(reading.ofTarget.get(name) ?? []), ...own]);
  const open = new Map(reading.open);
  const scope: MakeScope = { variables, open, budget: reading.budget };
  const scripts = lines.map((line) => expandMake(line, scope).text);
  return {
    name,
    nameText: nameText ?? joinMapped(lines),
    scripts: reading.oneShell ? [joinMapped(scripts)] : scripts,
    open,
  };
}

const DEFINITION =
  /^[ \t]*((?:(?:export|override|private|unexport)[ \t]+)*)([A-Za-z_][\w.-]*)[ \t]*(\?|:{1,3}|\+|!)?=[ \t]*/;
const RULE = /^(?![ \t])([^:=#\n]{1,400}?)[ \t]*::?(?!=)/;

function readLines(file: SourceFile, reading: Reading): void {
  const whole = mappedFile(file);
  const conditions: MakeCondition[] = [];
  let rule: Rule | null = null;
  let count = 0;
  if (exceeds(file.text.length, MAX_CHARACTERS, 'characters of a makefile')) return;
  for (let start = 0; start < file.text.length;) {
    const here = start;
    if (exceeds(++count, MAX_LINES, 'lines of a makefile', () => placeIn(whole, here))) break;
    if (exceeds(conditions.length + 1, MAX_NESTING, 'levels of conditions', () => placeIn(whole, here))) break;
    const end = logicalEnd(file.text, start);
    const stopped = file.text[end - 1] === '\r' ? end - 1 : end;
    const line = sliceMapped(whole, start, Math.max(start, stopped));
    const from = start;
    start = end + 1;
    const holds = allOf(conditions);
    if (line.text.startsWith('\t') && rule) {
      const [, prefix = ''] = /^\t[ \t]*([@+-]*)/.exec(line.text) ?? [];
      const skipped = /^\t[ \t]*/.exec(line.text)?.[0].length ?? 1;
      // The end of the line goes with it: in one shell the next command stands behind it.
      const stop = reading.oneShell ? Math.min(end + 1, file.text.length) : stopped;
      if (holds !== 'no') rule.lines.push(sliceMapped(whole, from + skipped + prefix.length, stop));
      continue;
    }
    if (/^\s*(?:#|$)/.test(line.text)) continue;
    if (readCondition(line, conditions, scopeOf(reading)) || holds === 'no') continue;
    const multi = /^[ \t]*(?:override[ \t]+)?define[ \t]+([A-Za-z_][\w.-]*)[ \t]*[:?+]?=?[ \t]*$/.exec(line.text);
    if (multi?.[1] !== undefined) {
      const close = /^[ \t]*endef\b/gm;
      close.lastIndex = start;
      const stop = close.exec(file.text)?.index ?? file.text.length;
      reading.variables.set(multi[1], {
        kind: 'recursive',
        text: sliceMapped(whole, start, Math.max(start, stop - 1)),
      });
      start = logicalEnd(file.text, stop) + 1;
      continue;
    }
    const included = /^-?s?include[ \t](.+)$/.exec(line.text)?.[1];
    if (included !== undefined) {
      include(included, reading);
      continue;
    }
    if (define(line, reading.variables, reading, holds)) continue;
    const [head, names = ''] = RULE.exec(line.text) ?? [];
    if (head === undefined) continue;
    const behind = sliceMapped(line, head.length, line.text.length);
    const words = [...names.matchAll(/\S+/g)].map((found) =>
      sliceMapped(line, found.index, found.index + found[0].length),
    );
    const own = new Map<string, MakeVariable>();
    if (define(behind, own, reading, holds)) {
      for (const { text } of words)
        reading.ofTarget.set(text, new Map([...(reading.ofTarget.get(text) ?? []), ...own]));
      rule = null;
      continue;
    }
    rule = { names: words, lines: [], own };
    reading.rules.push(rule);
    const inline = behind.text.indexOf(';');
    if (inline !== -1) rule.lines.push(sliceMapped(behind, inline + 1, behind.text.length));
  }
}

/** The end of a line with those that it is continued by. */
function logicalEnd(text: string, start: number): number {
  let end = start;
  for (;;) {
    const newline = text.indexOf('\n', end);
    if (newline === -1) return text.length;
    const last = text[newline - 1] === '\r' ? newline - 2 : newline - 1;
    if (text[last] !== '\\') return newline;
    end = newline + 1;
  }
}

function include(names: string, reading: Reading): void {
  for (const name of names
    .replace(/#.*/, '')
    .split(/\s+/)
    .filter((one) => one !== '' && !one.includes('$'))) {
    const file = exceeds(++reading.includes, MAX_INCLUDES, 'includes of a makefile') ? null : reading.read(name);
    if (file) readLines(file, reading);
  }
}

/** Takes a definition; false when the line is none. */
function define(line: MappedText, into: Map<string, MakeVariable>, reading: Reading, holds: Holds): boolean {
  const exportedOnly = /^export[ \t]([\w \t]+)$/.exec(line.text)?.[1];
  if (exportedOnly !== undefined) {
    for (const name of exportedOnly.match(/\w+/g) ?? []) reading.exported.add(name);
    return true;
  }
  const [head, modifiers = '', name = '', operator] = DEFINITION.exec(line.text) ?? [];
  if (head === undefined) return false;
  if (modifiers.includes('export')) reading.exported.add(name);
  const before = into.get(name) ?? reading.variables.get(name);
  if (operator === '?' && before) return true;
  const text = joinedLines(sliceMapped(line, head.length, line.text.length));
  const scope = scopeOf(reading);
  if (operator === '!') into.set(name, { kind: 'open', reason: 'it is the output of a command' });
  else if (holds === 'unknown') into.set(name, { kind: 'open', reason: `${name} is set in a branch of the makefile` });
  else if (operator === '+' && before && before.kind !== 'open') into.set(name, appended(before, text, scope));
  else if (operator?.startsWith(':') === true) into.set(name, { kind: 'simple', value: expandMake(text, scope) });
  else into.set(name, { kind: 'recursive', text });
  return true;
}

function appended(before: Exclude<MakeVariable, { kind: 'open' }>, text: MappedText, scope: MakeScope): MakeVariable {
  const blank = spaceAt(text);
  if (before.kind === 'recursive') return { kind: 'recursive', text: joinMapped([before.text, blank, text]) };
  const more = expandMake(text, scope);
  const shift = before.value.text.text.length + 1;
  const open = [
    ...before.value.open,
    ...more.open.map((one) => ({ ...one, start: one.start + shift, end: one.end + shift })),
  ];
  return { kind: 'simple', value: { text: joinMapped([before.value.text, blank, more.text]), open } };
}

/** A space that stands nowhere in the file. */
function spaceAt(place: MappedText): MappedText {
  return writtenAs(sliceMapped(place, 0, 0), ' ');
}

/** Continued lines as one, without the comment behind the value. */
function joinedLines(text: MappedText): MappedText {
  const comment = /(?<!\\)#/.exec(text.text)?.index ?? text.text.length;
  const source = text.text.slice(0, comment).trimEnd();
  return replacedIn(sliceMapped(text, 0, source.length), /(?<![ \t])[ \t]*\\\r?\n[ \t]*/g, () => ' ');
}
