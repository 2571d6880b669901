import { describe, expect, it } from 'vitest';
import { loadingExtraBytes } from '../../../src/engines/vllm/loading-peak.ts';
import { stagesOf } from '../../../src/engines/vllm/stages.ts';
import { weightsOf } from '../../../src/engines/vllm/weights.ts';
import { estimateOf, inGib } from './catalogue.ts';
import { launched, type Asked } from './launches.ts';

function extraOf(asked: Asked): number {
  const launch = launched(asked);
  const [stage] = stagesOf(launch);
  return stage ? loadingExtraBytes(launch, stage) : 0;
}

function weightsWhole(asked: Asked): number {
  const launch = launched(asked);
  const [stage] = stagesOf(launch);
  return stage ? weightsOf(launch, stage).model : 0;
}

// Qwen/Qwen3-32B states 32.8e9 parameters: 61.0 GiB in 16 bits. Linear layers are 31.2e9 of them.
const QWEN = { model: 'Qwen/Qwen3-32B', gpu: 'l40s:8' };
const ARGS = { quantization: 'fp8', max_model_len: 8192, max_num_seqs: 64 };

describe('online quantization', () => {
  it('up to 0.15 the whole model is there in 16 bits before fp8 (layers/quantization/fp8.py at v0.15.0)', () => {
    const asked = { ...QWEN, version: '0.15.0', args: ARGS };
    expect(inGib(weightsWhole(asked) + extraOf(asked))).toBeCloseTo(61, 0);
    const estimate = estimateOf({ ...asked, gpu: 'l40s' });
    expect(estimate).toMatchObject({ verdict: 'fails', stage: 'load' });
    expect(estimate.notes.join()).toMatch(/take 61\.\d+ GiB while they load/);
  });

  it('ranks share it', () => {
    const one = extraOf({ ...QWEN, version: '0.15.0', args: ARGS });
    const two = extraOf({ ...QWEN, version: '0.15.0', args: { ...ARGS, tensor_parallel_size: 2 } });
    expect(two / one).toBeCloseTo(0.5, 2);
  });

  it('since 0.16 only one layer is: 487.6e6 parameters of 16 bits', () => {
    const asked = { ...QWEN, version: '0.16.0', args: ARGS };
    // (64 + 2·8)·128·5120 + 5120·8192 + 3·25600·5120, and norms.
    const layer = 2 * ((64 + 16) * 128 * 5120 + 5120 * 8192 + 3 * 25_600 * 5120 + 2 * 5120 + 2 * 128);
    expect(extraOf(asked) / layer).toBeCloseTo(1, 2);
    expect(estimateOf({ ...asked, gpu: 'l40s' }).stage).not.toBe('load');
  });

  it('bitsandbytes makes its parameters in four bits (layers/quantization/bitsandbytes.py create_weights)', () => {
    const asked = { ...QWEN, version: '0.15.0', args: { ...ARGS, quantization: 'bitsandbytes' } };
    expect(inGib(extraOf(asked))).toBeLessThan(1);
    expect(estimateOf({ ...asked, gpu: 'l40s' }).verdict).toBe('fits');
  });

  it('a checkpoint that is fp8 already takes nothing more', () => {
    expect(extraOf({ ...QWEN, model: 'Qwen/Qwen3-32B-FP8', version: '0.15.0', args: { max_model_len: 8192 } })).toBe(0);
  });
});
