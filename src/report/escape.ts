/**
 * The one place where text from a repository is made harmless for where it is shown. File names, deployment
 * names, model ids and messages that quote them are written by strangers.
 */

/** A name longer than this says nothing more to a reader. */
export const MAX_NAME_CHARACTERS = 200;
/** Messages quote several names. */
const MAX_PROSE_CHARACTERS = 2_000;

/**
 * Characters that are not shown or that change how their neighbours are shown: C0 and C1 controls (ANSI
 * escapes start there), zero-width characters, bidirectional overrides, line separators, tag characters.
 */
const BEYOND_C0 = String.raw`\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}`;
const INVISIBLE = new RegExp(String.raw`[\u0000-\u001f${BEYOND_C0}]`, 'gu');

/** One line of visible characters, at most `limit` of them; what is cut is marked with `…`. */
export function plain(text: string, limit = MAX_PROSE_CHARACTERS): string {
  // The cap comes first, so that a huge text costs nothing; what is dropped below only shortens it.
  const head = text.length > limit * 2 ? text.slice(0, limit * 2) : text;
  const flat = head.replace(INVISIBLE, (character) => (/\s/.test(character) ? ' ' : '')).toWellFormed();
  const characters = [...flat.replace(/ {2,}/g, ' ').trim()];
  if (characters.length <= limit && head === text) return characters.join('');
  return `${characters.slice(0, limit - 1).join('')}…`;
}

/**
 * Punctuation that opens nothing where it stands: a full stop but for the one of `www.`, a colon before a digit, a
 * space or the end, an underscore inside a word. GitHub makes links of `www.` and of a scheme with `://` by themselves.
 */
const HARMLESS = /(?<![wW])\.|:(?=[ \d]|$)|(?<=[A-Za-z0-9])_(?=[A-Za-z0-9])/.source;
const NOT_IN_CODE = new RegExp(`(${HARMLESS})|[^A-Za-z0-9 /,=+×→–…-]`, 'gu');
const NOT_IN_TEXT = new RegExp(`(${HARMLESS})|[^A-Za-z0-9 ,;'"()%/=?+×÷±−→–—…≥≤·-]`, 'gu');

/**
 * A name for markdown (GitHub's), safe in a table cell, a heading and a list: inside `<code>`, which also keeps
 * mentions and issue links off, with an entity for every character that could open or close something.
 */
export function markdownCode(text: string, limit = MAX_NAME_CHARACTERS): string {
  return `<code>${plain(text, limit).replace(NOT_IN_CODE, harmlessOrEntity)}</code>`;
}

/**
 * A sentence for markdown, in which punctuation that opens nothing stays readable. GitHub looks for mentions and issues
 * after rendering, so `@` and `#` are followed by a zero-width space.
 */
export function markdownText(text: string, limit = MAX_PROSE_CHARACTERS): string {
  return (
    plain(text, limit)
      .replace(NOT_IN_TEXT, harmlessOrEntity)
      .replace(/^[-+=]/, entity)
      // A list's number: the stop or bracket behind it becomes an entity, unless it is a figure's own.
      .replace(/^(\d{1,9})([.)])(?=\s|$)/, (_, number: string, stop: string) => number + entity(stop))
      .replace(/&#(?:35|64);/g, (character) => `${character}&#8203;`)
  );
}

/** Lines as they are in a fenced block of markdown, behind a fence that is longer than any run of backticks inside. */
export function fenced(info: string, lines: readonly string[]): string {
  let longest = 2;
  for (const line of lines) for (const [run] of line.matchAll(/`+/g)) longest = Math.max(longest, run.length);
  const fence = '`'.repeat(longest + 1);
  return [`${fence}${info}`, ...lines, fence].join('\n');
}

function harmlessOrEntity(character: string, harmless: string | undefined): string {
  return harmless ?? entity(character);
}

/** A name or a sentence for HTML, in an element or in an attribute between double quotes. */
export function htmlText(text: string, limit = MAX_PROSE_CHARACTERS): string {
  return plain(text, limit).replace(/[&<>"'`]/g, entity);
}

/** A sentence for XML, in an element or in an attribute between double quotes. */
export function xmlText(text: string, limit = MAX_PROSE_CHARACTERS): string {
  // U+FFFE and U+FFFF are no characters of XML 1.0.
  return plain(text, limit)
    .replace(/[\uFFFE\uFFFF]/g, '')
    .replace(/[&<>"']/g, entity);
}

/** A name or a sentence for a terminal. */
export function terminalText(text: string, limit = MAX_PROSE_CHARACTERS): string {
  return plain(text, limit);
}

/**
 * Whole output on its way to a log that GitHub's runner reads, which takes `::name::` at the start of a line
 * and `##[name]` anywhere for commands (actions/runner, ActionCommand.cs).
 */
export function logSafe(output: string): string {
  return output.replace(/^([^\S\n]*):(?=:)/gm, '$1: ').replaceAll('##[', '## [');
}

/** Of the invisible characters JSON has only the ends of its own lines as they are. */
const INVISIBLE_IN_JSON = new RegExp(String.raw`[\u0000-\t\v-\u001f${BEYOND_C0}]`, 'gu');

/** JSON of a value, two spaces deep, in which no character can disturb a terminal or the runner's log. */
export function jsonText(value: unknown): string {
  return JSON.stringify(value, null, 2).replaceAll('##[', '\\u0023#[').replace(INVISIBLE_IN_JSON, unicodeEscape);
}

/**
 * {@link jsonText} of an object and a newline, piece by piece: each item of the lists in it comes by itself, so that the text of
 * a large report is never held as a whole. A list may be made while it is read.
 */
export function* jsonPieces(value: object): Generator<string> {
  let before = '{\n  ';
  for (const [key, member] of Object.entries(value)) {
    if (member === undefined) continue;
    yield `${before}${jsonText(key)}: `;
    if (isIterable(member)) {
      let opening = '[';
      for (const item of member) {
        yield `${opening}\n    ${indented(item, '    ')}`;
        opening = ',';
      }
      yield opening === '[' ? '[]' : '\n  ]';
    } else yield indented(member, '  ');
    before = ',\n  ';
  }
  yield before === '{\n  ' ? '{}\n' : '\n}\n';
}

function isIterable(value: unknown): value is Iterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.iterator in value;
}

/** The lines behind the first moved in; a string in JSON has no line of its own. */
function indented(value: unknown, by: string): string {
  return jsonText(value).replaceAll('\n', `\n${by}`);
}

function entity(character: string): string {
  return `&#${character.codePointAt(0)};`;
}

function unicodeEscape(character: string): string {
  let escaped = '';
  for (let at = 0; at < character.length; at++)
    escaped += `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`;
  return escaped;
}
