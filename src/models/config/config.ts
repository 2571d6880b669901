import type { Architecture, DType, Layer, Tensor } from '../architecture.ts';
import { groupedAttention, latentAttention } from '../layers/attention.ts';
import { denseWidth, isHeadless, withClassDefaults, withPlainNames } from './defaults.ts';
import { contextOf, ropesOf } from './context.ts';
import {
  compressedAttention,
  compressedPrediction,
  compressedRopes,
  compressesTokens,
  compressionProblem,
  hashedExperts,
  streamHead,
} from '../families/deepseek-v4.ts';
import { headsOnly } from '../drafters/heads.ts';
import { asDrafter, drafterOf } from '../drafters/drafters.ts';
import { encodersOf } from '../encoders/index.ts';
import { familyOf } from '../families/family.ts';
import { denseMlp, expertLayer, mlpBeside } from '../layers/feed-forward.ts';
import { count, countOfLayer, flag, list, recordOf, section, size, text, texts, type Fields } from './fields.ts';
import { isGemma3n, streamProjections, streamsOfLayer } from '../families/gemma3n.ts';
import {
  expertsBeside,
  headsOf,
  isGemma4,
  layerInput,
  layerInputTable,
  layerScalar,
  readsOtherCache,
} from '../families/gemma4.ts';
import { blockReaders, latentMixture, LEAST_EXPERT_PART, readsBlocks } from '../families/kimi-k3.ts';
import { blockPattern, blocksListed, isSparse, mixerOf, reachOf } from '../layers/pattern.ts';
import { dualLayer, isLongcat, longcatProblem, zeroExpertsOf } from '../families/longcat.ts';
import {
  blockIndexOf,
  blockIndexProblem,
  isMinimaxM3,
  minimaxPrediction,
  namedMixture,
} from '../families/minimax-m3.ts';
import { attendsToPictures, crossLayer, FURTHER_ROWS, pictureProblem } from '../families/mllama.ts';
import { mixtureOf, sharedWidth } from '../layers/mixture.ts';
import { mixesBeside, stateMixer } from '../layers/mixers.ts';
import { nextTokenPredictionOf } from '../layers/next-token-prediction.ts';
import { quantizationOf } from '../quantization/quantization.ts';
import { searchedBlocks } from '../layers/searched-blocks.ts';
import { constant, norm, vocabulary } from '../tensors.ts';
import { thinkerOf } from './thinker.ts';
import { unreadMixer, unreadPart } from './unread-parts.ts';
import { whisperOf } from '../families/whisper.ts';

const MOST_LAYERS = 2000;
const MOST_EXPERTS = 10_000;

/**
 * What a Hugging Face config.json holds: tensors as vLLM stores them, and caches. Read by capability (which fields
 * are there), with a family's own ways from family.ts. A `model_type` that is not known is computed and said so.
 * @returns a `problem` when the fields do not make a model that can be computed; never throws.
 */
