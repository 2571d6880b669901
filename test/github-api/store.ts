import { createHash } from 'node:crypto';
import type { DiffEntry } from './diff.ts';
import type { GraphqlState } from './graphql.ts';
import type { Entry, World } from './world.ts';

export interface PullRequestMade {
  readonly title: string;
  readonly head: string;
  readonly base: string;
  readonly body: string;
}

export interface FakeGitHub extends GraphqlState {
  readonly url: string;
  readonly reviews: unknown[];
  readonly pulls: PullRequestMade[];
  readonly branches: Map<string, string>;
  /** operationIds of all requests, in order; of GraphQL the field that is asked for. */
  readonly log: string[];
  /** Requests that GitHub's description does not allow. */
  readonly violations: string[];
  close(): Promise<void>;
}

/** What the handlers of the REST operations share. */
export interface Store {
  readonly world: World;
  readonly fake: Omit<FakeGitHub, 'url' | 'close'>;
  readonly url: () => string;
  nextId(): number;
  entries(ref: string): ReadonlyMap<string, Entry>;
  changes(): DiffEntry[];
  blob(sha: string): string | null;
  /** Whether a review comment can stand on these lines of a file. */
  anchors(path: string, from: number, to: number): boolean;
}

/** What texts hash to: a tree of thousands of files is asked for its blobs again and again. */
const known = new Map<string, string>();

export function shaOf(text: string): string {
  const sha =
    known.get(text) ??
    createHash('sha1')
      .update(`blob ${Buffer.byteLength(text)}\0${text}`)
      .digest('hex');
  known.set(text, sha);
  return sha;
}
