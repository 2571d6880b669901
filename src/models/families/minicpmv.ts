import { ratio, size, valueOf, type Fields } from '../config/fields.ts';

/**
 * The release of a MiniCPM-V, which decides what reads behind its tower (vLLM model_executor/models/minicpmv.py,
 * get_version_by_config): Llama 3 in 2.5, Qwen2 in 2.6, Llama in 4.0, Qwen3 in 4.5.
 */
export function minicpmVersion(config: Fields): number {
  const written = valueOf(config, 'version');
  const stated = typeof written === 'string' ? Number(written) : ratio(config, 'version');
  if (stated !== null && Number.isFinite(stated)) return stated;
  return size(config, 'hidden_size') === 2304 && size(config, 'query_num') === 64 ? 2 : 2.5;
}
