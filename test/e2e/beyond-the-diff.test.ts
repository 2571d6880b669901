import { describe, expect, it } from 'vitest';
import { DEPLOYMENT, deployment, file, makeWorld, type World } from '../github-api/world.ts';
import { gitApplied, outputOf, start } from './fixture.ts';
import { runAction } from './run-action.ts';

/** A pull request that moves a deployment to a smaller GPU: the value that has to follow is not on a line of the diff. */
function smallerGpu(head = deployment('40960')): World {
  const world = makeWorld({ [DEPLOYMENT]: head });
  world.base.set(DEPLOYMENT, file(head.replace('nvidia-l4', 'nvidia-a100-80gb')));
  return world;
}

function diffIn(body: string | undefined): string {
  return /^(`{3,})diff\n([\s\S]*?\n)\1$/m.exec(body ?? '')?.[2] ?? '';
}

/** The pull request with another text of the deployment, at a head of its own. */
function pushed(world: World, text: string, sha: string): void {
  world.head = new Map(world.head).set(DEPLOYMENT, file(text));
  world.headSha = sha.repeat(40);
}

describe('values beyond the diff', () => {
  it('come as one comment on the file, however often it runs, and as a patch that applies', async () => {
    const world = smallerGpu();
    const fake = await start(world);
    const ran = await runAction(world, fake.url);
    expect(ran.code, ran.log).toBe(1);
    expect(fake.reviews).toEqual([]);
    expect(fake.threads).toMatchObject([{ path: DEPLOYMENT, subject_type: 'file' }]);
    expect(fake.threads[0]?.body).toMatch(/<code>max_model_len<\/code>: <code>40960<\/code> → \*\*<code>\d+/);
    const patch = ran.files.get('headroom.patch') ?? '';
    for (const text of [fake.threads[0]?.body, fake.comments[0]?.body, ran.summary]) expect(diffIn(text)).toBe(patch);
    const mended = gitApplied(DEPLOYMENT, deployment('40960'), patch);

    await runAction(world, fake.url);
    expect([fake.threads.length, fake.comments.length]).toEqual([1, 1]);

    pushed(world, mended, 'c');
    const fixed = await runAction(world, fake.url);
    expect([fixed.code, fake.threads.length]).toEqual([0, 0]);
  });

  it('stay where somebody has answered', async () => {
    const world = smallerGpu();
    const fake = await start(world);
    await runAction(world, fake.url);
    const [thread] = fake.threads;
    if (thread) thread.replies = 1;
    pushed(world, deployment('4096'), 'c');
    await runAction(world, fake.url);
    expect(fake.threads).toEqual([thread]);
  });

  it('are known again when the lines above them have moved', async () => {
    const world = smallerGpu();
    const fake = await start(world);
    await runAction(world, fake.url);
    const [first] = fake.threads;
    pushed(world, `# Of the platform team.\n${deployment('40960')}`, 'c');
    await runAction(world, fake.url);
    expect(fake.threads.map(({ id }) => id)).toEqual([first?.id]);
  });

  it.each([
    [
      422,
      'pull_request_review_thread.path is invalid',
      'GitHub did not take 1 comment on a file where it was to stand',
    ],
    [
      403,
      'Resource not accessible by integration',
      '1 comment on a file could not be posted; the patch holds the values',
    ],
    [500, 'Server Error', '1 comment on a file could not be posted; the patch holds the values'],
  ])('are said to be in the patch alone when GitHub answers %i', async (status, message, said) => {
    const world = smallerGpu();
    world.failures = [{ operation: 'pulls/create-review-comment', status, message, times: 9 }];
    const fake = await start(world);
    const ran = await runAction(world, fake.url);
    expect([ran.code, fake.threads]).toEqual([1, []]);
    for (const text of [ran.log, ran.summary, fake.comments[0]?.body]) expect(text).toContain(said);
    expect(diffIn(fake.comments[0]?.body)).toBe(ran.files.get('headroom.patch'));
  });

  it('are in the patch alone with suggestions: false', async () => {
    const world = smallerGpu();
    const fake = await start(world);
    await runAction(world, fake.url, { suggestions: 'false' });
    expect([fake.threads.length, diffIn(fake.comments[0]?.body) === '']).toEqual([0, false]);
    expect(fake.log.filter((one) => /review/.test(one))).toEqual([]);
  });
});

describe('a file with CRLF line endings', () => {
  const text = deployment('40960').replaceAll('\n', '\r\n');

  it('gets no suggestion, and a patch as a file that keeps them', async () => {
    const world = makeWorld({ [DEPLOYMENT]: text });
    world.base.set(DEPLOYMENT, file(text.replace('40960', '8192')));
    const fake = await start(world);
    const ran = await runAction(world, fake.url);
    expect([ran.code, fake.reviews]).toEqual([1, []]);
    expect(fake.threads).toMatchObject([{ path: DEPLOYMENT, subject_type: 'file' }]);
    expect(fake.threads[0]?.body).toContain('The file has CRLF line endings');
    // Copied out of a comment it would not apply, so there it is not offered.
    expect(diffIn(fake.comments[0]?.body)).toBe('');
    expect(fake.comments[0]?.body).toContain('has CRLF line endings, which neither suggestions nor copied text keep');
    expect(outputOf(ran, 'patch')).toMatch(/headroom\.patch$/);
    const mended = gitApplied(DEPLOYMENT, text, ran.files.get('headroom.patch') ?? '');
    expect(mended.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/);
    pushed(world, mended, 'c');
    expect((await runAction(world, fake.url)).code).toBe(0);
  });

  it('keeps them in a commit of ours', async () => {
    const world = makeWorld({ [DEPLOYMENT]: text });
    world.permissions.contents = 'write';
    const fake = await start(world);
    const ran = await runAction(world, fake.url, { commit: 'push' });
    const committed = fake.commits[0]?.files.get(DEPLOYMENT) ?? '';
    expect(committed).toBe(gitApplied(DEPLOYMENT, text, ran.files.get('headroom.patch') ?? ''));
  });
});
