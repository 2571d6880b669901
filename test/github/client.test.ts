import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { makeClient, sayFailure } from '../../src/github/client.ts';

let server: Server | null = null;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

interface Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly message?: string;
}

/** Calls through a client of ours against the replies in turn (the last for ever); gives the waits and how often it asked. */
async function tries(replies: readonly Reply[], method: 'GET' | 'POST' = 'GET') {
  let asked = 0;
  server = createServer((_, response) => {
    const { status, headers = {}, message = '' } = replies[Math.min(asked++, replies.length - 1)] ?? { status: 200 };
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(JSON.stringify({ message }));
  });
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  const waits: number[] = [];
  const client = makeClient('token', {
    wait: async (milliseconds) => void waits.push(milliseconds / 1_000),
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
  });
  const place = { owner: 'a', repo: 'b' };
  const call =
    method === 'GET'
      ? client.rest.repos.get(place)
      : client.rest.issues.createComment({ ...place, issue_number: 1, body: 'x' });
  const failure: unknown = await call.then(
    () => null,
    (error: unknown) => error,
  );
  return { waits, asked, failure };
}

const DATE = 'Wed, 25 Nov 2026 12:00:00 GMT';
const NOON_SECONDS = Date.parse(DATE) / 1_000;

describe('a client', () => {
  it.each<[string, Reply, number[]]>([
    ['waits a second, then two, after 5xx', { status: 502 }, [1, 2]],
    ['waits as retry-after says', { status: 429, headers: { 'retry-after': '7' } }, [7, 7]],
    [
      'waits a minute for a secondary limit that says nothing',
      { status: 403, message: 'You have exceeded a secondary rate limit' },
      [60, 60],
    ],
    [
      'waits for the reset of a limit that is used up',
      {
        status: 403,
        headers: { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(NOON_SECONDS + 20), date: DATE },
      },
      [20, 20],
    ],
    ['does not wait an hour', { status: 429, headers: { 'retry-after': '3600' } }, []],
    ['does not wait for what it may not do', { status: 403, message: 'Resource not accessible by integration' }, []],
    ['does not wait for what is not there', { status: 404 }, []],
  ])('%s', async (_, reply, expected) => {
    const { waits, asked, failure } = await tries([reply]);
    expect(waits).toEqual(expected);
    expect(asked).toBe(expected.length + 1);
    expect(failure).toMatchObject({ status: reply.status });
  });

  it('does not make a comment twice after a 5xx, and does after a limit', async () => {
    expect((await tries([{ status: 500 }], 'POST')).asked).toBe(1);
    server?.close();
    expect((await tries([{ status: 429, headers: { 'retry-after': '0' } }, { status: 201 }], 'POST')).asked).toBe(2);
  });
});

describe('a failure in words', () => {
  it.each([
    [
      { status: 403, response: { headers: { 'x-accepted-github-permissions': 'issues=write; pull_requests=write' } } },
      'It needs the permission issues: write; pull_requests: write.',
    ],
    [{ status: 404 }, 'the token may not do this (404)'],
    [{ message: 'Resource not accessible by integration' }, 'the token may not do this.'],
    [{ status: 429 }, "GitHub's rate limit is used up (429)"],
    [{ status: 500, message: 'Oops' }, 'Oops (500)'],
    [
      new Error('The operation was aborted due to timeout'),
      'GitHub did not answer (The operation was aborted due to timeout)',
    ],
  ])('%j', (error, said) => {
    expect(sayFailure('It failed', error)).toContain(said);
  });
});
