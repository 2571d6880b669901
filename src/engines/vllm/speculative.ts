import type { Architecture, Layer, ModelFacts, Quantization, Tensor } from '../../models/architecture.ts';
import { drafterProjection, withoutFirstNorm } from '../../models/drafters/drafters.ts';
import type { ArgumentReader } from '../argument-reader.ts';
import { quantizationOf } from './quantization.ts';
import { askedOf, type Asked } from './speculation/asked.ts';
import { drafterTensors, type DrafterParts, type Surroundings } from './speculation/loading.ts';
import { methodOf, TOKENS_MISSING, type SpeculationMethod, type SpeculationProblem } from './speculation/method.ts';
import { placementRefusal, sizeRefusal } from './speculation/refusals.ts';
import { targetRefusal } from './speculation/targets.ts';
import { has, type EngineVersion } from './versions.ts';

export { drafterOf, speculativeTokensOf } from './speculation/asked.ts';

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
  readonly quantization: Quantization | null;
  /** Whether the checkpoint says that the drafter's layers are quantized like the rest; it often leaves them out. */
  readonly quantizationStated: boolean;
  /** Module path of the layers up to their number, and the number of the first one, for ignore lists. */
  readonly path: string;
  readonly firstIndex: number;
  /** `kv_cache_dtype` of the drafter alone, or null for the target's. */
  readonly kvCacheDtype: string | null;
  /** Slots of a batch that drafting keeps free per request. */
  readonly slotsPerRequest: number;
  /** The drafter's probabilities are kept for rejection sampling. */
  readonly probabilistic: boolean;
  readonly asked: Asked;
  readonly parts: DrafterParts;
}

/** The target's side of a launch, as far as it is known before the runner. */
interface SpeculationContext {
  readonly target: ModelFacts;
  readonly drafter: ModelFacts | null;
  readonly version: EngineVersion;
  readonly tensorParallelSize: number;
  /** Quantization that the target's weights end up in. */
  readonly quantization: Quantization | null;
  readonly maxModelLen: number;
}

/**
 * Resolves speculation against the models.
 * @returns null when it is off; a refusal in the engine's words; `unknown` when the draft model's facts are missing.
 */
export function speculationOf(
  reader: ArgumentReader,
  context: SpeculationContext,
): Speculation | SpeculationProblem | null {
  const { target, drafter, version } = context;
  if (target.architecture.drafter !== null) {
    return {
      unknown:
        `${target.id} is a drafter, and vLLM serves the model that it was made for. Name that model, and give the ` +
        'drafter in speculative_config.',
    };
  }
  const asked = askedOf(reader);
  if (asked === null) return null;
  if (asked.refusal !== null) return { refusal: asked.refusal };
  const chosen = methodOf(asked, target, drafter, version);
  if (!('method' in chosen)) return chosen;
  const { method } = chosen;
  const unable = targetRefusal(method, target.architecture.modelType, version);
  if (unable !== null) return { refusal: unable };
  if (method === 'custom_class') return { unknown: `what the proposer ${asked.model ?? ''} holds is not known` };
  const made = partsOf(method, asked, context);
  if (!('layers' in made)) return made;
  const refusal = sizeRefusal(asked, made, context);
  if (refusal !== null) return { refusal };
  const own = made.architecture === target.architecture;
  const quantization = own
    ? { value: context.quantization }
    : quantizationOf(asked.quantization, made.architecture, version);
  if (!('value' in quantization)) return quantization;
  const prediction = made.architecture.nextTokenPrediction;
  const predicts = method === 'mtp' && prediction !== null;
  return {
    ...made,
    tensorParallelSize: context.tensorParallelSize,
    keepsKvCache: made.layers.some(({ caches }) => caches.length > 0),
    quantization: quantization.value,
    quantizationStated: !predicts || statesLayers(quantization.value, prediction.path, prediction.firstIndex),
    path: predicts ? prediction.path : 'layers.',
    firstIndex: predicts ? prediction.firstIndex : 0,
    kvCacheDtype: asked.kvCacheDtype,
    slotsPerRequest: slotsOf(method, made.tokens, asked.parallelDrafting),
    probabilistic: asked.probabilistic,
    asked,
    parts: made,
  };
}

