import { has, type EngineVersion } from '../versions.ts';
import type { Speculation } from '../speculative.ts';

/**
 * Which drafting kept a launch on V1 while both engines existed (engine/arg_utils.py, _is_v1_supported_oracle). The method
 * had to be written out, for EAGLE was not looked for in the model's name. Up to 0.8.5 drafting was off on V1 unless
 * VLLM_USE_V1 asked for it; 0.10 has no other way.
 */
export function draftsOnV1(version: EngineVersion, { asked, method }: Speculation): boolean {
  if (has(version, 'draftsOnV1Always')) return true;
  if (!has(version, 'draftsOnV1')) return false;
  if (method === 'ngram') return true;
  return ['medusa', 'eagle', 'eagle3', 'deepseek_mtp'].includes(asked.method ?? '');
}

/** Drafting that only the second runner can do (config/vllm.py, use_v2_model_runner). */
export function needsSecondRunner(version: EngineVersion, { method, layers }: Speculation): boolean {
  if (method === 'dspark') return true;
  if (method !== 'dflash' || !has(version, 'dflashOnRunnerV2')) return false;
  const kinds = new Set(layers.flatMap(({ caches }) => caches.map(({ kind }) => kind)));
  return kinds.has('sliding') && kinds.has('full');
}

/** Drafting that the second runner knows at all (config/vllm.py, _get_v2_model_runner_unsupported_features). */
export function draftsOnSecondRunner({ method, asked }: Speculation, pipeline: number): boolean {
  if (method === 'dflash' || method === 'dspark') return true;
  if (asked.parallelDrafting || (method === 'eagle3' && pipeline > 1)) return false;
  return method === 'eagle' || method === 'eagle3' || method === 'mtp';
}
