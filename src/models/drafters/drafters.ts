import type { Drafter, Layer, Tensor } from '../architecture.ts';
import { flag, list, section, size, text, type Fields } from '../config/fields.ts';
import { constant, norm, replicated, vocabulary } from '../tensors.ts';

/**
 * What kind of drafter a checkpoint is, by the type or the class that its config names, or null for a model that stands
 * alone. Drafters use the target's embeddings, even where they bring a copy (vLLM v1/spec_decode/llm_base_proposer.py
 * compares and shares them), unless theirs are of another width. EAGLE-3 trains a head of its own; the others have one
 * when it is over a reduced vocabulary.
 */
export function drafterOf(className: string, fields: Fields, root: Fields): Drafter | null {
  const method = methodOf(className, text(root, 'speculators_model_type') ?? '');
  if (method === null) return null;
  const draftVocabSize = size(root, 'draft_vocab_size') ?? size(fields, 'draft_vocab_size');
  const targetWidth = targetWidthOf(fields, root);
  return {
    method,
    ownsEmbedding: targetWidth !== null && targetWidth !== size(fields, 'hidden_size'),
    ownsHead: method === 'eagle3' || draftVocabSize !== null,
    draftVocabSize,
    tensorsPerToken: [],
    predictedTokens: null,
  };
}

function methodOf(className: string, speculator: string): 'eagle' | 'eagle3' | 'dflash' | 'dspark' | null {
  const name = `${speculator} ${className}`;
  if (/eagle-?3|\bp-?eagle/i.test(name)) return 'eagle3';
  // Eagle2_5_VL is a model of its own.
  if (/Eagle(?!2)/i.test(name)) return 'eagle';
  if (/DSpark/i.test(name)) return 'dspark';
  return /DFlash/i.test(name) ? 'dflash' : null;
}

function targetWidthOf(fields: Fields, root: Fields): number | null {
  return size(root, 'target_hidden_size') ?? size(fields, 'target_hidden_size');
}

/** Hidden states of the target that the projection takes in at once: EAGLE-3 takes three unless the config lists them. */
function statesTaken(method: Drafter['method'], fields: Fields, root: Fields): number {
  if (method === 'eagle') return 2;
  for (const config of [root, fields]) {
    const inner = section(config, 'eagle_config') ?? {};
    const listed =
      list(config, 'eagle_aux_hidden_state_layer_ids') ??
      list(inner, 'eagle_aux_hidden_state_layer_ids') ??
      list(section(config, 'dflash_config') ?? {}, 'target_layer_ids') ??
      list(config, 'dspark_target_layer_ids') ??
      list(config, 'target_layer_ids');
    const count = size(config, 'num_aux_hidden_states') ?? listed?.length ?? null;
    if (count !== null && count > 0) return count;
  }
  return method === 'eagle3' ? 3 : 1;
}

/** The projection that brings the target's hidden states to the drafter's size. */
export function drafterProjection(hiddenSize: number, inputs: number): Tensor {
  return replicated('projector', 'fc', hiddenSize, inputs * hiddenSize);
}

/** The parts of an architecture that differ in a drafter. */
export interface DrafterParts {
  readonly layers: readonly Layer[];
  readonly embedding: readonly Tensor[];
  readonly head: readonly Tensor[];
}

/**
 * A decoder turned into the drafter that its config names.
 * EAGLE: `fc` over embedding and state, no norm before its first layer and none at the end (models/llama_eagle.py).
 * EAGLE-3: `fc` over the target's states, a `hidden_norm` per layer, a first layer of twice the width, a head with a map of
 * token ids (models/llama_eagle3.py, deepseek_eagle3.py). DFlash: `fc`, `hidden_norm` and a mask embedding
 * (models/qwen3_dflash.py); DSpark adds a Markov head of two tables (models/qwen3_dspark.py).
 */
export function asDrafter(
  drafter: Drafter,
  { layers, embedding }: Pick<DrafterParts, 'layers' | 'embedding'>,
  sizes: { readonly hiddenSize: number; readonly vocabSize: number },
  fields: Fields,
  root: Fields,
): DrafterParts {
  const { hiddenSize, vocabSize } = sizes;
  const { method } = drafter;
  const states = statesTaken(method, fields, root) * (targetWidthOf(fields, root) ?? hiddenSize);
  const taken = method === 'eagle' ? 2 * hiddenSize : states;
  const fc = { ...drafterProjection(hiddenSize, 1), columns: taken };
  if (method === 'eagle') return { layers: withoutFirstNorm(layers), embedding: [fc], head: headOf(drafter, sizes) };
  if (method === 'eagle3') {
    const before = flag(root, 'norm_before_fc') ?? flag(fields, 'norm_before_fc');
    const draftVocabulary = drafter.draftVocabSize ?? vocabSize;
    return {
      layers: widenFirstLayer(layers, hiddenSize).map(withHiddenNorm(hiddenSize)),
      embedding: [...embedding, fc, ...(before === true ? [norm('input_norm', taken)] : [])],
      head: [
        norm('norm', hiddenSize),
        ...headOf({ ...drafter, draftVocabSize: draftVocabulary }, sizes),
        { ...constant('other', 'draft_id_to_target_id', draftVocabulary), dtype: 'int64' },
      ],
    };
  }
  const rank = size(root, 'markov_rank') ?? size(section(root, 'dflash_config') ?? {}, 'markov_rank');
  const markov =
    method === 'dspark' && rank !== null
      ? [
          constant('other', 'markov_head.markov_w1', vocabSize, rank),
          vocabulary('lm_head', 'markov_head.markov_w2', drafter.draftVocabSize ?? vocabSize, rank),
        ]
      : [];
  return {
    layers,
    embedding: [fc, norm('hidden_norm', hiddenSize), constant('other', 'mask_embedding', hiddenSize), ...markov],
    head: [norm('norm', hiddenSize), ...headOf(drafter, sizes)],
  };
}

function headOf({ draftVocabSize }: Drafter, { hiddenSize }: { readonly hiddenSize: number }): Tensor[] {
  if (draftVocabSize === null) return [];
  return [vocabulary('lm_head', 'lm_head', draftVocabSize, hiddenSize, { linear: true })];
}

/** EAGLE has no norm before its first layer: its projection takes the place. */
export function withoutFirstNorm(layers: readonly Layer[]): Layer[] {
  return layers.map((layer, index) => {
    const skipped = index === 0 ? layer.tensors.findIndex(({ role }) => role === 'norm') : -1;
    return skipped === -1 ? layer : { ...layer, tensors: layer.tensors.filter((_, at) => at !== skipped) };
  });
}

const withHiddenNorm =
  (hiddenSize: number) =>
  (layer: Layer): Layer => ({ ...layer, tensors: [...layer.tensors, norm('hidden_norm', hiddenSize)] });

/** Inputs of attention: fused q, k and v, or the down-projections of latent attention. */
const ATTENTION_INPUTS = /\.(?:qkv_proj|q_proj|q_a_proj|kv_a_proj_with_mqa)$/;

/** EAGLE-3's first layer attends over the token's embedding and the projected states side by side. */
function widenFirstLayer(layers: readonly Layer[], hiddenSize: number): Layer[] {
  return layers.map((layer, index) => {
    if (index > 0) return layer;
    const tensors = layer.tensors.map((tensor) =>
      ATTENTION_INPUTS.test(tensor.name) ? { ...tensor, columns: tensor.columns + hiddenSize } : tensor,
    );
    return { ...layer, tensors };
  });
}
