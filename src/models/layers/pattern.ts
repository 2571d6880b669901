import { count, countOfLayer, flag, list, section, size, text, type Fields } from '../config/fields.ts';
import type { Reach } from './attention.ts';
import { table } from '../../table.ts';

/** What mixes tokens in a layer. */
type MixerKind = 'attention' | 'linear' | 'none';

/** Letters of Nemotron-H's blocks, of which each is one thing only: a mixer or an MLP. */
const BLOCK_LETTERS: Readonly<Record<string, string>> = table({ mamba: 'M', attention: '*', moe: 'E', mlp: '-' });

/** One letter per block for models whose blocks are one thing each, however the config writes it; null for all others. */
export function blockPattern(config: Fields): string | null {
  const written = text(config, 'hybrid_override_pattern');
  if (written !== null) return written;
  const words = list(config, 'layers_block_type');
  if (!words?.some((word) => word === 'moe' || word === 'mlp')) return null;
  return words.map((word) => BLOCK_LETTERS[String(word)] ?? '?').join('');
}

/** Nemotron-H lists its blocks and need not count them (transformers, NemotronHConfig.num_hidden_layers). */
export function blocksListed(config: Fields, modelType: string): number | null {
  return (modelType === 'nemotron_h' && blockPattern(config)?.length) || null;
}

/** What kind of token mixer layer `index` has. */
export function mixerOf(config: Fields, modelType: string, index: number): MixerKind {
  const pattern = blockPattern(config);
  if (pattern !== null) return pattern[index] === 'M' ? 'linear' : pattern[index] === '*' ? 'attention' : 'none';
  const word = (list(config, 'layer_types') ?? list(config, 'layers_block_type'))?.[index];
  if (typeof word === 'string') return /linear|mamba|conv|recurrent/.test(word) ? 'linear' : 'attention';
  const attentionTypes = list(config, 'attn_type_list');
  if (attentionTypes) return attentionTypes[index] === 1 ? 'attention' : 'linear';
  const attending = list(config, 'attn_layer_indices');
  if (attending) return attending.includes(index) ? 'attention' : 'linear';
  const linear = section(config, 'linear_attn_config');
  if (linear) return list(linear, 'full_attn_layers')?.includes(index + 1) === true ? 'attention' : 'linear';
  const period = size(config, 'attn_layer_period');
  if (period !== null) return index % period === (count(config, 'attn_layer_offset') ?? 0) ? 'attention' : 'linear';
  const interval = size(config, 'full_attention_interval');
  if (interval !== null) return (index + 1) % interval === 0 ? 'attention' : 'linear';
  return modelType === 'lfm2' && list(config, 'full_attn_idxs')?.includes(index) === false ? 'linear' : 'attention';
}

/** Families whose config states the pattern of sliding layers only by its period, with that period. */
const PERIODS: Readonly<Record<string, number>> = table({
  gemma2: 2,
  gemma3_text: 6,
  cohere2: 4,
  exaone4: 4,
  gpt_oss: 2,
});

/** Which tokens an attention layer sees (vLLM config/model.py and the models' own `layer_types`). */
export function reachOf(config: Fields, modelType: string, index: number): Reach {
  const windowTokens = size(config, 'sliding_window', 'sliding_window_size');
  const word = list(config, 'layer_types')?.[index];
  const chunkTokens = size(config, 'attention_chunk_size');
  if (modelType === 'llama4_text' && chunkTokens !== null) {
    const interval = size(config, 'nope_layer_interval') ?? 4;
    return (index + 1) % interval === 0 ? { kind: 'full' } : { kind: 'chunked', chunkTokens };
  }
  if (windowTokens === null || flag(config, 'use_sliding_window') === false) return { kind: 'full' };
  const sliding: Reach = { kind: 'sliding', windowTokens };
  if (typeof word === 'string') return word.includes('sliding') ? sliding : { kind: 'full' };
  const hybrid = list(config, 'hybrid_layer_pattern');
  if (hybrid) return hybrid[index] === 1 ? sliding : { kind: 'full' };
  const period = size(config, 'sliding_window_pattern', '_sliding_window_pattern') ?? PERIODS[modelType] ?? null;
  if (period !== null) return (index + 1) % period === 0 ? { kind: 'full' } : sliding;
  if (modelType.startsWith('qwen')) return { kind: 'full' };
  return sliding;
}

/** Whether the MLP of layer `index` is a mixture of experts, in a model that has experts. */
export function isSparse(config: Fields, modelType: string, index: number): boolean {
  const pattern = blockPattern(config);
  if (pattern !== null) return pattern[index] === 'E';
  const types = list(config, 'mlp_layer_types');
  if (types) return types[index] === 'sparse';
  const listed = text(config, 'moe_layers_enum');
  if (listed !== null) return listed.split(',').includes(String(index));
  if (list(config, 'mlp_only_layers')?.includes(index) === true) return false;
  if (index < (count(config, 'first_k_dense_replace', 'num_dense_layers') ?? 0)) return false;
  const frequency = countOfLayer(config, index, 'moe_layer_freq');
  if (frequency === 0) return false;
  if (!list(config, 'moe_layer_freq') && frequency !== null && index % frequency !== 0) return false;
  const step = size(config, 'decoder_sparse_step', 'interleave_moe_layer_step', 'moe_layer_frequency');
  if (step !== null && (index + 1) % step !== 0) return false;
  const period = size(config, 'expert_layer_period');
  if (period !== null && index % period !== (count(config, 'expert_layer_offset') ?? 0)) return false;
  const start = count(config, 'moe_layer_start_index');
  const end = count(config, 'moe_layer_end_index');
  return (start === null || index >= start) && (end === null || index <= end || modelType !== 'ernie4_5_moe');
}
