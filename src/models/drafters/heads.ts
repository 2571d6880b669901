import type { Architecture, Drafter, Layer, Tensor } from '../architecture.ts';
import { contextOf } from '../config/context.ts';
import { denseMlp } from '../layers/feed-forward.ts';
import { count, flag, list, section, size, text, texts, type Fields } from '../config/fields.ts';
import { column, constant, norm, replicated, row, vocabulary } from '../tensors.ts';

/**
 * Drafters whose config.json describes no decoder of its own: Medusa, MLP speculators, and Gemma 4's assistants, whose
 * attention reads the target's cache. Null for everything else.
 */
export function headsOnly(root: Fields): Architecture | null {
  const modelType = text(root, 'model_type') ?? '';
  if (modelType === 'medusa' || size(root, 'medusa_num_heads') !== null) return medusa(root);
  if (modelType === 'mlp_speculator') return mlpSpeculator(root);
  return /^gemma4(?:_unified)?_assistant$/.test(modelType) ? gemmaAssistant(root, modelType) : null;
}

/** Sizes that MedusaConfig has when a checkpoint states none (vLLM transformers_utils/configs/medusa.py). */
const MEDUSA = { hidden: 4096, vocabulary: 32_001, heads: 5, layers: 1 } as const;

/** Per token: residual blocks on every rank and a head of the whole vocabulary (vLLM model_executor/models/medusa.py). */
function medusa(root: Fields): Architecture {
  const hiddenSize = size(root, 'hidden_size') ?? MEDUSA.hidden;
  const vocabSize = size(root, 'vocab_size') ?? MEDUSA.vocabulary;
  const blocks = size(root, 'num_hidden_layers', 'medusa_num_layers') ?? MEDUSA.layers;
  const bias = flag(root, 'medusa_fc_bias') === true;
  const shared = flag(root, 'original_lm_head') === true;
  const lmHead = vocabulary('lm_head', 'lm_head', size(root, 'truncated_vocab_size') ?? vocabSize, hiddenSize);
  const block = Array.from({ length: Math.min(blocks, 16) }, (_, at) =>
    replicated('mlp', `blocks.layers.${at}`, hiddenSize, hiddenSize, { bias, linear: false }),
  );
  return bare(root, {
    hiddenSize,
    vocabSize,
    head: shared ? [lmHead] : [],
    drafter: {
      ...HEADS,
      method: 'medusa',
      tensorsPerToken: shared ? block : [...block, lmHead],
      predictedTokens: null,
    },
  });
}

/** Per token: an embedding, a projection, a norm and a head; one of each when they are tied (V0's models/mlp_speculator.py). */
function mlpSpeculator(root: Fields): Architecture | null {
  const hiddenSize = size(root, 'emb_dim', 'hidden_size');
  const vocabSize = size(root, 'vocab_size');
  const predicted = size(root, 'n_predict');
  if (hiddenSize === null || vocabSize === null || predicted === null) return null;
  const inner = size(root, 'inner_dim') ?? hiddenSize;
  const table = vocabulary('embedding', 'emb', vocabSize, inner);
  const lmHead = vocabulary('lm_head', 'head', vocabSize, inner);
  const first = replicated('mlp', 'proj.first', inner, hiddenSize, { linear: false });
  const further = replicated('mlp', 'proj', inner, inner, { linear: false });
  const tied = flag(root, 'tie_weights') === true;
  const stage = [table, further, norm('ln', inner, true)];
  return bare(root, {
    hiddenSize,
    vocabSize,
    // Where nothing is tied, the first stage's projection has the model's width instead of the inner one.
    embedding: tied ? [...stage, first] : hiddenSize > inner ? [{ ...first, columns: hiddenSize - inner }] : [],
    head: tied ? [lmHead] : [],
    drafter: {
      ...HEADS,
      method: 'mlp_speculator',
      tensorsPerToken: tied ? [] : [...stage, lmHead],
      predictedTokens: predicted,
    },
  });
}

