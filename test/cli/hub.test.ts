import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { run } from '../../src/cli/run.ts';
import { type FakeHub, startHub } from '../hub/fake-hub.ts';

const CONFIG = {
  architectures: ['LlamaForCausalLM'],
  model_type: 'llama',
  hidden_size: 4096,
  intermediate_size: 11_008,
  num_hidden_layers: 32,
  num_attention_heads: 32,
  num_key_value_heads: 8,
  vocab_size: 32_000,
  max_position_embeddings: 4096,
  torch_dtype: 'bfloat16',
  bos_token_id: 1,
};
/** Embeddings and head; 32 layers of q and o, k and v, gate, up and down, two norms; the last norm. */
const PARAMETERS = 2 * 32_000 * 4096 + 32 * (2 * 4096 ** 2 + 2 * 4096 * 1024 + 3 * 4096 * 11_008 + 2 * 4096) + 4096;
const COMMIT = '0123456789abcdef0123456789abcdef01234567';
const FACTS = '.github/headroom.facts.json';

let hub: FakeHub;
let folder = '';

beforeEach(async () => {
  hub = await startHub({
    'acme/own': {
      files: { 'config.json': JSON.stringify(CONFIG) },
      commit: COMMIT,
      sizes: { 'model.safetensors': 14_000 },
      elements: { BF16: PARAMETERS },
    },
    'acme/gated': { files: { 'config.json': JSON.stringify(CONFIG) }, commit: COMMIT, gated: true },
  });
  folder = mkdtempSync(join(tmpdir(), 'headroom-cli-'));
  mkdirSync(join(folder, '.git'));
  write('serve.sh', '#!/bin/bash\nvllm serve acme/own --max-model-len 4096\n');
});

afterEach(async () => {
  await hub.close();
  rmSync(folder, { recursive: true });
});

function write(path: string, text: string): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
}

async function headroom(words: readonly string[], env: Record<string, string> = {}) {
  let [out, err] = ['', ''];
  const code = await run(words, {
    out: (text) => (out += text),
    err: (text) => (err += text),
    env: { HF_ENDPOINT: hub.url, ...env },
    cwd: folder,
    columns: null,
  });
  return { code, out, err };
}

const check = (...words: string[]) =>
  headroom(['check', '--gpu', 'l4', '--engine-version', '0.11.0', '--fail-on', 'unknown', ...words]);

