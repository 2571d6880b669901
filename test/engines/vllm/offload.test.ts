import { describe, expect, it } from 'vitest';
import { GIB } from '../../../src/bytes.ts';
import { prefetchBufferBytes } from '../../../src/engines/vllm/offload.ts';
import { stagesOf } from '../../../src/engines/vllm/stages.ts';
import { weightsOf } from '../../../src/engines/vllm/weights.ts';
import { estimateOf } from './catalogue.ts';
import { launched, type Asked } from './launches.ts';
import { LLAMA_8B } from './models.ts';

/** Bytes of one layer of Llama-3.1-8B in 16 bits: q, k, v, o, gate, up, down and two norms. */
const LAYER = 2 * (4096 * (4096 + 2 * 1024) + 4096 * 4096 + 3 * 4096 * 14_336 + 2 * 4096);
const LLAMA = { model: LLAMA_8B, gpu: 'h100', version: '0.19.0' };

function stored(asked: Asked) {
  const launch = launched(asked);
  const [stage] = stagesOf(launch);
  if (!stage) throw new Error('no stage');
  return { ...weightsOf(launch, stage), buffers: prefetchBufferBytes(launch, stage) };
}

const plain = stored({ ...LLAMA });

describe('layers in host memory that are fetched ahead (model_executor/offloader/prefetch.py)', () => {
  it('the last 2 of every 8 of 32 layers: 8 layers are gone, one buffer is there', () => {
    const args = { offload_group_size: 8, offload_num_in_group: 2 };
    const { model, offloaded, buffers } = stored({ ...LLAMA, args });
    expect(offloaded).toBe(8 * LAYER);
    expect(plain.model - model).toBe(8 * LAYER);
    expect(buffers).toBe(LAYER);
  });

  it('a buffer for every layer ahead', () => {
    const args = { offload_group_size: 4, offload_num_in_group: 1, offload_prefetch_step: 3 };
    expect(stored({ ...LLAMA, args })).toMatchObject({ offloaded: 8 * LAYER, buffers: 3 * LAYER });
  });

  it('groups start anew on each pipeline stage: of 5 layers the last of 16, thrice', () => {
    const args = { offload_group_size: 5, pipeline_parallel_size: 2 };
    expect(stored({ ...LLAMA, gpu: 'h100:2', args }).offloaded).toBe(3 * LAYER);
  });

  it('only parameters that are named by a segment', () => {
    const args = { offload_group_size: 8, offload_num_in_group: 2, offload_params: ['down_proj'] };
    expect(stored({ ...LLAMA, args }).offloaded).toBe(8 * 2 * 4096 * 14_336);
    expect(stored({ ...LLAMA, args: { ...args, offload_params: ['down'] } }).offloaded).toBe(0);
  });

  it('wins over --cpu-offload-gb unless the backend says otherwise (offloader/base.py create_offloader)', () => {
    const args = { offload_group_size: 8, cpu_offload_gb: 1 };
    expect(stored({ ...LLAMA, args }).offloaded).toBe(4 * LAYER);
    expect(stored({ ...LLAMA, args: { ...args, offload_backend: 'uva' } }).offloaded).toBe(GIB);
    expect(stored({ ...LLAMA, args: { cpu_offload_gb: 1, offload_backend: 'prefetch' } }).offloaded).toBe(0);
  });

  it('is not there before 0.17', () => {
    expect(stored({ ...LLAMA, version: '0.16.0', args: { offload_group_size: 8 } }).offloaded).toBe(0);
  });

  it('its buffers are charged since 0.27 and lie outside the budget before', () => {
    const of = (version: string, args = {}) => {
      const { memory } = estimateOf({ model: 'meta-llama/Llama-3.1-8B-Instruct', gpu: 'h100', version, args });
      if (!memory) throw new Error('no memory');
      return [memory.nonTorchBytes.value, memory.outsideBudgetBytes.value] as const;
    };
    const args = { offload_group_size: 8 };
    const [older, newer] = [
      [of('0.19.0'), of('0.19.0', args)],
      [of('0.28.0'), of('0.28.0', args)],
    ] as const;
    expect([older[1][0] - older[0][0], older[1][1] - older[0][1]]).toEqual([0, LAYER]);
    expect([newer[1][0] - newer[0][0], newer[1][1] - newer[0][1]]).toEqual([LAYER, 0]);
  });
});

describe('--cpu-offload-gb (model_executor/offloader/uva.py)', () => {
  it('takes parameters of decoder layers only, of all names or some', () => {
    expect(stored({ ...LLAMA, args: { cpu_offload_gb: 100 } }).offloaded).toBe(32 * LAYER);
    const args = { cpu_offload_gb: 100, cpu_offload_params: ['o_proj'] };
    expect(stored({ ...LLAMA, args }).offloaded).toBe(32 * 2 * 4096 * 4096);
  });
});