/** Query-only attention, an MLP, projections from and to the target's width, a head of its own (models/gemma4_mtp.py). */
function gemmaAssistant(root: Fields, modelType: string): Architecture | null {
  const fields = section(root, 'text_config') ?? root;
  const hiddenSize = size(fields, 'hidden_size');
  const vocabSize = size(fields, 'vocab_size');
  const layerCount = size(fields, 'num_hidden_layers');
  const intermediateSize = size(fields, 'intermediate_size');
  const heads = size(fields, 'num_attention_heads');
  const headDim = size(fields, 'head_dim') ?? 256;
  if (hiddenSize === null || vocabSize === null || layerCount === null || intermediateSize === null || heads === null)
    return null;
  if (layerCount > 200) return null;
  const targetWidth = size(root, 'backbone_hidden_size') ?? hiddenSize;
  const kinds = list(fields, 'layer_types');
  const layers = Array.from({ length: layerCount }, (_, index): Layer => {
    const wide = kinds?.[index] === 'full_attention';
    const dim = (wide ? size(fields, 'global_head_dim') : null) ?? headDim;
    const tensors = [
      column('attention', 'self_attn.q_proj', heads * dim, hiddenSize),
      row('attention', 'self_attn.o_proj', hiddenSize, heads * dim),
      norm('self_attn.q_norm', dim),
      ...denseMlp(hiddenSize, intermediateSize, true, false),
      ...['input', 'post_attention', 'pre_feedforward', 'post_feedforward'].map((name) => norm(name, hiddenSize)),
    ];
    return { tensors, caches: [] };
  });
  const centroids = flag(root, 'use_ordered_embeddings') === true ? (count(root, 'num_centroids') ?? 2048) : 0;
  const masked: Tensor[] =
    centroids > 0
      ? [
          replicated('other', 'masked_embedding.centroids', centroids, hiddenSize, { linear: false }),
          { ...constant('other', 'masked_embedding.token_ordering', vocabSize), dtype: 'int64' },
        ]
      : [];
  return {
    ...bare(root, {
      hiddenSize,
      vocabSize,
      embedding: [
        column('projector', 'pre_projection', hiddenSize, 2 * targetWidth),
        row('projector', 'post_projection', targetWidth, hiddenSize),
        ...masked,
      ],
      head: [norm('norm', hiddenSize), vocabulary('lm_head', 'lm_head', vocabSize, hiddenSize)],
      drafter: { ...HEADS, method: 'mtp', ownsHead: true, predictedTokens: 1 },
    }),
    modelType,
    layers,
    intermediateSize,
    gatedMlp: true,
    attentionHeads: heads,
    headDim,
    context: contextOf(fields, modelType),
  };
}

const HEADS = {
  ownsEmbedding: false,
  ownsHead: true,
  draftVocabSize: null,
  tensorsPerToken: [],
} satisfies Partial<Drafter>;

interface Bare {
  readonly hiddenSize: number;
  readonly vocabSize: number;
  readonly embedding?: readonly Tensor[];
  readonly head?: readonly Tensor[];
  readonly drafter: Drafter;
}

/** An architecture without layers; drafters of this kind bound no context. */
function bare(root: Fields, { hiddenSize, vocabSize, embedding = [], head = [], drafter }: Bare): Architecture {
  const limit = 2 ** 20;
  return {
    modelType: text(root, 'model_type') ?? drafter.method,
    className: texts(root, 'architectures')[0] ?? '',
    task: 'generate',
    dtype: 'bfloat16',
    hiddenSize,
    intermediateSize: 0,
    gatedMlp: false,
    vocabSize,
    attentionHeads: 1,
    kvHeads: 1,
    headDim: hiddenSize,
    layers: [],
    embedding,
    head,
    tiedEmbeddings: false,
    ropes: [],
    context: { derivedTokens: limit, key: null, originalTokens: null, modelMaxLength: null },
    moe: null,
    encoders: [],
    encoderLayers: [],
    nextTokenPrediction: null,
    drafter,
    quantization: null,
    latentAttention: null,
    approximations: [],
  };
}
