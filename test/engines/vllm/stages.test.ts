import { describe, expect, it } from 'vitest';
import { stagesOf } from '../../../src/engines/vllm/stages.ts';
import { launched } from './launches.ts';
import { LLAMA_8B } from './models.ts';

function counts(layers: number, stages: number, written?: string): readonly number[] {
  const [layer] = LLAMA_8B.architecture.layers;
  const model = {
    ...LLAMA_8B,
    architecture: {
      ...LLAMA_8B.architecture,
      layers: Array.from({ length: layers }, () => layer ?? { tensors: [], caches: [] }),
    },
  };
  const environment: Record<string, string> = written === undefined ? {} : { VLLM_PP_LAYER_PARTITION: written };
  const launch = launched({ model, gpu: 'h100:16', args: { pipeline_parallel_size: stages }, environment });
  return stagesOf(launch).map((stage) => stage.layers.length);
}

describe('layers of pipeline stages (vLLM distributed/utils.py get_pp_indices; tests/distributed/test_pipeline_partition.py)', () => {
  it.each([
    [32, 1, [32]],
    [32, 2, [16, 16]],
    // What is over goes to the last stage but one, then to the one before it.
    [61, 2, [31, 30]],
    [62, 4, [15, 16, 16, 15]],
    [61, 4, [15, 15, 16, 15]],
    [63, 4, [16, 16, 16, 15]],
    [5, 3, [2, 2, 1]],
  ])('%i layers over %i stages: %j', (layers, stages, expected) => {
    expect(counts(layers, stages)).toEqual(expected);
  });

  it('VLLM_PP_LAYER_PARTITION overrides them', () => {
    expect(counts(20, 4, '5,5,4,6')).toEqual([5, 5, 4, 6]);
  });

  it('stages know where they start and which are at the ends', () => {
    const launch = launched({ model: LLAMA_8B, args: { pipeline_parallel_size: 4 } });
    expect(stagesOf(launch).map(({ start, first, last }) => [start, first, last])).toEqual([
      [0, true, false],
      [8, false, false],
      [16, false, false],
      [24, false, true],
    ]);
  });
});
