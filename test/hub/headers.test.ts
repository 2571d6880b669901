import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openHub } from '../../src/hub/client.ts';
import { hubSettings } from '../../src/hub/settings.ts';
import { type FakeHub, startHub } from './fake-hub.ts';
import { ggufHeader } from './gguf-file.ts';
import { type MadeTensor, safetensorsFile } from './safetensors-file.ts';

const COMMIT = '0123456789abcdef0123456789abcdef01234567';
const files = { 'config.json': JSON.stringify({ model_type: 'llama' }) };
const tensor: MadeTensor = { dtype: 'BF16', shape: [10, 10], bytes: 200 };
const request = { id: 'acme/plain', revision: null };

let hub: FakeHub;
let folder = '';

beforeEach(async () => {
  hub = await startHub({});
  folder = mkdtempSync(join(tmpdir(), 'headroom-headers-'));
});

afterEach(async () => {
  await hub.close();
  rmSync(folder, { recursive: true });
});

/** What a Hub that does not count elements itself says of a repository with these weight files. */
async function ask(blobs: Record<string, Buffer>, more: Record<string, string> = {}, commit = COMMIT) {
  hub.models['acme/plain'] = { files: { ...files, ...more }, commit, blobs };
  const made = hubSettings({
    policy: { endpoint: null, hosts: [] },
    endpoint: hub.url,
    token: null,
    cacheFolder: folder,
    trustsPolicy: false,
  });
  if ('problem' in made) throw new Error(made.problem);
  const client = openHub(made.settings, undefined, async () => {});
  await client.fetch([request]);
  return client.answer(request);
}

/** A header of some 200 KB, longer than the first part that is asked for. */
const long = Object.fromEntries(Array.from({ length: 2_500 }, (_, at) => [`model.layers.${at}.mlp.weight`, tensor]));

describe('headers by range', () => {
  it('are read in one request where they are short, in two where they are long, and added up', async () => {
    const blobs = {
      'model-00001-of-00002.safetensors': safetensorsFile({ a: tensor }),
      'model-00002-of-00002.safetensors': safetensorsFile(long),
    };
    expect(await ask(blobs)).toMatchObject({ elements: { BF16: 100 + 250_000 }, unread: null });
    const ranges = hub.log.filter((line) => line.endsWith(' 206'));
    expect(ranges).toHaveLength(3);
    hub.log.length = 0;
    expect(await ask(blobs)).toMatchObject({ elements: { BF16: 250_100 } });
    // The commit is known, and so is all that it holds.
    expect(hub.log.filter((line) => line.includes('safetensors'))).toEqual([]);
  });

  it('come from the index where the Hub lists no files', async () => {
    hub.prank = (asked, response) => {
      if (!(asked.url ?? '').startsWith('/api/models')) return false;
      response.writeHead(404).end();
      return true;
    };
    const shard = { 'part-a.safetensors': safetensorsFile({ a: tensor }), '../../etc/passwd': Buffer.alloc(9) };
    const index = {
      'model.safetensors.index.json': JSON.stringify({
        weight_map: { a: 'part-a.safetensors', b: '../../etc/passwd' },
      }),
    };
    expect(await ask(shard, index)).toMatchObject({ elements: { BF16: 100 }, checkpointBytes: 200 });
    expect(hub.log.join()).not.toContain('passwd');
  });

  const lying = (length: bigint): Buffer => {
    const file = safetensorsFile({ a: tensor });
    file.writeBigUInt64LE(length);
    return file;
  };
  it.each<[string, Buffer]>([
    ['empty', Buffer.alloc(0)],
    ['too short', Buffer.from([1, 2])],
    ['of zeros', Buffer.alloc(4_096)],
    ['with a length beyond all', lying(2n ** 63n)],
    ['with a length beyond the file', lying(90_000_000n)],
    ['with a length that cuts the header', lying(16n)],
    ['with a tail', Buffer.concat([safetensorsFile({ a: tensor }), Buffer.alloc(1)])],
    ['of another format', Buffer.from('GGUF\u0003\0\0\0\0\0\0\0\0\0\0\0')],
  ])('of a file %s are told as not compared, and the config is kept', async (_, blob) => {
    expect(await ask({ 'model.safetensors': blob })).toMatchObject({
      config: { model_type: 'llama' },
      elements: null,
      unread: expect.stringContaining('model.safetensors'),
    });
  });

  it('are not read from a server that sends everything, or too many files', async () => {
    hub.prank = (asked, response) => {
      if (!asked.headers.range) return false;
      response.writeHead(200).end(Buffer.alloc(10_000_000));
      return true;
    };
    expect(await ask({ 'model.safetensors': safetensorsFile({ a: tensor }) })).toMatchObject({
      unread: expect.stringContaining('larger than'),
    });
    hub.prank = null;
    const many = Object.fromEntries(Array.from({ length: 40 }, (_, at) => [`m${at}.safetensors`, Buffer.alloc(8)]));
    // The commit is another, for what one holds is not asked twice.
    expect(await ask(many, {}, 'f'.repeat(40))).toMatchObject({
      elements: null,
      unread: expect.stringContaining('more than 16'),
    });
  });
});

