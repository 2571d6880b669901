import { joinMapped, type MappedText, mappedFile, sliceMapped, usedAt, writtenAs } from '../mapped-text.ts';
import { textBuilder } from '../text-builder.ts';
import type { Word } from '../word.ts';
import type { Place, SourceFile } from '../../text.ts';
import { evaluate, type JustScope, openValue } from './expressions.ts';
import { exceeds, firstOf, placeIn } from '../unread.ts';

/** What a recipe runs: its lines as one text for a shell. */
export interface JustRecipe {
  readonly nameText: MappedText;
  readonly script: MappedText;
  /** What stands in the script for an expression without a value here, and why. */
  readonly open: ReadonlyMap<string, Word>;
}

export interface Justfile {
  readonly recipes: readonly JustRecipe[];
  /** Variables that commands inherit. */
  readonly exported: ReadonlyMap<string, Word>;
}

/** No justfile is longer; what is, is data. */
const MAX_CHARACTERS = 256 * 1024;
const MAX_LINES = 10_000;
/** Expressions that are put in, and characters that they come to. */
const MAX_PUT_IN = 2_000;
/** Parameters of one recipe. */
const MAX_PARAMETERS = 50;
const MAX_PUT_IN_CHARACTERS = 64 * 1024;

const ASSIGNMENT = /^(export[ \t]+)?([A-Za-z_][\w-]{0,100})[ \t]*:=[ \t]*/;
const RECIPE = /^@?([A-Za-z_][\w-]{0,100})((?:[ \t]+[^:\n]{0,500}?|[ \t]+[^\n]{0,500}?['"][^\n]{0,500}?)?)[ \t]*:(?!=)/;

interface Line {
  readonly text: string;
  readonly start: number;
}

/** The recipes of a justfile with its variables and defaults of parameters put in (just manual). */
export function readJustfile(file: SourceFile): Justfile {
  const isLong = exceeds(file.text.length, MAX_CHARACTERS, 'characters of a justfile');
  if (isLong) return { recipes: [], exported: new Map() };
  const source = mappedFile(file);
  const lines = linesOf(source);
  const scope: JustScope = new Map();
  const exported = new Map<string, Word>();
  for (const { text, start } of lines) {
    const [front, isExported, name = ''] = ASSIGNMENT.exec(text) ?? [];
    if (front === undefined) continue;
    const value = evaluate(sliceMapped(source, start + front.length, start + text.trimEnd().length), scope);
    scope.set(name, value);
    if (isExported !== undefined) exported.set(name, value);
  }
  const recipes: JustRecipe[] = [];
  const budget = { left: MAX_PUT_IN };
  for (const [index, { text, start }] of lines.entries()) {
    const [front, name = '', parameters = ''] = ASSIGNMENT.test(text) ? [] : (RECIPE.exec(text) ?? []);
    if (front === undefined || /^(?:alias|set|import|mod)$/.test(name)) continue;
    const body = bodyBehind(lines, index);
    if (body.length === 0) continue;
    const at = start + front.indexOf(name);
    const given = start + front.indexOf(name) + name.length;
    const own: JustScope = new Map([
      ...scope,
      ...parametersIn(sliceMapped(source, given, given + parameters.length), scope),
    ]);
    const open = new Map<string, Word>();
    const parts = body.flatMap((line) => [
      putIn(sliceMapped(source, line.start, line.start + line.text.length), own, open, budget),
      writtenAs(sliceMapped(source, line.start, line.start + 1), '\n'),
    ]);
    recipes.push({ nameText: sliceMapped(source, at, at + name.length), script: joinMapped(parts), open });
  }
  return { recipes, exported };
}

function linesOf(source: MappedText): Line[] {
  const { text } = source;
  const lines: Line[] = [];
  let start = 0;
  while (start <= text.length) {
    const from = start;
    if (exceeds(lines.length + 1, MAX_LINES, 'lines of a justfile', () => placeIn(source, from))) break;
    const end = text.indexOf('\n', start) === -1 ? text.length : text.indexOf('\n', start);
    const line = text.slice(start, end);
    lines.push({ text: line.endsWith('\r') ? line.slice(0, -1) : line, start });
    start = end + 1;
  }
  return lines;
}

/** The indented lines behind a recipe's head, without the signs in front of a command. */
function bodyBehind(lines: readonly Line[], head: number): Line[] {
  const body: Line[] = [];
  for (const { text, start } of lines.slice(head + 1)) {
    if (text.trim() !== '' && !/^[ \t]/.test(text)) break;
    // A line that goes on has no signs of its own: `--option`.
    const goesOn = body.at(-1)?.text.trimEnd().endsWith('\\') === true;
    const [front = ''] = (goesOn ? /^[ \t]*/ : /^[ \t]*(?:@-|-@|@|-(?!-))?/).exec(text) ?? [];
    body.push({ text: text.slice(front.length), start: start + front.length });
  }
  return body.some(({ text }) => text.trim() !== '') ? body : [];
}

/** `port="8000" *args`: a default holds where nobody says otherwise, and nobody adds anything. */
function parametersIn(text: MappedText, scope: JustScope): [string, Word][] {
  const found = text.text.matchAll(
    /([*+]?)\$?([A-Za-z_][\w-]{0,100})(?:=("[^"\n]{0,300}"|'[^'\n]{0,300}'|[\w./-]{1,200}))?/g,
  );
  return firstOf([...found], MAX_PARAMETERS, 'parameters of a recipe').map(
    ({ 0: all, 1: star, 2: name = '', 3: written, index }) => {
      const end = index + all.length;
      if (written !== undefined) return [name, evaluate(sliceMapped(text, end - written.length, end), scope)];
      const whole = sliceMapped(text, index, end);
      if (star === '*') return [name, { text: sliceMapped(whole, 0, 0), unresolved: null }];
      return [name, openValue(whole, 'it is an argument of the recipe')];
    },
  );
}

/** `{{ expression }}`; what has no value here becomes a variable of the shell that is open. */
function putIn(line: MappedText, scope: JustScope, open: Map<string, Word>, budget: { left: number }): MappedText {
  const filled = textBuilder(line);
  let at = 0;
  let length = 0;
  for (const { 0: written, index } of line.text.matchAll(/\{\{\{\{|\{\{[^{}\n]{0,500}\}\}/g)) {
    const where = (): Place | null => placeIn(line, index);
    if (index < at || exceeds(MAX_PUT_IN + 1 - budget.left--, MAX_PUT_IN, 'expressions of a justfile', where)) break;
    at = index + written.length;
    filled.passTo(index, at);
    const used = sliceMapped(line, index, at);
    if (written === '{{{{') {
      filled.add(writtenAs(used, '{{'));
      continue;
    }
    const value = evaluate(sliceMapped(line, index + 2, at - 2), scope);
    length += value.text.text.length;
    if (value.unresolved === null && length < MAX_PUT_IN_CHARACTERS) filled.add(usedAt(value.text, used));
    else {
      const name = `just_${open.size}`;
      open.set(name, openValue(used, value.unresolved ?? 'it is longer than any value'));
      filled.add(writtenAs(used, `\${${name}}`));
    }
  }
  return filled.built().text;
}
