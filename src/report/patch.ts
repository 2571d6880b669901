import type { TextEdit } from '../edit.ts';
import type { SourceFile } from '../text.ts';
import { type LineBlock, lineBlocks, linesOf } from './line-blocks.ts';

/** Lines of context, as `git diff` gives by default. */
const CONTEXT = 3;

/** A unified diff of one file that `git apply` takes; empty when there is nothing to change. */
export function patchOf(file: SourceFile, edits: readonly TextEdit[]): string {
  const lines = linesOf(file.text);
  const hunks = grouped(lineBlocks(file.text, edits));
  if (hunks.length === 0) return '';
  const name = { old: quoted(`a/${file.path}`), new: quoted(`b/${file.path}`) };
  let shift = 0;
  let body = '';
  for (const blocks of hunks) {
    const first = Math.max(1, (blocks[0]?.startLine ?? 1) - CONTEXT);
    const last = Math.min(lines.length, (blocks.at(-1)?.endLine ?? 1) + CONTEXT);
    let out = '';
    let added = 0;
    let at = first;
    for (const block of blocks) {
      out += lines
        .slice(at - 1, block.startLine - 1)
        .map((line) => row(' ', line))
        .join('');
      out += blockRows(block);
      added += block.after.length - block.before.length;
      at = block.endLine + 1;
    }
    out += lines
      .slice(at - 1, last)
      .map((line) => row(' ', line))
      .join('');
    const size = last - first + 1;
    body += `@@ -${first},${size} +${first + shift},${size + added} @@\n${out}`;
    shift += added;
  }
  return `diff --git ${name.old} ${name.new}\n--- ${name.old}\n+++ ${name.new}\n${body}`;
}

/** The lines that go and those that come; what an edit leaves as it was at either end is context. */
function blockRows({ before, after }: LineBlock): string {
  const least = Math.min(before.length, after.length);
  let [start, end] = [0, 0];
  while (start < least && before[start] === after[start]) start++;
  while (end < least - start && before.at(-1 - end) === after.at(-1 - end)) end++;
  const rows = (sign: string, lines: readonly string[]): string => lines.map((line) => row(sign, line)).join('');
  return [
    rows(' ', before.slice(0, start)),
    rows('-', before.slice(start, before.length - end)),
    rows('+', after.slice(start, after.length - end)),
    rows(' ', before.slice(before.length - end)),
  ].join('');
}

/** Blocks whose context would touch go into one hunk. */
function grouped(blocks: readonly LineBlock[]): LineBlock[][] {
  const hunks: LineBlock[][] = [];
  for (const block of blocks) {
    const open = hunks.at(-1);
    if (open && block.startLine - (open.at(-1)?.endLine ?? 0) <= 2 * CONTEXT) open.push(block);
    else hunks.push([block]);
  }
  return hunks;
}

function row(sign: string, line: string): string {
  return line.endsWith('\n') ? `${sign}${line}` : `${sign}${line}\n\\ No newline at end of file\n`;
}

/** Git's C-style quoting, for names that would not survive a header line. */
function quoted(path: string): string {
  // oxlint-disable-next-line no-control-regex -- these are what is looked for
  if (!/["\\\u0000-\u001f\u007f]/.test(path)) return path;
  // oxlint-disable-next-line no-control-regex -- the same
  const escaped = path.replace(/["\\\u0000-\u001f\u007f]/g, (character) =>
    character === '"' || character === '\\'
      ? `\\${character}`
      : `\\${character.charCodeAt(0).toString(8).padStart(3, '0')}`,
  );
  return `"${escaped}"`;
}
