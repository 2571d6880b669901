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
