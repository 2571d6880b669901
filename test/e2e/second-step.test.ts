import { describe, expect, it } from 'vitest';
import { makeWorld, type World } from '../github-api/world.ts';
import { expectNoToken, start } from './fixture.ts';
import { FIRST_RUN, type Ran, runAction } from './run-action.ts';
import { zipOf } from './zip.ts';

const REPORT = 'headroom-report.json';

/** A pull request from a fork, judged by its own run with a read-only token, whose report lies in an artifact. */
async function forked(change: (report: Record<string, unknown>) => unknown = (report) => report) {
  const world = makeWorld();
  world.headRepository = 'someone/serving';
  world.permissions = { contents: 'read', pull_requests: 'read', actions: 'read' };
  const fake = await start(world);
  const first = await runAction(world, fake.url);
  const report = JSON.parse(first.files.get(REPORT) ?? '') as Record<string, unknown>;
  world.artifacts = [
    { id: 1, runId: FIRST_RUN, name: 'headroom-report', archive: zipOf(REPORT, JSON.stringify(change(report))) },
  ];
  world.permissions.pull_requests = 'write';
  return { world, fake, first };
}

function second(world: World, url: string): Promise<Ran> {
  return runAction(world, url, {}, 'workflow_run');
}

describe('the second step for forks', () => {
  it('renders what the first found as the comment, once, and is no gate itself', async () => {
    const { world, fake, first } = await forked();
    expect([first.code, fake.comments.length]).toEqual([1, 0]);
    const ran = await second(world, fake.url);
    expect(ran.code, ran.log).toBe(0);
    expect(fake.comments).toHaveLength(1);
    expect(fake.comments[0]?.body).toContain('no longer fits** on l4-24gb');
    expect(fake.comments[0]?.body).toContain('comes from a fork');
    // Whoever wrote the report must not get to write a suggestion.
    expect(fake.threads).toEqual([]);
    await second(world, fake.url);
    expect(fake.comments).toHaveLength(1);
    expectNoToken(world, fake, ran);
  });

  it('escapes whatever the report says', async () => {
    const evil = '</details><img src=x> [a](https://evil.example) @all';
    const { world, fake } = await forked((report) => ({ ...report, policy: evil, reasons: [evil] }));
    await second(world, fake.url);
    expect(fake.comments[0]?.body).not.toMatch(/<img|\]\(https:\/\/evil|@all/);
  });

  it.each([
    ['is no report', () => ({ hello: 'world' }), 'it is no report of this version'],
    ['says more than it may', (report: object) => ({ ...report, html: '<b>' }), 'it is no report of this version'],
    [
      'is of another commit',
      (report: object) => ({ ...report, commits: { base: 'b', head: 'c' } }),
      'of another commit',
    ],
  ])('writes nothing when the artifact %s', async (_, change, said) => {
    const { world, fake } = await forked(change as (report: Record<string, unknown>) => unknown);
    const ran = await second(world, fake.url);
    expect([ran.code, fake.comments.length]).toEqual([0, 0]);
    expect(ran.log).toContain(said);
  });

  it('writes nothing without an artifact, or when the pull request has moved on', async () => {
    const { world, fake } = await forked();
    const { artifacts } = world;
    world.artifacts = [];
    expect((await second(world, fake.url)).log).toContain('left no artifact called headroom-report');
    world.artifacts = [{ id: 2, runId: FIRST_RUN, name: 'headroom-report', archive: Buffer.from('PK no archive') }];
    expect((await second(world, fake.url)).log).toContain(`holds no ${REPORT}`);
    world.artifacts = artifacts;
    const running = second(world, fake.url);
    world.headSha = 'f'.repeat(40);
    expect((await running).log).toContain('no open pull request has the head');
    expect(fake.comments).toEqual([]);
  });

  it('says what is missing and fails nothing when it may not comment', async () => {
    const { world, fake } = await forked();
    world.permissions.pull_requests = 'read';
    const ran = await second(world, fake.url);
    expect([ran.code, fake.comments.length]).toEqual([0, 0]);
    expect(ran.log).toContain('pull_requests: write');
  });
});
