import type { SourceFile } from '../text.ts';
import { encodedThrough, type MappedText, mappedFile, sliceMapped } from './mapped-text.ts';
import { exceeds } from './unread.ts';

/** A key of an INI file with its value. */
export interface IniEntry {
  readonly key: string;
  readonly keyText: MappedText;
  readonly value: MappedText;
}

/** A section of an INI file; the first one is what stands in front of all headings, with an empty name. */
export interface IniSection {
  readonly name: string;
  readonly nameText: MappedText;
  readonly entries: readonly IniEntry[];
}

const MAX_CHARACTERS = 256 * 1024;
const MAX_LINES = 5_000;
const HEADING = /^\[([ \t]*)([^\]]{1,300}?)[ \t]*\][ \t]*(?:[;#].*)?$/;
const ENTRY = /^([A-Za-z_][\w.-]{0,100})[ \t]*=[ \t]*/;

/**
 * The sections of an INI file as llama.cpp reads one (common/preset.cpp, parse_ini_from_file): a value ends in front of the first
 * `;` or `#`, and nothing is quoted. Null when a line is none of these, so that llama.cpp would refuse the file.
 */
export function readIni(file: SourceFile): readonly IniSection[] | null {
  const { text } = file;
  if (exceeds(text.length, MAX_CHARACTERS, 'characters of an INI file')) return null;
  const lines = text.split('\n', MAX_LINES + 1);
  if (exceeds(lines.length, MAX_LINES, 'lines of an INI file')) return null;
  const whole = mappedFile(file);
  let entries: IniEntry[] = [];
  const sections: IniSection[] = [{ name: '', nameText: sliceMapped(whole, 0, 0), entries }];
  let start = 0;
  for (const written of lines) {
    const line = written.replace(/\r$/, '').replace(/^\uFEFF/, '');
    const from = start + (written.startsWith('\uFEFF') ? 1 : 0);
    start += written.length + 1;
    if (/^[ \t]*(?:[;#]|$)/.test(line)) continue;
    const [heading, space = '', name] = HEADING.exec(line) ?? [];
    if (heading !== undefined && name !== undefined) {
      const at = from + 1 + space.length;
      entries = [];
      sections.push({ name, nameText: sliceMapped(whole, at, at + name.length), entries });
      continue;
    }
    const [head, key] = ENTRY.exec(line) ?? [];
    if (head === undefined || key === undefined) return null;
    const [value = ''] = /^[^;#]*/.exec(line.slice(head.length)) ?? [];
    const at = from + head.length;
    entries.push({
      key,
      keyText: sliceMapped(whole, from, from + key.length),
      value: encodedThrough(sliceMapped(whole, at, at + value.trimEnd().length), writable),
    });
  }
  return sections;
}

/** A value in one line, without what would begin a comment. */
function writable(text: string): string | null {
  return /[;#\n\r]|^[ \t]|[ \t]$/.test(text) ? null : text;
}
