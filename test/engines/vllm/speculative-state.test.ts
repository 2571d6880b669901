import { describe, expect, it } from 'vitest';
import { GIB } from '../../../src/bytes.ts';
import type { ArgumentValue } from '../../../src/deployment.ts';
import { launchOf, type Launch } from '../../../src/engines/vllm/launch.ts';
import {
  drafterStateBytes,
  rejectionBytesPerLogit,
  verificationBytes,
} from '../../../src/engines/vllm/speculation/state.ts';
import { modelOf, targetOf } from './catalogue.ts';

function launched(
  version: string,
  config: Readonly<Record<string, ArgumentValue>>,
  drafter: string | null = null,
): Launch {
  const launch = launchOf({
    engineVersion: version,
    arguments: { max_num_seqs: 256, max_num_batched_tokens: 8192, speculative_config: config },
    environment: {},
    model: modelOf('meta-llama/Llama-3.1-8B-Instruct'),
    drafter: drafter === null ? null : modelOf(drafter),
    target: targetOf('h100-80gb'),
  });
  if (!('version' in launch)) throw new Error(JSON.stringify(launch));
  return launch;
}

const EAGLE = 'yuhuili/EAGLE-LLaMA3.1-Instruct-8B';
const eagle = { method: 'eagle', model: EAGLE, num_speculative_tokens: 3 };
const ngram = { method: 'ngram', num_speculative_tokens: 3 };

describe('the dummy run of the rejection sampler', () => {
  it('peaks where a log’s activation says (a100-gemma4-26b-a4b-awq-mtp3)', () => {
    // The row: 2.55 GiB with a graph estimate of 0.66; 256 sequences, 262,144 tokens of vocabulary. 0.05 GiB are left for
    // hidden states and what the sampler takes besides.
    const logits = 256 * 262_144 * rejectionBytesPerLogit(launched('0.28.0', ngram), false);
    expect(Math.abs(logits / GIB - (2.55 - 0.66))).toBeLessThan(0.05);
  });

  it('grew with the copies that vLLM makes', () => {
    // 4 + 2 + 36 with a sort in the bonus token's sampler; then 4 + 2 + 4 and the target's copies before the sort.
    expect(rejectionBytesPerLogit(launched('0.10.2', ngram), true)).toBe(42);
    expect(rejectionBytesPerLogit(launched('0.12.0', ngram), true)).toBe(46);
    expect(rejectionBytesPerLogit(launched('0.16.0', ngram), true)).toBe(50);
  });
});

describe('what a drafter keeps', () => {
  it('is two buffers of hidden states on V1', () => {
    // [8192, 4096] bf16 twice; 4 + 8 + 4 + 8 + 2 bytes of indices per token.
    expect(drafterStateBytes(launched('0.19.0', eagle, EAGLE))).toBe(2 * 8192 * 4096 * 2 + 26 * 8192);
  });

  it('is one of them and the draft logits on the second runner', () => {
    const plain = drafterStateBytes(launched('0.28.0', eagle, EAGLE));
    const kept = drafterStateBytes(launched('0.28.0', { ...eagle, draft_sample_method: 'probabilistic' }, EAGLE));
    expect(plain).toBe(8192 * 4096 * 2 + 40 * 8192);
    expect(kept - plain).toBe(256 * 3 * 128_256 * 4);
  });

  it('is a matrix of tokens for n-grams on the GPU, and nothing on the CPU', () => {
    expect(drafterStateBytes(launched('0.19.0', { ...ngram, method: 'ngram_gpu' }))).toBe(4 * 256 * (131_072 + 1));
    expect(drafterStateBytes(launched('0.19.0', ngram))).toBe(0);
  });
});

describe('verification while serving', () => {
  it('holds the drafted rows and one more of every request in fp32', () => {
    expect(verificationBytes(launched('0.19.0', ngram))).toBe(4 * 4 * 256 * 128_256);
  });
});
