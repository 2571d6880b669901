import type { Architecture, DType, Layer, MixtureOfExperts, Tensor } from './architecture.ts';
import { groupedAttention, latentAttention } from './attention.ts';
import { contextOf, ropesOf } from './context.ts';
import { headsOnly } from './drafter-heads.ts';
import { asDrafter, drafterOf } from './drafters.ts';
import { encodersOf } from './encoders/index.ts';
import { familyOf } from './family.ts';
import { denseMlp, expertLayer } from './feed-forward.ts';
import { count, countOfLayer, flag, list, ratio, recordOf, section, size, text, texts, type Fields } from './fields.ts';
import { blockPattern, isSparse, mixerOf, reachOf } from './layer-pattern.ts';
import { nextTokenPredictionOf } from './next-token-prediction.ts';
import { quantizationOf } from './quantization.ts';
import { gatedDelta, kimiDelta, lightning, mamba1, mamba2, shortConvolution, type StateMixer } from './state-mixers.ts';
import { constant, norm, vocabulary } from './tensors.ts';

const MOST_LAYERS = 2000;
const MOST_EXPERTS = 10_000;

/**
 * What a Hugging Face config.json holds: tensors as vLLM stores them, and caches. Read by capability (which fields
 * are there), with a family's own ways from family.ts. A `model_type` that is not known is computed and said so.
 * @returns a `problem` when the fields do not make a model that can be computed; never throws.
 */
