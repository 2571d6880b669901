import { afterEach, expect, test } from 'vitest';
import { type FakeGitHub, startGitHub } from '../github-api/server.ts';
import { DEPLOYMENT, deployment, file, makeWorld, POLICY, VALUE_LINE, type World } from '../github-api/world.ts';
import { type Ran, runAction } from './run-action.ts';

let github: FakeGitHub | null = null;

afterEach(async () => {
  await github?.close();
  const violations = github?.violations ?? [];
  if (violations.length > 0) throw new Error(`requests that GitHub would not take: ${violations.join('; ')}`);
});

async function start(world: World): Promise<FakeGitHub> {
  github = await startGitHub(world);
  return github;
}

function expectNoToken(world: World, fake: FakeGitHub, ...runs: Ran[]): void {
  const said = runs.flatMap(({ log, summary, outputs }) => [
    log.replaceAll(`::add-mask::${world.token}`, ''),
    summary,
    outputs,
  ]);
  expect([...said, ...fake.comments.map(({ body }) => body)].join('\n')).not.toContain(world.token);
}

test('one comment and one suggestion, however often it runs', async () => {
  const world = makeWorld();
  const fake = await start(world);
  const first = await runAction(world, fake.url);
  expect(first.code, first.log).toBe(1);
  expect(fake.comments).toHaveLength(1);
  expect(fake.comments[0]?.body).toMatch(/^<!-- headroom:v1:gate-headroom /);
  expect(fake.comments[0]?.body).toMatch(/\|/);
  expect(fake.threads).toHaveLength(1);
  expect(fake.threads[0]).toMatchObject({ path: DEPLOYMENT, line: VALUE_LINE });
  expect(fake.threads[0]?.body).toContain('suggestion');
  const second = await runAction(world, fake.url);
  expect(second.code).toBe(1);
  expect([fake.comments.length, fake.reviews.length]).toEqual([1, 1]);
  expectNoToken(world, fake, first, second);

  world.head = new Map(world.head).set(DEPLOYMENT, file(deployment('4096')));
  world.headSha = 'c'.repeat(40);
  const fixed = await runAction(world, fake.url);
  expect(fixed.code, fixed.log).toBe(0);
  expect([fake.comments.length, fake.threads.length]).toEqual([1, 0]);
});

test('a read-only token keeps the verdict and names the permission', async () => {
  const world = makeWorld();
  world.permissions.pull_requests = 'read';
  const fake = await start(world);
  const ran = await runAction(world, fake.url);
  expect(ran.code).toBe(1);
  expect(ran.log).toContain('pull_requests: write');
  expect(ran.summary).toContain('pull_requests: write');
  expect(fake.comments).toEqual([]);
});

test('the policy of the base judges, not that of the head', async () => {
  const world = makeWorld({ [DEPLOYMENT]: deployment('40960'), [POLICY]: 'version: 1\nfail-on: never\n' });
  const fake = await start(world);
  const ran = await runAction(world, fake.url);
  expect(ran.code).toBe(1);
  expect(ran.log).toContain('touches the policy');
});

test.each(['merge_group', 'push'])('%s is judged without a comment', async (event) => {
  const world = makeWorld();
  const fake = await start(world);
  const ran = await runAction(world, fake.url, {}, event);
  expect(ran.code, ran.log).toBe(1);
  expect(ran.summary).toContain('|');
  expect(fake.comments).toEqual([]);
});

test('nothing relevant: passes without a comment', async () => {
  const world = makeWorld({});
  const fake = await start(world);
  const ran = await runAction(world, fake.url);
  expect(ran.code, ran.log).toBe(0);
  expect(fake.comments).toEqual([]);
  expect(fake.log.length).toBeLessThanOrEqual(8);
});

test.each([
  { operation: 'pulls/list-files', status: 500, times: 1 },
  { operation: 'issues/create-comment', status: 403, times: 1, headers: { 'retry-after': '0' } },
])('tries again after $status of $operation', async (failure) => {
  const world = makeWorld();
  world.failures = [failure];
  const fake = await start(world);
  const ran = await runAction(world, fake.url);
  expect(ran.code, ran.log).toBe(1);
  expect(fake.comments).toHaveLength(1);
});

test('hostile names stay text', async () => {
  const world = makeWorld({ 'serving/a|b<img src=x>@admin.yaml': deployment('40960', '"x|<b>@all</b>"') });
  const fake = await start(world);
  await runAction(world, fake.url);
  expect(fake.comments).toHaveLength(1);
  for (const raw of ['<img', '<b>@all', '@admin']) expect(fake.comments[0]?.body).not.toContain(raw);
});
