import { fenced } from './escape.ts';
import { COMMENT_LIMIT_BYTES, quotes, renderMarkdown } from './markdown.ts';
import { folded } from './markdown-table.ts';
import type { Report } from './report.ts';

/** A patch longer than this is not for reading in a comment. */
const PATCH_LIMIT_BYTES = 20_000;
/** Asides that are said one by one. */
const MAX_ASIDES = 8;

export interface CommentParts {
  readonly report: Report;
  /** What a reviewer must know before the figures: a policy that the pull request changes, a commit that was made. */
  readonly notes: readonly string[];
  /** What is said below them: files that were not read, suggestions that could not be posted. */
  readonly asides: readonly string[];
  /** Changes that no suggestion can carry, as a patch for `git apply`; empty when there are none. */
  readonly patch: string;
  /** Address of the run, whose summary holds everything; null when there is none. */
  readonly runUrl: string | null;
  /** Bytes that the comment may have; less than GitHub's limit when a longer one was refused. */
  readonly limitBytes?: number;
}

/** The comment on a pull request: the report, what else must be said, and the patch, within GitHub's limit. */
export function renderComment({
  report,
  notes,
  asides,
  patch,
  runUrl,
  limitBytes = COMMENT_LIMIT_BYTES,
}: CommentParts): string {
  const said = quotes(asides, MAX_ASIDES);
  const patchPart = patchSection(patch, 'The values that fit, as a patch (changes that no suggestion carries)');
  const room = limitBytes - sizeOf(said) - sizeOf(patchPart);
  return [renderMarkdown(report, room, { runUrl, notes }).trimEnd(), said, patchPart]
    .filter((part) => part !== '')
    .join('\n\n');
}

/** The patch, folded; where it is too long to be read, how to get it. */
export function patchSection(patch: string, title: string): string {
  if (patch === '') return '';
  if (sizeOf(patch) > PATCH_LIMIT_BYTES) {
    return `${title}: too long to show here; the output \`patch\` of the action is a file with all of it.`;
  }
  return folded(
    title,
    [
      'Save it as `headroom.patch` and run `git apply headroom.patch`.',
      '',
      fenced('diff', patch.trimEnd().split('\n')),
    ].join('\n'),
  );
}

function sizeOf(text: string): number {
  return new TextEncoder().encode(text).length;
}
