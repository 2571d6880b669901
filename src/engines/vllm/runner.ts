import { keeps } from '../distinct-layers.ts';
import type { Speculation } from './speculative.ts';
import { fallsBackToV0, keepsFirstRunner, type OlderEngineContext } from './runner-features.ts';
import { draftsOnSecondRunner, draftsOnV1, needsSecondRunner } from './speculation/runners.ts';
import { table } from '../../table.ts';
import type { Change } from './changes.ts';
import { has, type EngineVersion } from './versions.ts';

/** The engine generation and, within V1, the model runner; each profiles memory in its own way. */
export type Runner = 'v0' | 'v1' | 'v2';

interface RunnerContext extends OlderEngineContext {
  readonly speculation: Speculation | null;
  readonly pipeline: number;
}

/** Models with experts that the second runner takes (vLLM config/vllm.py DEFAULT_V2_MODEL_RUNNER_ARCHITECTURES). */
const SMALL_MOE: ReadonlySet<string> = new Set([
  'DeepseekV2ForCausalLM',
  'Qwen2MoeForCausalLM',
  'GraniteMoeForCausalLM',
]);

/** Others with experts, by the release that first gave them the second runner (#50000, #51768, #52861). */
const LATER_MOE: Readonly<Record<string, Change>> = table({
  KimiK3ForConditionalGeneration: 'runnerV2KimiK3',
  DeepseekV4ForCausalLM: 'runnerV2DeepseekV4',
});

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

function supportedByV1(version: EngineVersion, context: RunnerContext): boolean {
  const { speculation } = context;
  return !(speculation && !draftsOnV1(version, speculation)) && !fallsBackToV0(version, context);
}

function takesSecondRunner(version: EngineVersion, context: RunnerContext): boolean {
  const { architecture, speculation, quantizationMethod } = context;
  if (speculation && needsSecondRunner(version, speculation)) return true;
  if (speculation && !draftsOnSecondRunner(speculation, context.pipeline)) return false;
  if (architecture.task !== 'generate') return false;
  if (keepsFirstRunner(context.reader, version)) return false;
  if (quantizationMethod !== null && !has(version, 'runnerV2Quantized')) return false;
  const { className } = architecture;
  if (SMALL_MOE.has(className)) return has(version, 'runnerV2SmallMoe');
  const since = Object.hasOwn(LATER_MOE, className) ? LATER_MOE[className] : undefined;
  if (since !== undefined) return has(version, since) && context.gpu.vendor === 'nvidia';
  if (has(version, 'runnerV2Everywhere')) return true;
  if (architecture.moe !== null || keeps(architecture.layers, 'state')) return false;
  if (className === 'Qwen3ForCausalLM') return true;
  if (className === 'LlamaForCausalLM' || className === 'MistralForCausalLM') return has(version, 'runnerV2Llama');
  return has(version, 'runnerV2Dense');
}