export function architectureOf(config: unknown): Architecture | { readonly problem: string } {
  const root = recordOf(config);
  if (!root) return { problem: 'config.json is not an object.' };
  const drafterHeads = headsOnly(root);
  if (drafterHeads) return drafterHeads;
  const nested = section(root, 'text_config', 'llm_config', 'language_config', 'transformer_layer_config');
  const fields: Fields = nested ? withClassDefaults(nested) : root;
  const modelType = text(fields, 'model_type') ?? text(root, 'model_type') ?? '';
  for (const key of ['img_processor', 'cross_attention_layers', 'encoder_layers']) {
    if (section(root, key) ?? section(fields, key) ?? count(root, key) ?? list(fields, key)) {
      return { problem: `Headroom cannot compute the towers of a ${text(root, 'model_type') ?? modelType} model yet.` };
    }
  }
  if (UNSUPPORTED.has(modelType)) return { problem: `Headroom cannot compute the ${modelType} family yet.` };
  const hiddenSize = size(fields, 'hidden_size', 'n_embd', 'd_model');
  const layerCount = size(fields, 'num_hidden_layers', 'n_layer', 'n_layers', 'num_layers');
  const heads = size(fields, 'num_attention_heads', 'n_head', 'n_heads');
  const vocabSize = size(fields, 'vocab_size', 'padded_vocab_size');
  if (hiddenSize === null || layerCount === null || heads === null || vocabSize === null) {
    return { problem: 'config.json states no hidden_size, num_hidden_layers, num_attention_heads or vocab_size.' };
  }
  if (layerCount > MOST_LAYERS || hiddenSize > 200_000 || heads > 10_000)
    return { problem: 'config.json states sizes that no model has.' };
  const encoders = encodersOf(root, text(root, 'model_type') ?? '', hiddenSize);
  if ('problem' in encoders) return encoders;
  const quantization = quantizationOf(root, fields);
  if (quantization && 'problem' in quantization) return { problem: `In config.json, ${quantization.problem}.` };
  const { family, known } = familyOf(modelType, fields);
  const headDim = size(fields, 'head_dim', 'kv_channels') ?? family.headDim ?? Math.floor(hiddenSize / heads);
  const multiQuery = flag(fields, 'multi_query') === true && flag(fields, 'new_decoder_architecture') !== true;
  const kvHeads =
    size(fields, 'num_key_value_heads', 'num_kv_heads', 'multi_query_group_num', 'num_attention_groups') ??
    (multiQuery ? 1 : heads);
  const expertsInModel = count(fields, 'num_experts', 'num_local_experts', 'n_routed_experts', 'moe_num_experts') ?? 0;
  if (expertsInModel > MOST_EXPERTS) return { problem: 'config.json states more experts than any model has.' };
  const stated = size(fields, 'intermediate_size', 'ffn_dim', 'n_inner', 'ffn_hidden_size', 'ff_intermediate_size');
  const intermediateSize = adjustedWidth(
    fields,
    stated === null ? 4 * hiddenSize : modelType === 'qwen' ? Math.floor(stated / 2) : stated,
  );
  const kvRank = size(fields, 'kv_lora_rank');
  const ropeDim = size(fields, 'qk_rope_head_dim') ?? 64;
  const nopeDim = size(fields, 'qk_nope_head_dim') ?? 128;
  const valueDim = size(fields, 'v_head_dim') ?? headDim;
  const moe = expertsInModel > 0 ? mixtureOf(fields, hiddenSize, intermediateSize, expertsInModel, family.gated) : null;

  const attention = (index: number): { tensors: Tensor[]; caches: Layer['caches'][number][] } => {
    if (kvRank !== null) {
      const indexDim = size(fields, 'index_head_dim');
      const sparseIndex = indexDim === null ? null : { heads: size(fields, 'index_n_heads') ?? 64, dim: indexDim };
      const bias = flag(fields, 'attention_bias') === true;
      const queryRank = size(fields, 'q_lora_rank');
      return latentAttention({
        hiddenSize,
        heads,
        queryRank,
        kvRank,
        nopeDim,
        ropeDim,
        valueDim,
        bias,
        outputGate: false,
        index: sparseIndex,
      });
    }
    const reach = family.causal ? reachOf(fields, modelType, index) : ({ kind: 'none' } as const);
    const own = reach.kind === 'sliding';
    return groupedAttention({
      hiddenSize,
      heads:
        countOfLayer(fields, index, 'num_attention_heads_per_layer') ??
        (own ? size(fields, 'swa_num_attention_heads') : null) ??
        // Step names the setting of its sliding layers apart (vLLM model_executor/models/step3p5.py).
        (own ? size(section(fields, 'attention_other_setting') ?? {}, 'num_attention_heads') : null) ??
        heads,
      kvHeads: (own ? size(fields, 'swa_num_key_value_heads') : null) ?? kvHeads,
      keyDim: headDim,
      valueDim,
      qkvBias: family.qkvBias,
      outBias: family.outBias,
      qkNorm: family.qkNorm,
      gate: family.gate,
      valuesAreKeys: false,
      sinks: family.sinks,
      reach,
    });
  };
  const experts = (): Tensor[] => {
    if (!moe) return [];
    return expertLayer({
      ...moe,
      ...sharedOf(fields, moe, family.sharedExperts),
      hiddenSize,
      expertHiddenSize: moe.hiddenSize,
      bias: family.expertBias,
      zeroExperts: 0,
      routerBias: family.routerBias,
      sharedGate: family.sharedGate,
    });
  };
  const dense = (): Tensor[] => {
    const width = size(fields, 'intermediate_size_mlp', 'dense_intermediate_size') ?? intermediateSize;
    return denseMlp(hiddenSize, width, family.gated, family.mlpBias);
  };
  const feedForward = (index: number): Tensor[] => {
    const pattern = blockPattern(fields);
    if (pattern !== null && !'E-'.includes(pattern[index] ?? '')) return [];
    return moe && isSparse(fields, modelType, index) ? experts() : dense();
  };
  const norms = (): Tensor[] =>
    Array.from({ length: family.norms }, (_, which) => norm(`norm_${which}`, hiddenSize, family.normBias));
  const made = new Map<string, Layer>();
  const layers = Array.from({ length: layerCount }, (_, index) => {
    const kind = mixerOf(fields, modelType, index);
    const mixer =
      kind === 'attention'
        ? attention(index)
        : kind === 'linear'
          ? stateMixer(fields, modelType, hiddenSize, heads, headDim)
          : { tensors: [], caches: [] };
    const tensors = [...mixer.tensors, ...feedForward(index), ...norms()];
    const layer: Layer = { tensors: blockPattern(fields) === null ? tensors : inBlocks(tensors), caches: mixer.caches };
    const key = JSON.stringify(layer);
    const same = made.get(key) ?? layer;
    made.set(key, same);
    return same;
  });
  const className = texts(root, 'architectures')[0] ?? '';
  // The class of the text part tells whether there is a head: `InternVLChatModel` wraps a `Qwen2ForCausalLM`.
  const headless = isHeadless(texts(fields, 'architectures')[0] ?? className);
  const tiedEmbeddings = flag(fields, 'tie_word_embeddings') ?? flag(root, 'tie_word_embeddings') ?? family.tied;
  const context = contextOf(fields, modelType);
  const embedding = [vocabulary('embedding', 'embed_tokens', vocabSize, hiddenSize)];
  if (family.learnedPositions !== null) {
    embedding.push(
      constant('position_embedding', 'embed_positions', context.derivedTokens + family.learnedPositions, hiddenSize),
    );
  }
  for (let which = 0; which < family.embeddingNorms; which++)
    embedding.push(norm('embed_norm', hiddenSize, family.normBias));
  const head = family.finalNorm ? [norm('norm', hiddenSize, family.normBias)] : [];
  if (!tiedEmbeddings && !headless)
    head.push(vocabulary('lm_head', 'lm_head', vocabSize, hiddenSize, { linear: true, bias: family.headBias }));
  const drafter = drafterOf(className, fields, root);
  const plain = { layers, embedding, head };
  const parts = drafter ? asDrafter(drafter, plain, { hiddenSize, vocabSize }, fields, root) : plain;
  const someDense = layers.some((_, index) => !moe || !isSparse(fields, modelType, index));
  const maker = { hiddenSize, layerCount, attention, feedForward, dense, experts, norms };
  return {
    modelType,
    className,
    task: family.causal && !headless ? 'generate' : 'pooling',
    dtype: dtypeOf(
      text(fields, 'torch_dtype') ?? text(fields, 'dtype') ?? text(root, 'torch_dtype') ?? text(root, 'dtype'),
    ),
    hiddenSize,
    intermediateSize: someDense ? intermediateSize : 0,
    gatedMlp: family.gated,
    vocabSize,
    attentionHeads: heads,
    kvHeads,
    headDim,
    ...parts,
    tiedEmbeddings,
    ropes: ropesOf(fields, modelType, headDim, family.rotaryFraction, context),
    context,
    moe,
    encoders,
    encoderLayers: [],
    nextTokenPrediction: nextTokenPredictionOf(fields, modelType, maker),
    drafter,
    quantization,
    latentAttention: kvRank === null ? null : { kvLoraRank: kvRank, nopeDim, ropeDim, valueDim },
    approximations: known
      ? []
      : [`model_type '${modelType.slice(0, 60)}' is computed from its fields, without knowledge of the family`],
  };
}

