import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openHub } from '../../src/hub/client.ts';
import { hubSettings, type HubSettings } from '../../src/hub/settings.ts';
import { type FakeHub, type Prank, startHub } from './fake-hub.ts';

const CONFIG = {
  architectures: ['LlamaForCausalLM'],
  model_type: 'llama',
  hidden_size: 64,
  num_hidden_layers: 2,
  num_attention_heads: 4,
  vocab_size: 1000,
  max_position_embeddings: 2048,
};
const COMMIT = '0123456789abcdef0123456789abcdef01234567';
const plain = { files: { 'config.json': JSON.stringify(CONFIG) }, commit: COMMIT };

let hub: FakeHub;
let folder = '';

beforeEach(async () => {
  hub = await startHub({ 'acme/plain': plain });
  folder = mkdtempSync(join(tmpdir(), 'headroom-hub-'));
});

afterEach(async () => {
  await hub.close();
  rmSync(folder, { recursive: true });
});

function open(over: Partial<HubSettings> = {}, token: string | null = null) {
  const made = hubSettings({
    policy: { endpoint: null, hosts: [] },
    endpoint: hub.url,
    token,
    cacheFolder: null,
    trustsPolicy: false,
  });
  if ('problem' in made) throw new Error(made.problem);
  const waits: number[] = [];
  const client = openHub(
    { ...made.settings, ...over },
    undefined,
    async (milliseconds) => void waits.push(milliseconds),
  );
  return { client, waits };
}

async function ask(
  id: string,
  over: Partial<HubSettings> = {},
  token: string | null = null,
  revision: string | null = null,
) {
  const { client } = open(over, token);
  await client.fetch([{ id, revision }]);
  return client.answer({ id, revision });
}

describe('a model of the Hub', () => {
  it('gives its config, its commit and the size of its weight files', async () => {
    hub.models['acme/plain'] = {
      ...plain,
      elements: { BF16: 500 },
      sizes: {
        'model-00001-of-00002.safetensors': 700,
        'model-00002-of-00002.safetensors': 300,
        'consolidated.safetensors': 1000,
        'pytorch_model.bin': 1000,
      },
    };
    expect(await ask('acme/plain')).toEqual({
      source: `${hub.url}/acme/plain`,
      revision: COMMIT,
      config: CONFIG,
      quantizationFrom: null,
      checkpointBytes: 1000,
      elements: { BF16: 500 },
      unread: null,
    });
  });

  it('is read at the revision that is pinned', async () => {
    hub.models['acme/plain'] = {
      ...plain,
      branches: { v2: { 'config.json': JSON.stringify({ ...CONFIG, hidden_size: 128 }) } },
    };
    expect(await ask('acme/plain', {}, null, 'v2')).toMatchObject({ config: { hidden_size: 128 } });
    expect(await ask('acme/plain', {}, null, COMMIT)).toMatchObject({ config: { hidden_size: 64 } });
    expect(await ask('acme/plain', {}, null, 'v3')).toMatchObject({
      reason: expect.stringContaining("no revision 'v3'"),
    });
  });

  it('takes the quantization from the file beside, where config.json says nothing of it', async () => {
    const beside = { producer: { name: 'modelopt' }, quantization: { quant_algo: 'FP8' } };
    hub.models['acme/plain'] = { ...plain, files: { ...plain.files, 'hf_quant_config.json': JSON.stringify(beside) } };
    expect(await ask('acme/plain')).toMatchObject({
      quantizationFrom: 'hf_quant_config.json',
      config: { quantization_config: { quant_method: 'modelopt', ...beside } },
    });
    // One that cannot be read must not pass for no quantization.
    hub.models['acme/plain'] = { ...plain, files: { ...plain.files, 'hf_quant_config.json': '{' } };
    expect(await ask('acme/plain')).toMatchObject({ reason: expect.stringContaining('hf_quant_config.json') });
  });

  it('is read from a mirror that knows no list of files and calls its branch master', async () => {
    hub.models['acme/plain'] = { files: {}, commit: COMMIT, branches: { master: plain.files } };
    hub.prank = (request, response) => {
      if (!(request.url ?? '').startsWith('/api/')) return false;
      response.writeHead(404).end('<html>');
      return true;
    };
    expect(await ask('acme/plain')).toMatchObject({ config: CONFIG, checkpointBytes: null });
  });

  it('reads what Python writes for a float that is none', async () => {
    const text = JSON.stringify({ ...CONFIG, note: 'NaN and Infinity' }).replace(
      '{',
      '{"time_step_limit": [0.0, Infinity], "x": NaN, ',
    );
    hub.models['acme/plain'] = { ...plain, files: { 'config.json': text } };
    expect(await ask('acme/plain')).toMatchObject({ config: { time_step_limit: [0, null], note: 'NaN and Infinity' } });
  });
});

