import { describe, expect, it } from 'vitest';
import type { ArgumentValue } from '../../../src/deployment.ts';
import { launchOf, type Launch, type LaunchProblem } from '../../../src/engines/vllm/launch.ts';
import { sglang } from '../../../src/engines/sglang/index.ts';
import { vllm } from '../../../src/engines/vllm/index.ts';
import { modelOf, targetOf } from './catalogue.ts';

type Arguments = Readonly<Record<string, ArgumentValue>>;

interface Asked {
  readonly args: Arguments;
  readonly version?: string;
  readonly model?: string;
  readonly gpu?: string;
}

function launched({ args, version = '0.19.0', model = LLAMA, gpu = 'h100-80gb:4' }: Asked): Launch | LaunchProblem {
  const drafter = vllm.drafterOf(args);
  return launchOf({
    engineVersion: version,
    arguments: args,
    environment: {},
    model: modelOf(model),
    drafter: drafter === null ? null : modelOf(drafter),
    target: targetOf(gpu),
  });
}

const LLAMA = 'meta-llama/Llama-3.1-8B-Instruct';
const SMALL = 'meta-llama/Llama-3.2-1B-Instruct';
const EAGLE = 'yuhuili/EAGLE-LLaMA3.1-Instruct-8B';
const EAGLE3 = 'RedHatAI/Llama-3.1-8B-Instruct-speculator.eagle3';

function drafting(asked: Asked): string {
  const launch = launched(asked);
  if ('refusal' in launch) return launch.refusal;
  if ('unknown' in launch) return `unknown: ${launch.unknown}`;
  return `${launch.speculation?.method ?? 'off'} ${launch.speculation?.tokens ?? 0}`;
}

const config = (value: Arguments): Arguments => ({ speculative_config: value });

describe('the spellings of speculation', () => {
  it.each<[string, Arguments, string]>([
    ['an object', config({ method: 'ngram', num_speculative_tokens: 4 }), '0.19.0'],
    ['JSON', { speculative_config: '{"method": "ngram", "num_speculative_tokens": 4}' }, '0.19.0'],
    ['the short flags', { spec_method: 'ngram', spec_tokens: 4 }, '0.27.0'],
    ['V0’s flags', { speculative_model: '[ngram]', num_speculative_tokens: 4 }, '0.7.3'],
    ['the model for the method', config({ model: '[ngram]', num_speculative_tokens: 4 }), '0.9.2'],
    ['numbers as text', config({ method: 'ngram', num_speculative_tokens: '4' }), '0.19.0'],
  ])('are %s', (_, args, version) => {
    expect(drafting({ args, version })).toBe('ngram 4');
  });
});

describe('the method, when it is not stated', () => {
  it.each<[string, Arguments, string]>([
    [EAGLE, { num_speculative_tokens: 3 }, 'eagle 3'],
    [EAGLE3, { num_speculative_tokens: 3 }, 'eagle3 3'],
    // The name goes before what was asked for.
    [EAGLE3, { method: 'draft_model', num_speculative_tokens: 3 }, 'eagle3 3'],
    [SMALL, { num_speculative_tokens: 3 }, 'draft_model 3'],
  ])('follows from %s with %j', (model, more, expected) => {
    expect(drafting({ args: config({ model, ...more }) })).toBe(expected);
  });

  it('is the target’s own layers for the first releases with MTP', () => {
    const asked = { model: 'deepseek-ai/DeepSeek-V3', gpu: 'h200:8' };
    const args = { tensor_parallel_size: 8, speculative_config: { num_speculative_tokens: 1 } };
    expect(drafting({ ...asked, args, version: '0.9.2' })).toBe('mtp 1');
    expect(drafting({ ...asked, args, version: '0.19.0' })).toBe(
      'num_speculative_tokens was provided but without speculative model.',
    );
  });

  it('takes every old name of MTP', () => {
    const args = { tensor_parallel_size: 8, ...config({ method: 'deepseek_mtp', num_speculative_tokens: 1 }) };
    expect(drafting({ model: 'deepseek-ai/DeepSeek-V3', gpu: 'h200:8', args })).toBe('mtp 1');
  });
});

