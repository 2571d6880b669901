import { describe, expect, it } from 'vitest';
import { makeWorld, type Failure } from '../github-api/world.ts';
import { expectNoToken, start } from './fixture.ts';
import { runAction } from './run-action.ts';

const LIMITED = { 'retry-after': '0' };

describe('a read-only token', () => {
  it('keeps the verdict, and names the permission in the log and the summary', async () => {
    const world = makeWorld();
    world.permissions.pull_requests = 'read';
    const fake = await start(world);
    const ran = await runAction(world, fake.url);
    expect(ran.code).toBe(1);
    for (const said of [ran.log, ran.summary]) expect(said).toMatch(/pull_requests: write/);
    expect(ran.summary).toContain('no longer fits');
    expect(fake.comments).toEqual([]);
    expectNoToken(world, fake, ran);
  });
});

describe('trouble that passes', () => {
  const passing: Failure[] = [
    { operation: 'pulls/list-files', status: 500, times: 1 },
    { operation: 'pulls/list-files', status: 0, times: 1 },
    { operation: 'git/get-tree', status: 502, times: 2 },
    { operation: 'graphql/object', status: 503, times: 1 },
    { operation: 'graphql/comments', status: 500, times: 1 },
    { operation: 'issues/create-comment', status: 403, times: 1, headers: LIMITED },
    { operation: 'issues/create-comment', status: 429, times: 1, headers: LIMITED },
    { operation: 'pulls/create-review', status: 429, times: 2, headers: LIMITED },
  ];
  it.concurrent.for(passing)('$status of $operation is tried again', async (failure, { onTestFinished }) => {
    const world = makeWorld();
    world.failures = [failure];
    const fake = await start(world, onTestFinished);
    const ran = await runAction(world, fake.url);
    expect(ran.code, ran.log).toBe(1);
    expect([fake.comments.length, fake.threads.length]).toEqual([1, 1]);
  });
});

describe('trouble that stays', () => {
  const forbidden = 'Resource not accessible by integration';
  const lasting: (Failure & { readonly said: RegExp; readonly comments: number })[] = [
    {
      operation: 'pulls/create-review',
      status: 403,
      message: forbidden,
      times: 9,
      said: /1 suggestion could not be posted; the patch holds the values/,
      comments: 1,
    },
    {
      operation: 'pulls/create-review',
      status: 500,
      times: 9,
      said: /1 suggestion could not be posted; the patch holds the values/,
      comments: 1,
    },
    {
      operation: 'graphql/reviewThreads',
      status: 500,
      times: 9,
      said: /1 suggestion could not be posted; the patch holds the values/,
      comments: 1,
    },
    {
      operation: 'issues/create-comment',
      status: 404,
      message: forbidden,
      times: 9,
      said: /comment could not be written/,
      comments: 0,
    },
    { operation: 'issues/create-comment', status: 500, times: 9, said: /comment could not be written/, comments: 0 },
    { operation: 'issues/create-comment', status: 0, times: 9, said: /comment could not be written/, comments: 0 },
    {
      operation: 'issues/create-comment',
      status: 422,
      message: 'body is too long',
      times: 1,
      said: /a shorter one was written/,
      comments: 1,
    },
    {
      operation: 'issues/create-comment',
      status: 429,
      headers: { 'retry-after': '3600' },
      times: 9,
      said: /rate limit is used up/,
      comments: 0,
    },
    { operation: 'graphql/comments', status: 502, times: 9, said: /comment could not be written/, comments: 0 },
    {
      operation: 'pulls/get',
      status: 500,
      times: 9,
      said: /Nothing could be written to the pull request/,
      comments: 0,
    },
    {
      operation: 'repos/compare-commits-with-basehead',
      status: 404,
      message: 'Not Found',
      times: 9,
      said: /base could not be read/,
      comments: 1,
    },
    { operation: 'graphql/object', status: 500, times: 99, said: /./, comments: 1 },
  ];
  it.concurrent.for(lasting)(
    '$status of $operation is said and changes no verdict',
    async (one, { onTestFinished }) => {
      const { said, comments, ...failure } = one;
      const world = makeWorld();
      world.failures = [failure];
      const fake = await start(world, onTestFinished);
      const ran = await runAction(world, fake.url);
      expect(ran.code, ran.log).toBe(1);
      expect(ran.log).toMatch(/::error::Headroom: .*fails on l4-24gb/);
      for (const text of [ran.log, ran.summary]) expect(text).toMatch(said);
      expect(fake.comments).toHaveLength(comments);
    },
  );

  it('a review that is refused for its anchors is tried comment by comment, and then as a patch', async () => {
    const world = makeWorld();
    const refused = { status: 422, message: 'Line could not be resolved', times: 9 };
    world.failures = [{ operation: 'pulls/create-review', ...refused }];
    const fake = await start(world);
    await runAction(world, fake.url);
    expect([fake.threads.length, fake.comments[0]?.body.includes('```diff')]).toEqual([1, false]);
    world.failures = [
      { operation: 'pulls/create-review', ...refused },
      { operation: 'pulls/create-review-comment', ...refused },
    ];
    fake.threads.length = 0;
    const ran = await runAction(world, fake.url);
    expect(ran.code).toBe(1);
    expect([fake.threads.length, fake.comments[0]?.body.includes('```diff')]).toEqual([0, true]);
  });

  it('a head that moved on is left to its own run', async () => {
    const world = makeWorld();
    const fake = await start(world);
    const running = runAction(world, fake.url);
    world.headSha = 'e'.repeat(40);
    const ran = await running;
    expect(fake.comments).toEqual([]);
    expect(ran.log).toContain('moved on');
  });

  it.concurrent.for(['pulls/list-files', 'repos/get-content', 'git/get-tree'])(
    'what cannot be read (%s) fails the step, for nothing was judged',
    async (operation, { onTestFinished }) => {
      const world = makeWorld();
      world.failures = [{ operation, status: 500, times: 99 }];
      const fake = await start(world, onTestFinished);
      const ran = await runAction(world, fake.url);
      expect(ran.code).toBe(1);
      expect(ran.log).toContain('nothing was judged');
    },
  );
});
