import type { Architecture, Layer, Tensor } from './architecture.ts';

/** Elements of one tensor, its bias included. */
export function elementsOf({ rows, columns, stack, biasRows }: Tensor): number {
  return stack * (rows * columns + biasRows);
}

/** How many parameters a model has, by where they stand. Tied embeddings count once. */
interface ParameterCount {
  readonly total: number;
  /** What a checkpoint with a copy of the tied output embeddings has more. */
  readonly tiedCopy: number;
  /** Layers that predict further tokens; not in `total`, for engines leave them out. */
  readonly nextTokenPrediction: number;
}

export function parametersOf(architecture: Architecture): ParameterCount {
  const { embedding, head, layers, encoderLayers, encoders, nextTokenPrediction, tiedEmbeddings } = architecture;
  const towers = encoders.reduce(
    (sum, { tensors, block, depth }) => sum + tensorsOf(tensors) + depth * tensorsOf(block),
    0,
  );
  const table = embedding.find(({ role }) => role === 'embedding');
  return {
    total: tensorsOf(embedding) + tensorsOf(head) + layersOf(layers) + layersOf(encoderLayers) + towers,
    tiedCopy: tiedEmbeddings && table ? table.rows * table.columns : 0,
    nextTokenPrediction: nextTokenPrediction
      ? layersOf(nextTokenPrediction.layers) +
        nextTokenPrediction.layers.length * tensorsOf(nextTokenPrediction.tensors)
      : 0,
  };
}

function tensorsOf(tensors: readonly Tensor[]): number {
  return tensors.reduce((sum, tensor) => sum + elementsOf(tensor), 0);
}

/** Identical layers are one object, so that each kind is counted once. */
function layersOf(layers: readonly Layer[]): number {
  const counts = new Map<Layer, number>();
  for (const layer of layers) counts.set(layer, (counts.get(layer) ?? 0) + 1);
  return [...counts].reduce((sum, [layer, count]) => sum + count * tensorsOf(layer.tensors), 0);
}
