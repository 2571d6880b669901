import { describe, expect, it, test } from 'vitest';
import { DEPLOYMENT, deployment, file, makeWorld, POLICY, VALUE_LINE } from '../github-api/world.ts';
import { expectNoToken, gitApplied, outputOf, start, suggestionApplied } from './fixture.ts';
import { runAction } from './run-action.ts';

test('one comment and one suggestion, however often it runs', async () => {
  const world = makeWorld();
  const fake = await start(world);
  const first = await runAction(world, fake.url);
  expect(first.code, first.log).toBe(1);
  expect(fake.comments).toHaveLength(1);
  expect(fake.comments[0]?.body).toMatch(/^<!-- headroom:v1:gate-headroom /);
  expect(fake.comments[0]?.body).toContain('no longer fits** on l4-24gb');
  expect(fake.comments[0]?.body).toContain('<code>8192</code> | <code>40960</code>');
  // 36 layers × 8 KV heads × 128 × 2 × 2 B = 144 KiB a token: 1.125 GiB for 8,192 tokens and 5.625 GiB for 40,960.
  expect(fake.comments[0]?.body).toMatch(/one request of the full length needs \| 1\.13 \| 5\.63 \| \+4\.50 \|/);
  expect(fake.threads).toHaveLength(1);
  expect(fake.threads[0]).toMatchObject({ path: DEPLOYMENT, line: VALUE_LINE });
  const second = await runAction(world, fake.url);
  expect(second.code).toBe(1);
  expect([fake.comments.length, fake.reviews.length]).toEqual([1, 1]);
  expect(fake.log.filter((one) => one === 'issues/update-comment')).toEqual([]);
  expectNoToken(world, fake, first, second);

  world.head = new Map(world.head).set(DEPLOYMENT, file(deployment('4096')));
  world.headSha = 'c'.repeat(40);
  const fixed = await runAction(world, fake.url);
  expect(fixed.code, fixed.log).toBe(0);
  expect([fake.comments.length, fake.threads.length]).toEqual([1, 0]);
  expect(fake.comments[0]?.body).toContain('✅');

  world.head = new Map(world.base).set('README.md', file('# Other\n'));
  world.headSha = 'd'.repeat(40);
  const gone = await runAction(world, fake.url);
  expect(gone.code, gone.log).toBe(0);
  expect(fake.comments[0]?.body).toContain('No serving config is changed');
  expect(fake.comments[0]?.minimized).toBe('RESOLVED');
});

test('the suggestion, the patch and the SARIF fix are the same edit, and it fits', async () => {
  const world = makeWorld();
  const fake = await start(world);
  const ran = await runAction(world, fake.url);
  const head = world.head.get(DEPLOYMENT)?.text ?? '';
  const [thread] = fake.threads;
  const suggested = thread ? suggestionApplied(head, thread) : '';
  const patched = gitApplied(DEPLOYMENT, head, ran.files.get('headroom.patch') ?? '');
  expect(patched).toBe(suggested);

  const sarif = JSON.parse(ran.files.get('headroom.sarif') ?? '') as SarifLog;
  const [replacement] =
    sarif.runs[0].results.flatMap(({ fixes = [] }) => fixes)[0]?.artifactChanges[0]?.replacements ?? [];
  const { startLine = 0, startColumn = 0, endColumn = 0 } = replacement?.deletedRegion ?? {};
  const fixed = head.split('\n');
  const line = fixed[startLine - 1] ?? '';
  fixed[startLine - 1] =
    line.slice(0, startColumn - 1) + (replacement?.insertedContent.text ?? '') + line.slice(endColumn - 1);
  expect(fixed.join('\n')).toBe(patched);

  world.head = new Map(world.head).set(DEPLOYMENT, file(patched));
  world.headSha = 'c'.repeat(40);
  expect((await runAction(world, fake.url)).code).toBe(0);
});

