import type { Architecture, Layer, ModelFacts, Tensor } from '../../models/architecture.ts';
import { drafterProjection } from '../../models/drafters.ts';
import { objectOf, readArguments, type ArgumentReader, type Arguments, type JsonObject } from './argument-reader.ts';

export type SpeculationMethod =
  | 'ngram'
  | 'ngram_gpu'
  | 'suffix'
  | 'draft_model'
  | 'eagle'
  | 'eagle3'
  | 'medusa'
  | 'mlp_speculator'
  | 'mtp'
  | 'dflash'
  | 'dspark';

/** Speculative decoding as the launch asks for it, with what it loads on every GPU. */
export interface Speculation {
  readonly method: SpeculationMethod;
  /** Tokens proposed per step. */
  readonly tokens: number;
  readonly tensorParallelSize: number;
  /** Layers that the drafter adds: weights, and a KV cache where the method keeps one. */
  readonly layers: readonly Layer[];
  readonly keepsKvCache: boolean;
  /** Embeddings, heads and projections beside the layers. */
  readonly tensors: readonly Tensor[];
  /** Checkpoint that the layers come from; the target's own for MTP. */
  readonly architecture: Architecture;
  /** The drafter's probabilities are kept for rejection sampling. */
  readonly probabilistic: boolean;
}

const WITHOUT_MODEL: ReadonlySet<string> = new Set(['ngram', '[ngram]', 'ngram_gpu', 'suffix']);
const KNOWN: ReadonlySet<string> = new Set([
  'ngram',
  'ngram_gpu',
  'suffix',
  'draft_model',
  'eagle',
  'eagle3',
  'medusa',
  'mlp_speculator',
  'mtp',
  'dflash',
  'dspark',
] satisfies SpeculationMethod[]);

/** What the arguments say about speculation before the drafter is known; null when it is off. */
interface Asked {
  readonly method: string | null;
  readonly model: string | null;
  readonly tokens: number | null;
  readonly tensorParallelSize: number | null;
  readonly probabilistic: boolean;
}

function askedOf(reader: ArgumentReader): Asked | null {
  const config = reader.object('speculative_config');
  const inner = readArguments(config ?? {});
  const model = inner.word('model') ?? reader.word('spec_model') ?? reader.word('speculative_model');
  const method = inner.word('method') ?? reader.word('spec_method');
  if (config === null && model === null && method === null) return null;
  const asked = {
    method: method?.toLowerCase() ?? null,
    model,
    tokens:
      inner.integer('num_speculative_tokens', 1) ??
      reader.integer('spec_tokens', 1) ??
      reader.integer('num_speculative_tokens', 1),
    tensorParallelSize:
      inner.integer('draft_tensor_parallel_size', 1) ?? reader.integer('speculative_draft_tensor_parallel_size', 1),
    probabilistic: inner.word('draft_sample_method') === 'probabilistic',
  };
  return asked;
}

/** Id of the draft model that the arguments name; null when speculation is off or needs no model of its own. */
export function drafterOf(args: Arguments): string | null {
  const asked = askedOf(readArguments(args));
  if (asked === null || asked.model === null) return null;
  if (WITHOUT_MODEL.has(asked.method ?? '') || WITHOUT_MODEL.has(asked.model)) return null;
  return asked.model;
}

export type SpeculationProblem = { readonly refusal: string } | { readonly unknown: string };

/**
 * Resolves speculation against the models.
 * @returns null when it is off; a refusal in the engine's words; `unknown` when the draft model's facts are missing.
 */
