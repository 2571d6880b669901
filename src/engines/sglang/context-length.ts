import type { ContextLimit } from '../../models/architecture.ts';
import { has, type EngineVersion } from './versions.ts';

/** Tokens of one request, prompt and answer; the engine's refusal otherwise (srt/configs/model_config.py). */
export function contextLength(
  asked: number | null,
  { derivedTokens, modelMaxLength }: ContextLimit,
  version: EngineVersion,
  environment: Readonly<Record<string, string>>,
): { readonly tokens: number; readonly derivedTokens: number; readonly refusal: string | null } {
  const limit = Math.max(1, derivedTokens, modelMaxLength ?? 0);
  if (asked === null || asked <= limit) return { tokens: asked ?? limit, derivedTokens: limit, refusal: null };
  const set = environment['SGLANG_ALLOW_OVERWRITE_LONGER_CONTEXT_LEN'];
  const allowed = set === undefined ? !has(version, 'longContextRefused') : /^(?:1|true|yes)$/i.test(set);
  const refusal =
    `Warning: User-specified context_length (${asked}) is greater than the derived context_length (${limit}). ` +
    "This may lead to incorrect model outputs or CUDA errors. Note that the derived context_length may differ from max_position_embeddings in the model's config. " +
    'To allow overriding this maximum, set the env var SGLANG_ALLOW_OVERWRITE_LONGER_CONTEXT_LEN=1';
  return { tokens: asked, derivedTokens: limit, refusal: allowed ? null : refusal };
}