export function architectureOf(config: unknown): Architecture | { readonly problem: string } {
  const whole = recordOf(config);
  if (!whole) return { problem: 'config.json is not an object.' };
  const root = thinkerOf(whole);
  const drafterHeads = headsOnly(root);
  if (drafterHeads) return drafterHeads;
  const nested = section(root, 'text_config', 'llm_config', 'language_config', 'transformer_layer_config');
  const fields: Fields = nested ? withClassDefaults(nested) : withPlainNames(root);
  const modelType = text(fields, 'model_type') ?? text(root, 'model_type') ?? '';
  if (modelType === 'whisper') {
    const quantization = quantizationOf(root, root);
    if (quantization && 'problem' in quantization) return { problem: `In config.json, ${quantization.problem}.` };
    return whisperOf(root, quantization, dtypeOf(text(root, 'torch_dtype') ?? text(root, 'dtype')));
  }
  for (const key of ['img_processor', 'cross_attention_layers', 'encoder_layers']) {
    if (key === 'img_processor' && modelType === 'phi3_v') continue;
    if (key === 'cross_attention_layers' && attendsToPictures(modelType)) continue;
    if (section(root, key) ?? section(fields, key) ?? count(root, key) ?? list(fields, key)) {
      return { problem: `Headroom cannot compute the towers of a ${text(root, 'model_type') ?? modelType} model yet.` };
    }
  }
  if (UNSUPPORTED.has(modelType)) return { problem: `Headroom cannot compute the ${modelType} family yet.` };
  const hiddenSize = size(fields, 'hidden_size', 'n_embd', 'd_model');
  const layerCount =
    size(fields, 'num_hidden_layers', 'n_layer', 'n_layers', 'num_layers') ?? blocksListed(fields, modelType);
  const heads = size(fields, 'num_attention_heads', 'n_head', 'n_heads');
  const vocabSize = size(fields, 'vocab_size', 'padded_vocab_size');
  if (hiddenSize === null || layerCount === null || heads === null || vocabSize === null) {
    return { problem: 'config.json states no hidden_size, num_hidden_layers, num_attention_heads or vocab_size.' };
  }
  if (layerCount > MOST_LAYERS || hiddenSize > 200_000 || heads > 10_000)
    return { problem: 'config.json states sizes that no model has.' };
  const compressed = compressesTokens(fields);
  const unlike = compressed
    ? compressionProblem(fields, layerCount)
    : isLongcat(modelType)
      ? longcatProblem(fields)
      : attendsToPictures(modelType)
        ? pictureProblem(root)
        : null;
  if (unlike !== null) return { problem: unlike };
  const wholeType = text(root, 'model_type') ?? modelType;
  const encoders = encodersOf(root, wholeType, hiddenSize);
  if ('problem' in encoders) return encoders;
  const unread = unreadPart(root, wholeType);
  if (unread !== null) return { problem: unread };
  const quantization = quantizationOf(root, fields);
  if (quantization && 'problem' in quantization) return { problem: `In config.json, ${quantization.problem}.` };
  const { family, known } = familyOf(compressed ? 'deepseek_v4' : modelType, fields);
  // Decoders whose config turns the mask off embed (vLLM model_executor/models/config.py, models/llama.py is_causal).
  const masked = flag(fields, 'is_causal') !== false && flag(fields, 'use_bidirectional_attention') !== true;
  const causal = family.causal && masked;
  const headDim = size(fields, 'head_dim', 'kv_channels') ?? family.headDim ?? Math.floor(hiddenSize / heads);
  const blocks = searchedBlocks(fields, layerCount, heads, hiddenSize);
  if (blocks && 'problem' in blocks) return blocks;
  const multiQuery = flag(fields, 'multi_query') === true && flag(fields, 'new_decoder_architecture') !== true;
  const kvHeads =
    size(fields, 'num_key_value_heads', 'num_kv_heads', 'multi_query_group_num', 'num_attention_groups') ??
    blocks?.find((block) => block.kvHeads !== null)?.kvHeads ??
    (multiQuery ? 1 : heads);
  const unindexed = blockIndexProblem(fields, kvHeads, layerCount);
  if (unindexed !== null) return { problem: unindexed };
  const expertsInModel = count(fields, 'num_experts', 'num_local_experts', 'n_routed_experts', 'moe_num_experts') ?? 0;
  if (expertsInModel > MOST_EXPERTS) return { problem: 'config.json states more experts than any model has.' };
  const widths = blocks?.map(({ width }) => width ?? 0);
  const intermediateSize = widths ? Math.max(...widths) : denseWidth(fields, modelType, hiddenSize);
  const kvRank = size(fields, 'kv_lora_rank');
  const ropeDim = size(fields, 'qk_rope_head_dim') ?? 64;
  const nopeDim = size(fields, 'qk_nope_head_dim') ?? 128;
  const valueDim = size(fields, 'v_head_dim') ?? headDim;
  const mixture =
    expertsInModel > 0 ? mixtureOf(fields, hiddenSize, intermediateSize, expertsInModel, family.gated) : null;
  const moe = mixture && readsBlocks(fields) ? { ...mixture, leastPart: LEAST_EXPERT_PART } : mixture;

  const attention = (index: number): Layer => {
    if (compressed) return compressedAttention(fields, index, { hiddenSize, heads });
    const across = attendsToPictures(modelType)
      ? crossLayer(root, fields, index, { hiddenSize, heads, kvHeads, headDim })
      : null;
    if (across) return across;
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
        outputGate: flag(fields, 'mla_use_output_gate') === true,
        index: sparseIndex,
      });
    }
    const reach = causal ? reachOf(fields, modelType, index) : ({ kind: 'none' } as const);
    const own = reach.kind === 'sliding';
    const shape = headsOf(fields, reach, { headDim, kvHeads });
    const made = groupedAttention({
      hiddenSize,
      heads:
        countOfLayer(fields, index, 'num_attention_heads_per_layer') ??
        (own ? size(fields, 'swa_num_attention_heads') : null) ??
        // Step names the setting of its sliding layers apart (vLLM model_executor/models/step3p5.py).
        (own ? size(section(fields, 'attention_other_setting') ?? {}, 'num_attention_heads') : null) ??
        heads,
      kvHeads: (own ? size(fields, 'swa_num_key_value_heads') : null) ?? blocks?.[index]?.kvHeads ?? shape.kvHeads,
      keyDim: shape.headDim,
      valueDim: shape.headDim === headDim ? valueDim : shape.headDim,
      qkvBias: family.qkvBias,
      outBias: family.outBias,
      qkNorm: family.qkNorm,
      gate: family.gate,
      valuesAreKeys: false,
      sinks: family.sinks,
      reach,
      index: blockIndexOf(fields, index),
    });
    return readsOtherCache(fields, index, layerCount) ? { ...made, caches: [] } : made;
  };
  const experts = (): Tensor[] => {
    if (!moe) return [];
    return expertLayer({
      ...moe,
      sharedIntermediateSize: sharedWidth(fields, moe, family.sharedExperts),
      hiddenSize,
      expertHiddenSize: moe.hiddenSize,
      bias: family.expertBias,
      zeroExperts: zeroExpertsOf(fields, modelType),
      routerBias: family.routerBias,
      sharedGate: family.sharedGate,
    });
  };
  const dense = (index = 0): Tensor[] => {
    const listed = list(fields, 'intermediate_size') ? countOfLayer(fields, index, 'intermediate_size') : null;
    const width =
      blocks?.[index]?.width ??
      size(fields, 'intermediate_size_mlp', 'dense_intermediate_size') ??
      listed ??
      intermediateSize;
    const wide = flag(fields, 'use_double_wide_mlp') === true && readsOtherCache(fields, index, layerCount);
    return denseMlp(hiddenSize, wide ? 2 * width : width, family.gated, family.mlpBias);
  };
  const feedForward = (index: number): Tensor[] => {
    const pattern = blockPattern(fields);
    if (pattern !== null && !'E-'.includes(pattern[index] ?? '')) return [];
    if (blocks?.[index]?.width === null) return [];
    if (compressed) return hashedExperts(fields, index, experts(), { hiddenSize, vocabSize });
    if (isGemma4(modelType))
      return [
        ...dense(index),
        ...expertsBeside(fields, hiddenSize, experts()),
        ...layerInput(fields, hiddenSize),
        layerScalar(),
      ];
    if (isGemma3n(modelType))
      return [...dense(index), ...layerInput(fields, hiddenSize), ...streamsOfLayer(fields, hiddenSize)];
    if (!moe || !isSparse(fields, modelType, index)) return dense(index);
    if (isMinimaxM3(modelType)) return namedMixture(experts());
    if (modelType === 'kimi_linear') return latentMixture(fields, experts());
    return [...experts(), ...mlpBeside(fields, modelType, hiddenSize)];
  };
  const norms = (): Tensor[] => [
    ...Array.from({ length: family.norms }, (_, which) => norm(`norm_${which}`, hiddenSize, family.normBias)),
    ...(readsBlocks(fields) ? blockReaders(hiddenSize, ['self_attention', 'mlp']) : []),
  ];
  const made = new Map<string, Layer>();
  const layers = Array.from({ length: layerCount }, (_, index) => {
    const block = blocks?.[index];
    const kind = block?.kvHeads === null ? 'none' : mixerOf(fields, modelType, index);
    const attends = kind === 'attention' ? attention(index) : null;
    const states =
      kind === 'linear' || mixesBeside(modelType) ? stateMixer(fields, modelType, hiddenSize, heads, headDim) : null;
    const mixer = {
      tensors: [...(attends?.tensors ?? []), ...(states?.tensors ?? [])],
      caches: [...(attends?.caches ?? []), ...(states?.caches ?? [])],
    };
    // A half that is left out has no norm either.
    const halves = Number(block?.kvHeads !== null) + Number(block?.width !== null);
    const tensors = [...mixer.tensors, ...feedForward(index), ...(block ? norms().slice(0, halves) : norms())];
    const layer: Layer = isLongcat(modelType)
      ? dualLayer(fields, hiddenSize, { attention: mixer, dense: dense(index), experts: experts() })
      : { tensors: blockPattern(fields) === null ? tensors : inBlocks(tensors), caches: mixer.caches };
    const key = JSON.stringify(layer);
    const same = made.get(key) ?? layer;
    made.set(key, same);
    return same;
  });
  const hasStates = layers.some(({ caches }) => caches.some(({ kind }) => kind === 'state'));
  const unmixed = known ? null : unreadMixer(fields, modelType, hasStates);
  if (unmixed !== null) return { problem: unmixed };
  const className = texts(root, 'architectures')[0] ?? '';
  // The class of the text part tells whether there is a head: `InternVLChatModel` wraps a `Qwen2ForCausalLM`.
  const headless = isHeadless(texts(fields, 'architectures')[0] ?? className);
  const tiedEmbeddings = flag(fields, 'tie_word_embeddings') ?? flag(root, 'tie_word_embeddings') ?? family.tied;
  const context = contextOf(fields, modelType);
  const furtherRows = attendsToPictures(modelType) ? FURTHER_ROWS : (count(fields, 'additional_vocab_size') ?? 0);
  const tokenRows = vocabSize + furtherRows;
  const embedding = [vocabulary('embedding', 'embed_tokens', tokenRows, hiddenSize)];
  if (family.learnedPositions !== null) {
    embedding.push(
      constant('position_embedding', 'embed_positions', context.derivedTokens + family.learnedPositions, hiddenSize),
    );
  }
  if (isGemma4(modelType) || isGemma3n(modelType)) embedding.push(...layerInputTable(fields, hiddenSize, layerCount));
  for (let which = 0; which < family.embeddingNorms; which++)
    embedding.push(norm('embed_norm', hiddenSize, family.normBias));
  const head = family.finalNorm ? [norm('norm', hiddenSize, family.normBias)] : [];
  if (!tiedEmbeddings && !headless)
    head.push(vocabulary('lm_head', 'lm_head', vocabSize, hiddenSize, { linear: true, bias: family.headBias }));
  if (compressed) head.push(...streamHead(fields, hiddenSize));
  if (readsBlocks(fields)) head.push(...blockReaders(hiddenSize, ['output_attn']));
  if (isGemma3n(modelType)) {
    embedding.push(...streamProjections(fields, hiddenSize, 'altup_projections'));
    head.push(...streamProjections(fields, hiddenSize, 'altup_unembed_projections'));
  }
  const drafter = drafterOf(className, fields, root);
  const plain = { layers, embedding, head };
  const parts = drafter ? asDrafter(drafter, plain, { hiddenSize, vocabSize }, fields, root) : plain;
  const someDense = layers.some(
    (_, index) => !moe || isGemma4(modelType) || isLongcat(modelType) || !isSparse(fields, modelType, index),
  );
  const maker = { hiddenSize, layerCount, attention, feedForward, dense, experts, norms };
  return {
    modelType,
    className,
    task: causal && !headless ? 'generate' : 'pooling',
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
    ...(compressed ? { residualStreams: size(fields, 'hc_mult') ?? 1 } : {}),
    ...parts,
    tiedEmbeddings,
    ropes: compressed
      ? compressedRopes(fields, layerCount, context)
      : ropesOf(fields, modelType, headDim, family.rotaryFraction, context),
    context,
    moe,
    encoders,
    encoderLayers: [],
    nextTokenPrediction: compressed
      ? compressedPrediction(fields, maker)
      : isMinimaxM3(modelType)
        ? minimaxPrediction(fields, maker)
        : nextTokenPredictionOf(fields, modelType, maker),
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

/** Families whose layers are made in a way that the fields do not tell. */
const UNSUPPORTED: ReadonlySet<string> = new Set([
  // Two attentions in a layer, as longcat_flash has, and tables of n-grams.
  'longcat_flash_ngram',
]);

function dtypeOf(name: string | null): DType {
  if (name === 'float32' || name === 'float16') return name;
  return 'bfloat16';
}
