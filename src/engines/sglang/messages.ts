import { GIB } from '../../bytes.ts';
import type { Launch } from './launch.ts';
import { has } from './versions.ts';

/** The refusal of a budget that the weights use up, by version (kv_cache_configurator.py, pool_configurator.py, model_runner.py). */
export function noPoolMessage({ version, fraction }: Launch, afterBytes: number, preBytes: number): string {
  if (has(version, 'draftersInBudget')) {
    const least = 1 - afterBytes / preBytes;
    return (
      `Loaded weights leave no GPU memory for the KV cache under --mem-fraction-static=${shown(fraction)}. Raise ` +
      `--mem-fraction-static above ${(Math.ceil(least * 1000) / 1000).toFixed(3)} (minimum viable = 1 - available/pre = ` +
      `${least.toFixed(4)}). If using speculative decoding, draft weights are now counted.`
    );
  }
  const now = has(version, 'refusalStatesFraction') ? ` Current value: mem_fraction_static=${shown(fraction)}` : '';
  return `Not enough memory. Please try to increase --mem-fraction-static.${now}`;
}

/** The refusal of a budget that leaves no state (_handle_max_mamba_cache). */
export function noStatesMessage(slots: number, restBytes: number, stateBytes: number): string {
  return (
    'Not enough GPU memory for hybrid (mamba/linear-attention) state cache. Computed ' +
    `max_mamba_cache_size=${slots} (total_rest_memory=${(restBytes / GIB).toFixed(2)} GB, ` +
    `mamba_cache_per_req=${(stateBytes / 2 ** 20).toFixed(2)} MB). Try: (1) reduce --max-running-requests, ` +
    '(2) increase --mem-fraction-static, (3) reduce --speculative-num-draft-tokens, or (4) use GPUs with more memory.'
  );
}

export function fewStatesMessage(slots: number): string {
  return (
    'Hybrid (mamba/linear-attention) state cache is too small to serve any requests. ' +
    `max_mamba_cache_size=${slots}. Try: (1) reduce --max-running-requests, (2) increase --mem-fraction-static, or ` +
    '(3) use GPUs with more memory.'
  );
}

/** HybridSWAPoolConfigurator._solve_pool_sizes. */
export function windowMessage(tokens: number, window: number, page: number): string {
  return (
    `SWA pool (${tokens} tokens) cannot hold even one request: the prefill admission floor is sliding_window_size ` +
    `(${window}) + page_size (${page}). Increase --swa-full-tokens-ratio or the total KV budget.`
  );
}

/** What a failing capture advises, by version (cuda_graph_runner.py, runner_backend_utils). */
export function captureMessage({ version }: Launch): string {
  const failed = 'Capture cuda graph failed: CUDA out of memory. Possible solutions: ';
  const smaller = 'set --mem-fraction-static to a smaller value (e.g., 0.8 or 0.7)';
  if (has(version, 'breakableGraphs'))
    return `${failed}1. ${smaller} 2. set --cuda-graph-max-bs-decode to a smaller value (e.g., 16) 3. disable decode CUDA graph by --cuda-graph-backend-decode=disabled.`;
  return `${failed}1. ${smaller} 2. set --cuda-graph-max-bs to a smaller value (e.g., 16) 3. disable torch compile by not using --enable-torch-compile 4. disable CUDA graph by --disable-cuda-graph.`;
}

/** What a request as long as the context is told (srt/managers/utils.py validate_input_length). */
export function tooLongMessage(length: number, most: number): string {
  return `Input length (${length} tokens) exceeds the maximum allowed length (${most} tokens). Use a shorter input or enable --allow-auto-truncate.`;
}

function shown(fraction: number): string {
  return String(Math.round(fraction * 1e6) / 1e6);
}
