import type { Tensor } from '../models/architecture.ts';

/** How one replica is divided. Every figure that follows from it is per GPU. */
export interface Parallelism {
  readonly tensor: number;
  readonly pipeline: number;
  readonly data: number;
  /** Ranks that share the experts of a layer; 1 when experts are cut by tensor parallelism instead. */
  readonly expert: number;
  /** Spare copies of experts for load balancing, over all ranks. */
  readonly redundantExperts: number;
  /** Ranks over which the tokens of one request are spread while decoding. */
  readonly decodeContext: number;
}

/** One rank's part of a tensor, in elements: `stack` matrices of `rows × columns`, and `biasElements` beside them. */
export interface Share {
  readonly stack: number;
  readonly rows: number;
  readonly columns: number;
  readonly biasElements: number;
}

const VOCABULARY_PADDING = 64;

/** The fullest rank's part of a tensor. What does not divide evenly is rounded up, as padding engines do. */
export function shareOf(tensor: Tensor, parallelism: Parallelism): Share {
  const { tensor: tp } = parallelism;
  const { shard, stack, rows, columns, biasRows } = tensor;
  switch (shard.kind) {
    case 'replicated':
      return { stack, rows, columns, biasElements: stack * biasRows };
    case 'column':
      return { stack, rows: split(rows, tp), columns, biasElements: stack * split(biasRows, tp) };
    case 'row':
      return { stack, rows, columns: split(columns, tp), biasElements: stack * biasRows };
    case 'vocabulary': {
      const padded = split(split(rows, VOCABULARY_PADDING) * VOCABULARY_PADDING, tp);
      return { stack, rows: padded, columns, biasElements: biasRows > 0 ? stack * padded : 0 };
    }
    case 'qkv': {
      const own = split(shard.queryHeads, tp) * shard.queryDim;
      const shared = kvHeadsPerRank(shard.kvHeads, tp) * (shard.keyDim + shard.valueDim);
      return { stack, rows: own + shared, columns, biasElements: biasRows > 0 ? stack * (own + shared) : 0 };
    }
    case 'experts':
      return expertShare(tensor, shard.side, parallelism);
  }
}

function expertShare(tensor: Tensor, side: 'column' | 'row', parallelism: Parallelism): Share {
  const { stack, rows, columns, biasRows } = tensor;
  const { expert, tensor: tp, redundantExperts } = parallelism;
  if (expert > 1) {
    const held = split(stack + redundantExperts, expert);
    return { stack: held, rows, columns, biasElements: held * biasRows };
  }
  if (side === 'column') return { stack, rows: split(rows, tp), columns, biasElements: stack * split(biasRows, tp) };
  return { stack, rows, columns: split(columns, tp), biasElements: stack * biasRows };
}

/** Key-value heads on one rank: at least one, so that they are replicated once there are more ranks than heads. */
export function kvHeadsPerRank(kvHeads: number, tensorParallelSize: number): number {
  return Math.max(1, Math.floor(kvHeads / tensorParallelSize));
}

/** One of `parts` even parts of a whole, rounded up. */
export function split(whole: number, parts: number): number {
  return Math.ceil(whole / parts);
}