describe('GGUF files', () => {
  const metadata = {
    'general.architecture': 'llama',
    'llama.embedding_length': 256,
    'llama.block_count': 1,
    'llama.attention.head_count': 4,
    'llama.context_length': 2048,
  };
  /** A vocabulary that makes the header longer than the first part that is asked for. */
  const words = { 'tokenizer.ggml.tokens': Array.from({ length: 20_000 }, (_, at) => `token ${at}`) };
  const blobs = {
    'tiny-Q8_0.gguf': ggufHeader({ ...metadata, 'llama.vocab_size': 9 }, { 'token_embd.weight': [8, 256, 9] }),
    'tiny-Q4_K_M-00001-of-00002.gguf': ggufHeader(
      { ...metadata, ...words },
      { 'token_embd.weight': [14, 256, 20_000] },
    ),
    'tiny-Q4_K_M-00002-of-00002.gguf': ggufHeader({ 'split.no': 1 }, { 'output.weight': [12, 256, 20_000] }),
    'mmproj-tiny-Q4_K_M.gguf': ggufHeader({}, {}),
    'tiny-Q3_K_M.gguf': Buffer.from('<html>'),
    'tiny-Q2_K.gguf': ggufHeader(metadata, { 'token_embd.weight': [10, 256, 9] }).subarray(0, 200),
  };
  const askFor = async (gguf: string) => {
    hub.models['acme/tiny'] = { files: {}, commit: COMMIT, blobs };
    const made = hubSettings({
      policy: { endpoint: null, hosts: [] },
      endpoint: hub.url,
      token: null,
      cacheFolder: folder,
      trustsPolicy: false,
    });
    if ('problem' in made) throw new Error(made.problem);
    const client = openHub(made.settings, undefined, async () => {});
    const one = { id: 'acme/tiny', revision: null, gguf };
    await client.fetch([one]);
    return client.answer(one);
  };

  it('say what config.json would, over all splits, however long the vocabulary', async () => {
    const answer = await askFor('Q4_K_M');
    expect(answer).toMatchObject({
      revision: COMMIT,
      quantizationFrom: 'tiny-Q4_K_M-00001-of-00002.gguf',
      config: { model_type: 'llama', hidden_size: 256, vocab_size: 20_000, tie_word_embeddings: false },
      // Q6_K and Q4_K: 210 and 144 bytes for 256 weights.
      checkpointBytes: 20_000 * (210 + 144),
    });
    expect(await askFor('Q8_0')).toMatchObject({ checkpointBytes: 9 * 8 * 34, config: { tie_word_embeddings: true } });
    hub.log.length = 0;
    expect(await askFor('Q4_K_M')).toEqual(answer);
    expect(hub.log.filter((line) => line.includes('.gguf'))).toEqual([]);
  });

  it.each([
    ['Q5_K_M', /no GGUF file of Q5_K_M/],
    ['K_M', /no GGUF file/],
    ['Q3_K_M', /tiny-Q3_K_M\.gguf: it is no GGUF file/],
    ['Q2_K', /longer than itself/],
  ])('%s that cannot be read is a refusal', async (gguf, reason) => {
    expect(await askFor(gguf)).toEqual({ reason: expect.stringMatching(reason), remedy: expect.any(String) });
  });
});
