import { createHash } from 'node:crypto';
import { failureOf } from './client.ts';
import type { Thread } from './comment.ts';
import { type OwnThread, ownThreads } from './review-threads.ts';

interface Said {
  readonly path: string;
  readonly body: string;
  /** What it proposes, without line numbers, so that a re-run knows its own. */
  readonly identity: string;
}

/** A review comment to be: on lines of the head, right side, all in one hunk; or on a changed file as a whole. */
export type ReviewComment =
  | (Said & { readonly kind: 'lines'; readonly startLine: number; readonly endLine: number })
  | (Said & { readonly kind: 'file' });

type LineComment = Extract<ReviewComment, { kind: 'lines' }>;

export interface ReviewOutcome {
  readonly posted: number;
  readonly kept: number;
  readonly removed: number;
  /** Comments that GitHub would not take where they were put. */
  readonly refused: readonly ReviewComment[];
  /** Comments that were not posted because of `failure`, Octokit's error. */
  readonly lost: readonly ReviewComment[];
  readonly failure: unknown;
  /** Octokit's error that kept stale or doubled comments from being removed; null when none did. */
  readonly removalFailure: unknown;
}

/** More in one review is noise; GitHub refuses more than about a hundred. */
export const MAX_COMMENTS = 30;
/** Comments on files as a whole; each is a write of its own. */
export const MAX_FILE_COMMENTS = 10;
/** GitHub's limit of 65,536 characters for one comment, with room for the marker. */
export const MAX_BODY_CHARACTERS = 65_000;
/** Comments that are tried one by one after GitHub refused them together; each is a write of its own. */
const MAX_SINGLE = 10;

/**
 * Makes the review comments of this id be exactly these: posts the new ones, those on lines in one review, keeps those that
 * still hold, and deletes own ones that no longer do and that nobody answered. One whose lines have changed since no longer
 * stands for anything: it goes, and its like is posted anew.
 * @throws Octokit's error when what stands cannot be read; nothing is posted then.
 */
export async function putReview(
  thread: Thread,
  headSha: string,
  id: string,
  comments: readonly ReviewComment[],
): Promise<ReviewOutcome> {
  const wanted = new Map(comments.map((comment) => [fingerprint(comment), comment]));
  const stale: OwnThread[] = [];
  let kept = 0;
  for (const own of await ownThreads(thread, id)) {
    // A file has no lines to be outdated.
    const holds = !own.outdated || wanted.get(own.print)?.kind === 'file';
    if (holds && wanted.delete(own.print)) kept++;
    else if (!own.touched) stale.push(own);
  }
  const gone = await removeAll(thread, stale);
  const { refused, lost, failure } = await post(thread, headSha, id, [...wanted]);
  const posted = wanted.size - refused.length - lost.length;
  const settled = posted > 0 ? await settleRace(thread, id) : null;
  return {
    posted,
    kept,
    removed: gone.removed,
    refused,
    lost,
    failure,
    removalFailure: gone.failure ?? settled,
  };
}

/** Two runs at once both post what neither found: of each, the oldest that stands is kept. Gives what kept it from that. */
async function settleRace(thread: Thread, id: string): Promise<unknown> {
  try {
    const threads = (await ownThreads(thread, id)).filter(({ outdated }) => !outdated);
    const oldest = new Map<string, number>();
    for (const { print, commentId } of threads)
      oldest.set(print, Math.min(commentId, oldest.get(print) ?? Number.POSITIVE_INFINITY));
    const doubled = threads.filter(({ print, commentId, touched }) => !touched && commentId !== oldest.get(print));
    return (await removeAll(thread, doubled)).failure;
  } catch (error) {
    return error;
  }
}

/** Deletes comments until one cannot be: the token that may not delete one may delete none. */
async function removeAll(
  { client, repository }: Thread,
  threads: readonly OwnThread[],
): Promise<{ readonly removed: number; readonly failure: unknown }> {
  let removed = 0;
  for (const { commentId } of threads) {
    try {
      await client.rest.pulls.deleteReviewComment({ ...repository, comment_id: commentId });
    } catch (error) {
      // Another run was quicker.
      if (failureOf(error).status !== 404) return { removed, failure: error };
    }
    removed++;
  }
  return { removed, failure: null };
}

