import { describe, expect, it } from 'vitest';
import { GIB } from '../../../src/bytes.ts';
import { tgi } from '../../../src/engines/tgi/index.ts';
import { estimateOf, leftOver, memoryOf, read, valuesOf } from '../other-engines.ts';

describe('the options of text-generation-launcher', () => {
  it('are read in every spelling that clap takes', () => {
    const parsed = read(
      tgi,
      'exec text-generation-launcher --model-id=org/m --sharded false --max-input-length 1024 --cuda-graphs 1,2,4 --json-output',
    );
    expect(parsed.model?.value).toBe('org/m');
    expect(valuesOf(parsed)).toEqual({
      sharded: false,
      max_input_tokens: 1024,
      cuda_graphs: '1,2,4',
      json_output: true,
    });
    expect(parsed.problems).toEqual([]);
  });

  // launcher/src/main.rs `#[clap(long, env)]`; sagemaker-entrypoint.sh
  it.each([
    ['MODEL_ID', 'model'],
    ['NUM_SHARD', 'num_shard'],
    ['MAX_BATCH_PREFILL_TOKENS', 'max_batch_prefill_tokens'],
    ['MAX_INPUT_LENGTH', 'max_input_tokens'],
    ['HF_MODEL_ID', 'model'],
    ['SM_NUM_GPUS', 'num_shard'],
    ['HF_MODEL_QUANTIZE', 'quantize'],
    ['PORT', null],
    ['HF_TOKEN', null],
  ])('%s stands for %s', (variable, name) => {
    expect(tgi.argumentOfVariable(variable)).toBe(name);
  });

  it('is not taken for a launch where it is only looked for', () => {
    expect(() => read(tgi, 'pkill -f text-generation-launcher')).toThrow('does not know');
    expect(() => read(tgi, 'docker pull ghcr.io/huggingface/text-generation-inference:3.0.0')).toThrow('does not know');
  });
});

describe('images', () => {
  it.each([
    ['ghcr.io/huggingface/text-generation-inference:3.3.4', '3.3.4'],
    ['ghcr.io/huggingface/text-generation-inference:2.4.1-rocm', '2.4.1'],
    ['ghcr.io/huggingface/text-generation-inference:latest', null],
    [
      'us-docker.pkg.dev/deeplearning-platform-release/gcr.io/huggingface-text-generation-inference-cu124.2-3.ubuntu2204.py310',
      '2.3',
    ],
    [
      '763104351884.dkr.ecr.us-east-1.amazonaws.com/huggingface-pytorch-tgi-inference:2.4.0-tgi3.0.1-gpu-py311-cu124-ubuntu22.04',
      '3.0.1',
    ],
  ])('%s holds %s', (image, version) => {
    expect(tgi.ownsImage(image)).toBe(true);
    expect(tgi.versionOfImage(image)?.version).toBe(version);
  });

  it('runs on what the image is built for', () => {
    expect(tgi.deviceOf('ghcr.io/huggingface/tgi-gaudi:2.3.1', [])).toBe('gaudi');
    expect(tgi.deviceOf('ghcr.io/huggingface/text-generation-inference:2.4.0-intel-cpu', [])).toBe('cpu');
    expect(tgi.deviceOf('us-docker.pkg.dev/x/huggingface-text-generation-inference-tpu.0.2.3.py310', [])).toBe('tpu');
  });
});

describe('tokens of one prefill where nobody says how many', () => {
  // Operations of one token (main.rs Config::flop): 32·(2·4096·128·(3·32 + 2·8) + 6·4096·14336) = 15.03 G; an L4 has 121 T.
  it('are what the card computes in a second', () => {
    const each = 32 * (2 * 4096 * 128 * (3 * 32 + 2 * 8) + 6 * 4096 * 14_336);
    const { effective } = estimateOf(tgi, { gpu: 'l4', version: '3.0.0' });
    expect(effective['max_batch_prefill_tokens']).toBe(Math.trunc(121e12 / each));
  });

  // A30 is not in the launcher's list of cards.
  it('are 4096 on cards that the launcher does not know', () => {
    expect(estimateOf(tgi, { gpu: 'a30', version: '3.0.0' }).effective['max_batch_prefill_tokens']).toBe(4096);
  });

  it('hold the longest prompt before 3.0', () => {
    const args = { max_input_tokens: 3000, max_total_tokens: 4000 };
    expect(estimateOf(tgi, { version: '2.4.0', args }).effective['max_batch_prefill_tokens']).toBe(3050);
  });
});

