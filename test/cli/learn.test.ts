import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { run } from '../../src/cli/run.ts';
import { FACTS_PATH } from '../../src/models/facts/file.ts';

let folder = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'headroom-learn-'));
  mkdirSync(join(folder, '.git'));
});

afterEach(() => rmSync(folder, { recursive: true }));

async function headroom(...words: string[]) {
  let [out, err] = ['', ''];
  const surroundings = {
    out: (text: string) => (out += text),
    err: (text: string) => (err += text),
    env: {},
    cwd: folder,
    columns: null,
    today: '2026-11-25',
  };
  const code = await run(words, surroundings);
  return { code, out, err };
}

async function learn(log: string, ...words: string[]) {
  writeFileSync(join(folder, 'vllm.log'), log);
  return headroom('explain', 'vllm.log', '--learn', ...words);
}

interface Target {
  readonly verdict: string;
  readonly memory: Readonly<
    Record<string, { readonly value: number; readonly low: number; readonly high: number; readonly basis: string }>
  >;
  readonly working: Readonly<Record<string, string>>;
  readonly notes: readonly string[];
}

async function estimate(...command: string[]): Promise<Target> {
  const { out, err } = await headroom(
    'estimate',
    '--gpu',
    'h100',
    '--engine-version',
    '0.19.0',
    '--format',
    'json',
    '--',
    ...command,
  );
  expect(err).toBe('');
  return (JSON.parse(out) as { deployments: { targets: Target[] }[] }).deployments[0]?.targets[0] as Target;
}

// Figures of a public log: llm-d-planner accuracy sweep, vLLM 0.19.0, H100 80GB, Llama-3.1-8B (test/accuracy).
const HEAD = `(APIServer pid=1) INFO [api_server.py] vLLM API server version 0.19.0
(APIServer pid=1) INFO [utils.py:233] non-default args: {'model': 'meta-llama/Llama-3.1-8B-Instruct', 'max_model_len': 8192, 'max_num_seqs': 1024, 'max_num_batched_tokens': 8192, 'gpu_memory_utilization': 0.95}
(EngineCore pid=9) INFO [gpu_model_runner.py] Model loading took 14.99 GiB memory and 8.2 seconds
`;
const STARTED = `${HEAD}(EngineCore pid=9) INFO [kv_cache_utils.py] GPU KV cache size: 476,016 tokens
INFO:     Application startup complete.
`;
const LAUNCH = [
  'vllm',
  'serve',
  'meta-llama/Llama-3.1-8B-Instruct',
  '--max-model-len',
  '8192',
  '--max-num-seqs',
  '1024',
  '--max-num-batched-tokens',
  '8192',
];
const SAME = [...LAUNCH, '--gpu-memory-utilization', '0.95'];

