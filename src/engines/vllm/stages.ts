import { evenStages, type Stage, stagesWith, writtenStages } from '../pipeline.ts';
import type { Launch } from './launch.ts';

export type { Stage } from '../pipeline.ts';

/** The stages of a launch; one that holds everything without pipeline parallelism. */
export function stagesOf(launch: Launch): readonly Stage[] {
  const { layers } = launch.architecture;
  const { pipeline } = launch.parallelism;
  if (pipeline === 1) return [{ index: 0, first: true, last: true, start: 0, layers }];
  const written = launch.environment['VLLM_PP_LAYER_PARTITION'];
  const counts = (written && writtenStages(written, layers.length, pipeline)) || evenStages(layers.length, pipeline);
  return stagesWith(layers, counts);
}

/** A division of the layers that vLLM refuses (distributed/utils.py get_pp_indices; v1/core/kv_cache_utils.py), or null. */
export function partitionRefusal({ architecture, parallelism, environment }: Launch): string | null {
  const layers = architecture.layers.length;
  const { pipeline } = parallelism;
  const written = environment['VLLM_PP_LAYER_PARTITION'];
  if (written) {
    const parts = written.split(',');
    if (!parts.every((part) => /^\s*[+-]?\d{1,9}\s*$/.test(part)))
      return `Invalid partition string: ${written.slice(0, 80)}`;
    const sum = parts.reduce((total, part) => total + Number(part), 0);
    if (parts.length !== pipeline) return `len(partitions)=${parts.length} does not match pp_size=${pipeline}.`;
    if (sum !== layers) return `sum(partitions)=${sum} does not match num_hidden_layers=${layers}.`;
  }
  return pipeline > Math.max(1, layers) ? 'group_size must be greater than 0' : null;
}