describe('what TGI refuses, in its own words', () => {
  it.each([
    [{ max_input_tokens: 4096, max_total_tokens: 4096 }, '`max_input_tokens`(4096) must be < `max_total_tokens`(4096)'],
    [{ num_shard: 3 }, '`num_heads` must be divisible by `num_shards` (got `num_heads`: 32 and `num_shards`: 3'],
  ])('%j', (args, message) => {
    expect(estimateOf(tgi, { args })).toMatchObject({ verdict: 'fails', message, quotesEngine: true, memory: null });
  });

  it('a prefill that does not fit', () => {
    const args = { max_batch_prefill_tokens: 200_000 };
    const { verdict, message, stage } = estimateOf(tgi, { gpu: 'l4', args });
    expect(verdict).toBe('fails');
    expect(stage).toBe('profile');
    expect(message).toBe(
      'Not enough memory to handle 200000 prefill tokens. You need to decrease `--max-batch-prefill-tokens`',
    );
  });

  // One L4 holds about 30,000 tokens of this model (docs, conceptual/chunking).
  it('requests longer than the cache', () => {
    const { verdict, message } = estimateOf(tgi, { gpu: 'l4', version: '3.0.0', args: { max_total_tokens: 60_000 } });
    expect(verdict).toBe('fails');
    expect(message).toMatch(/^`max_total_tokens` must be <= `max_batch_total_tokens`\. Given: 60000 and \d+$/);
  });
});

describe('the accounting', () => {
  it.each(['3.0.0', '2.4.0', '1.4.0'])('adds up (%s)', (version) => {
    expect(Math.abs(leftOver(memoryOf(tgi, { version })))).toBeLessThanOrEqual(2);
  });

  it('leaves a tenth of the card, or what TGI_WIGGLE_ROOM says', () => {
    const { budgetBytes, totalBytes } = memoryOf(tgi, { version: '3.0.0' });
    expect(budgetBytes.value / totalBytes.value).toBeCloseTo(0.9, 6);
    const wider = memoryOf(tgi, { version: '3.0.0', environment: { TGI_WIGGLE_ROOM: '0.95' } });
    expect(wider.budgetBytes.value / wider.totalBytes.value).toBeCloseTo(0.95, 6);
  });

  // 32 layers × 8 heads × (128 + 128) × 2 B = 128 KiB; half with FP8.
  it('halves the cache in FP8', () => {
    const each = (args: Record<string, string | number>): number =>
      memoryOf(tgi, { args: { max_total_tokens: 1000, ...args } }).kvCacheNeededBytes.value / 1000;
    expect(each({})).toBe(128 * 1024);
    expect(each({ kv_cache_dtype: 'fp8_e5m2' })).toBe(64 * 1024);
  });

  // 7.50 G of 8.03 G parameters are linear: 4 bits and 32/64 of scale make 4.5 bits of them, the rest stays at 16.
  it('keeps embeddings and head in 16 bits under bitsandbytes-nf4', () => {
    const { weightsBytes } = memoryOf(tgi, { args: { quantize: 'bitsandbytes-nf4' } });
    const linear = 32 * (4096 * 6144 + 4096 * 4096 + 3 * 4096 * 14_336);
    const tables = 2 * 128_256 * 4096;
    expect(weightsBytes.value / ((linear * 4.5) / 8 + tables * 2)).toBeCloseTo(1, 1);
    expect(weightsBytes.value).toBeLessThan(6 * GIB);
  });

  it.each([
    [{ cuda_graphs: '0' }, 0],
    [{ quantize: 'bitsandbytes' }, 0],
  ])('captures no graphs with %j', (args, bytes) => {
    expect(memoryOf(tgi, { args }).cudaGraphBytes.high).toBe(bytes);
    expect(memoryOf(tgi, { args: { cuda_graphs: '1,2' } }).cudaGraphBytes.high).toBeGreaterThan(0);
  });

  it('spreads over all GPUs unless told otherwise', () => {
    expect(estimateOf(tgi, { gpu: 'l4:4' }).gpusNeeded).toBe(4);
    expect(estimateOf(tgi, { gpu: 'l4:4', args: { sharded: false } }).gpusNeeded).toBe(1);
  });
});

it('does not put argparse’s words into the mouth of a launcher that has none', () => {
  const { verdict, message, quotesEngine } = estimateOf(tgi, { args: { num_shard: 1, max_total_tokens: 'many' } });
  expect([verdict, quotesEngine]).toEqual(['fails', false]);
  expect(message).toContain("--max-total-tokens: invalid int value: 'many'");
});

it('needs a GPU for every shard', () => {
  const at = (gpu: string) => estimateOf(tgi, { gpu, args: { num_shard: 4 } });
  expect(at('h100:2')).toMatchObject({ verdict: 'fails', message: 'It spreads over 4 GPUs, and 2 are there' });
  expect(at('h100:4').verdict).toBe('fits');
});

// launcher/src/main.rs Quantization lists no MXFP4; what such a checkpoint becomes is not read anywhere.
it('does not guess what a checkpoint in a precision that it does not list becomes', () => {
  const { verdict, message } = estimateOf(tgi, { model: 'openai/gpt-oss-20b', args: { num_shard: 1 } });
  expect([verdict, message]).toEqual(['unknown', expect.stringContaining('mxfp4')]);
});

// NVIDIA MIG User Guide: a CUDA process enumerates a single MIG instance.
it('spreads over no slices of a GPU', () => {
  const at = (num_shard: number) => estimateOf(tgi, { gpu: 'a100-80gb-sxm-mig-3g.40gb:2', args: { num_shard } });
  expect(at(2)).toMatchObject({ verdict: 'fails', quotesEngine: false });
  expect(at(1).verdict).toBe('fits');
});
