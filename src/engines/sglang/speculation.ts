import type { ArgumentValue } from '../../deployment.ts';
import type { Architecture, Layer, ModelFacts, Quantization, Tensor } from '../../models/architecture.ts';
import { drafterProjection, withoutFirstNorm } from '../../models/drafters/drafters.ts';
import { pinnedModel } from '../../models/reference.ts';
import { readArguments, type ArgumentReader } from '../argument-reader.ts';
import { quantizationOf } from './quantization.ts';
import { table } from '../../table.ts';

/** Speculative algorithms by how their drafter is made (srt/speculative/spec_info.py). */
export type Algorithm = 'EAGLE' | 'EAGLE3' | 'STANDALONE' | 'NGRAM' | 'DFLASH' | 'DSPARK' | 'FROZEN_KV_MTP';

const ALGORITHMS: Readonly<Record<string, Algorithm>> = table({
  EAGLE: 'EAGLE',
  EAGLE3: 'EAGLE3',
  NEXTN: 'EAGLE',
  STANDALONE: 'STANDALONE',
  NGRAM: 'NGRAM',
  DFLASH: 'DFLASH',
  DSPARK: 'DSPARK',
  FROZEN_KV_MTP: 'FROZEN_KV_MTP',
});

/** Speculative decoding as the launch asks for it, with what its drafter loads and keeps. */
export interface Speculation {
  readonly algorithm: Algorithm;
  readonly steps: number;
  readonly topk: number;
  /** Tokens that one verification takes. */
  readonly draftTokens: number;
  readonly layers: readonly Layer[];
  /** Projections, norms and what is not shared with the target beside the layers. */
  readonly tensors: readonly Tensor[];
  /** Tables of its own that it gives up for the target's once the pools are made. */
  readonly givenUp: readonly Tensor[];
  /** Whether the target's pool is sized with its layers in view. */
  readonly inView: boolean;
  readonly architecture: Architecture;
  readonly quantization: Quantization | null;
  /** Whether the checkpoint leaves no doubt about the layers' precision. */
  readonly quantizationStated: boolean;
  readonly path: string;
  readonly firstIndex: number;
}

/** Families that are their own draft path (srt/arg_groups/speculative_hook.py); layers of others are not looked up. */
const NAMES_ITSELF =
  /^(?:Deepseek(?:V3|V32|V4)|Glm4Moe|Glm4MoeLite|GlmMoeDsa|BailingMoe(?:V2|V2_5)?|MistralLarge3|HYV3)ForCausalLM$|^PixtralForC/;

type Problem = { readonly refusal: string } | { readonly unknown: string };

/** Resolves speculation against the models; null when it is off. */
export function speculationOf(
  reader: ArgumentReader,
  target: ModelFacts,
  drafter: ModelFacts | null,
  quantization: Quantization | null,
): Speculation | Problem | null {
  const named = reader.word('speculative_algorithm');
  if (named === null) return null;
  const algorithm = ALGORITHMS[named.toUpperCase()];
  if (!algorithm) return { unknown: `what the speculative algorithm '${named.slice(0, 40)}' holds is not known` };
  const { steps, topk, draftTokens } = countsOf(reader, algorithm, target.architecture);
  const inView =
    reader.word('speculative_draft_model_path') !== null || NAMES_ITSELF.test(target.architecture.className);
  const counts = { algorithm, steps, topk, draftTokens, inView };
  const own = { architecture: target.architecture, quantization, quantizationStated: true, path: '', firstIndex: 0 };
  if (algorithm === 'NGRAM') return { ...counts, ...own, layers: [], tensors: [], givenUp: [] };
  const model = drafter?.architecture ?? null;
  const predicts = model === null || (model.drafter === null && algorithm !== 'STANDALONE' && algorithm !== 'EAGLE3');
  const prediction = (model ?? target.architecture).nextTokenPrediction;
  if (predicts && prediction) {
    const layers = reader.flag('enable_multi_layer_eagle') === true ? prediction.layers : prediction.layers.slice(0, 1);
    return {
      ...counts,
      ...own,
      layers,
      tensors: layers.flatMap(() => prediction.tensors),
      givenUp: layers.flatMap(() => [...target.architecture.embedding, ...target.architecture.head]),
      quantizationStated: statesLayers(quantization, prediction.path, prediction.firstIndex),
      path: prediction.path,
      firstIndex: prediction.firstIndex,
    };
  }
  if (model === null) return { unknown: `the next-token-prediction layers of ${target.id} are not known` };
  const asked = reader.word('speculative_draft_model_quantization');
  const stored = quantizationOf(asked === 'unquant' ? null : asked, model);
  if (!('value' in stored)) return stored;
  return {
    ...counts,
    ...loadedParts(algorithm, model),
    architecture: model,
    quantization: stored.value,
    quantizationStated: true,
    path: 'layers.',
    firstIndex: 0,
  };
}

