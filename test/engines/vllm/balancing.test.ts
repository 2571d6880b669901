import { describe, expect, it } from 'vitest';
import { balancingBytes } from '../../../src/engines/vllm/balancing.ts';
import { stagesOf } from '../../../src/engines/vllm/stages.ts';
import { launched, refused } from './launches.ts';

const QWEN = { model: 'Qwen/Qwen3-30B-A3B', gpu: 'h100:2' };
const PARALLEL = { tensor_parallel_size: 2, enable_expert_parallel: true };

function bytes(version: string, when: 'loading' | 'after', args: object): number {
  const launch = launched({ ...QWEN, version, args: { ...PARALLEL, ...args } });
  const [stage] = stagesOf(launch);
  return stage ? balancingBytes(launch, stage, when) : 0;
}

describe('load balancing of experts (distributed/eplb/eplb_state.py)', () => {
  // 128 experts of 3 × 2048 × 768 values in 48 layers; 16 bits, two ranks. Loads: 1000 steps × 48 × 128 × 4 bytes.
  const ONE_LAYER = (128 / 2) * 3 * 2048 * 768 * 2;
  const LOADS = 1000 * 48 * 128 * 4;

  it('keeps room for one layer of experts and the loads of its window', () => {
    expect(bytes('0.20.0', 'loading', { enable_eplb: true })).toBe(ONE_LAYER + LOADS);
    expect(bytes('0.20.0', 'after', { enable_eplb: true })).toBe(0);
    expect(bytes('0.19.0', 'after', { enable_eplb: true })).toBe(ONE_LAYER + LOADS);
    expect(bytes('0.19.0', 'after', {})).toBe(0);
  });

  it('with redundant experts and another window', () => {
    const args = { enable_eplb: true, eplb_config: { num_redundant_experts: 4, window_size: 10 } };
    expect(bytes('0.20.0', 'loading', args)).toBe((ONE_LAYER / 64) * 66 + 10 * 48 * 132 * 4);
  });

  it('is refused without what it needs (config/parallel.py)', () => {
    expect(refused({ ...QWEN, args: { enable_eplb: true, tensor_parallel_size: 2 } })).toBe(
      'enable_expert_parallel must be True to use EPLB.',
    );
    expect(refused({ ...QWEN, args: { ...PARALLEL, eplb_config: { num_redundant_experts: 2 } } })).toMatch(
      /^num_redundant_experts is set to 2 but EPLB is not enabled/,
    );
    expect(refused({ ...QWEN, args: { enable_eplb: true, enable_expert_parallel: true } })).toMatch(/got TP=1,DP=1\.$/);
  });
});