describe('what cannot be read', () => {
  beforeEach(() => {
    hub.models['acme/gated'] = { ...plain, gated: true };
    hub.models['acme/private'] = { ...plain, private: true };
    hub.models['acme/gguf'] = { files: { 'model.gguf': 'GGUF' }, commit: COMMIT };
  });

  it.each([
    ['acme/gated', null, /is gated/, /token/],
    ['acme/private', null, /no 'acme\/private' .* public \(401\)/, /give a token/],
    ['acme/absent', null, /no 'acme\/absent'/, /Correct the name/],
    ['acme/gguf', null, /no config\.json/, /GGUF/],
    ['acme/plain', 'hf_wrong', /that the token may read \(401\)/, /valid token/],
  ])('%s (token %s) is a clear refusal', async (id, token, reason, remedy) => {
    expect(await ask(id, {}, token)).toEqual({
      reason: expect.stringMatching(reason),
      remedy: expect.stringMatching(remedy),
    });
  });

  it('is read with a token that may', async () => {
    expect(await ask('acme/gated', {}, hub.goodToken)).toMatchObject({ config: CONFIG });
    expect(await ask('acme/private', {}, hub.goodToken)).toMatchObject({ config: CONFIG });
  });

  const raw =
    (status: number, headers: Record<string, string>, body: string | Buffer = ''): Prank =>
    (_, response) => {
      response.writeHead(status, headers).end(body);
      return true;
    };
  const deep = `${'{"a":'.repeat(5_000)}1${'}'.repeat(5_000)}`;
  it.each<[string, Prank, RegExp]>([
    ['403 without a word', raw(403, {}), /gated|may not/],
    ['an empty answer', raw(200, {}), /cannot be read/],
    ['HTML', raw(200, {}, '<html>'), /cannot be read/],
    ['a list', raw(200, {}, '[1]'), /cannot be read/],
    ['bytes', raw(200, {}, Buffer.from([0, 255, 254, 128])), /cannot be read/],
    ['brackets without end', raw(200, {}, deep), /nested deeper/],
    ['a length that is too large', raw(200, { 'content-length': '99999999999' }), /larger than/],
    [
      'a length that is larger than the answer',
      raw(200, { 'content-length': '5000' }, '{}'),
      /broke off|in time|reached/,
    ],
    ['a huge answer', raw(200, {}, Buffer.alloc(3_000_000, 32)), /larger than/],
    ['gzip that is none', raw(200, { 'content-encoding': 'gzip' }, 'no gzip'), /broke off|reached/],
    [
      'a redirect elsewhere',
      raw(302, { location: 'https://evil.example/config.json' }),
      /redirects to evil\.example, which is not allowed/,
    ],
    ['a redirect to a service of the cloud', raw(302, { location: 'http://169.254.169.254/latest' }), /not allowed/],
    ['a redirect to a file', raw(302, { location: 'file:///etc/passwd' }), /not allowed/],
    ['a redirect to nothing', raw(302, { location: 'http://[' }), /no address/],
    [
      'a redirect to itself',
      (request, response) => raw(302, { location: request.url ?? '' })(request, response),
      /more than 5 times/,
    ],
    ['418', raw(418, {}), /fails \(418\)/],
    ['a 304 that nobody asked for', raw(304, {}), /fails \(304\)/],
  ])('%s is a refusal, never a crash or a guess', async (_, prank, reason) => {
    hub.prank = prank;
    const answer = await ask('acme/plain', { timeoutMs: 2_000 });
    expect(answer).toEqual({ reason: expect.stringMatching(reason), remedy: expect.stringContaining('facts lock') });
    expect(JSON.stringify(answer)).not.toMatch(/script|::error/);
  });

  it('a bomb of compressed zeros is stopped at the cap', async () => {
    const { gzipSync } = await import('node:zlib');
    hub.prank = raw(200, { 'content-encoding': 'gzip' }, gzipSync(Buffer.alloc(40_000_000)));
    expect(await ask('acme/plain')).toMatchObject({ reason: expect.stringContaining('larger than') });
  });

  it('a slow answer ends at the time limit, and so does a slow run', async () => {
    hub.prank = (_, response) => {
      response.writeHead(200).write('{');
      return true;
    };
    const started = performance.now();
    expect(await ask('acme/plain', { timeoutMs: 100 })).toMatchObject({ reason: expect.stringContaining('in time') });
    expect(await ask('acme/plain', { totalMs: 150 })).toMatchObject({ reason: expect.stringContaining('in time') });
    expect(performance.now() - started).toBeLessThan(3_000);
  });

  it('a machine that does not answer is one', async () => {
    const { url } = hub;
    await hub.close();
    expect(await ask('acme/plain', { endpoint: url })).toMatchObject({
      reason: expect.stringContaining('ECONNREFUSED'),
    });
    hub = await startHub({});
  });

  it('a network that is not there is tried for one model, and waited for no longer than a moment', async () => {
    const { url } = hub;
    await hub.close();
    const models = ['acme/a', 'acme/b', 'acme/c'].map((id) => ({ id, revision: null }));
    const { client } = open({ endpoint: url, concurrency: 1 });
    await client.fetch(models);
    expect(client.requests).toBe(3);
    // One sentence for all, so that a report says it once.
    expect(new Set(models.map((model) => JSON.stringify(client.answer(model)))).size).toBe(1);
    hub = await startHub({});
    hub.prank = () => true;
    const started = performance.now();
    expect(await ask('acme/plain', { silenceMs: 150 })).toMatchObject({ reason: expect.stringContaining('in time') });
    expect(performance.now() - started).toBeLessThan(2_000);
  });
});

