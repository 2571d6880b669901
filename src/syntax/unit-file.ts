import type { SourceFile } from '../text.ts';
import { decodedFrom, type MappedText, mappedFile, sliceMapped } from './mapped-text.ts';
import { exceeds, placeIn } from './unread.ts';

/** One setting of a systemd unit. */
export interface UnitEntry {
  readonly section: string;
  readonly key: string;
  readonly keyText: MappedText;
  readonly value: MappedText;
}

/** No unit is longer; what is, is data. */
const MAX_CHARACTERS = 256 * 1024;
const MAX_ENTRIES = 5_000;

/**
 * The settings of a unit file in order (systemd.syntax(7)): a continued line goes on behind a space, comments between
 * continued lines are left out.
 */
export function readUnit(file: SourceFile): UnitEntry[] {
  const { text } = file;
  if (exceeds(text.length, MAX_CHARACTERS, 'characters of a unit')) return [];
  const whole = mappedFile(file);
  const entries: UnitEntry[] = [];
  let section = '';
  for (let start = 0; start < text.length;) {
    const from = start;
    if (exceeds(entries.length + 1, MAX_ENTRIES, 'settings of a unit', () => placeIn(whole, from))) break;
    const end = lineEnd(text, start);
    const line = text.slice(start, end);
    const heading = /^\uFEFF?\s*\[([^\]\n]{1,80})\]\s*$/.exec(line)?.[1];
    const [head, key] = /^\s*([A-Za-z][\w-]{0,80})[ \t]*=[ \t]*/.exec(line) ?? [];
    if (heading !== undefined) section = heading;
    if (heading !== undefined || /^\s*[#;]/.test(line) || head === undefined || key === undefined) {
      start = end + 1;
      continue;
    }
    const value = valueAt(whole, start + head.length);
    const at = start + line.indexOf(key);
    entries.push({ section, key, keyText: sliceMapped(whole, at, at + key.length), value: value.text });
    start = value.end + 1;
  }
  return entries;
}

function lineEnd(text: string, start: number): number {
  const newline = text.indexOf('\n', start);
  return newline === -1 ? text.length : newline;
}

function valueAt(whole: MappedText, start: number): { text: MappedText; end: number } {
  const froms: number[] = [];
  const tos: number[] = [];
  let decoded = '';
  let at = start;
  let end = lineEnd(whole.text, at);
  for (;;) {
    const line = whole.text.slice(at, end).replace(/\r$/, '');
    const isComment = at > start && /^\s*[#;]/.test(line);
    const goesOn = !isComment && line.endsWith('\\');
    const content = isComment ? '' : goesOn ? line.slice(0, -1) : line;
    for (let index = 0; index < content.length; index++) {
      froms.push(at + index);
      tos.push(at + index + 1);
    }
    decoded += content;
    if ((!goesOn && !isComment) || end >= whole.text.length) break;
    if (goesOn) {
      decoded += ' ';
      froms.push(at + content.length);
      tos.push(end + 1);
    }
    at = end + 1;
    end = lineEnd(whole.text, at);
  }
  return { text: decodedFrom(whole, decoded, froms, tos), end };
}
