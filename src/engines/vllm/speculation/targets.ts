import { isBefore, type EngineVersion } from '../versions.ts';
import type { SpeculationMethod } from './method.ts';

/** Parts of the `model_type` of targets that hand out their hidden states, with the release from which each counts. */
const HANDING_OUT: readonly (readonly [type: string, since: readonly [number, number, number]])[] = [
  ['llama', [0, 8, 5]],
  ['qwen', [0, 10, 1]],
  ['minicpm', [0, 11, 0]],
  ['gpt_oss', [0, 11, 0]],
  ['hunyuan_vl', [0, 16, 0]],
  ['hunyuan_v1_dense', [0, 16, 0]],
  ['afmoe', [0, 16, 0]],
  ['nemotron_h', [0, 17, 0]],
  ['deepseek_v2', [0, 18, 0]],
  ['deepseek_v3', [0, 18, 0]],
  ['kimi_k2', [0, 18, 0]],
  ['kimi_k25', [0, 18, 0]],
  ['minimax_m2', [0, 20, 0]],
  ['gemma4', [0, 20, 0]],
];

/**
 * A target whose hidden states the release does not hand to this method, in its words (config/speculative.py, _verify_args;
 * the list is gone on the main branch of summer 2026); null when it does, or needs none.
 */
export function targetRefusal(method: SpeculationMethod, modelType: string, version: EngineVersion): string | null {
  const taking = isBefore(version, [0, 17, 0])
    ? ['eagle3']
    : ['eagle3', 'extract_hidden_states', ...(isBefore(version, [0, 20, 0]) ? [] : ['dflash'])];
  if (!taking.includes(method) || !isBefore(version, [0, 21, 0])) return null;
  const known = HANDING_OUT.filter(([, since]) => !isBefore(version, since)).map(([type]) => type);
  if (known.some((type) => modelType.includes(type))) return null;
  const got = `Got self.target_model_config.hf_text_config.model_type='${modelType.slice(0, 60)}'`;
  if (isBefore(version, [0, 10, 1])) return `Eagle3 is only supported for Llama models. ${got}`;
  const who = isBefore(version, [0, 17, 0]) ? 'Eagle3' : method;
  return `${who} is only supported for [${known.map((type) => `'${type}'`).join(', ')}] models. ${got}`;
}
