import { mappedIdentity, type MappedText } from '../../syntax/mapped-text.ts';
import { FILLED, OUTPUT } from '../../syntax/template-mask.ts';
import { type Place, placeOf, type SourceFile } from '../../text.ts';
import { firstOf } from '../../syntax/unread.ts';

/** A script that a template of Jinja becomes. */
export interface JinjaScript {
  /** The same text at the same offsets: statements are blank, what is put in is a run of characters that no shell takes apart. */
  readonly text: MappedText;
  /** Why what stands at a place is not certain to be there; null when it is. */
  openAt(place: Place): string | null;
}

/** Statements of one file. */
const MAX_STATEMENTS = 2_000;

const BRANCH = 'a template decides whether it is there';

/** Reads a script with statements or values of Jinja (`{% if … %}`, `{{ name }}`); null for one without any. */
export function jinjaScript(file: SourceFile): JinjaScript | null {
  const isTemplate = /\{%-?\s*(?:if|for|endif|endfor|block|extends|set|include)\b/.test(file.text);
  if (!isTemplate && file.text.search(OUTPUT) === -1) return null;
  const units = file.text.split('');
  const fill = (start: number, end: number, unit: string): void => {
    for (let at = start; at < end; at++) if (units[at] !== '\n' && units[at] !== '\r') units[at] = unit;
  };
  const branches: { readonly start: number; readonly end: number }[] = [];
  const opened: number[] = [];
  const statements = firstOf(
    [...file.text.matchAll(/\{%-?[ \t]*(\w+)[^%\n]{0,500}%\}/g)],
    MAX_STATEMENTS,
    'statements of a template',
    ({ index }) => placeOf(file, index, index),
  );
  for (const { 0: written, 1: word = '', index } of statements) {
    fill(index, index + written.length, ' ');
    if (/^(?:if|for)$/.test(word)) opened.push(index + written.length);
    const start = /^end(?:if|for)$/.test(word) ? opened.pop() : undefined;
    if (start !== undefined) branches.push({ start, end: index });
    keepGoing(units, index, index + written.length);
  }
  for (const { 0: written, index } of file.text.matchAll(OUTPUT)) fill(index, index + written.length, FILLED);
  const whole = mappedIdentity(file, 0, file.text.length, (text) => text);
  const text = units.join('');
  return {
    text: { text, segments: whole.segments.map((segment) => ({ ...segment, text })) },
    openAt: ({ file: path, start, end }) =>
      path === file.path && branches.some((one) => one.start < end && start < one.end) ? BRANCH : null,
  };
}

/** A statement alone on its line takes nothing away from the command around it: that goes on behind it. */
function keepGoing(units: string[], start: number, end: number): void {
  let before = start - 1;
  while (units[before] === ' ' || units[before] === '\t') before--;
  if (units[before] !== '\n') return;
  before -= units[before - 1] === '\r' ? 2 : 1;
  while (units[before] === ' ' || units[before] === '\t') before--;
  if (units[before] === '\\' && /^[ \t]*\r?$/.test(restOfLine(units, end))) units[end - 1] = '\\';
}

function restOfLine(units: readonly string[], from: number): string {
  const rest = units.slice(from, from + 200);
  const newline = rest.indexOf('\n');
  return (newline === -1 ? rest : rest.slice(0, newline)).join('');
}