describe('what vLLM refuses about speculation', () => {
  // Words of vllm/config/speculative.py, v1/spec_decode/draft_model.py, v1/worker/gpu_model_runner.py and V0's
  // spec_decode/spec_decode_worker.py.
  const missing =
    'num_speculative_tokens must be provided with speculative model unless the draft model config contains an n_predict ' +
    'parameter.';
  it.each<[string, Asked, string]>([
    ['no number of tokens', { args: config({ method: 'ngram' }) }, missing],
    ['none for a draft model', { args: config({ model: SMALL }) }, missing],
    [
      'a draft model on V1 before 0.15',
      { args: config({ model: SMALL, num_speculative_tokens: 3 }), version: '0.13.0' },
      'Speculative decoding with draft model is not supported yet. Please consider using other speculative decoding ' +
        'methods such as ngram, medusa, eagle, or mtp.',
    ],
    [
      'a draft model with its own tensor parallelism',
      {
        args: {
          tensor_parallel_size: 4,
          ...config({ model: SMALL, num_speculative_tokens: 3, draft_tensor_parallel_size: 1 }),
        },
      },
      "Currently, 'draft_tensor_parallel_size' and 'tensor_parallel_size' must be the same. Got 1 and 4. Please pass " +
        "'draft_tensor_parallel_size' in the speculative_config.",
    ],
    [
      'another tensor parallelism than 1 and the target’s',
      {
        args: {
          tensor_parallel_size: 4,
          ...config({ model: EAGLE, num_speculative_tokens: 3, draft_tensor_parallel_size: 2 }),
        },
      },
      'speculative_draft_tensor_parallel_size=2 cannot be other value than 1 or target model tensor_parallel_size',
    ],
    [
      'the target’s argument in the drafter’s place',
      { args: config({ model: EAGLE, num_speculative_tokens: 3, tensor_parallel_size: 1 }) },
      "'tensor_parallel_size' is not a valid argument in the speculative_config. Please pass " +
        "'draft_tensor_parallel_size' instead.",
    ],
    [
      'a draft model of another vocabulary',
      { args: config({ model: 'Qwen/Qwen3-0.6B', num_speculative_tokens: 3 }) },
      'Target and draft model should have the same vocabulary size. Target model vocab_size=128256. Draft model ' +
        'vocab_size=151936. Using models with different tokenizers can cause out-of-bounds errors during speculative ' +
        'decoding.',
    ],
    [
      'MTP of a family without it',
      { args: config({ method: 'mtp', num_speculative_tokens: 1 }) },
      "Unsupported speculative method: 'mtp'",
    ],
    [
      'n-grams of more tokens at least than at most',
      { args: config({ method: 'ngram', num_speculative_tokens: 3, prompt_lookup_min: 5, prompt_lookup_max: 3 }) },
      'prompt_lookup_min=5 must be <= prompt_lookup_max=3',
    ],
    [
      'a longer drafter than the target',
      {
        args: {
          max_model_len: 4096,
          ...config({ model: EAGLE, num_speculative_tokens: 3, max_model_len: 8192 }),
        },
      },
      'speculative_max_model_len=8192 cannot be larger than target_max_model_len=4096',
    ],
    [
      'EAGLE-3 for a family that hands out no states yet',
      {
        model: 'Qwen/Qwen3-8B',
        args: config({
          method: 'eagle3',
          model: 'RedHatAI/Qwen3-8B-speculator.eagle3',
          num_speculative_tokens: 3,
        }),
        version: '0.9.2',
      },
      "Eagle3 is only supported for Llama models. Got self.target_model_config.hf_text_config.model_type='qwen3'",
    ],
    [
      'drafting in a pipeline on V0',
      {
        args: { pipeline_parallel_size: 2, speculative_model: '[ngram]', num_speculative_tokens: 3 },
        version: '0.7.3',
      },
      'Speculative decoding is currently incompatible with pipeline parallelism',
    ],
    [
      'EAGLE over several GPUs on V0',
      {
        args: { tensor_parallel_size: 4, speculative_model: EAGLE, num_speculative_tokens: 3 },
        version: '0.7.3',
      },
      'eagle does not support TP > 1 yet',
    ],
  ])('%s', (_, asked, expected) => {
    expect(drafting(asked)).toBe(expected);
  });

  it('a batch that has no room for the slots of parallel drafting', () => {
    // 14 slots for each of 1,024 sequences in a batch of 8,192 tokens: 8,192 − 14,336.
    const args = config({ method: 'dflash', model: 'z-lab/Qwen3-8B-DFlash-b16', num_speculative_tokens: 15 });
    expect(drafting({ args, model: 'Qwen/Qwen3-8B', version: '0.20.0' })).toContain(
      'max_num_scheduled_tokens is set to -6144',
    );
  });

  it('a method that the release does not know', () => {
    const args = config({ method: 'dflash', model: 'z-lab/Qwen3-8B-DFlash-b16', num_speculative_tokens: 7 });
    expect(drafting({ args, model: 'Qwen/Qwen3-8B', version: '0.18.0' })).toMatch(
      /^1 validation error for SpeculativeConfig method: Input should be 'ngram', .*\(input_value='dflash'\)$/,
    );
  });
});

