import { getOctokit } from '@actions/github';
import { afterEach, describe, expect, it } from 'vitest';
import { type CommentMode, putComment, type Thread } from '../../src/github/comment.ts';
import { printMarker } from '../../src/github/marker.ts';
import { type FakeGitHub, startGitHub } from '../github-api/server.ts';
import { makeWorld, type World } from '../github-api/world.ts';

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

const at = (run: number, id = 'gate') => ({ id, run, sha: 'a'.repeat(40) });
const wish = (body: string | null, mode: CommentMode = 'update') => ({ mode, body, settled: 'settled' });
const texts = () => fake.comments.map(({ body }) => body.replace(/^<!--.*-->\n/, ''));

describe('mode update', () => {
  it('creates once, updates in place, and writes nothing that stands already', async () => {
    const thread = await begin();
    expect(await putComment(thread, at(1), wish('one'))).toMatchObject({ kind: 'created' });
    expect(await putComment(thread, at(2), wish('one'))).toMatchObject({ kind: 'unchanged' });
    expect(await putComment(thread, at(3), wish('two'))).toMatchObject({ kind: 'updated' });
    expect(texts()).toEqual(['two']);
  });

  it('hides what is settled and shows it again when it is not', async () => {
    const thread = await begin();
    await putComment(thread, at(1), wish('one'));
    await putComment(thread, at(2), wish(null));
    expect([texts(), fake.comments[0]?.minimized]).toEqual([['settled'], 'RESOLVED']);
    await putComment(thread, at(3), wish('two'));
    expect([texts(), fake.comments[0]?.minimized]).toEqual([['two'], undefined]);
  });

  it('says nothing where there was nothing and is nothing', async () => {
    expect(await putComment(await begin(), at(1), wish(null))).toEqual({ kind: 'none', url: null });
  });

  it('keeps several uses apart, and leaves what others wrote alone, marker or not', async () => {
    const thread = await begin();
    fake.comments.push({ id: 500, body: `${printMarker(at(9))}\nplanted`, author: 'octocat' });
    await putComment(thread, at(1), wish('gate'));
    await putComment(thread, at(1, 'other'), wish('other'));
    expect(texts()).toEqual(['planted', 'gate', 'other']);
  });

  it('finds its own beyond the first hundred', async () => {
    const thread = await begin();
    for (let id = 1_000; id < 1_250; id++) fake.comments.push({ id, body: 'chatter', author: 'octocat' });
    await putComment(thread, at(1), wish('one'));
    await putComment(thread, at(2), wish('two'));
    expect(texts().filter((text) => text !== 'chatter')).toEqual(['two']);
  });

  it('never overwrites what a later run said', async () => {
    const thread = await begin();
    await putComment(thread, at(5), wish('late'));
    expect(await putComment(thread, at(4), wish('early'))).toMatchObject({ kind: 'superseded' });
    expect(texts()).toEqual(['late']);
  });

  it('leaves one comment of two runs at once, with what the later of them says', async () => {
    const thread = await begin();
    await Promise.all([putComment(thread, at(1), wish('early')), putComment(thread, at(2), wish('late'))]);
    expect(texts()).toEqual(['late']);
  });

  it('takes the comment of a run that was quicker for its own', async () => {
    const thread = await begin();
    const found = fake.comments;
    const push = found.push.bind(found);
    // Between this run's look and its own comment another run comments.
    found.push = (...made) => {
      found.push = push;
      push({ id: 0, body: `${printMarker(at(1))}\nquicker`, author: world.viewer });
      return push(...made);
    };
    await putComment(thread, at(2), wish('mine'));
    expect(texts()).toEqual(['mine']);
    expect(fake.comments[0]?.id).toBe(0);
  });
});

describe('the other modes', () => {
  it('new puts one beside the other', async () => {
    const thread = await begin();
    await putComment(thread, at(1), wish('one', 'new'));
    await putComment(thread, at(2), wish('two', 'new'));
    await putComment(thread, at(3), wish(null, 'new'));
    expect(texts()).toEqual(['one', 'two']);
  });

  it('hide-and-new hides the old one, and with nothing to say hides alone', async () => {
    const thread = await begin();
    await putComment(thread, at(1), wish('one', 'hide-and-new'));
    await putComment(thread, at(2), wish('two', 'hide-and-new'));
    expect(fake.comments.map(({ minimized }) => minimized)).toEqual(['OUTDATED', undefined]);
    expect(await putComment(thread, at(3), wish('two', 'hide-and-new'))).toMatchObject({ kind: 'unchanged' });
    expect(await putComment(thread, at(4), wish(null, 'hide-and-new'))).toMatchObject({ kind: 'hidden' });
    expect(fake.comments.map(({ minimized }) => minimized)).toEqual(['OUTDATED', 'OUTDATED']);
  });

  it('delete-and-new deletes the old one', async () => {
    const thread = await begin();
    await putComment(thread, at(1), wish('one', 'delete-and-new'));
    await putComment(thread, at(2), wish('two', 'delete-and-new'));
    expect(texts()).toEqual(['two']);
    expect(await putComment(thread, at(3), wish(null, 'delete-and-new'))).toMatchObject({ kind: 'deleted' });
    expect(texts()).toEqual([]);
  });

  it('off asks nothing', async () => {
    const thread = await begin();
    await putComment(thread, at(1), wish('one', 'off'));
    expect(fake.log).toEqual([]);
  });
});
