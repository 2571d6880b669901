import { evenStages, type Stage, stagesWith, writtenStages } from '../pipeline.ts';
import type { Launch } from './launch.ts';

export type { Stage } from '../pipeline.ts';

/** The stages of a launch (srt/distributed/utils.py get_pp_indices, `SGLANG_PP_LAYER_PARTITION`). */
export function stagesOf({ architecture, division, environment }: Launch): readonly Stage[] {
  const { layers } = architecture;
  const written = environment['SGLANG_PP_LAYER_PARTITION'];
  const counts =
    (written === undefined ? null : writtenStages(written, layers.length, division.pipeline)) ??
    evenStages(layers.length, division.pipeline);
  return stagesWith(layers, counts);
}