describe('the engine of a launch that drafts', () => {
  it.each<[string, Arguments, string, string]>([
    ['n-grams', config({ method: 'ngram', num_speculative_tokens: 3 }), '0.8.5', 'v0'],
    ['n-grams', config({ method: 'ngram', num_speculative_tokens: 3 }), '0.9.0', 'v1'],
    ['EAGLE by its name alone', config({ model: EAGLE, num_speculative_tokens: 3 }), '0.9.2', 'v0'],
    ['EAGLE by method', config({ method: 'eagle', model: EAGLE, num_speculative_tokens: 3 }), '0.9.2', 'v1'],
    ['n-grams', config({ method: 'ngram', num_speculative_tokens: 3 }), '0.28.0', 'v1'],
    ['EAGLE-3', config({ model: EAGLE3, num_speculative_tokens: 3 }), '0.28.0', 'v2'],
    ['P-EAGLE', config({ model: EAGLE3, num_speculative_tokens: 3, parallel_drafting: true }), '0.28.0', 'v1'],
  ])('with %s (%j, %s) is %s', (_, args, version, expected) => {
    const launch = launched({ args: { max_num_seqs: 64, ...args }, version });
    expect('runner' in launch ? launch.runner : launch).toBe(expected);
  });
});

describe('a drafter in the place of the model', () => {
  it('is not taken for the model that it drafts for', () => {
    expect(drafting({ args: {}, model: EAGLE3 })).toMatch(/^unknown: .*is a drafter/);
  });
});

describe('the revision of a draft model (vLLM config/speculative.py, SGLang server_args.py)', () => {
  it('is the one that its own option names', () => {
    expect(vllm.drafterOf(config({ method: 'eagle3', model: EAGLE3, num_speculative_tokens: 3, revision: 'v2' }))).toBe(
      `${EAGLE3}@v2`,
    );
    expect(vllm.drafterOf(config({ method: 'eagle3', model: EAGLE3, num_speculative_tokens: 3 }))).toBe(EAGLE3);
    const args = { speculative_algorithm: 'EAGLE3', speculative_draft_model_path: EAGLE3 };
    expect(sglang.drafterOf({ ...args, speculative_draft_model_revision: 'abc' })).toBe(`${EAGLE3}@abc`);
    expect(sglang.drafterOf(args)).toBe(EAGLE3);
  });
});