describe('check and the Hub', () => {
  it('asks nobody unless it is told to', async () => {
    const { code, out } = await check();
    expect(code).toBe(1);
    expect(out).toContain('acme/own');
    expect(hub.log).toEqual([]);
    write('.github/headroom.yml', 'hub: true\n');
    expect((await check('--offline')).code).toBe(1);
    expect((await headroom(['check', '--gpu', 'l4', '--fail-on', 'unknown'], { HF_HUB_OFFLINE: '1' })).code).toBe(1);
    expect(hub.log).toEqual([]);
  });

  it.each([['--hub'], []])(
    'asks with %j when the flag or the policy says so, and says what it cost',
    async (...flags) => {
      if (flags.length === 0) write('.github/headroom.yml', 'hub: true\n');
      const { code, out, err } = await check(...flags);
      expect(out).toContain(`facts from Hub (${hub.url}/acme/own at 01234567)`);
      expect(code).toBe(0);
      expect(err).toMatch(/asked 127\.0\.0\.1:\d+ about 1 model: 3 requests, /);
    },
  );

  it('asks for the drafter and the model at once, and for neither where the repository holds it', async () => {
    const drafter = { ...CONFIG, num_hidden_layers: 1 };
    hub.models['acme/small'] = { files: { 'config.json': JSON.stringify(drafter) }, commit: COMMIT };
    const spec = `'{"model": "acme/small", "method": "draft_model", "num_speculative_tokens": 3}'`;
    write('serve.sh', `#!/bin/bash\nvllm serve acme/own --max-model-len 4096 --speculative-config ${spec}\n`);
    expect((await check('--hub')).err).toContain('about 2 models: 6 requests');
    write('acme/own/config.json', JSON.stringify(CONFIG));
    hub.log.length = 0;
    const { out } = await check('--hub');
    expect(out).toContain('acme/own/config.json in the repository');
    expect(hub.log.join()).not.toContain('acme/own');
  });

  it('shows the refusal of a gated model, and never the token', async () => {
    write('serve.sh', '#!/bin/bash\nvllm serve acme/gated\n');
    const without = await check('--hub');
    expect(without.out).toMatch(/'acme\/gated' is gated/);
    const wrong = await headroom(['check', '--hub', '--gpu', 'l4'], { HF_TOKEN: 'hf_canary_wrong' });
    expect(wrong.out + wrong.err).not.toContain('canary');
    const right = await headroom(['check', '--hub', '--gpu', 'l4'], { HF_TOKEN: hub.goodToken });
    expect(right.out).toContain('facts from Hub');
    expect(right.out + right.err).not.toContain('canary');
  });

  it('never sends the token to an endpoint that only the policy of the repository names', async () => {
    write('.github/headroom.yml', 'hub:\n  endpoint: https://evil.invalid\n');
    const { err } = await headroom(['check', '--gpu', 'l4'], { HF_ENDPOINT: '', HF_TOKEN: 'hf_canary' });
    expect(err).toMatch(/token is not sent to evil\.invalid/);
    expect(err).not.toContain('canary');
  });

  it.each([
    [['check', '--hub', '--offline'], {}, /exclude/],
    [['check', '--hub'], { HF_ENDPOINT: 'ftp://x' }, /HF_ENDPOINT/],
    [['check', '--hub'], { HF_TOKEN: 'a b' }, /token/],
    [['facts'], {}, /lock/],
    [['facts', 'loc'], {}, /lock/],
    [['facts', 'lock', '--offline'], {}, /offline/],
  ])('exits 2 with what to do: %j %j', async (words, env, message) => {
    expect(await headroom(words, env)).toMatchObject({ code: 2, out: '', err: expect.stringMatching(message) });
  });

  it('fifty configs that name ten models cost ten models, cold, and one question each, warm', async () => {
    for (let model = 0; model < 10; model++)
      hub.models[`acme/m${model}`] = { files: { 'config.json': JSON.stringify(CONFIG) }, commit: COMMIT };
    rmSync(join(folder, 'serve.sh'));
    for (let at = 0; at < 50; at++)
      write(`serving/${at}.sh`, `#!/bin/bash\nvllm serve acme/m${at % 10} --max-model-len 4096\n`);
    const env = { HEADROOM_CACHE: join(folder, '.git', 'cache') };
    const cold = await headroom(['check', '--hub', '--gpu', 'l4'], env);
    expect(cold.err).toContain('about 10 models: 30 requests');
    const warm = await headroom(['check', '--hub', '--gpu', 'l4'], env);
    // A redirect and a 304 for each.
    expect(warm.err).toContain('about 10 models: 20 requests');
    expect(warm.out).toBe(cold.out);
  });
});