interface SarifLog {
  readonly runs: readonly [
    {
      readonly results: readonly {
        readonly fixes?: readonly {
          readonly artifactChanges: readonly {
            readonly replacements: readonly {
              readonly deletedRegion: { startLine: number; startColumn: number; endColumn: number };
              readonly insertedContent: { readonly text: string };
            }[];
          }[];
        }[];
      }[];
    },
  ];
}

describe('events', () => {
  it.each(['merge_group', 'push'])('%s is judged without a comment', async (event) => {
    const world = makeWorld();
    const fake = await start(world);
    const ran = await runAction(world, fake.url, {}, event);
    expect(ran.code, ran.log).toBe(1);
    expect(ran.summary).toContain('fits → ❌ fails');
    expect(fake.comments).toEqual([]);
  });

  it('pull_request_target reads over the API alone and comments', async () => {
    const world = makeWorld();
    world.headRepository = 'fork/serving';
    const fake = await start(world);
    const ran = await runAction(world, fake.url, {}, 'pull_request_target');
    expect(ran.code, ran.log).toBe(1);
    expect(fake.comments).toHaveLength(1);
  });

  it('workflow_dispatch judges the pull request that it is given, else every config of the commit', async () => {
    const world = makeWorld();
    world.head.set('other/fits.yaml', file(deployment('4096', 'small')));
    const fake = await start(world);
    const whole = await runAction(world, fake.url, {}, 'workflow_dispatch');
    expect([whole.code, outputOf(whole, 'deployments'), outputOf(whole, 'failing')]).toEqual([1, '2', '1']);
    expect(fake.comments).toEqual([]);
    const ran = await runAction(world, fake.url, { 'pull-request': '7' }, 'workflow_dispatch');
    expect([ran.code, fake.comments.length]).toEqual([1, 1]);
  });

  it('an event that says nothing of commits passes with a reason', async () => {
    const world = makeWorld();
    const fake = await start(world);
    const ran = await runAction(world, fake.url, {}, 'release');
    expect([ran.code, outputOf(ran, 'verdict'), fake.log]).toEqual([0, 'none', []]);
    expect(ran.log).toContain('the event release is not supported');
  });

  it('nothing that could matter: one request to know, one for an earlier comment', async () => {
    const world = makeWorld({});
    const fake = await start(world);
    const ran = await runAction(world, fake.url);
    expect(ran.code, ran.log).toBe(0);
    expect(ran.log).toContain('No serving config is among the 1 changed files');
    expect(fake.comments).toEqual([]);
    expect(fake.log).toEqual(['pulls/list-files', 'graphql/comments']);
  });
});

describe('the base judges', () => {
  it('by its policy, whatever the head says', async () => {
    const world = makeWorld({ [DEPLOYMENT]: deployment('40960'), [POLICY]: 'version: 1\nfail-on: never\n' });
    const fake = await start(world);
    const ran = await runAction(world, fake.url);
    expect(ran.code).toBe(1);
    expect(fake.comments[0]?.body).toContain('touches the policy (.github/headroom.yml), waivers included');
  });

  it('and says when the new policy would stop every check', async () => {
    const world = makeWorld({ [DEPLOYMENT]: deployment('8192'), [POLICY]: 'fail-on: [everything]\n' });
    const fake = await start(world);
    expect((await runAction(world, fake.url)).code).toBe(0);
    expect(fake.comments[0]?.body).toContain('The new policy is wrong');
  });

  it('a policy that cannot be read fails the step, for nothing was judged', async () => {
    const world = makeWorld();
    world.base.set(POLICY, file('fail-on: [everything]\n'));
    const fake = await start(world);
    const ran = await runAction(world, fake.url);
    expect([ran.code, ran.log.includes('so nothing was judged')]).toEqual([1, true]);
  });
});

