import { getOctokit } from '@actions/github';

/** The only type through which anything else talks to GitHub. */
export type Client = ReturnType<typeof getOctokit>;

export interface Repository {
  readonly owner: string;
  readonly repo: string;
}

/** Tries in all; a gate that waits longer than its users is no help. */
const MAX_TRIES = 3;
/** Longest wait for a rate limit to pass, in seconds. GitHub asks for a minute where it says nothing (docs: rate limits). */
const MAX_WAIT_SECONDS = 60;
const SECONDARY_WAIT_SECONDS = 60;
/** One request; GitHub itself gives up after ten seconds (docs: timeouts). */
const TIMEOUT_MILLISECONDS = 30_000;

export interface ClientOptions {
  wait?(milliseconds: number): Promise<void>;
  /** Default the runner's own, from its environment. */
  readonly baseUrl?: string;
}

/**
 * A client that tries again on 5xx, timeouts, 429 and rate limits, waiting as GitHub asks (docs: rate limits for
 * the REST API, "handle rate limit errors appropriately").
 */
export function makeClient(token: string, { wait = sleep, baseUrl }: ClientOptions = {}): Client {
  const client = getOctokit(token, baseUrl === undefined ? {} : { baseUrl });
  client.hook.wrap('request', async (request, options) => {
    for (let tries = 1; ; tries++) {
      try {
        const signal = AbortSignal.timeout(TIMEOUT_MILLISECONDS);
        return await request({ ...options, request: { ...options.request, signal } });
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
  const { status, headers, message } = failureOf(error);
  if (status === 429 || status === 403) {
    const seconds = limitSeconds(headers, message, status);
    return seconds !== null && seconds <= MAX_WAIT_SECONDS ? seconds : null;
  }
  // 0: no answer came at all. After that or a 5xx nobody knows whether a comment was made.
  return (status >= 500 || status === 0) && repeatable ? 2 ** (tries - 1) : null;
}

/** How long a limit asks to wait, or null when the refusal is no limit. */
function limitSeconds(
  headers: Readonly<Record<string, string | undefined>>,
  message: string,
  status: number,
): number | null {
  const after = headers['retry-after'];
  if (after !== undefined) return /^\d{1,6}$/.test(after) ? Number(after) : null;
  if (headers['x-ratelimit-remaining'] === '0') {
    const [reset, now] = [Number(headers['x-ratelimit-reset']), Date.parse(headers['date'] ?? '') / 1_000];
    return Number.isFinite(reset) && Number.isFinite(now) ? Math.max(1, reset - now) : null;
  }
  return status === 429 || /secondary rate limit/i.test(message) ? SECONDARY_WAIT_SECONDS : null;
}

/** After a 5xx nobody knows whether a comment was made; making it again could make two. Queries read only. */
function isRepeatable({ method, url, ...rest }: { readonly method?: string; readonly url?: string }): boolean {
  if (method !== 'POST') return true;
  const { query } = rest as { query?: unknown };
  return (url ?? '').endsWith('/graphql') && !(typeof query === 'string' && query.trimStart().startsWith('mutation'));
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
  if (limitSeconds(headers, message, status) !== null && (status === 403 || status === 429)) {
    return `${what}: GitHub's rate limit is used up (${status}).`;
  }
  if (status === 403 || status === 404 || /not accessible by/i.test(message)) {
    const needed = headers['x-accepted-github-permissions'];
    const permission = needed ? ` It needs the permission ${needed.replace(/=/g, ': ')}.` : '';
    return `${what}: the token may not do this${status ? ` (${status})` : ''}.${permission} Pull requests from forks and Dependabot get a read-only token.`;
  }
  if (status === 0) return `${what}: GitHub did not answer (${message})`;
  return `${what}: ${message} (${status})`;
}

function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