/**
 * What a drafter keeps once its tables are shared: EAGLE and DFLASH take embeddings and head from the target, EAGLE-3 keeps a
 * head of its own (srt/speculative/eagle_worker.py set_embed_and_head); a standalone drafter is a whole model.
 */
function loadedParts(algorithm: Algorithm, model: Architecture): Pick<Speculation, 'layers' | 'tensors' | 'givenUp'> {
  const whole = [...model.embedding, ...model.head];
  if (algorithm === 'STANDALONE') return { layers: model.layers, tensors: whole, givenUp: [] };
  const builds = algorithm === 'EAGLE' || algorithm === 'EAGLE3';
  if (model.drafter === null)
    return {
      layers: withoutFirstNorm(model.layers),
      tensors: [drafterProjection(model.hiddenSize, 2)],
      givenUp: builds ? whole : [],
    };
  const ownsHead = model.drafter.ownsHead;
  const kept = whole.filter(({ name }) => name !== 'embed_tokens' && (ownsHead || name !== 'lm_head'));
  return {
    layers: model.layers,
    tensors: kept,
    givenUp: builds ? whole.filter((tensor) => !kept.includes(tensor)) : [],
  };
}

/** Families whose drafts are short by default (srt/arg_groups/speculative_hook.py _auto_choose_speculative_params). */
const LONG_DRAFTS = /^(?:LlamaForCausalLM|Grok1V?ForCausalLM)$/;

function countsOf(
  reader: ArgumentReader,
  algorithm: Algorithm,
  { className }: Architecture,
): { readonly steps: number; readonly topk: number; readonly draftTokens: number } {
  const steps = reader.integer('speculative_num_steps', 1);
  const topk = reader.integer('speculative_eagle_topk', 1);
  const tokens = reader.integer('speculative_num_draft_tokens', 1);
  if (algorithm === 'NGRAM') return { steps: tokens ?? 12, topk: 1, draftTokens: tokens ?? 12 };
  if (algorithm === 'DFLASH' || algorithm === 'DSPARK')
    return { steps: 1, topk: 1, draftTokens: tokens ?? reader.integer('speculative_dflash_block_size', 1) ?? 16 };
  const long = algorithm !== 'STANDALONE' && LONG_DRAFTS.test(className);
  const chosen = steps === null ? { steps: long ? 5 : 3, topk: long ? 4 : 1, tokens: long ? 8 : 4 } : null;
  const width = topk ?? chosen?.topk ?? 1;
  const depth = steps ?? chosen?.steps ?? 3;
  return { steps: depth, topk: width, draftTokens: width === 1 ? depth + 1 : (tokens ?? chosen?.tokens ?? depth + 1) };
}

/** Whether an ignore list or wide weights leave no doubt about layers that quantization tools often skip. */
function statesLayers(quantization: Quantization | null, path: string, firstIndex: number): boolean {
  if (quantization === null || quantization.weightBits > 4) return true;
  const name = path.startsWith('mtp') ? 'mtp' : `layers.${firstIndex}`;
  return quantization.ignore.some((pattern) => pattern.replaceAll('\\', '').includes(name));
}

/** Id of the draft model that the arguments name; null when speculation is off or needs no model of its own. */
export function drafterOf(args: Readonly<Record<string, ArgumentValue>>): string | null {
  const reader = readArguments(args);
  const algorithm = reader.word('speculative_algorithm')?.toUpperCase() ?? null;
  const path = algorithm === null || algorithm === 'NGRAM' ? null : reader.word('speculative_draft_model_path');
  return path === null ? null : pinnedModel(path, reader.word('speculative_draft_model_revision'));
}
