import { flag, list, ratio, recordOf, section, size, valueOf, type Fields } from '../config/fields.ts';

/** One layer of an architecture search (Nemotron-NAS): what is left of its two halves. */
interface SearchedBlock {
  /** Key-value heads; null for a layer without attention. */
  readonly kvHeads: number | null;
  /** Width of the MLP; null for a layer without one. */
  readonly width: number | null;
}

/**
 * The layers that `block_configs` describes (vLLM model_executor/models/nemotron_nas.py); null when the config has none,
 * a `problem` when a block holds what vLLM does not serve.
 */
export function searchedBlocks(
  fields: Fields,
  layerCount: number,
  heads: number,
  hiddenSize: number,
): readonly SearchedBlock[] | null | { readonly problem: string } {
  const stated = list(fields, 'block_configs');
  if (!stated) return null;
  const blocks = stated.map((value) => blockOf(recordOf(value) ?? {}, heads, hiddenSize));
  const read = blocks.filter((block) => block !== null);
  if (read.length < blocks.length || read.length !== layerCount)
    return { problem: 'block_configs describes layers that Headroom cannot compute.' };
  return read;
}

function blockOf(block: Fields, heads: number, hiddenSize: number): SearchedBlock | null {
  const attention = section(block, 'attention') ?? {};
  const mlp = section(block, 'ffn') ?? {};
  const replaced = [attention, mlp].some((part) => flag(part, 'replace_with_linear') === true);
  if (replaced || size(attention, 'window_length') !== null) return null;
  const group = size(attention, 'n_heads_in_group');
  const multiple = ratio(mlp, 'ffn_mult');
  const noAttention = valueOf(attention, 'no_op') === true;
  const noMlp = valueOf(mlp, 'no_op') === true;
  if ((!noAttention && group === null) || (!noMlp && multiple === null)) return null;
  return {
    kvHeads: noAttention ? null : Math.floor(heads / (group ?? 1)),
    width: noMlp ? null : widthOf(multiple ?? 1, hiddenSize),
  };
}

/** Two thirds of a multiple of the hidden size, rounded up to 256. */
function widthOf(multiple: number, hiddenSize: number): number {
  return 256 * Math.ceil(Math.floor((2 * multiple * hiddenSize) / 3) / 256);
}