/** Where blocks are one thing each, checkpoints call every one of them `mixer`. */
function inBlocks(tensors: readonly Tensor[]): Tensor[] {
  return tensors.map((tensor) => ({ ...tensor, name: tensor.name.replace(/^(?:self_attn|mlp)\./, 'mixer.') }));
}

/** Embedding models, rerankers and reward models: the backbone alone, or with a small head in the place of lm_head. */
function isHeadless(className: string): boolean {
  return (
    /(?:ForSequenceClassification|ForTokenClassification|ForRewardModel|[a-z0-9]Model)$/.test(className) &&
    !/Draft|Vision|LMHead/.test(className)
  );
}

/** Sizes that a nested text config leaves out because they are its class's defaults in transformers. */
const CLASS_DEFAULTS: Readonly<Record<string, Fields>> = {
  llama: { hidden_size: 4096, intermediate_size: 11_008, num_hidden_layers: 32, num_attention_heads: 32 },
  mistral: {
    hidden_size: 4096,
    intermediate_size: 14_336,
    num_hidden_layers: 32,
    num_attention_heads: 32,
    num_key_value_heads: 8,
  },
};

function withClassDefaults(fields: Fields): Fields {
  const modelType = text(fields, 'model_type') ?? '';
  if (size(fields, 'hidden_size') !== null || !Object.hasOwn(CLASS_DEFAULTS, modelType)) return fields;
  return { ...CLASS_DEFAULTS[modelType], ...fields };
}

/** LFM2 narrows the width that it states to two thirds, rounded up to a multiple (transformers, modeling_lfm2.py). */
function adjustedWidth(fields: Fields, width: number): number {
  if (flag(fields, 'block_auto_adjust_ff_dim') !== true) return width;
  const multiple = size(fields, 'block_multiple_of') ?? 256;
  const narrowed = Math.floor(Math.floor((2 * width) / 3) * (ratio(fields, 'block_ffn_dim_multiplier') ?? 1));
  return multiple * Math.ceil(narrowed / multiple);
}

/** Families whose layers are made in a way that the fields do not tell. */
const UNSUPPORTED: ReadonlySet<string> = new Set([
  'gemma3n_text',
  'gemma4_text',
  'deepseek_v4',
  'deepseek_ref',
  'nemotron-nas',
  'longcat_flash',
  'arctic',
  'mllama_text_model',
  'whisper',
  'dbrx',
  'kimi_k3',
  'minimax_m3',
  'phi3_v',
]);