type Wanted<T extends ReviewComment = ReviewComment> = readonly [print: string, comment: T];
type NotPosted = Pick<ReviewOutcome, 'refused' | 'lost' | 'failure'>;

/** Lines in one review, then files one by one. What GitHub answers with anything but 422 ends it: the rest would fare alike. */
async function post(thread: Thread, headSha: string, id: string, wanted: readonly Wanted[]): Promise<NotPosted> {
  const lines = wanted.filter((one): one is Wanted<LineComment> => one[1].kind === 'lines');
  const files = wanted.filter(([, { kind }]) => kind === 'file');
  const first = lines.length === 0 ? ALL_POSTED : await postReview(thread, headSha, id, lines);
  if (first.failure !== null) return { ...first, lost: [...first.lost, ...files.map(([, comment]) => comment)] };
  const second = await postSingly(thread, headSha, id, files);
  return { ...second, refused: [...first.refused, ...second.refused] };
}

const ALL_POSTED: NotPosted = { refused: [], lost: [], failure: null };

/** One review with all of them; where GitHub refuses it for one bad anchor, each by itself. */
async function postReview(
  thread: Thread,
  headSha: string,
  id: string,
  lines: readonly Wanted<LineComment>[],
): Promise<NotPosted> {
  const { client, repository, number } = thread;
  // From the bottom up, so that applying one does not shift the others of its file.
  const ordered = lines.toSorted(([, a], [, b]) =>
    a.path < b.path ? -1 : a.path > b.path ? 1 : b.endLine - a.endLine,
  );
  try {
    await client.rest.pulls.createReview({
      ...repository,
      pull_number: number,
      commit_id: headSha,
      event: 'COMMENT',
      body: 'Headroom suggests the values that fit. The breakdown is in its comment on this pull request.',
      comments: ordered.map((one) => ({ ...anchor(one[1]), ...signed(id, one) })),
    });
    return ALL_POSTED;
  } catch (error) {
    if (failureOf(error).status !== 422)
      return { refused: [], lost: ordered.map(([, comment]) => comment), failure: error };
  }
  const outcome = await postSingly(thread, headSha, id, ordered.slice(0, MAX_SINGLE));
  const untried = ordered.slice(MAX_SINGLE).map(([, comment]) => comment);
  return { ...outcome, refused: [...outcome.refused, ...untried] };
}

async function postSingly(
  { client, repository, number }: Thread,
  headSha: string,
  id: string,
  wanted: readonly Wanted[],
): Promise<NotPosted> {
  const place = { ...repository, pull_number: number, commit_id: headSha };
  const refused: ReviewComment[] = [];
  for (const [at, one] of wanted.entries()) {
    const [, comment] = one;
    const where = comment.kind === 'file' ? { subject_type: 'file' as const } : anchor(comment);
    try {
      await client.rest.pulls.createReviewComment({ ...place, ...where, ...signed(id, one) });
    } catch (error) {
      if (failureOf(error).status !== 422)
        return { refused, lost: wanted.slice(at).map(([, left]) => left), failure: error };
      refused.push(comment);
    }
  }
  return { refused, lost: [], failure: null };
}

function anchor({ startLine, endLine }: LineComment) {
  return {
    line: endLine,
    side: 'RIGHT' as const,
    // GitHub wants start_line strictly before line, or not at all.
    ...(startLine < endLine ? { start_line: startLine, start_side: 'RIGHT' as const } : {}),
  };
}

function signed(id: string, [print, { path, body }]: Wanted): { readonly path: string; readonly body: string } {
  return { path, body: `<!-- headroom:v1:${id}:${print} -->\n${body}` };
}

/** Of a path, what is proposed there, and whether on the file as a whole. */
function fingerprint({ kind, path, identity }: ReviewComment): string {
  const whole = kind === 'file' ? `file\n${identity}` : identity;
  return createHash('sha256').update(`${path}\n${whole}`).digest('hex').slice(0, 16);
}