describe('headroom facts', () => {
  const facts = () => readFileSync(join(folder, FACTS), 'utf8');

  it('locks what the configs name and the catalogue does not hold, and the check needs no Hub any more', async () => {
    write('more.sh', '#!/bin/bash\nvllm serve Qwen/Qwen3-8B\n');
    const { code, out } = await headroom(['facts', 'lock']);
    expect({ code, out }).toEqual({ code: 0, out: `locked  acme/own  10 fields of ${hub.url}/acme/own at 01234567\n` });
    expect(JSON.parse(facts())).toEqual({
      version: 1,
      models: {
        'acme/own': {
          source: `${hub.url}/acme/own`,
          revision: COMMIT,
          checkpointBytes: 14_000,
          elements: { BF16: PARAMETERS },
          config: Object.fromEntries(Object.entries(CONFIG).filter(([key]) => key !== 'bos_token_id')),
          leftOut: ['bos_token_id'],
        },
      },
    });
    hub.log.length = 0;
    const checked = await check();
    expect(checked.out).toContain(`facts from ${FACTS}`);
    expect(hub.log).toEqual([]);
    const text = facts();
    await headroom(['facts', 'lock']);
    expect(facts()).toBe(text);
  });

  it('leaves what was learned from logs as it is', async () => {
    write(
      'vllm.log',
      "vLLM API server version 0.19.0\nnon-default args: {'model': 'Qwen/Qwen3-8B'}\nModel loading took 15.27 GiB\n",
    );
    await headroom(['explain', 'vllm.log', '--gpu', 'h100', '--learn']);
    const { measurements } = JSON.parse(facts()) as { measurements: unknown[] };
    expect(measurements).toHaveLength(1);
    await headroom(['facts', 'lock']);
    expect(JSON.parse(facts())).toMatchObject({ models: { 'acme/own': {} }, measurements });
  });

  it('keeps what cannot be fetched now, says what could not be, and drops only when asked', async () => {
    write('serve.sh', '#!/bin/bash\nvllm serve acme/gated\n');
    expect(await headroom(['facts', 'lock'])).toMatchObject({
      code: 1,
      out: expect.stringMatching(/^not locked {2}acme\/gated/),
    });
    expect(existsSync(join(folder, FACTS))).toBe(false);
    expect((await headroom(['facts', 'lock'], { HF_TOKEN: hub.goodToken })).code).toBe(0);
    expect(facts()).not.toContain('canary');
    expect(await headroom(['facts', 'lock'])).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^kept {2}acme\/gated/),
    });
    write('serve.sh', '#!/bin/bash\nvllm serve acme/own\n');
    expect((await headroom(['facts', 'lock'])).out).toMatch(/unused\s+acme\/gated/);
    expect(facts()).toContain('acme/gated');
    expect((await headroom(['facts', 'lock', '--prune'])).out).toMatch(/removed\s+acme\/gated/);
    expect(facts()).not.toContain('acme/gated');
  });

  it('check tells what is missing, what has changed and what has only moved', async () => {
    expect(await headroom(['facts', 'check'])).toMatchObject({
      code: 1,
      out: expect.stringMatching(/^missing {2}acme\/own/),
    });
    await headroom(['facts', 'lock']);
    expect(await headroom(['facts', 'check'])).toMatchObject({ code: 0, out: 'current  acme/own  at 01234567\n' });
    const own = hub.models['acme/own'];
    if (!own) throw new Error('no model');
    const commit = 'f'.repeat(40);
    hub.models['acme/own'] = {
      ...own,
      commit,
      files: { 'config.json': JSON.stringify({ ...CONFIG, bos_token_id: 2 }) },
    };
    expect(await headroom(['facts', 'check'])).toMatchObject({
      code: 0,
      out: expect.stringContaining('the same at ffffffff'),
    });
    hub.models['acme/own'] = {
      ...own,
      commit,
      files: { 'config.json': JSON.stringify({ ...CONFIG, num_hidden_layers: 33 }) },
    };
    expect(await headroom(['facts', 'check'])).toMatchObject({
      code: 1,
      out: expect.stringMatching(/stale .* num_hidden_layers/),
    });
    expect(await headroom(['facts', 'check', '--offline'])).toMatchObject({
      code: 0,
      out: expect.stringContaining('not checked'),
    });
  });

  it('a pinned revision is locked under its name', async () => {
    write('serve.sh', `#!/bin/bash\nvllm serve Qwen/Qwen3-8B --revision v2\n`);
    hub.models['Qwen/Qwen3-8B'] = {
      files: {},
      commit: COMMIT,
      branches: { v2: { 'config.json': JSON.stringify(CONFIG) } },
    };
    await headroom(['facts', 'lock']);
    expect(Object.keys((JSON.parse(facts()) as { models: object }).models)).toEqual(['Qwen/Qwen3-8B@v2']);
    expect((await check()).out).toContain(`facts from ${FACTS}`);
  });

  it('a broken facts file stops a check with its name, and a lock writes it anew', async () => {
    write(FACTS, '{"version": 1, "models": {');
    expect(await check()).toMatchObject({ code: 2, out: '', err: expect.stringContaining(FACTS) });
    expect((await headroom(['facts', 'lock'])).code).toBe(0);
    expect((await check()).code).toBe(0);
    write(FACTS, ' '.repeat(1024 * 1024 + 1));
    expect(await check()).toMatchObject({ code: 2, out: '', err: expect.stringContaining('1 MiB') });
  });
});

describe('what nobody asked for costs nothing', () => {
  it('an offline check does not load the code that fetches', () => {
    const script = `
      import { registerHooks } from 'node:module';
      const loaded = [];
      registerHooks({ load: (url, context, next) => (loaded.push(url), next(url, context)) });
      const { run } = await import(process.argv[1]);
      await run(['check', '--gpu', 'l4'], { out() {}, err() {}, env: {}, cwd: process.cwd(), columns: null });
      console.log(loaded.filter((url) => url.includes('/src/hub/')).length, loaded.length > 50);
    `;
    const entry = new URL('../../src/cli/run.ts', import.meta.url).href;
    const out = execFileSync(process.execPath, ['--input-type=module', '-e', script, entry], {
      cwd: folder,
      encoding: 'utf8',
    });
    expect(out.trim().split('\n').at(-1)).toBe('0 true');
  });
});