test('outputs name the verdict, the counts and the files', async () => {
  const world = makeWorld();
  const fake = await start(world);
  const ran = await runAction(world, fake.url);
  const named = ['conclusion', 'verdict', 'deployments', 'changed', 'failing', 'unknown', 'unsupported', 'comment-url'];
  expect(named.map((name) => outputOf(ran, name))).toEqual([
    'fail',
    'fails',
    '1',
    '1',
    '1',
    '0',
    '0',
    `https://github.test/comments/${fake.comments[0]?.id}`,
  ]);
  expect([...ran.files.keys()].sort()).toEqual(['headroom-report.json', 'headroom.patch', 'headroom.sarif']);
  expect(JSON.parse(outputOf(ran, 'json') ?? '')).toEqual(JSON.parse(ran.files.get('headroom-report.json') ?? ''));
  expect(outputOf(ran, 'patch')).toMatch(/headroom\.patch$/);
  expect(ran.log).toMatch(new RegExp(`^::error .*file=${DEPLOYMENT},line=${VALUE_LINE}`, 'm'));
});

describe('when to comment', () => {
  it('on-problem: not when all is well, and hidden when it is again', async () => {
    const world = makeWorld({ [DEPLOYMENT]: deployment('4096') });
    const fake = await start(world);
    const inputs = { comment: 'on-problem' };
    await runAction(world, fake.url, inputs);
    expect(fake.comments).toEqual([]);
    world.head = new Map(world.head).set(DEPLOYMENT, file(deployment('40960')));
    world.headSha = 'c'.repeat(40);
    await runAction(world, fake.url, inputs);
    expect(fake.comments).toHaveLength(1);
    world.head = new Map(world.head).set(DEPLOYMENT, file(deployment('4096')));
    world.headSha = 'd'.repeat(40);
    await runAction(world, fake.url, inputs);
    expect(fake.comments).toMatchObject([{ minimized: 'RESOLVED', body: expect.stringContaining('✅') }]);
  });

  it('never, and no suggestions: the verdict alone, with hardly a request', async () => {
    const world = makeWorld();
    const fake = await start(world);
    const ran = await runAction(world, fake.url, { comment: 'never', suggestions: 'false' });
    expect(ran.code).toBe(1);
    expect(fake.log.filter((one) => /comment|review/.test(one))).toEqual([]);
    expect(ran.summary).toContain('no longer fits');
  });

  it('a bad input is named with what it may be', async () => {
    const world = makeWorld();
    const fake = await start(world);
    const ran = await runAction(world, fake.url, { 'comment-mode': 'sometimes', commit: 'yes' });
    expect([ran.code, fake.log]).toEqual([1, []]);
    expect(ran.log).toContain('comment-mode must be one of update, new, hide-and-new, delete-and-new, off');
    expect(ran.log).toContain('commit must be off, push or pull-request');
  });
});

test('annotations stay within ten of a kind', async () => {
  const files = Object.fromEntries(
    Array.from({ length: 15 }, (_, at) => [`serving/${at}.yaml`, deployment('40960', `server-${at}`)]),
  );
  const world = makeWorld(files);
  const fake = await start(world);
  const ran = await runAction(world, fake.url);
  for (const kind of ['error', 'warning', 'notice'])
    expect(ran.log.match(new RegExp(`^::${kind}[ :]`, 'gm'))?.length ?? 0).toBeLessThanOrEqual(10);
  expect(ran.log).toMatch(/^::error::Headroom: .*server-0/m);
  expect(fake.reviews).toHaveLength(1);
  expect(fake.threads).toHaveLength(15);
});

test('hostile names stay text', async () => {
  const world = makeWorld({ 'serving/a|b<img src=x>@admin.yaml': deployment('40960', '"x|<b>@all</b>"') });
  const fake = await start(world);
  const ran = await runAction(world, fake.url);
  expect(fake.comments).toHaveLength(1);
  // In a fenced block nothing is read as markup, and a patch must name the file as it is.
  const outside = (text = ''): string => text.replace(/^(`{3,})\w+\n[\s\S]*?\n\1$/gm, '');
  for (const raw of ['<img', '<b>@all', '@admin']) {
    expect(outside(fake.comments[0]?.body)).not.toContain(raw);
    expect(outside(ran.summary)).not.toContain(raw);
  }
});