describe('trouble that passes', () => {
  it.each([429, 500, 502, 503])('%i is tried again, as long as the Hub asks to wait', async (status) => {
    let times = 0;
    hub.prank = (_, response) => {
      if (++times > 2) return false;
      response.writeHead(status, status === 429 ? { 'retry-after': '3' } : {}).end();
      return true;
    };
    const { client, waits } = open();
    await client.fetch([{ id: 'acme/plain', revision: null }]);
    expect(client.answer({ id: 'acme/plain', revision: null })).toMatchObject({ config: CONFIG });
    expect(waits).toEqual(status === 429 ? [3_000, 3_000] : [500, 1_000]);
  });

  it('is given up after three tries, or when the wait is too long', async () => {
    hub.prank = (_, response) => {
      response.writeHead(429, { 'retry-after': '3600' }).end();
      return true;
    };
    expect(await ask('acme/plain')).toMatchObject({ reason: expect.stringContaining('429') });
    expect(hub.log.filter((line) => line.includes('config.json'))).toHaveLength(1);
    hub.prank = (_, response) => {
      response.writeHead(503).end();
      return true;
    };
    hub.log.length = 0;
    expect(await ask('acme/plain')).toMatchObject({ reason: expect.stringContaining('503') });
    expect(hub.log.filter((line) => line.includes('config.json'))).toHaveLength(3);
  });
});

