import { describe, expect, it } from 'vitest';
import { DEPLOYMENT, deployment, file, makeWorld } from '../github-api/world.ts';
import { expectNoToken, start, suggestionApplied, gitApplied, outputOf } from './fixture.ts';
import { runAction } from './run-action.ts';

const ON_PULL_REQUESTS = ['pull_request', 'pull_request_target', 'workflow_dispatch'];
const cases = [
  ...[...ON_PULL_REQUESTS, 'merge_group', 'push'].flatMap((event) =>
    (['read', 'write'] as const).map((access) => ({ event, access, failure: undefined })),
  ),
  ...ON_PULL_REQUESTS.flatMap((event) =>
    [403, 422, 429, 502].map((failure) => ({ event, access: 'write' as const, failure })),
  ),
];

describe('every event with every token and failure', () => {
  it.concurrent.for(cases)(
    '$event, pull requests: $access, writing fails with $failure: the verdict stands, and what is dropped is said',
    async ({ event, access, failure }, { onTestFinished }) => {
      const world = makeWorld();
      world.permissions.pull_requests = access;
      const writes = ['issues/create-comment', 'pulls/create-review', 'pulls/create-review-comment'];
      const headers = failure === 429 ? { 'retry-after': '3600' } : {};
      world.failures = writes.flatMap((operation) =>
        failure === undefined ? [] : [{ operation, status: failure, message: 'No', times: 9, headers }],
      );
      const fake = await start(world, onTestFinished);
      const inputs = event === 'workflow_dispatch' ? { 'pull-request': '7' } : {};
      const ran = await runAction(world, fake.url, inputs, event);
      expect(ran.code, ran.log).toBe(1);
      expect(ran.log).toMatch(/::error::Headroom: .*fails on l4-24gb/);
      expect(ran.summary).toContain('❌');
      const writable = ON_PULL_REQUESTS.includes(event) && access === 'write' && failure === undefined;
      expect([fake.comments.length, fake.threads.length]).toEqual(writable ? [1, 1] : [0, 0]);
      if (ON_PULL_REQUESTS.includes(event) && !writable)
        for (const text of [ran.log, ran.summary]) expect(text).toContain('The comment could not be written');
      expectNoToken(world, fake, ran);
    },
  );
});

describe('several uses in one repository', () => {
  it('have a comment and suggestions each, told apart by comment-id', async () => {
    const world = makeWorld();
    const fake = await start(world);
    for (const id of ['search', 'chat', 'search']) await runAction(world, fake.url, { 'comment-id': id });
    const ids = [...fake.comments, ...fake.threads].map(({ body }) => /^<!-- headroom:v1:(\w+)/.exec(body)?.[1]);
    expect(ids).toEqual(['search', 'chat', 'search', 'chat']);
  });

  it('refuse an id that could end an HTML comment', async () => {
    const world = makeWorld();
    const fake = await start(world);
    const ran = await runAction(world, fake.url, { 'comment-id': 'a-->b' });
    expect([ran.code, fake.log]).toEqual([1, []]);
  });
});

describe('the gate', () => {
  const unknown = deployment('8192').replace('Qwen/Qwen3-8B', 'acme/our-own-model');
  const unread = deployment('8192').replace('"8192"', '"8192"\n            - $(EXTRA_ARGS)');

  it.each([
    ['unknown', unknown, 'fails,error', 0],
    ['unknown', unknown, 'fails,unknown', 1],
    ['does not fit', deployment('40960'), 'never', 0],
    ['an argument left open', unread, 'fails,unknown', 1],
  ])('%s: with a level of its own', async (_, text, failOn, code) => {
    const world = makeWorld({ [DEPLOYMENT]: text });
    const fake = await start(world);
    const ran = await runAction(world, fake.url, { 'fail-on': failOn });
    expect(ran.code, ran.log).toBe(code);
    expect(outputOf(ran, 'conclusion')).toBe(code === 0 ? 'pass' : 'fail');
    // What passes without fitting is no green tick.
    expect(fake.comments[0]?.body).toMatch(code === 0 ? /\*\*⚠️ / : /\*\*❌ /);
  });
});

describe('suggestions as GitHub applies them', () => {
  const unset = (name: string) => deployment('1', name).replace(/\n\s+- --max-model-len\n\s+- "1"/, '');

  it.each([
    ['an argument that is added', { [DEPLOYMENT]: unset('qwen3') }],
    [
      'two deployments of one file',
      { [DEPLOYMENT]: `${deployment('40960', 'one')}---\n${deployment('40000', 'two')}` },
    ],
    [
      'a value on one line with its option',
      { [DEPLOYMENT]: unset('x').replace('args:', 'args:\n            - --max-model-len=40960') },
    ],
    ['a new file', { 'new/server.yaml': unset('new') }],
  ])('%s: give what the patch gives, and it fits', async (_, files) => {
    const world = makeWorld(files);
    const [[path, text] = ['', '']] = Object.entries(files);
    const fake = await start(world);
    const ran = await runAction(world, fake.url);
    expect(ran.code, ran.log).toBe(1);
    const patched = gitApplied(path, text, ran.files.get('headroom.patch') ?? '');
    const lines = fake.threads.filter((thread) => thread.line !== undefined);
    const beyond = fake.threads.length > lines.length;
    // From the bottom up, as they were posted.
    const suggested = lines.reduce((now, thread) => suggestionApplied(now, thread), text);
    if (!beyond) expect(suggested).toBe(patched);
    expect(fake.threads).not.toEqual([]);
    world.head = new Map(world.head).set(path, file(patched));
    world.headSha = 'c'.repeat(40);
    const mended = await runAction(world, fake.url);
    expect(mended.code, mended.log).toBe(0);
  });
});
