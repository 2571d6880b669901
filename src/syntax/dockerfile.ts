import { type Place, placeOf, type SourceFile } from '../text.ts';
import { encodedThrough, joinMapped, mappedFile, type MappedText, replacedIn, sliceMapped } from './mapped-text.ts';
import type { Word } from './word.ts';
import { exceeds, firstOf } from './unread.ts';

/** No Dockerfile is longer; what is, is data. */
const MAX_DOCKERFILE_CHARACTERS = 200_000;
const MAX_INSTRUCTIONS = 2_000;
/** Lines of one instruction. */
const MAX_LINES = 1_000;
const MAX_HEREDOCS = 10;

/** One instruction, its continued lines in one; comments between these are left out, as the builder does. */
export interface Instruction {
  readonly name: string;
  readonly body: MappedText;
  readonly heredocs: readonly Heredoc[];
}

export interface Heredoc {
  /** The word that opens and ends it. */
  readonly name: string;
  readonly text: MappedText;
  /** Whether variables in it are left to whoever reads it. */
  readonly quoted: boolean;
}

const INSTRUCTION = /^\uFEFF?\s{0,20}([A-Za-z]{2,20})(?:[ \t]{1,200}|(?=\s*$))/;
const HEREDOC = /<<(-?)(["']?)([A-Za-z_][\w.-]{0,80})\2/g;
const BLANK = /^\s*(?:#[^\n]*)?\n?$/;

/** The instructions of a Dockerfile in order (docs: Dockerfile reference; buildkit frontend/dockerfile/parser). */
export function instructionsOf(file: SourceFile): Instruction[] {
  const { text } = file;
  if (exceeds(text.length, MAX_DOCKERFILE_CHARACTERS, 'characters of a Dockerfile')) return [];
  const whole = mappedFile(file);
  const continued = /^(?:\s*#[^\n]*\n)*?\s*#\s*escape\s*=\s*`/i.test(text) ? /`[ \t]*\r?\n?$/ : /\\[ \t]*\r?\n?$/;
  const found: Instruction[] = [];
  let open: { readonly name: string; readonly lines: MappedText[] } | null = null;
  for (let start = 0; start < text.length;) {
    const from = start;
    const here = (): Place => placeOf(file, from, from);
    if (exceeds(found.length + 1, MAX_INSTRUCTIONS, 'instructions of a Dockerfile', here)) break;
    const end = nextLine(text, start);
    const line = text.slice(start, end);
    start = end;
    if (BLANK.test(line)) continue;
    const head: RegExpExecArray | null = open === null ? INSTRUCTION.exec(line) : null;
    if (open === null && head?.[1] === undefined) continue;
    open ??= { name: head?.[1]?.toUpperCase() ?? '', lines: [] };
    const goesOn = continued.exec(line);
    const content = goesOn ? line.slice(0, goesOn.index) : line.replace(/\r?\n$/, '');
    const begin = Math.min(head?.[0].length ?? 0, content.length);
    if (!exceeds(open.lines.length + 1, MAX_LINES, 'lines of an instruction', here))
      open.lines.push(sliceMapped(whole, from + begin, from + content.length));
    if (goesOn && end < text.length) continue;
    const body = joinMapped(open.lines.length > 0 ? open.lines : [sliceMapped(whole, from, from)]);
    const { heredocs, end: behind } = heredocsBehind(whole, start, open.name, body.text);
    found.push({ name: open.name, body, heredocs });
    start = behind;
    open = null;
  }
  // The last line asks for another one that never comes.
  if (open !== null && open.lines.length > 0)
    found.push({ name: open.name, body: joinMapped(open.lines), heredocs: [] });
  return found;
}

function nextLine(text: string, start: number): number {
  const newline = text.indexOf('\n', start);
  return newline === -1 ? text.length : newline + 1;
}

/** The here-documents that an instruction opens; they stand behind it up to their own end lines. */
function heredocsBehind(
  whole: MappedText,
  start: number,
  name: string,
  body: string,
): { heredocs: Heredoc[]; end: number } {
  const heredocs: Heredoc[] = [];
  let at = start;
  if (!/^(?:RUN|COPY|ADD)$/.test(name) || !body.includes('<<')) return { heredocs, end: at };
  for (const [, dash, quote, word = ''] of firstOf(
    [...body.matchAll(HEREDOC)],
    MAX_HEREDOCS,
    'here-documents of an instruction',
  )) {
    const first = at;
    const isEnd = (line: string): boolean => (dash === '-' ? line.replace(/^\t+/, '') : line).trimEnd() === word;
    let line = at;
    while (line < whole.text.length && !isEnd(whole.text.slice(line, nextLine(whole.text, line)))) {
      line = nextLine(whole.text, line);
    }
    // Without an end it is none: the lines are instructions after all.
    if (line >= whole.text.length) return { heredocs, end: first };
    heredocs.push({ name: word, text: sliceMapped(whole, first, line), quoted: quote !== '' });
    at = nextLine(whole.text, line);
  }
  return { heredocs, end: at };
}

/** The words of an exec form (`["vllm", "serve"]`); null for a shell form. */
export function execForm(body: MappedText): Word[] | null {
  const written = body.text.trim();
  if (!written.startsWith('[')) return null;
  try {
    const value: unknown = JSON.parse(written);
    if (!Array.isArray(value) || !value.every((item) => typeof item === 'string')) return null;
  } catch {
    return null;
  }
  return [...body.text.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map((found) => ({
    text: encodedThrough(jsonText(sliceMapped(body, found.index + 1, found.index + found[0].length - 1)), jsonEncoded),
    unresolved: null,
  }));
}

function jsonText(inside: MappedText): MappedText {
  return replacedIn(inside, /\\u[0-9a-fA-F]{4}|\\./gs, ([escape]) => String(JSON.parse(`"${escape}"`)));
}

function jsonEncoded(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}