describe('the token', () => {
  it('goes to the endpoint and never along a redirect to another origin', async () => {
    const other = await startHub({});
    try {
      hub.prank = (request, response) => {
        if (!(request.url ?? '').includes('/resolve/')) return false;
        response.writeHead(307, { location: `${other.url}/config.json` }).end();
        return true;
      };
      await ask('acme/plain', {}, hub.goodToken);
      expect(hub.authorizations).toContain(`Bearer ${hub.goodToken}`);
      expect(other.log).toEqual([]);
    } finally {
      await other.close();
    }
  });

  it('is in no refusal and in no file of the cache', async () => {
    const said: unknown[] = [];
    hub.models['acme/gated'] = { ...plain, gated: true };
    for (const id of ['acme/plain', 'acme/gated', 'acme/absent'])
      said.push(await ask(id, { cacheFolder: folder }, hub.goodToken));
    for (const status of [401, 403, 429, 500]) {
      hub.prank = (_, response) => (response.writeHead(status).end(), true);
      said.push(await ask('acme/plain', {}, hub.goodToken));
    }
    expect(JSON.stringify(said)).not.toContain('canary');
    expect(
      readdirSync(folder)
        .map((name) => readFileSync(join(folder, name), 'utf8'))
        .join(),
    ).not.toContain('canary');
    expect(
      hubSettings({
        policy: { endpoint: null, hosts: [] },
        endpoint: null,
        token: 'hf_canary\nx',
        cacheFolder: null,
        trustsPolicy: false,
      }),
    ).toEqual({
      problem: expect.not.stringContaining('canary'),
    });
  });

  it.each([
    [null, null, false, 'https://huggingface.co', true],
    ['https://mirror.example/hf/', null, false, 'https://mirror.example/hf', true],
    [null, 'https://mirror.example', false, 'https://mirror.example', false],
    [null, 'https://mirror.example', true, 'https://mirror.example', true],
    ['http://mirror.example', null, true, 'http://mirror.example', false],
  ])('HF_ENDPOINT %s, policy %s, trusted %s: asks %s, token %s', (endpoint, named, trustsPolicy, asks, sent) => {
    const made = hubSettings({
      policy: { endpoint: named, hosts: [] },
      endpoint,
      token: 'hf_x',
      cacheFolder: null,
      trustsPolicy,
    });
    expect(made).toMatchObject({ settings: { endpoint: asks, token: sent ? 'hf_x' : null } });
    expect('notes' in made && made.notes.length > 0).toBe(!sent);
  });

  it.each([
    'http://mirror.example',
    'file:///etc',
    'https://user:pass@mirror.example',
    'https://mirror.example?x=1',
    'nonsense',
  ])('a policy may not name %s', (endpoint) => {
    expect(
      hubSettings({
        policy: { endpoint, hosts: [] },
        endpoint: null,
        token: null,
        cacheFolder: null,
        trustsPolicy: true,
      }),
    ).toHaveProperty('problem');
  });
});

describe('how often it asks', () => {
  const fifty = Array.from({ length: 50 }, () => ({ id: 'acme/plain', revision: null }));

  it('asks once for a model that fifty configs name: a config with its redirect, and a list of files', async () => {
    const { client } = open();
    await client.fetch(fifty);
    await client.fetch(fifty);
    expect(hub.log.map((line) => line.replace(/\?.*? /, ' '))).toEqual([
      'GET /acme/plain/resolve/main/config.json 307',
      `GET /api/resolve-cache/models/acme/plain/${COMMIT}/config.json 200`,
      `GET /api/models/acme/plain/revision/${COMMIT} 200`,
    ]);
    expect(client.requests).toBe(3);
  });

  it('asks a warm cache only whether the branch has moved, and nothing about a commit', async () => {
    await ask('acme/plain', { cacheFolder: folder });
    hub.log.length = 0;
    expect(await ask('acme/plain', { cacheFolder: folder })).toMatchObject({ config: CONFIG, revision: COMMIT });
    expect(hub.log.map((line) => line.replace(/^.* /, ''))).toEqual(['307', '304']);
    await ask('acme/plain', { cacheFolder: folder }, null, COMMIT);
    hub.log.length = 0;
    expect(await ask('acme/plain', { cacheFolder: folder }, null, COMMIT)).toMatchObject({ config: CONFIG });
    expect(hub.log).toEqual([]);
  });

  it('asks again for what was read with a token, whoever finds it in the cache', async () => {
    hub.models['acme/gated'] = { ...plain, gated: true };
    expect(await ask('acme/gated', { cacheFolder: folder }, hub.goodToken, COMMIT)).toMatchObject({ config: CONFIG });
    expect(await ask('acme/gated', { cacheFolder: folder }, null, COMMIT)).toMatchObject({
      reason: expect.stringContaining('gated'),
    });
  });

  it('is not misled by a broken cache', async () => {
    await ask('acme/plain', { cacheFolder: folder });
    for (const text of ['', '{', 'null', '{"url":"https://other"}', '{"text":3}']) {
      for (const name of readdirSync(folder)) writeFileSync(join(folder, name), text);
      expect(await ask('acme/plain', { cacheFolder: folder })).toMatchObject({ config: CONFIG });
    }
    expect(await ask('acme/plain', { cacheFolder: '/dev/null/x' })).toMatchObject({ config: CONFIG });
  });

  it('has a few requests under way at once, and no more', async () => {
    let [under, most] = [0, 0];
    hub.prank = (_, response) => {
      most = Math.max(most, ++under);
      response.on('close', () => under--);
      setTimeout(() => response.writeHead(404).end(), 10);
      return true;
    };
    const { client } = open({ concurrency: 3 });
    await client.fetch(Array.from({ length: 20 }, (_, at) => ({ id: `acme/m${at}`, revision: null })));
    expect(most).toBe(3);
  });
});
