import type { Layer } from '../../models/architecture.ts';
import { evenStages, writtenStages } from '../pipeline.ts';
import type { Launch } from './launch.ts';

/** One pipeline stage: the layers that its ranks hold. */
export interface Stage {
  readonly index: number;
  readonly first: boolean;
  readonly last: boolean;
  readonly start: number;
  readonly layers: readonly Layer[];
}

/** The stages of a launch (srt/distributed/utils.py get_pp_indices, `SGLANG_PP_LAYER_PARTITION`). */
export function stagesOf({ architecture, division, environment }: Launch): readonly Stage[] {
  const { layers } = architecture;
  const written = environment['SGLANG_PP_LAYER_PARTITION'];
  const counts =
    (written === undefined ? null : writtenStages(written, layers.length, division.pipeline)) ??
    evenStages(layers.length, division.pipeline);
  let start = 0;
  return counts.map((count, index) => {
    const stage = {
      index,
      first: index === 0,
      last: index === counts.length - 1,
      start,
      layers: layers.slice(start, start + count),
    };
    start += count;
    return stage;
  });
}
