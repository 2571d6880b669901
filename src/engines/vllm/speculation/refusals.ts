import type { Architecture, ModelFacts } from '../../../models/architecture.ts';
import { has } from '../versions.ts';
import type { Asked } from './asked.ts';
import type { DrafterParts, Surroundings } from './loading.ts';

/** Counts and lengths that vLLM's SpeculativeConfig refuses, in its words (config/speculative.py); null when it accepts. */
export function sizeRefusal(
  asked: Asked,
  { method, tokens, layers, architecture }: DrafterParts,
  around: { readonly target: ModelFacts; readonly maxModelLen: number; readonly tensorParallelSize: number },
): string | null {
  const layered = method === 'mtp' ? (architecture.nextTokenPrediction?.tokens ?? null) : null;
  const most = architecture.drafter?.predictedTokens ?? layered;
  if (most !== null && tokens > most && tokens % most !== 0)
    return `num_speculative_tokens:${tokens} must be divisible by n_predict=${most}`;
  const { tensorParallelSize: draft, maxModelLen: length } = asked;
  if (draft !== null && draft !== 1 && draft !== around.tensorParallelSize) {
    return (
      `speculative_draft_tensor_parallel_size=${draft} cannot be other value than 1 or target model ` +
      'tensor_parallel_size'
    );
  }
  if (length === null || layers.length === 0) return null;
  const own = method === 'eagle' || method === 'eagle3' ? Number.POSITIVE_INFINITY : architecture.context.derivedTokens;
  const bounds = { draft_max_model_len: own, target_max_model_len: around.maxModelLen };
  for (const [name, bound] of Object.entries(bounds)) {
    if (length > bound) return `speculative_max_model_len=${length} cannot be larger than ${name}=${bound}`;
  }
  return null;
}

const NO_DRAFT_MODEL =
  'Speculative decoding with draft model is not supported yet. Please consider using other speculative decoding methods ' +
  'such as ngram, medusa, eagle, or mtp.';

/** What an engine generation cannot load, in its words (v1/worker/gpu_model_runner.py, v1/spec_decode, V0's spec_decode). */
export function placementRefusal(
  {
    method,
    architecture,
    asked,
  }: { readonly method: string; readonly architecture: Architecture; readonly asked: Asked },
  { version, engine, pipeline, tensorParallelSize, target }: Surroundings & { readonly tensorParallelSize: number },
): string | null {
  const draft = asked.tensorParallelSize ?? tensorParallelSize;
  if (engine === 'v0') {
    if (pipeline > 1) return 'Speculative decoding is currently incompatible with pipeline parallelism';
    return method === 'eagle' && draft > 1 ? 'eagle does not support TP > 1 yet' : null;
  }
  if (method === 'mlp_speculator') return 'Unknown speculative decoding method: mlp_speculator';
  if (method !== 'draft_model') return null;
  if (!has(version, 'draftModelOnV1')) return NO_DRAFT_MODEL;
  if (!asked.anyVocabulary && architecture.vocabSize !== target.vocabSize) {
    return (
      'Target and draft model should have the same vocabulary size. Target model vocab_size=' +
      `${target.vocabSize}. Draft model vocab_size=${architecture.vocabSize}. Using models with different tokenizers can ` +
      'cause out-of-bounds errors during speculative decoding.'
    );
  }
  if (draft === tensorParallelSize) return null;
  return (
    "Currently, 'draft_tensor_parallel_size' and 'tensor_parallel_size' must be the same. Got " +
    `${draft} and ${tensorParallelSize}. Please pass 'draft_tensor_parallel_size' in the speculative_config.`
  );
}
