import { type Client, failureOf, type Repository, sayFailure } from '../github/client.ts';
import { putComment, type Thread } from '../github/comment.ts';
import { commitTo, followUp, refusalToCommit } from '../github/commit.ts';
import type { ChangedFile } from '../github/files.ts';
import type { Marker } from '../github/marker.ts';
import { type PullRequest, pullRequestOf } from '../github/pull-request.ts';
import { putReview, type ReviewComment, type ReviewOutcome } from '../github/review.ts';
import { renderComment } from '../report/comment.ts';
import { plural } from '../report/headline.ts';
import type { Report } from '../report/report.ts';
import { gravest } from '../report/verdicts.ts';
import type { SourceFile } from '../text.ts';
import type { Inputs } from './inputs.ts';
import { changeLines, committable, editedFiles, proposalsOf } from './proposals.ts';

export interface Delivery {
  readonly client: Client;
  readonly repository: Repository;
  readonly number: number;
  readonly marker: Marker;
  readonly report: Report;
  readonly files: ReadonlyMap<string, SourceFile>;
  readonly changed: readonly ChangedFile[];
  /** What a reviewer must know before the figures, and what is said below them. */
  readonly notes: readonly string[];
  readonly asides: readonly string[];
  readonly inputs: Inputs;
  readonly runUrl: string | null;
}

export interface Delivered {
  readonly commentUrl: string | null;
  /** What could not be written, in words. Never a reason to change the verdict. */
  readonly drops: readonly string[];
}

const SETTLED = 'No serving config is changed by this pull request any more.';
/** A comment that GitHub refused as too long is tried once more at this length. */
const SHORT_COMMENT_BYTES = 25_000;
/** Lines of a commit message. */
const MAX_MESSAGE_LINES = 50;

/** Writes the commit, the suggestions and the comment. Whatever a suggestion cannot carry goes into the comment as a patch. */
export async function deliver(delivery: Delivery): Promise<Delivered> {
  const thread: Thread = delivery;
  const { report, marker, inputs } = delivery;
  const judged = report.deployments.length + report.unsupported.length > 0;
  // A change of the policy concerns every config, also where this change touches none.
  if (!judged && delivery.notes.length === 0) return takeBack(delivery);
  const pull = await pullRequestOf(delivery.client, delivery.repository, delivery.number);
  if (pull.headSha !== marker.sha) {
    return {
      commentUrl: null,
      drops: ['The pull request has moved on since this run started; the run of its new head will answer.'],
    };
  }
  const drops: string[] = [];
  const proposals = proposalsOf(report, delivery.files, delivery.changed);
  const committed = inputs.commit === 'off' ? null : await commit(delivery, pull);
  const asSuggestions = inputs.suggestions && pull.open && committed?.pushed !== true;
  const carried = await suggest(thread, delivery, asSuggestions ? proposals.comments : [], drops);
  const patch = committed?.pushed === true ? '' : proposals.patchWithout(carried);
  const notes = [...(committed === null ? [] : [committed.note]), ...delivery.notes];
  const asides = [
    ...delivery.asides,
    ...(asSuggestions ? proposals.reasons : []),
    ...(committed?.pushed === true ? [] : proposals.asides),
    ...drops,
  ];
  if (inputs.commentMode === 'off') return { commentUrl: null, drops };
  const quiet = inputs.comment === 'on-problem' && report.conclusion === 'pass' && !hasProblem(report);
  return write({ ...delivery, notes, asides }, patch, quiet, drops);
}

/** Nothing to judge any more: what an earlier run wrote is brought up to date, and only where there is something. */
async function takeBack(delivery: Delivery): Promise<Delivered> {
  const { marker, inputs } = delivery;
  if (inputs.commentMode === 'off') return { commentUrl: null, drops: [] };
  try {
    const outcome = await putComment(delivery, marker, { mode: inputs.commentMode, body: null, settled: SETTLED });
    if (outcome.kind !== 'none' && outcome.kind !== 'superseded' && inputs.suggestions)
      await putReview(delivery, marker.sha, marker.id, []);
    return { commentUrl: outcome.url, drops: [] };
  } catch (error) {
    return { commentUrl: null, drops: [sayFailure('An earlier comment could not be brought up to date', error)] };
  }
}