describe('headroom explain --learn', () => {
  it('makes the next estimate of this launch say what the log says', async () => {
    const before = await estimate(...SAME);
    const { code, out, err } = await learn(STARTED, '--gpu', 'h100');
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toContain(`Learned: ${FACTS_PATH}`);
    const { memory, working, notes } = await estimate(...SAME);
    expect(Math.abs((memory['kvCacheTokens']?.value ?? 0) / 476_016 - 1)).toBeLessThan(0.001);
    expect(memory['weightsBytes']).toMatchObject({ value: Math.round(14.99 * 2 ** 30), basis: 'measured' });
    const weights = memory['weightsBytes'];
    expect((weights?.high ?? 0) - (weights?.low ?? 0)).toBeGreaterThan(0);
    const rows = readFileSync(join(folder, FACTS_PATH), 'utf8').split('\n');
    const first = rows.findIndex((row) => row.includes('"measurements"')) + 2;
    expect(working['weightsBytes']).toBe(
      `measured: line 3 of vllm.log, learned on 2026-11-25, see ${FACTS_PATH}:${first}`,
    );
    expect(notes.join('\n')).toContain('vllm.log measured');
    const width = (target: Target): number =>
      (target.memory['kvCacheTokens']?.high ?? 0) - (target.memory['kvCacheTokens']?.low ?? 0);
    expect(width({ memory } as Target)).toBeLessThan(width(before));
  });

  it('takes what budget and length do not change to launches with another budget and length', async () => {
    await learn(STARTED, '--gpu', 'h100');
    const same = await estimate(...SAME);
    const less = await estimate(...LAUNCH, '--gpu-memory-utilization', '0.85');
    // A tenth of what CUDA shows of the card is all that the smaller budget takes from the cache.
    const tenth = 0.1 * (same.memory['totalBytes']?.value ?? 0);
    expect((same.memory['kvCacheBytes']?.value ?? 0) - (less.memory['kvCacheBytes']?.value ?? 0)).toBeCloseTo(
      tenth,
      -2,
    );
    expect(less.memory['weightsBytes']?.basis).toBe('measured');
  });

  it.each([
    ['more sequences', ['--max-num-seqs', '256', '--max-num-batched-tokens', '8192']],
    [
      'another precision of the cache',
      ['--max-num-seqs', '1024', '--max-num-batched-tokens', '8192', '--kv-cache-dtype', 'fp8'],
    ],
    ['an environment that may change memory', null],
  ])('leaves a launch with %s alone, and says so', async (_title, options) => {
    const launch = options
      ? ['vllm', 'serve', 'meta-llama/Llama-3.1-8B-Instruct', '--max-model-len', '8192', ...options]
      : ['VLLM_ATTENTION_BACKEND=FLASHINFER', ...SAME];
    const before = await estimate(...launch);
    await learn(STARTED, '--gpu', 'h100');
    const after = await estimate(...launch);
    expect(after.memory).toEqual(before.memory);
    expect(after.notes.join('\n')).toContain('and not of this launch');
  });

  it('leaves other models, versions and GPUs alone', async () => {
    const other = ['vllm', 'serve', 'Qwen/Qwen3-8B', '--max-model-len', '8192'];
    const before = await estimate(...other);
    await learn(STARTED, '--gpu', 'h100');
    expect(await estimate(...other)).toEqual(before);
  });

  it('never lowers what the log does not say, and holds a launch that stopped for one that stops', async () => {
    const before = await estimate(...SAME);
    const out =
      'torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has a total capacity of 79.18 GiB of which 1.00 GiB is free.';
    const { code } = await learn(
      `${HEAD}  File "…/gpu_model_runner.py", line 1, in profile_run\n${out}\n`,
      '--gpu',
      'h100',
    );
    expect(code).toBe(1);
    const after = await estimate(...SAME);
    for (const part of ['activationBytes', 'nonTorchBytes', 'cudaGraphBytes', 'outsideBudgetBytes'])
      expect(after.memory[part]).toEqual(before.memory[part]);
    expect(before.verdict).not.toBe('fails');
    expect(after).toMatchObject({ verdict: 'fails', stage: 'profile' });
  });

  it('learns the newer of two logs of one launch, and keeps what is locked', async () => {
    await learn(STARTED, '--gpu', 'h100');
    await learn(STARTED.replace('476,016', '470,000'), '--gpu', 'h100');
    const facts = JSON.parse(readFileSync(join(folder, FACTS_PATH), 'utf8')) as {
      measurements: { figures: Record<string, { value: number }> }[];
    };
    expect(facts.measurements.map(({ figures }) => figures['kvCacheTokens']?.value)).toEqual([470_000]);
  });

  it.each([
    ['the log of another launch', STARTED.replace('14.99', '140.2'), ['--gpu', 'h100'], /those of the launch 14\.9/],
    ['a log without figures', STARTED.split('\n').slice(0, 2).join('\n'), ['--gpu', 'h100'], /holds no figures/],
    ['a log whose GPU is not known', STARTED, [], /there is no estimate/],
    [
      'stages of a pipeline',
      STARTED.replace("'max_model_len'", "'pipeline_parallel_size': 2, 'max_model_len'"),
      ['--gpu', 'h100:2'],
      /stages of a pipeline/,
    ],
  ])('learns nothing from %s', async (_title, log, words, message) => {
    const { code, err } = await learn(log, ...words);
    expect(code).toBe(2);
    expect(err).toMatch(message);
    expect(existsSync(join(folder, FACTS_PATH))).toBe(false);
  });

  it('says the line of what is wrong in the file', async () => {
    await learn(STARTED, '--gpu', 'h100');
    const path = join(folder, FACTS_PATH);
    const text = readFileSync(path, 'utf8');
    writeFileSync(path, text.replace(/"value": \d+/, '"value": "much"'));
    const line = text.split('\n').findIndex((one) => one.includes('"value"')) + 1;
    const { code, err } = await headroom('estimate', '--gpu', 'h100', '--', ...SAME);
    expect(code).toBe(2);
    expect(err).toContain(`${FACTS_PATH}:${line}: 'measurements.0.figures.weightsBytes.value'`);
  });

  it('gives the comparison as JSON', async () => {
    writeFileSync(join(folder, 'vllm.log'), STARTED);
    const { out } = await headroom('explain', 'vllm.log', '--gpu', 'h100', '--format', 'json');
    const said = JSON.parse(out) as {
      compared: { figure: string; logged: { value: number; line: number }; errorFraction: number }[];
    };
    const tokens = said.compared.find(({ figure }) => figure === 'kvCacheTokens');
    expect(tokens?.logged).toEqual({ value: 476_016, line: 4 });
    expect(said).toMatchObject({ engine: 'vLLM', version: '0.19.0', started: true, failure: null, learned: null });
  });
});
