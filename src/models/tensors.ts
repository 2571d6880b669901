import type { Tensor, TensorRole } from './architecture.ts';

/** What a tensor may say beside its shape. */
interface TensorOptions {
  readonly bias?: boolean;
  readonly linear?: boolean;
  readonly dtype?: Tensor['dtype'];
}

type Maker = (role: TensorRole, name: string, rows: number, columns: number, options?: TensorOptions) => Tensor;

/** A linear layer whose output rows are divided. */
export const column: Maker = (role, name, rows, columns, options) =>
  matrix({ kind: 'column' }, role, name, rows, columns, options);

/** A linear layer whose input columns are divided. */
export const row: Maker = (role, name, rows, columns, options) =>
  matrix({ kind: 'row' }, role, name, rows, columns, options);

/** A linear layer that every rank holds. */
export const replicated: Maker = (role, name, rows, columns, options) =>
  matrix({ kind: 'replicated' }, role, name, rows, columns, options);

/** A table with a row per token of the vocabulary. */
export const vocabulary: Maker = (role, name, rows, columns, options) =>
  matrix({ kind: 'vocabulary' }, role, name, rows, columns, { linear: false, ...options });

function matrix(
  shard: Tensor['shard'],
  role: TensorRole,
  name: string,
  rows: number,
  columns: number,
  { bias = false, linear = true, dtype = null }: TensorOptions = {},
): Tensor {
  return { role, name, rows, columns, stack: 1, shard, linear, biasRows: bias ? rows : 0, dtype };
}

/** A norm's weight, with its bias when it is a LayerNorm. */
export function norm(name: string, elements: number, bias = false, role: TensorRole = 'norm'): Tensor {
  return replicated(role, name, elements, 1, { bias, linear: false });
}

/** Elements that no engine converts (position tables, gates, scales), the same on every rank. */
export function constant(role: TensorRole, name: string, rows: number, columns = 1): Tensor {
  return replicated(role, name, rows, columns, { linear: false });
}

/** A vector that is divided with the channels it belongs to. */
export function channels(role: TensorRole, name: string, rows: number, columns = 1, bias = false): Tensor {
  return column(role, name, rows, columns, { bias, linear: false });
}

/** Per-expert matrices, stacked. */
export function experts(
  name: string,
  stack: number,
  rows: number,
  columns: number,
  side: 'column' | 'row',
  bias = false,
): Tensor {
  const shard = { kind: 'experts', side } as const;
  return { role: 'experts', name, rows, columns, stack, shard, linear: true, biasRows: bias ? rows : 0, dtype: null };
}

/** Fused query, key and value projection. */
export function fusedQkv(
  sizes: { queryHeads: number; queryDim: number; kvHeads: number; keyDim: number; valueDim: number },
  hiddenSize: number,
  name: string,
  bias: boolean,
): Tensor {
  const rows = sizes.queryHeads * sizes.queryDim + sizes.kvHeads * (sizes.keyDim + sizes.valueDim);
  const shard = { kind: 'qkv', ...sizes } as const;
  return {
    role: 'attention',
    name,
    rows,
    columns: hiddenSize,
    stack: 1,
    shard,
    linear: true,
    biasRows: bias ? rows : 0,
    dtype: null,
  };
}
