import type { RecommendedEdit } from '../report/edits.ts';
import { fenced, markdownCode, markdownText } from '../report/escape.ts';

/** Changes that one review comment lists. */
const MAX_CHANGES = 20;
/** Deployments of which one review comment says what the change brings. */
const MAX_SUMMARIES = 5;
/** A diff longer than this is not for reading in a comment. */
const MAX_DIFF_CHARACTERS = 20_000;

/** What a suggestion says above its block: what it brings, each change with its cost, and how many changes more it takes. */
export function suggestionText(edits: readonly RecommendedEdit[], others: number, block: string): string {
  const more =
    others === 0
      ? []
      : [
          `It takes ${others === 1 ? 'one other change' : `${others} other changes`} too: see the comment of Headroom on this pull request.`,
        ];
  return [...reasons(edits), ...more, block].join('\n\n');
}

/**
 * What a comment on a file as a whole says: the same, with the edits as a diff.
 * @param copies whether the diff still applies when it is copied out of the comment.
 */
export function fileText(edits: readonly RecommendedEdit[], diff: string, copies: boolean): string {
  const why = copies
    ? 'These lines are not in the diff, so GitHub cannot take them as a suggestion.'
    : 'The file has CRLF line endings, which suggestions do not keep.';
  const how = copies
    ? 'The patch below is for <code>git apply</code>; the comment of Headroom on this pull request has all of them in one.'
    : 'Apply the file that the output <code>patch</code> of the action names; what is copied from here would not apply.';
  const shown =
    diff.length > MAX_DIFF_CHARACTERS
      ? 'The changes are too many to show here.'
      : fenced('diff', diff.trimEnd().split(/\r?\n/));
  return [...reasons(edits), `${why} ${how}`, shown].join('\n\n');
}

function reasons(edits: readonly RecommendedEdit[]): string[] {
  const several = new Set(edits.map(({ deployment }) => deployment)).size > 1;
  const changes = new Map(
    edits.map(({ deployment, argument, from, value, cost }) => {
      const whose = several ? `${markdownCode(deployment)} ` : '';
      const what = `${markdownCode(argument)}: ${markdownCode(from)} → **${markdownCode(value)}**`;
      return [`${deployment}\n${argument}`, `- ${whose}${what}, at the cost of: ${markdownText(cost)}`];
    }),
  );
  const summaries = [...new Set(edits.map(({ summary }) => markdownText(summary)))];
  const items = [...changes.values()];
  const list = [
    ...items.slice(0, MAX_CHANGES),
    ...(items.length > MAX_CHANGES ? [`- and ${items.length - MAX_CHANGES} more`] : []),
  ].join('\n');
  return [...summaries.slice(0, MAX_SUMMARIES), list];
}
