import type { ContextLimit, Rope } from '../architecture.ts';
import { count, list, ratio, section, size, text, valueOf, type Fields } from './fields.ts';

/** Keys that bound the context; the smallest wins (vLLM config/model.py, `_get_and_verify_max_len`). */
const LIMIT_KEYS = [
  'max_position_embeddings',
  'n_positions',
  'max_seq_len',
  'seq_length',
  'model_max_length',
  'max_target_positions',
  'max_sequence_length',
  'max_seq_length',
  'seq_len',
] as const;

/** What vLLM assumes when no key states a limit. */
const ASSUMED_TOKENS = 2048;

function scalingOf(config: Fields): { readonly type: string; readonly fields: Fields } | null {
  const fields = section(config, 'rope_scaling', 'rope_parameters');
  const type = fields ? (text(fields, 'rope_type') ?? text(fields, 'type')) : null;
  return fields && type !== null && type !== 'default' ? { type, fields } : null;
}

const isLong = (type: string): boolean => type === 'longrope' || type === 'su';

/** The bound on the context that config.json implies, RoPE scaling applied, in tokens. */
export function contextOf(config: Fields, modelType: string): ContextLimit {
  let key: string | null = null;
  let tokens = ASSUMED_TOKENS;
  for (const candidate of LIMIT_KEYS) {
    const value = size(config, candidate);
    if (value !== null && (key === null || value < tokens)) [key, tokens] = [candidate, value];
  }
  const modelMaxLength = size(config, 'model_max_length');
  if (modelMaxLength !== null) [key, tokens] = ['model_max_length', modelMaxLength];
  const scaling = scalingOf(config);
  const original = scaling
    ? (size(scaling.fields, 'original_max_position_embeddings') ?? size(config, 'original_max_position_embeddings'))
    : null;
  const derivedTokens =
    scaling && !modelType.startsWith('gemma3') ? scaled(tokens, scaling.type, scaling.fields, original) : tokens;
  return { derivedTokens, key, originalTokens: scaling && isLong(scaling.type) ? original : null, modelMaxLength };
}

function scaled(tokens: number, type: string, fields: Fields, original: number | null): number {
  const factor = ratio(fields, 'factor');
  if (factor === null || isLong(type) || type === 'llama3' || type === 'mrope') return tokens;
  return Math.floor((type === 'yarn' ? (original ?? tokens) : tokens) * factor);
}

/** The cos/sin tables that an engine keeps, one per distinct rope. */
export function ropesOf(
  config: Fields,
  modelType: string,
  headDim: number,
  rotaryFraction: number,
  context: ContextLimit,
): Rope[] {
  if (rotaryFraction === 0 || valueOf(config, 'position_embedding_type') === 'nope') return [];
  const parameters = section(config, 'rope_parameters');
  const byReach = parameters ? ropesByReach(config, parameters, headDim, context) : null;
  if (byReach) return byReach;
  const fraction =
    ratio(config, 'partial_rotary_factor') ??
    (parameters ? ratio(parameters, 'partial_rotary_factor') : null) ??
    ratio(config, 'rotary_pct') ??
    rotaryFraction;
  const rotaryDim = size(config, 'qk_rope_head_dim', 'rotary_dim') ?? Math.floor(headDim * Math.min(1, fraction));
  const scaling = scalingOf(config);
  const long = scaling !== null && isLong(scaling.type) && context.originalTokens !== null;
  const tableTokens =
    multiplier(config, modelType) * context.derivedTokens + (long ? (context.originalTokens ?? 0) : 0);
  const rope: Rope = { rotaryDim, tableTokens, dtype: null };
  const local =
    count(config, 'rope_local_base_freq') !== null ||
    modelType.startsWith('gemma3') ||
    (list(config, 'layer_types') !== null && modelType.startsWith('gemma'));
  if (!local) return [rope];
  // Gemma 3 scales only the positions of its full layers, and its context not at all.
  const stretched = scaling?.type === 'linear' ? (ratio(scaling.fields, 'factor') ?? 1) : 1;
  return [{ ...rope, tableTokens: tableTokens * stretched }, rope];
}

/** Full and sliding layers with parameters of their own; Gemma 4's proportional rope covers the whole head. */
function ropesByReach(config: Fields, parameters: Fields, headDim: number, context: ContextLimit): Rope[] | null {
  const full = section(parameters, 'full_attention');
  const sliding = section(parameters, 'sliding_attention');
  if (!full || !sliding) return null;
  const ropeOf = (fields: Fields, dim: number): Rope => {
    const part = text(fields, 'rope_type') === 'proportional' ? 1 : (ratio(fields, 'partial_rotary_factor') ?? 1);
    return { rotaryDim: Math.floor(dim * Math.min(1, part)), tableTokens: context.derivedTokens, dtype: null };
  };
  return [ropeOf(full, size(config, 'global_head_dim') ?? headDim), ropeOf(sliding, headDim)];
}

/** Positions of M-RoPE follow the length of a video; vLLM's table is four times as long (layers/rotary_embedding/mrope.py). */
const MROPE_MULTIPLIER = 4;
/** Families that always have it, for configs that were shortened. */
const MROPE_FAMILIES = /^qwen(?:2_vl|2_5_vl|3_vl|3_5)/;

function multiplier(config: Fields, modelType: string): number {
  const scaling = section(config, 'rope_parameters') ?? section(config, 'rope_scaling');
  const stated = scaling !== null && list(scaling, 'mrope_section') !== null;
  return stated || MROPE_FAMILIES.test(modelType) ? MROPE_MULTIPLIER : 1;
}
