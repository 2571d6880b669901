import { describe, expect, it } from 'vitest';
import { GIB } from '../../src/bytes.ts';
import type { Workload } from '../../src/engines/engine.ts';
import { engines } from '../../src/engines/index.ts';
import type { Estimate } from '../../src/estimate.ts';
import { modelOf, targetOf } from './vllm/catalogue.ts';

function estimateOf(model: string, gpu: string, args: Workload['arguments']): Estimate {
  const engine = engines.find(({ id }) => id === 'vllm');
  if (!engine) throw new Error('no vLLM');
  return engine.estimate({
    engineVersion: '0.20.0',
    arguments: args,
    environment: {},
    model: modelOf(model),
    drafter: null,
    target: targetOf(gpu),
  });
}

describe('a checkpoint of which it was not read what stays in 16 bits', () => {
  const launch = { max_model_len: 4096, max_num_seqs: 8 };

  it('weighs from all that its format quantizes to the MLPs alone', () => {
    const { low, high } = estimateOf('QuantTrio/Qwen3.5-27B-AWQ', 'h100', launch).memory?.weightsBytes ?? {
      low: 0,
      high: 0,
    };
    // ai-coding.wiselychen.com: 27.51 GiB where attention stays in 16 bits, 20 GB on disk for a repository between both.
    expect(high / GIB).toBeGreaterThanOrEqual(27.4);
    expect(high / GIB).toBeLessThan(28);
    expect(low).toBeLessThan(20e9);
  });

  it('is tight where it fits with one and not with the other, and says what would be said', () => {
    const { verdict, message, notes } = estimateOf('QuantTrio/Qwen3.5-27B-AWQ', 'rtx-5090', launch);
    expect(verdict).toBe('tight');
    expect(message).not.toBeNull();
    expect(notes.join()).toContain('which layers of this checkpoint stay in 16 bits');
  });

  it('fits or fails where both do', () => {
    expect(estimateOf('QuantTrio/Qwen3.5-27B-AWQ', 'h100', launch).verdict).toBe('fits');
    expect(estimateOf('QuantTrio/Qwen3.5-27B-AWQ', 'rtx-4080', launch).verdict).toBe('fails');
  });

  it('is no matter for a checkpoint whose config was read', () => {
    const { memory, notes } = estimateOf('Qwen/Qwen3-8B-FP8', 'h100', launch);
    expect(memory?.weightsBytes.high).toBeLessThan((memory?.weightsBytes.low ?? 0) * 1.05);
    expect(notes.join()).not.toContain('which layers');
  });
});