/** Posts the suggestions and gives those that stand. */
async function suggest(
  thread: Thread,
  { marker, inputs }: Delivery,
  comments: readonly ReviewComment[],
  drops: string[],
): Promise<readonly ReviewComment[]> {
  if (!inputs.suggestions) return [];
  try {
    const outcome = await putReview(thread, marker.sha, marker.id, comments);
    drops.push(...dropsOf(outcome));
    return comments.filter((comment) => !outcome.refused.includes(comment) && !outcome.lost.includes(comment));
  } catch (error) {
    if (comments.length > 0) drops.push(notPosted(comments, error));
    return [];
  }
}

/** What of the review was not done, in words. */
function dropsOf({ refused, lost, failure, removalFailure }: ReviewOutcome): string[] {
  return [
    ...(refused.length > 0
      ? [
          `GitHub did not take ${counted(refused)} where ${refused.length === 1 ? 'it was' : 'they were'} to stand; the patch holds the values.`,
        ]
      : []),
    ...(lost.length > 0 ? [notPosted(lost, failure)] : []),
    ...(removalFailure === null ? [] : [sayFailure('Suggestions that no longer hold are still there', removalFailure)]),
  ];
}

function notPosted(comments: readonly ReviewComment[], error: unknown): string {
  return sayFailure(`${counted(comments)} could not be posted; the patch holds the values`, error);
}

/** `2 suggestions and 1 comment on a file` */
function counted(comments: readonly ReviewComment[]): string {
  const files = comments.filter(({ kind }) => kind === 'file').length;
  const lines = comments.length - files;
  return [
    ...(lines > 0 ? [plural(lines, 'suggestion')] : []),
    ...(files > 0 ? [plural(files, 'comment on a file', 'comments on files')] : []),
  ].join(' and ');
}

/** The comment; one that is refused as it is goes out shorter, and else the summary alone holds it. */
async function write(delivery: Delivery, patch: string, quiet: boolean, drops: readonly string[]): Promise<Delivered> {
  const { report, notes, asides, marker, inputs, runUrl } = delivery;
  const put = async (text: string) =>
    putComment(delivery, marker, { mode: inputs.commentMode, body: quiet ? null : text, settled: text });
  try {
    try {
      return { commentUrl: (await put(renderComment({ report, notes, asides, patch, runUrl }))).url, drops };
    } catch (error) {
      if (failureOf(error).status !== 422) throw error;
      const short = renderComment({ report, notes, asides, patch: '', runUrl, limitBytes: SHORT_COMMENT_BYTES });
      const { url } = await put(short);
      return { commentUrl: url, drops: [...drops, 'GitHub refused the whole comment, so a shorter one was written.'] };
    }
  } catch (error) {
    return {
      commentUrl: null,
      drops: [...drops, sayFailure('The comment could not be written; the job summary holds it', error)],
    };
  }
}

/** Commits the values that fit, to the branch itself or beside it. */
async function commit(
  { client, repository, report, files, inputs }: Delivery,
  pull: PullRequest,
): Promise<{ readonly pushed: boolean; readonly note: string } | null> {
  const whole = committable(report);
  const edited = editedFiles(whole, files);
  if (edited.length === 0) return null;
  try {
    const refusal = await refusalToCommit(client, repository, pull);
    if (refusal !== null) return { pushed: false, note: refusal };
    const lines = changeLines(whole);
    const more = lines.length > MAX_MESSAGE_LINES ? [`and ${lines.length - MAX_MESSAGE_LINES} more`] : [];
    const text = {
      headline: 'Set values that fit the GPU memory',
      body: [...lines.slice(0, MAX_MESSAGE_LINES), ...more].join('\n'),
    };
    if (inputs.commit === 'pull-request') {
      const { url } = await followUp(client, repository, pull, edited, {
        ...text,
        body: `${text.body}\n\nFor #${pull.number}.`,
      });
      return { pushed: false, note: `The values that fit are in a pull request onto this branch: ${url}` };
    }
    const { sha } = await commitTo(client, repository, pull.headBranch, pull.headSha, edited, text);
    return {
      pushed: true,
      note: `The values that fit were committed to this branch as ${sha.slice(0, 12)}; this report is about the commit before it.`,
    };
  } catch (error) {
    return { pushed: false, note: sayFailure('The values could not be committed', error) };
  }
}

function hasProblem(report: Report): boolean {
  const { deployments, unsupported, findings } = report;
  if (unsupported.length > 0 || findings.some(({ severity }) => severity === 'error')) return true;
  return deployments.some(
    (result) =>
      (result.targets.some(({ gated }) => gated) && gravest(result) !== 'fits') ||
      result.findings.some(({ severity }) => severity === 'error'),
  );
}