export function speculationOf(
  args: Arguments,
  reader: ArgumentReader,
  target: ModelFacts,
  drafter: ModelFacts | null,
  tensorParallelSize: number,
): Speculation | SpeculationProblem | null {
  const asked = askedOf(reader);
  if (asked === null) return null;
  const named = drafterOf(args);
  const method = methodOf(asked, target, drafter);
  if (method === null) return { refusal: `Unknown speculative method: '${(asked.method ?? '').slice(0, 40)}'` };
  const own = target.architecture;
  const base = {
    method,
    tensorParallelSize: asked.tensorParallelSize === 1 ? 1 : tensorParallelSize,
    probabilistic: asked.probabilistic,
    keepsKvCache: true,
  };
  const tokens = asked.tokens ?? (method === 'mtp' ? Math.max(1, own.nextTokenPrediction?.layers.length ?? 1) : null);
  if (tokens === null) {
    return {
      refusal:
        'num_speculative_tokens must be provided with speculative model unless the draft model config contains an n_predict parameter.',
    };
  }
  if (method === 'ngram' || method === 'ngram_gpu' || method === 'suffix') {
    return { ...base, tokens, layers: [], tensors: [], keepsKvCache: false, architecture: own };
  }
  if (method === 'mtp' && (drafter === null || drafter.architecture.drafter === null)) {
    const prediction = drafter?.architecture.nextTokenPrediction ?? own.nextTokenPrediction;
    if (!prediction) return { unknown: `the next-token-prediction layers of ${target.id} are not known` };
    const tensors = prediction.layers.flatMap(() => prediction.tensors);
    return { ...base, tokens, layers: prediction.layers, tensors, architecture: own };
  }
  if (drafter === null) return { unknown: `the draft model ${named ?? '(not named)'} is not known` };
  const { architecture } = drafter;
  const layers = [...architecture.layers];
  if (method === 'eagle' && architecture.drafter === null) {
    // Older EAGLE checkpoints call themselves plain models; the method makes vLLM load them as EAGLE.
    const projection = drafterProjection(architecture.hiddenSize, 2);
    return { ...base, tokens, layers, tensors: [projection], architecture };
  }
  const keepsKvCache = method !== 'medusa' && method !== 'mlp_speculator';
  return { ...base, tokens, layers, tensors: looseTensors(architecture), keepsKvCache, architecture };
}

/** Embeddings and heads that a drafter really loads: EAGLE-style ones share the target's unless they ship their own. */
function looseTensors(architecture: Architecture): readonly Tensor[] {
  const { drafter, embedding, head } = architecture;
  if (drafter === null || drafter.method === 'draft_model') return [...embedding, ...head];
  return [
    ...embedding.filter((tensor) => drafter.ownsEmbedding || tensor.role !== 'embedding'),
    ...head.filter((tensor) => drafter.ownsHead || tensor.role !== 'lm_head'),
  ];
}

function methodOf(asked: Asked, target: ModelFacts, drafter: ModelFacts | null): SpeculationMethod | null {
  const { method, model } = asked;
  if (method !== null) {
    if (method === '[ngram]') return 'ngram';
    if (method.endsWith('_mtp')) return 'mtp';
    return KNOWN.has(method) ? (method as SpeculationMethod) : null;
  }
  if (model === '[ngram]' || model === 'ngram') return 'ngram';
  const declared = drafter?.architecture.drafter?.method;
  if (declared) return declared;
  const name = (model ?? '').toLowerCase();
  if (drafter !== null && drafter.id === target.id && target.architecture.nextTokenPrediction) return 'mtp';
  if (name.includes('eagle3')) return 'eagle3';
  if (name.includes('eagle')) return 'eagle';
  if (name.includes('medusa')) return 'medusa';
  return 'draft_model';
}

/** Slots of a batch that drafting reserves per request (vLLM config/scheduler.py); batches must be larger. */
export function extraSlots(speculation: Speculation): number {
  if (speculation.method === 'draft_model') return 1;
  if (speculation.method === 'dflash') return speculation.tokens;
  return speculation.method === 'dspark' ? speculation.tokens - 1 : 0;
}

/** Whether the value of `speculative_config` asks for a number of tokens, as an object to change it in. */
export function speculativeTokensOf(args: Arguments): { readonly config: JsonObject; readonly tokens: number } | null {
  const config = objectOf(args['speculative_config'] ?? null);
  const tokens = config?.['num_speculative_tokens'];
  return config && typeof tokens === 'number' ? { config, tokens } : null;
}
