import { type Client, type Repository, sayFailure } from '../github/client.ts';
import { type CommentOutcome, putComment } from '../github/comment.ts';
import type { ChangedFile } from '../github/files.ts';
import { hunksOf, inOneHunk } from '../github/hunks.ts';
import type { Marker } from '../github/marker.ts';
import { MAX_COMMENTS, putReview, type ReviewComment } from '../github/review.ts';
import { renderComment } from '../report/comment.ts';
import { editsByFile, type RecommendedEdit } from '../report/edits.ts';
import { markdownCode, markdownText } from '../report/escape.ts';
import { patchOf } from '../report/patch.ts';
import type { Report } from '../report/report.ts';
import { type Suggestion, suggestionBlock, suggestionsOf } from '../report/suggestion.ts';
import type { SourceFile } from '../text.ts';
import type { Inputs } from './inputs.ts';

export interface Delivery {
  readonly client: Client;
  readonly repository: Repository;
  readonly number: number;
  readonly marker: Marker;
  readonly report: Report;
  readonly files: ReadonlyMap<string, SourceFile>;
  readonly changed: readonly ChangedFile[];
  readonly notes: readonly string[];
  readonly inputs: Inputs;
}

export interface Delivered {
  readonly commentUrl: string | null;
  /** What could not be written, in words. Never a reason to change the verdict. */
  readonly drops: readonly string[];
}

const SETTLED = 'No serving config is changed by this pull request any more.';

/** Writes the suggestions and the comment. Whatever a suggestion cannot carry goes into the comment as a patch. */
export async function deliver(delivery: Delivery): Promise<Delivered> {
  const { client, repository, number, marker, report, inputs } = delivery;
  const drops: string[] = [];
  const { data } = await client.rest.pulls.get({ ...repository, pull_number: number });
  if (data.head.sha !== marker.sha) {
    return {
      commentUrl: null,
      drops: ['The pull request has moved on since this run started; the run of its new head will answer.'],
    };
  }
  const { comments, rest, reasons } = split(delivery);
  let patch = rest;
  if (inputs.suggestions) {
    try {
      await putReview(client, repository, number, marker.sha, marker.id, comments);
    } catch (error) {
      drops.push(sayFailure('The suggestions could not be posted; the comment holds them as a patch', error));
      patch = wholePatch(delivery);
    }
  } else patch = wholePatch(delivery);
  const text = commentText(delivery, [...delivery.notes, ...reasons, ...drops], patch);
  if (inputs.comment === 'never') return { commentUrl: null, drops };
  try {
    const outcome: CommentOutcome = await putComment(client, repository, number, marker, text, settledText(report));
    return { commentUrl: outcome.url, drops };
  } catch (error) {
    return {
      commentUrl: null,
      drops: [...drops, sayFailure('The comment could not be written; the job summary holds it', error)],
    };
  }
}

/** The comment's text, or null when there is nothing that this input wants said. */
function commentText({ report, inputs }: Delivery, notes: readonly string[], patch: string): string | null {
  const relevant = report.deployments.length + report.unsupported.length > 0;
  if (!relevant) return null;
  if (inputs.comment === 'on-problem' && report.conclusion === 'pass' && !hasProblem(report)) return null;
  return renderComment({ report, notes, patch });
}

function settledText(report: Report): string {
  return report.deployments.length + report.unsupported.length > 0
    ? renderComment({ report, notes: [], patch: '' })
    : SETTLED;
}

function hasProblem(report: Report): boolean {
  return report.deployments.some(({ targets }) =>
    targets.some(({ gated, estimate }) => gated && estimate.verdict !== 'fits'),
  );
}

/** Suggestions that GitHub can anchor, and a patch of everything else with the reasons. */
function split(delivery: Delivery): { comments: ReviewComment[]; rest: string; reasons: string[] } {
  const comments: ReviewComment[] = [];
  const reasons: string[] = [];
  let rest = '';
  let left = 0;
  for (const { path, edits } of editsByFile(delivery.report)) {
    const file = delivery.files.get(path);
    if (!file) continue;
    const suggestions = suggestionsOf(
      file,
      edits.map(({ edit }) => edit),
    );
    if ('reason' in suggestions) reasons.push(`${suggestions.reason}.`);
    const hunks = hunksOf(delivery.changed.find((changed) => changed.path === path)?.patch);
    const anchored =
      'reason' in suggestions
        ? []
        : suggestions.filter(({ startLine, endLine }) => inOneHunk(hunks, startLine, endLine));
    const posted = anchored.slice(0, MAX_COMMENTS - comments.length);
    left += anchored.length - posted.length;
    const carried = new Set(posted.flatMap((suggestion) => suggestion.edits));
    comments.push(
      ...posted.map((suggestion) =>
        reviewComment(
          suggestion,
          edits.filter(({ edit }) => suggestion.edits.includes(edit)),
        ),
      ),
    );
    rest += patchOf(
      file,
      edits.map(({ edit }) => edit).filter((edit) => !carried.has(edit)),
    );
  }
  if (left > 0)
    reasons.push(
      `${comments.length} of ${comments.length + left} suggestions were posted; the patch holds the others.`,
    );
  return { comments, rest, reasons };
}

function wholePatch({ report, files }: Delivery): string {
  return editsByFile(report)
    .map(({ path, edits }) => {
      const file = files.get(path);
      return file
        ? patchOf(
            file,
            edits.map(({ edit }) => edit),
          )
        : '';
    })
    .join('');
}

function reviewComment(
  { path, startLine, endLine, lines }: Suggestion,
  edits: readonly RecommendedEdit[],
): ReviewComment {
  const changes = [...new Map(edits.map((edit) => [edit.argument, edit])).values()];
  const what = changes
    .map(({ argument, value, cost }) => `${markdownCode(`${argument}: ${value}`)} costs ${markdownText(cost)}`)
    .join('; ');
  const summary = [...new Set(edits.map((edit) => edit.summary))].map((text) => markdownText(text)).join('\n\n');
  return {
    path,
    startLine,
    endLine,
    body: `${summary}\n\n${what}.\n\n${suggestionBlock(lines)}`,
    identity: edits.map(({ deployment, argument, value }) => `${deployment} ${argument}=${value}`).join('\n'),
  };
}
