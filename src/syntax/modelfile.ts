import type { SourceFile } from '../text.ts';
import { type MappedText, mappedFile, mappedIdentity, sliceMapped } from './mapped-text.ts';
import { exceeds } from './unread.ts';

/** One instruction of an Ollama Modelfile. */
export interface ModelfileEntry {
  /** In lower case. */
  readonly instruction: string;
  /** First word behind it: the parameter of PARAMETER, the role of MESSAGE; empty for others. */
  readonly name: string;
  readonly value: MappedText;
  /** The whole of its lines, line end excluded. */
  readonly start: number;
  readonly end: number;
}

/** A Modelfile is a page, a template and a few messages. */
const MAX_CHARACTERS = 512 * 1024;
const MAX_ENTRIES = 2_000;
const INSTRUCTION = /^[ \t]*([A-Za-z]{2,12})(?:[ \t]+|$)/;
const KNOWN = /^(?:from|parameter|template|system|adapter|license|message|requires|renderer|parser|draft)$/;

/**
 * The instructions of a Modelfile (Ollama parser/parser.go): values go to the end of the line, or to the closing `"""`;
 * lines that begin with `#` are comments. Null when a line is anything else, so that it is no Modelfile.
 */
export function readModelfile(file: SourceFile): readonly ModelfileEntry[] | null {
  const { text } = file;
  if (exceeds(text.length, MAX_CHARACTERS, 'characters of a Modelfile')) return null;
  const entries: ModelfileEntry[] = [];
  for (let start = text.startsWith('\uFEFF') ? 1 : 0; start < text.length;) {
    const end = lineEnd(text, start);
    const line = text.slice(start, end);
    if (/^\s*(?:#.*)?$/.test(line)) {
      start = end + 1;
      continue;
    }
    const [head = '', written = ''] = INSTRUCTION.exec(line) ?? [];
    const instruction = written.toLowerCase();
    if (!KNOWN.test(instruction)) return null;
    if (exceeds(entries.length + 1, MAX_ENTRIES, 'instructions of a Modelfile')) return null;
    const entry = entryAt(file, instruction, start, start + head.length);
    entries.push(entry);
    start = entry.end + 1;
  }
  return entries;
}

function entryAt(file: SourceFile, instruction: string, start: number, from: number): ModelfileEntry {
  const { text } = file;
  let at = from;
  let name = '';
  if (instruction === 'parameter' || instruction === 'message') {
    const [whole = '', word = ''] = /^(\S{1,100})[ \t]*/.exec(text.slice(at, lineEnd(text, at))) ?? [];
    name = word;
    at += whole.length;
  }
  if (text.startsWith('"""', at)) {
    const closing = text.indexOf('"""', at + 3);
    const inside = closing === -1 ? text.length : closing;
    const value = sliceMapped(mappedFile(file), at + 3, inside);
    return { instruction, name, value, start, end: lineEnd(text, Math.min(inside + 3, text.length)) };
  }
  const end = text[at] === '"' ? quoteEnd(text, at) : lineEnd(text, at);
  const written = text.slice(at, end).trimEnd();
  const quoted = written.length >= 2 && written.startsWith('"') && written.endsWith('"') ? 1 : 0;
  const value = mappedIdentity(file, at + quoted, at + written.length - quoted, (next) =>
    /[\n\r"]/.test(next) ? null : next,
  );
  return { instruction, name, value, start, end };
}

/** A text in plain quotes goes on over lines until a line ends in one; where none does, it ends with its own line. */
function quoteEnd(text: string, start: number): number {
  const closing = /"[ \t]*\r?(?:\n|$)/g;
  closing.lastIndex = start + 1;
  const found = closing.exec(text);
  return found ? lineEnd(text, found.index) : lineEnd(text, start);
}

function lineEnd(text: string, start: number): number {
  const newline = text.indexOf('\n', start);
  if (newline === -1) return text.length;
  return newline;
}