function dtypeOf(name: string | null): DType {
  if (name === 'float32' || name === 'float16') return name;
  return 'bfloat16';
}

function mixtureOf(
  fields: Fields,
  hiddenSize: number,
  intermediateSize: number,
  experts: number,
  gated: boolean,
): MixtureOfExperts {
  const expertsPerToken =
    size(
      fields,
      'num_experts_per_tok',
      'num_experts_per_token',
      'moe_topk',
      'moe_top_k',
      'moe_k',
      'experts_per_token',
    ) ?? 1;
  const width = countOfLayer(fields, 0, 'moe_intermediate_size', 'expert_ffn_hidden_size') ?? intermediateSize;
  return {
    experts,
    expertsPerToken,
    intermediateSize: width,
    hiddenSize: size(fields, 'routed_expert_hidden_size', 'moe_latent_size') ?? hiddenSize,
    gated,
  };
}

function sharedOf(fields: Fields, moe: MixtureOfExperts, unsaid: number): { readonly sharedIntermediateSize: number } {
  const stated = size(
    fields,
    'shared_expert_intermediate_size',
    'moe_shared_expert_intermediate_size',
    'shared_intermediate_size',
    'share_expert_dim',
  );
  const shared =
    countOfLayer(fields, 0, 'n_shared_experts', 'num_shared_experts', 'moe_num_shared_experts', 'num_shared_expert') ??
    unsaid;
  return { sharedIntermediateSize: stated ?? shared * moe.intermediateSize };
}

function stateMixer(fields: Fields, modelType: string, hiddenSize: number, heads: number, headDim: number): StateMixer {
  const kda = section(fields, 'linear_attn_config');
  if (kda)
    return kimiDelta({
      hiddenSize,
      heads: size(kda, 'num_heads') ?? heads,
      headDim: size(kda, 'head_dim') ?? headDim,
      kernel: size(kda, 'short_conv_kernel_size') ?? 4,
      fullRankGate: flag(kda, 'use_full_rank_gate') === true,
    });
  const keyHeads = size(fields, 'linear_num_key_heads');
  if (keyHeads !== null) {
    const stateDtype = text(fields, 'mamba_ssm_dtype') === 'float32' ? 'float32' : null;
    return gatedDelta({
      hiddenSize,
      keyHeads,
      valueHeads: size(fields, 'linear_num_value_heads') ?? keyHeads,
      keyDim: size(fields, 'linear_key_head_dim') ?? 128,
      valueDim: size(fields, 'linear_value_head_dim') ?? 128,
      kernel: size(fields, 'linear_conv_kernel_dim') ?? 4,
      stateDtype,
    });
  }
  const kernel = size(fields, 'conv_L_cache');
  if (kernel !== null) return shortConvolution({ hiddenSize, kernel, bias: flag(fields, 'conv_bias') === true });
  const mambaHeads = size(fields, 'mamba_num_heads', 'mamba_n_heads');
  if (mambaHeads !== null) {
    return mamba2({
      hiddenSize,
      heads: mambaHeads,
      headDim: size(fields, 'mamba_head_dim', 'mamba_d_head') ?? 64,
      groups: size(fields, 'n_groups', 'mamba_n_groups') ?? 1,
      state: size(fields, 'ssm_state_size', 'mamba_d_state') ?? 128,
      kernel: size(fields, 'conv_kernel', 'mamba_d_conv') ?? 4,
      chunkTokens: size(fields, 'chunk_size', 'mamba_chunk_size') ?? 256,
      convBias: flag(fields, 'use_conv_bias', 'mamba_conv_bias') ?? true,
      bias: flag(fields, 'mamba_proj_bias') === true,
      stateDtype: modelType === 'nemotron_h' ? 'float32' : null,
    });
  }
  const state = size(fields, 'mamba_d_state');
  if (state === null) return lightning({ hiddenSize, heads, headDim });
  const inner = Math.floor(hiddenSize * (ratio(fields, 'mamba_expand') ?? 2));
  return mamba1({
    hiddenSize,
    inner,
    state,
    kernel: size(fields, 'mamba_d_conv') ?? 4,
    timeRank: size(fields, 'mamba_dt_rank') ?? Math.ceil(hiddenSize / 16),
    convBias: flag(fields, 'mamba_conv_bias') ?? true,
    bias: flag(fields, 'mamba_proj_bias') === true,
    norms: modelType === 'jamba',
  });
}
