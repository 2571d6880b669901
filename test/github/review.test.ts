import { getOctokit } from '@actions/github';
import { afterEach, describe, expect, it } from 'vitest';
import type { Thread } from '../../src/github/comment.ts';
import { putReview, type ReviewComment } from '../../src/github/review.ts';
import { type FakeGitHub, startGitHub } from '../github-api/server.ts';
import { DEPLOYMENT, makeWorld, VALUE_LINE, type World } from '../github-api/world.ts';

let fake: FakeGitHub;
let world: World;
afterEach(async () => {
  await fake.close();
  if (fake.violations.length > 0) throw new Error(fake.violations.join('; '));
});

async function begin(): Promise<Thread> {
  world = makeWorld();
  fake = await startGitHub(world);
  const client = getOctokit(world.token, { baseUrl: fake.url });
  return { client, repository: { owner: world.owner, repo: world.repo }, number: world.number };
}

function suggestion(identity: string, startLine = VALUE_LINE, endLine = startLine): ReviewComment {
  return { kind: 'lines', path: DEPLOYMENT, startLine, endLine, body: identity, identity };
}

function onFile(identity: string): ReviewComment {
  return { kind: 'file', path: DEPLOYMENT, body: identity, identity };
}

const put = (thread: Thread, comments: readonly ReviewComment[], id = 'gate') =>
  putReview(thread, world.headSha, id, comments);

describe('a review', () => {
  it('holds all suggestions at once, the lowest first, several lines as a range', async () => {
    const thread = await begin();
    await put(thread, [suggestion('a', VALUE_LINE - 2, VALUE_LINE - 1), suggestion('b')]);
    expect(fake.reviews).toMatchObject([
      {
        event: 'COMMENT',
        commit_id: world.headSha,
        comments: [{ line: VALUE_LINE }, { start_line: VALUE_LINE - 2, line: VALUE_LINE - 1 }],
      },
    ]);
  });

  it('is not posted again while its suggestions stand, answered and resolved ones included', async () => {
    const thread = await begin();
    await put(thread, [suggestion('a'), suggestion('b')]);
    const [one, two] = fake.threads;
    if (one) one.replies = 1;
    if (two) two.resolved = true;
    expect(await put(thread, [suggestion('a'), suggestion('b')])).toMatchObject({ posted: 0, kept: 2, removed: 0 });
    expect(fake.reviews).toHaveLength(1);
  });

  it('takes back what nobody answered, and leaves what somebody did', async () => {
    const thread = await begin();
    await put(thread, [suggestion('a'), suggestion('b'), suggestion('c')]);
    const answered = fake.threads[0];
    if (answered) answered.replies = 2;
    expect(await put(thread, [suggestion('d')])).toMatchObject({ posted: 1, kept: 0, removed: 2 });
    expect(fake.threads.map(({ body }) => body.split('\n')[1]).sort()).toEqual(
      [answered?.body.split('\n')[1], 'd'].sort(),
    );
  });

  it('posts anew what stood on lines that have changed since', async () => {
    const thread = await begin();
    await put(thread, [suggestion('a')]);
    const [old] = fake.threads;
    if (old) old.outdated = true;
    expect(await put(thread, [suggestion('a')])).toMatchObject({ posted: 1, removed: 1 });
    expect(fake.threads).toMatchObject([{ outdated: false }]);
  });

  it('keeps several uses apart, and leaves threads of others alone', async () => {
    const thread = await begin();
    await put(thread, [suggestion('a')]);
    await put(thread, [suggestion('b')], 'other');
    const [planted] = fake.threads;
    fake.threads.push({ ...(planted as (typeof fake.threads)[0]), id: 900, author: 'octocat' });
    await put(thread, []);
    expect(fake.threads.map(({ id, body }) => [id === 900, body.includes('other')])).toEqual([
      [false, true],
      [true, false],
    ]);
  });

  it('finds its own beyond the first hundred threads', async () => {
    const thread = await begin();
    await put(thread, [suggestion('a')]);
    const [mine] = fake.threads.splice(0, 1);
    const other = { ...(mine as (typeof fake.threads)[0]), author: 'octocat', body: 'chatter' };
    for (let id = 2_000; id < 2_150; id++) fake.threads.push({ ...other, id });
    if (mine) fake.threads.push(mine);
    expect(await put(thread, [suggestion('a')])).toMatchObject({ posted: 0, kept: 1 });
  });

  it('posts the others when one has no place in the diff', async () => {
    const thread = await begin();
    const lost = suggestion('lost', 1);
    expect(await put(thread, [suggestion('a'), lost])).toMatchObject({ posted: 1, refused: [lost] });
    expect(fake.threads).toHaveLength(1);
  });

  it('says which were not posted when GitHub stops taking them, and keeps those that were', async () => {
    const thread = await begin();
    world.failures = [
      { operation: 'pulls/create-review', status: 422, message: 'Line could not be resolved', times: 1 },
      { operation: 'pulls/create-review-comment', status: 403, message: 'Forbidden', times: 9, after: 1 },
    ];
    const [upper, lower] = [suggestion('upper', VALUE_LINE - 1), suggestion('lower')];
    const outcome = await put(thread, [upper, lower, onFile('beyond')]);
    // From the bottom up: the lower one had been posted already.
    expect(outcome).toMatchObject({
      posted: 1,
      refused: [],
      lost: [upper, onFile('beyond')],
      failure: { status: 403 },
    });
    expect(fake.threads).toHaveLength(1);
    world.failures = [];
    expect(await put(thread, [upper, lower, onFile('beyond')])).toMatchObject({ posted: 2, kept: 1, lost: [] });
  });

  it('posts the new ones although an old one cannot be deleted', async () => {
    const thread = await begin();
    await put(thread, [suggestion('old')]);
    world.failures = [{ operation: 'pulls/delete-review-comment', status: 403, message: 'Forbidden', times: 9 }];
    const outcome = await put(thread, [suggestion('new')]);
    expect(outcome).toMatchObject({ posted: 1, removed: 0, failure: null, removalFailure: { status: 403 } });
    expect(fake.threads).toHaveLength(2);
  });

  it('leaves one of each when two runs post at once', async () => {
    const thread = await begin();
    await Promise.all([put(thread, [suggestion('a'), onFile('b')]), put(thread, [suggestion('a'), onFile('b')])]);
    expect(fake.threads.map(({ body }) => body.split('\n')[1]).sort()).toEqual(['a', 'b']);
  });
});

describe('a comment on a file', () => {
  it('is posted by itself, without a line, and once', async () => {
    const thread = await begin();
    expect(await put(thread, [onFile('a')])).toMatchObject({ posted: 1 });
    expect(fake.reviews).toEqual([]);
    expect(fake.threads).toMatchObject([{ path: DEPLOYMENT, subject_type: 'file' }]);
    expect(fake.threads[0]).not.toHaveProperty('line');
    const [only] = fake.threads;
    // It has no lines that a push could change.
    if (only) only.outdated = true;
    expect(await put(thread, [onFile('a')])).toMatchObject({ posted: 0, kept: 1 });
  });

  it('is not taken for a suggestion of the same change', async () => {
    const thread = await begin();
    await put(thread, [onFile('a')]);
    expect(await put(thread, [suggestion('a')])).toMatchObject({ posted: 1, kept: 0, removed: 1 });
  });

  it('on a file that the pull request does not touch is refused', async () => {
    const thread = await begin();
    const lost = { ...onFile('a'), path: 'README.txt' };
    expect(await put(thread, [lost])).toMatchObject({ posted: 0, refused: [lost], failure: null });
  });
});