/** Fixes what depends on the runner: which tables are shared, and over how many GPUs the drafter is cut. */
export function placed(
  speculation: Speculation | null,
  around: Surroundings & { readonly tensorParallelSize: number },
): Speculation | SpeculationProblem | null {
  if (speculation === null) return null;
  const refusal = placementRefusal(speculation, around);
  if (refusal !== null) return { refusal };
  const { asked, parts, method } = speculation;
  const { engine, version, tensorParallelSize } = around;
  // V0 gives the drafter a group of its own; V1 loads it into the target's.
  const alone = engine === 'v0' && (asked.tensorParallelSize ?? (method === 'mlp_speculator' ? 1 : null)) === 1;
  return {
    ...speculation,
    tensorParallelSize: alone ? 1 : tensorParallelSize,
    tensors: drafterTensors(parts, around),
    slotsPerRequest: engine !== 'v0' && has(version, 'draftSlots') ? speculation.slotsPerRequest : 0,
  };
}

/** Slots that drafting may add to a batch per request (config/speculative.py, max_num_new_slots_for_drafting). */
function slotsOf(method: SpeculationMethod, tokens: number, parallelDrafting: boolean): number {
  const parallel = parallelDrafting || method === 'dflash' || method === 'dspark' ? tokens - 1 : 0;
  return parallel + (method === 'draft_model' ? 1 : 0);
}

/** Whether an ignore list or wide weights leave no doubt about layers that quantization tools often skip. */
function statesLayers(quantization: Quantization | null, path: string, firstIndex: number): boolean {
  if (quantization === null || quantization.weightBits > 4) return true;
  const name = path.startsWith('mtp') ? 'mtp' : `layers.${firstIndex}`;
  return quantization.ignore.some((pattern) => pattern.replaceAll('\\', '').includes(name));
}

function partsOf(
  method: SpeculationMethod,
  asked: Asked,
  { target, drafter }: SpeculationContext,
): DrafterParts | SpeculationProblem {
  const own = target.architecture;
  const { tokens } = asked;
  const nothing = { method, layers: [], tensors: [], ownHeads: false, architecture: own };
  if (method === 'suffix') return { ...nothing, tokens: tokens ?? asked.suffixDepth };
  if (method === 'extract_hidden_states') return extraction(asked, own);
  if (method === 'ngram' || method === 'ngram_gpu')
    return tokens === null ? { refusal: TOKENS_MISSING } : { ...nothing, tokens };
  if (method === 'mtp' && (drafter === null || drafter.architecture.drafter === null)) {
    const architecture = drafter?.architecture ?? own;
    const prediction = architecture.nextTokenPrediction;
    if (!prediction) return { unknown: `the next-token-prediction layers of ${target.id} are not known` };
    const { layers, ownHeads } = prediction;
    const tensors = layers.flatMap(() => prediction.tensors);
    const same = drafter !== null && drafter.id.toLowerCase() === target.id.toLowerCase() ? own : architecture;
    return { method, architecture: same, layers, tensors, ownHeads, tokens: tokens ?? prediction.tokens };
  }
  if (drafter === null) return { unknown: `the draft model ${asked.model ?? '(not named)'} is not known` };
  const { architecture } = drafter;
  const count = tokens ?? architecture.drafter?.predictedTokens ?? null;
  if (count === null) return { refusal: TOKENS_MISSING };
  const base = { method, tokens: count, architecture, ownHeads: false };
  if (method === 'eagle' && architecture.drafter === null) {
    // Older EAGLE checkpoints call themselves plain models; the method makes vLLM load them as EAGLE.
    const fc = drafterProjection(architecture.hiddenSize, 2);
    return { ...base, layers: withoutFirstNorm(architecture.layers), tensors: [fc] };
  }
  const whole = [...architecture.embedding, ...architecture.head];
  const shared = new Set(['embed_tokens', 'lm_head']);
  const tied = architecture.drafter === null || method === 'mlp_speculator' || method === 'medusa';
  const tensors = tied ? whole : whole.filter(({ name }) => !shared.has(name));
  return { ...base, layers: architecture.layers, tensors };
}

/** Hidden states of some layers, kept like keys without values (model_executor/models/extract_hidden_states.py). */
function extraction(asked: Asked, own: Architecture): DrafterParts | SpeculationProblem {
  if (asked.tokens === null) return { refusal: TOKENS_MISSING };
  const states = asked.extractedLayers * own.hiddenSize;
  if (states === 0) return { unknown: 'how many hidden states extract_hidden_states keeps is not stated' };
  const layer: Layer = { tensors: [], caches: [{ kind: 'full', kvHeads: 1, keyDim: states, valueDim: 0 }] };
  return {
    method: 'extract_hidden_states',
    tokens: asked.tokens,
    architecture: own,
    layers: [layer],
    tensors: [],
    ownHeads: false,
  };
}
