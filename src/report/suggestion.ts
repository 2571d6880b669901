import type { TextEdit } from '../edit.ts';
import type { SourceFile } from '../text.ts';
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

/**
 * The edits of one file as suggestions on whole lines, or why the file cannot take any.
 * GitHub replaces exactly the anchored lines, and writes LF.
 */
export function suggestionsOf(
  file: SourceFile,
  edits: readonly TextEdit[],
): readonly Suggestion[] | { readonly reason: string } {
  if (file.text.includes('\r'))
    return { reason: `${file.path} has CRLF line endings, which GitHub's suggestions do not keep` };
  return lineBlocks(file.text, edits).map(({ startLine, endLine, after, edits: own }) => ({
    path: file.path,
    startLine,
    endLine,
    lines: after.map((line) => line.replace(/\n$/, '')),
    edits: own,
  }));
}

/** A suggestion block; the fence is longer than any run of backticks inside. */
export function suggestionBlock(lines: readonly string[]): string {
  const runs = lines.flatMap((line) => [...line.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(Math.max(2, ...runs) + 1);
  return [`${fence}suggestion`, ...lines, fence].join('\n');
}
