import { describe, expect, it } from 'vitest';
import { DEPLOYMENT, deployment, makeWorld } from '../github-api/world.ts';
import { start } from './fixture.ts';
import { runAction } from './run-action.ts';

describe('commit: push', () => {
  it('makes one commit of the values on top of the head, and says so without changing the verdict', async () => {
    const world = makeWorld();
    world.permissions.contents = 'write';
    const fake = await start(world);
    const ran = await runAction(world, fake.url, { commit: 'push' });
    expect(ran.code, ran.log).toBe(1);
    expect(fake.commits).toMatchObject([{ branch: 'longer-context', parent: world.headSha }]);
    const [commit] = fake.commits;
    const value = /--max-model-len\n {12}- "(\d+)"/.exec(commit?.files.get(DEPLOYMENT) ?? '')?.[1];
    expect(commit?.files.get(DEPLOYMENT)).toBe(deployment(value ?? ''));
    expect(Number(value)).toBeLessThan(40_960);
    expect(commit?.message).toContain(`${DEPLOYMENT}: max_model_len: 40960 → ${value}`);
    // What is committed needs no suggestion.
    expect(fake.threads).toEqual([]);
    expect(fake.comments[0]?.body).toContain('were committed to this branch as dddddddddddd');
  });

  it.each([
    ['a fork', { headRepository: 'someone/serving' }, 'the branch is in a fork'],
    ['its own commit', { headMessage: 'Set values\n\nCommitted-by: Headroom' }, 'is one of Headroom itself'],
    ['its own pull request', { headBranch: 'headroom/pr-6' }, 'this pull request is one of Headroom itself'],
  ])('refuses politely on %s', async (_, head, said) => {
    const world = { ...makeWorld(), ...head };
    world.permissions.contents = 'write';
    const fake = await start(world);
    const ran = await runAction(world, fake.url, { commit: 'push' });
    expect(ran.code).toBe(1);
    expect([fake.commits, fake.threads.length]).toEqual([[], 1]);
    expect(fake.comments[0]?.body).toContain(said);
  });

  it('says what is missing when the token may not write', async () => {
    const world = makeWorld();
    const fake = await start(world);
    const ran = await runAction(world, fake.url, { commit: 'push' });
    expect(ran.code).toBe(1);
    expect([fake.commits, fake.threads.length]).toEqual([[], 1]);
    expect(fake.comments[0]?.body).toContain('The values could not be committed');
  });
});

describe('commit: pull-request', () => {
  it('opens one pull request onto the branch, and commits once per head', async () => {
    const world = makeWorld();
    world.permissions.contents = 'write';
    const fake = await start(world);
    await runAction(world, fake.url, { commit: 'pull-request' });
    expect(fake.pulls).toMatchObject([{ head: 'headroom/pr-7', base: 'longer-context' }]);
    expect(fake.commits).toMatchObject([{ branch: 'headroom/pr-7', parent: world.headSha }]);
    expect(fake.comments[0]?.body).toContain('are in a pull request onto this branch');
    await runAction(world, fake.url, { commit: 'pull-request' });
    expect([fake.pulls.length, fake.commits.length]).toEqual([1, 1]);
  });
});
