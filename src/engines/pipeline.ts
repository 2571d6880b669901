import type { Layer } from '../models/architecture.ts';

/**
 * Layers of each pipeline stage: `layers ÷ stages`, the remainder going one each to the last stage but one, the one
 * before it and so on, because the first and the last also hold the embeddings and the head (vLLM
 * distributed/utils.py get_pp_indices).
 */
export function evenStages(layers: number, stages: number): readonly number[] {
  const each = Math.floor(layers / stages);
  const spare = layers % stages;
  return Array.from({ length: stages }, (_, stage) => {
    const fromEnd = stages - stage;
    return each + (fromEnd >= 2 && fromEnd < 2 + spare ? 1 : 0);
  });
}

/** A partition as a person writes it (`16,15,17`), or null when it is not `stages` counts that add up to `layers`. */
export function writtenStages(text: string, layers: number, stages: number): readonly number[] | null {
  const counts = text.split(',').map((part) => (/^\s*\d{1,6}\s*$/.test(part) ? Number(part) : Number.NaN));
  const total = counts.reduce((sum, count) => sum + count, 0);
  return counts.length === stages && total === layers ? counts : null;
}

/** One pipeline stage: the layers that its ranks hold. */
export interface Stage {
  readonly index: number;
  readonly first: boolean;
  readonly last: boolean;
  /** Index of its first layer in the model. */
  readonly start: number;
  readonly layers: readonly Layer[];
}

/** The layers of a model cut into stages of so many layers each. */
export function stagesWith(layers: readonly Layer[], counts: readonly number[]): readonly Stage[] {
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
