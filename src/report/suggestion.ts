import type { TextEdit } from '../edit.ts';
import type { SourceFile } from '../text.ts';
import { fenced } from './escape.ts';
import { lineBlocks } from './line-blocks.ts';

/** Lines of a file and what a suggestion puts in their place. */
export interface Suggestion {
  readonly path: string;
  /** 1-based, inclusive, in the head text. */
  readonly startLine: number;
  readonly endLine: number;
  /** The new lines without their endings; none deletes the lines. */
  readonly lines: readonly string[];
  /** The edits that it stands for, as they were given. */
  readonly edits: readonly TextEdit[];
}

/** Whether a file has line endings that neither a suggestion nor a text copied out of a comment keeps: both are of LF. */
export function hasCarriageReturns({ text }: SourceFile): boolean {
  return text.includes('\r');
}

/**
 * The edits of one file as suggestions on whole lines; null where the file's line endings would not survive them.
 * GitHub replaces exactly the anchored lines, and writes LF.
 */
export function suggestionsOf(file: SourceFile, edits: readonly TextEdit[]): readonly Suggestion[] | null {
  if (hasCarriageReturns(file)) return null;
  return lineBlocks(file.text, edits).map(({ startLine, endLine, after, edits: own }) => ({
    path: file.path,
    startLine,
    endLine,
    lines: after.map((line) => line.replace(/\n$/, '')),
    edits: own,
  }));
}

/** A suggestion block, as GitHub reads it. */
export function suggestionBlock(lines: readonly string[]): string {
  return fenced('suggestion', lines);
}
