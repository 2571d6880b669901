import { getOctokit } from '@actions/github';

/** The only type through which anything else talks to GitHub. */
export type Client = ReturnType<typeof getOctokit>;

export interface Repository {
  readonly owner: string;
  readonly repo: string;
}

/** Tries in all; a gate that waits longer than its users is no help. */
const MAX_TRIES = 3;
/** Longest wait that a `retry-after` may ask for, in seconds. */
const MAX_WAIT_SECONDS = 60;

/**
 * A client that tries again on 5xx, 429 and secondary rate limits, waiting as GitHub asks (docs: rate limits for
 * the REST API, "handle rate limit errors appropriately").
 */
export function makeClient(token: string, wait: (milliseconds: number) => Promise<void> = sleep): Client {
  const client = getOctokit(token);
  client.hook.wrap('request', async (request, options) => {
    for (let tries = 1; ; tries++) {
      try {
        return await request(options);
      } catch (error) {
        const seconds = waitSeconds(error, tries, isRepeatable(options));
        if (seconds === null || tries === MAX_TRIES) throw error;
        await wait(seconds * 1_000);
      }
    }
  });
  return client;
}

/** Seconds to wait before trying again, or null when trying again is of no use. */
function waitSeconds(error: unknown, tries: number, repeatable: boolean): number | null {
  const { status, headers } = failureOf(error);
  const after = Number(headers['retry-after']);
  const limited = status === 429 || (status === 403 && headers['retry-after'] !== undefined);
  if (limited) return Number.isFinite(after) && after <= MAX_WAIT_SECONDS ? after : null;
  return status >= 500 && repeatable ? 2 ** (tries - 1) : null;
}

/** After a 5xx nobody knows whether a comment was made; making it again could make two. Queries read only. */
function isRepeatable({ method, url }: { readonly method?: string; readonly url?: string }): boolean {
  return method !== 'POST' || (url ?? '').endsWith('/graphql');
}

/** What an Octokit error says, read without trusting its shape. */
export function failureOf(error: unknown): {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly message: string;
} {
  const shape = error as {
    status?: unknown;
    message?: unknown;
    response?: { headers?: Record<string, string | undefined> };
  } | null;
  return {
    status: typeof shape?.status === 'number' ? shape.status : 0,
    headers: shape?.response?.headers ?? {},
    message: typeof shape?.message === 'string' ? shape.message : String(error),
  };
}

/** One sentence on a failed request for a person: what failed, and the permission that would help. */
export function sayFailure(what: string, error: unknown): string {
  const { status, headers, message } = failureOf(error);
  if (status === 403 || status === 404) {
    const needed = headers['x-accepted-github-permissions'];
    const permission = needed ? ` It needs the permission ${needed.replace(/=/g, ': ')}.` : '';
    return `${what}: the token may not do this (${status}).${permission} Pull requests from forks and Dependabot get a read-only token.`;
  }
  return `${what}: ${message}${status ? ` (${status})` : ''}`;
}

function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
