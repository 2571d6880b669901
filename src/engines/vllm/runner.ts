import type { Gpu } from '../../hardware/gpu.ts';
import type { Architecture } from '../../models/architecture.ts';
import type { Speculation } from './speculative.ts';
import { draftsOnSecondRunner, draftsOnV1, needsSecondRunner } from './speculation/runners.ts';
import { has, type EngineVersion } from './versions.ts';

/** The engine generation and, within V1, the model runner; each profiles memory in its own way. */
export type Runner = 'v0' | 'v1' | 'v2';

interface RunnerContext {
  readonly architecture: Architecture;
  readonly gpu: Gpu;
  readonly environment: Readonly<Record<string, string>>;
  readonly speculation: Speculation | null;
  readonly quantized: boolean;
  readonly pipeline: number;
}

const SMALL_MOE: ReadonlySet<string> = new Set([
  'DeepseekV2ForCausalLM',
  'Qwen2MoeForCausalLM',
  'GraniteMoeForCausalLM',
]);
/** Which runner a launch gets by default, by release, model and GPU (vLLM engine/arg_utils.py, config/vllm.py). */
export function runnerOf(version: EngineVersion, context: RunnerContext): Runner {
  const { environment } = context;
  if (!has(version, 'v0Removed')) {
    const asked = environment['VLLM_USE_V1'];
    if (asked === '0') return 'v0';
    if (asked === '1') return 'v1';
    return has(version, 'v1Engine') && supportedByV1(version, context) ? 'v1' : 'v0';
  }
  const asked = environment['VLLM_USE_V2_MODEL_RUNNER'];
  if (asked === '0' || !has(version, 'runnerV2Qwen3')) return 'v1';
  return asked === '1' || takesSecondRunner(version, context) ? 'v2' : 'v1';
}

/** The first V1 releases fell back to V0 below compute capability 8.0, and for states and draft models. */
function supportedByV1(version: EngineVersion, { architecture, gpu, speculation }: RunnerContext): boolean {
  const capability = gpu.computeCapability;
  if (capability !== null && Number.parseFloat(capability) < 8) return false;
  if (speculation && !draftsOnV1(version, speculation)) return false;
  if (architecture.encoderLayers.length > 0) return false;
  const states = architecture.layers.some((layer) => layer.caches.some((cache) => cache.kind === 'state'));
  return !states || has(version, 'captureSizesBySeqs');
}

function takesSecondRunner(version: EngineVersion, context: RunnerContext): boolean {
  const { architecture, speculation, quantized } = context;
  if (speculation && needsSecondRunner(version, speculation)) return true;
  if (speculation && !draftsOnSecondRunner(speculation, context.pipeline)) return false;
  if (architecture.task !== 'generate') return false;
  if (quantized && !has(version, 'runnerV2Quantized')) return false;
  const { className } = architecture;
  if (SMALL_MOE.has(className)) return has(version, 'runnerV2SmallMoe');
  const states = architecture.layers.some((layer) => layer.caches.some((cache) => cache.kind === 'state'));
  if (architecture.moe !== null || states) return false;
  if (className === 'Qwen3ForCausalLM') return true;
  if (className === 'LlamaForCausalLM' || className === 'MistralForCausalLM') return has(version, 'runnerV2Llama');
  return has(version, 'runnerV2Dense');
}
