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
    const { low, high } = estimateOf('QuantTrio/gemma-4-31B-it-AWQ', 'h100', launch).memory?.weightsBytes ?? {
      low: 0,
      high: 0,
    };
    // 20 GiB on disk by those who downloaded it: between both. In 4 bits 60 layers of 3 × 5,376 × 21,504, less the first.
    expect(low / GIB).toBeLessThan(20);
    expect(high / GIB).toBeGreaterThan(20);
    const mlps = 59 * 3 * 5376 * 21_504;
    expect(high).toBeGreaterThan(62e9 - 2 * mlps + (mlps * (4 + 20 / 128)) / 8);
  });

  it('leaves out the first layer where it weighs most, as its siblings do', () => {
    const { high } = estimateOf('QuantTrio/Qwen3.5-122B-A10B-AWQ', 'h200', launch).memory?.weightsBytes ?? { high: 0 };
    // Elements of the repository less those of its layer for further tokens (parameters.jsonl), in 16 bits but for the 256 experts
    // of 47 of its 48 layers: 4 bits, a scale and a zero point for every 128.
    const experts = 47 * 256 * 3 * 3072 * 1024;
    const most = 2 * (125_086_497_008 - 2_523_679_232 - experts) + (experts * (4 + 20 / 128)) / 8;
    expect(high / most).toBeGreaterThan(1);
    // Above it stands what start-up logs show beyond the tensors.
    expect(high / most).toBeLessThan(1.02);
  });

  it('is tight where it fits with one and not with the other, and says what would be said', () => {
    const { verdict, message, notes } = estimateOf('QuantTrio/gemma-4-31B-it-AWQ', 'rtx-5090', launch);
    expect(verdict).toBe('tight');
    expect(message).not.toBeNull();
    expect(notes.join()).toContain('which layers of this checkpoint stay in 16 bits');
  });

  it('fits or fails where both do', () => {
    expect(estimateOf('QuantTrio/gemma-4-31B-it-AWQ', 'h100', launch).verdict).toBe('fits');
    expect(estimateOf('QuantTrio/gemma-4-31B-it-AWQ', 'rtx-4080', launch).verdict).toBe('fails');
  });

  it('is no matter for a checkpoint whose config was read', () => {
    const { memory, notes } = estimateOf('Qwen/Qwen3-8B-FP8', 'h100', launch);
    expect(memory?.weightsBytes.high).toBeLessThan((memory?.weightsBytes.low ?? 0) * 1.05);
    expect(notes.join()).not.toContain('which layers');
  });
});
