import type { Fields } from './config/fields.ts';
import type { GgufStorage } from './gguf/storage.ts';

/**
 * What a model holds, whoever serves it: weights as tensors and caches as specs, per layer. Two sources make
 * the same thing: config.json through one file per family, and (exact) checkpoint headers. Shapes are of the
 * whole model; engines divide them.
 */

export type DType = 'int64' | 'int32' | 'float32' | 'bfloat16' | 'float16' | 'float8' | 'int8' | 'uint8';

/** How tensor parallelism (and expert parallelism) divides a tensor. */
type Shard =
  /** The same on every rank. */
  | { readonly kind: 'replicated' }
  /** Output rows ÷ tp. */
  | { readonly kind: 'column' }
  /** Input columns ÷ tp. */
  | { readonly kind: 'row' }
  /** Vocabulary rows, padded to a multiple of 64, ÷ tp. */
  | { readonly kind: 'vocabulary' }
  /** Fused q, k, v: `queryHeads·queryDim + kvHeads·(keyDim+valueDim)` rows; k and v are replicated once tp exceeds kvHeads. */
  | {
      readonly kind: 'qkv';
      readonly queryHeads: number;
      readonly queryDim: number;
      readonly kvHeads: number;
      readonly keyDim: number;
      readonly valueDim: number;
    }
  /** Per-expert matrices: experts ÷ ep under expert parallelism, else the side named ÷ tp. */
  | { readonly kind: 'experts'; readonly side: 'column' | 'row' };

export type TensorRole =
  | 'embedding'
  | 'lm_head'
  | 'position_embedding'
  | 'norm'
  | 'attention'
  | 'mlp'
  | 'router'
  | 'experts'
  | 'shared_experts'
  | 'state' // Mamba, linear attention and convolution mixers
  | 'vision'
  | 'audio'
  | 'projector'
  | 'pooler'
  | 'other';

/** One tensor as an engine stores it (q, k, v fused; gate and up fused; experts stacked), in elements. */
export interface Tensor {
  readonly role: TensorRole;
  /** Module path below its layer in the checkpoint's naming (`self_attn.qkv_proj`), for quantization ignore lists. */
  readonly name: string;
  /** Output features (or elements of a vector). */
  readonly rows: number;
  /** Input features; 1 for a vector. */
  readonly columns: number;
  /** How many are stacked: experts of a layer; 1 otherwise. */
  readonly stack: number;
  readonly shard: Shard;
  /** A linear layer, which a quantization method may convert (unless its ignore list names it). */
  readonly linear: boolean;
  /** Vector that rides along (bias): stored in the model dtype. */
  readonly biasRows: number;
  /** Set when the tensor keeps a dtype of its own (an fp32 router). */
  readonly dtype: DType | null;
}

/** What one layer keeps between tokens. Heads and dims are of the whole model. */
export type Cache =
  | { readonly kind: 'full'; readonly kvHeads: number; readonly keyDim: number; readonly valueDim: number }
  | {
      readonly kind: 'sliding';
      readonly kvHeads: number;
      readonly keyDim: number;
      readonly valueDim: number;
      readonly windowTokens: number;
    }
  | {
      readonly kind: 'chunked';
      readonly kvHeads: number;
      readonly keyDim: number;
      readonly valueDim: number;
      readonly chunkTokens: number;
    }
  /** Multi-head latent attention: one latent per token, replicated on every TP rank. */
  | { readonly kind: 'latent'; readonly latentDim: number; readonly ropeDim: number; readonly sparse: boolean }
  /**
   * Index keys of sparse attention, the same on every TP rank: a layer of its own beside the attention's. In 8 bits with a
   * 32-bit scale per 128 (DeepSeek V3.2), or in 16 bits (MiniMax M3).
   */
  | { readonly kind: 'sparse_index'; readonly indexDim: number; readonly scaled: boolean }
  /**
   * DeepSeek V4 style: a window of plain entries, beside it one entry per `compressRatio` tokens (0: window only) with what
   * the compressor holds of the entries that are not full yet, and keys of an index to choose entries by (0: none).
   */
  | {
      readonly kind: 'compressed';
      readonly compressRatio: number;
      readonly windowTokens: number;
      readonly headDim: number;
      readonly ropeDim: number;
      readonly indexDim: number;
    }
  | {
      readonly kind: 'cross';
      readonly kvHeads: number;
      readonly keyDim: number;
      readonly valueDim: number;
      readonly encoderTokens: number;
    }
  /**
   * A state per request, not per token (Mamba 1 and 2, gated delta net, KDA, linear attention, short convolution).
   * conv: `(convChannels ÷ tp)·(convKernel − 1)` elements; state: `stateElements ÷ tp`.
   */
  | {
      readonly kind: 'state';
      readonly family: 'mamba1' | 'mamba2' | 'gated_delta' | 'kda' | 'linear' | 'short_conv';
      /** Channels divided by tp. */
      readonly convChannels: number;
      /** Mamba 2: channels of `n_groups·state`, whose groups are padded up to tp; 0 otherwise. */
      readonly groupChannels: number;
      readonly groups: number;
      readonly convKernel: number;
      readonly stateElements: number;
      /** Dtype that the config or the family fixes for the state; null follows the engine's option. */
      readonly stateDtype: DType | null;
      /** Mamba chunk size in tokens, for alignment; 0 when the family has none. */
      readonly chunkTokens: number;
    };

/** One decoder layer. Identical layers share one object, so that engines can cost each kind once. */
export interface Layer {
  readonly tensors: readonly Tensor[];
  /** Usually one; two with a sparse index or cross attention beside self attention; none for an MLP-only block. */
  readonly caches: readonly Cache[];
}

/** Where positions come from; the engine keeps one cos/sin table per distinct rope in memory. */
export interface Rope {
  readonly rotaryDim: number;
  /** Rows of the table: `max_position × factor` for YaRN, short + long for LongRoPE, fourfold for M-RoPE. */
  readonly tableTokens: number;
  /** Dtype of the table when it is not the model's. */
  readonly dtype: DType | null;
}

/** Values in config.json that bound the context, in the spelling that the engine's error message uses. */
export interface ContextLimit {
  /** Tokens derived from config.json (RoPE scaling applied), before tokenizer limits. */
  readonly derivedTokens: number;
  /** The key it came from (`max_position_embeddings`), or null when nothing states it. */
  readonly key: string | null;
  /** LongRoPE models serve this many unless told otherwise. */
  readonly originalTokens: number | null;
  /** `model_max_length` in config.json allows more than derivedTokens. */
  readonly modelMaxLength: number | null;
}

export interface MixtureOfExperts {
  readonly experts: number;
  readonly expertsPerToken: number;
  readonly intermediateSize: number;
  /** Hidden size that the experts see (latent MoE differs from the model's). */
  readonly hiddenSize: number;
  readonly gated: boolean;
  /** Least width of an expert's part on one rank, to which parts are padded; absent: none. */
  readonly leastPart?: number;
}

/**
 * Quantization of linear weights as the checkpoint declares it, in one shape for every method.
 * Bytes of a linear of n elements, r rows, c columns: `n·weightBits/8 + scales + zero points`.
 */
export interface Quantization {
  /** The engine-facing method name (`awq`, `gptq`, `fp8`, `compressed-tensors`, `mxfp4`, `nvfp4`, `bitsandbytes`, …). */
  readonly method: string;
  readonly weightBits: number;
  /** Columns that share a scale; 0: one per output row; -1: one per tensor. */
  readonly groupSize: number;
  /** Rows × columns of a block that shares a scale (`[128, 128]`), or null. */
  readonly block: readonly [number, number] | null;
  readonly scaleBits: number;
  /** 0 when symmetric. */
  readonly zeroPointBits: number;
  /** Order of the columns (`g_idx` and its sorting, 32 bits each), per column; 0 when they lie in order. */
  readonly indexBits: number;
  /** Activations are quantized too (W8A8, W4A4). */
  readonly quantizesActivations: boolean;
  /** The output embeddings are quantized as well. */
  readonly quantizesHead: boolean;
  /** Roles that stay in the model dtype even though they are linear (mxfp4: everything but experts). */
  readonly onlyRoles: readonly TensorRole[] | null;
  /** Patterns from the config (`lm_head`, `re:.*mlp.gate$`, `model.layers.0.mlp`), as written. */
  readonly ignore: readonly string[];
  /** KV-cache dtype that the checkpoint itself declares (`fp8`), or null. */
  readonly kvCacheDtype: string | null;
  /** Precision by module (mixed checkpoints): the first match wins, and what none names stays in the model dtype. Empty: one for all. */
  readonly groups: readonly QuantizedGroup[];
  /** How a GGUF file stores it, tensor by tensor or by the name of its mix; absent for anything else. */
  readonly gguf?: GgufStorage;
}

/** Modules that share a precision, in the fields of {@link Quantization}. */
export interface QuantizedGroup extends Pick<
  Quantization,
  'weightBits' | 'groupSize' | 'block' | 'scaleBits' | 'zeroPointBits' | 'indexBits'
> {
  /** Module paths or patterns as written; `Linear` for every linear layer. */
  readonly targets: readonly string[];
}

/** Extra layers that predict further tokens (MTP); loaded only when speculation asks for them. */
export interface NextTokenPrediction {
  readonly layers: readonly Layer[];
  /** Tokens that they predict (`n_predict`): one per layer, but one in all where several blocks make a step. */
  readonly tokens: number;
  /** Tensors beside the layers (eh_proj, norms), once per layer. */
  readonly tensors: readonly Tensor[];
  /** Module path of the layers up to their number (`mtp.layers.`), and the number of the first one. */
  readonly path: string;
  readonly firstIndex: number;
  /** Every layer comes with a head of its own beside the model's (`shared_head.head`), which engines may merge. */
  readonly ownHeads: boolean;
}

/** How a drafter differs from a stand-alone model. */
export interface Drafter {
  readonly method: 'eagle' | 'eagle3' | 'medusa' | 'mlp_speculator' | 'mtp' | 'dflash' | 'dspark' | 'draft_model';
  /** The checkpoint brings its own embeddings / head instead of sharing the target's. */
  readonly ownsEmbedding: boolean;
  readonly ownsHead: boolean;
  /** Vocabulary of a reduced head, or null. */
  readonly draftVocabSize: number | null;
  /** What every proposed token adds: Medusa's blocks and heads, the stages of an MLP speculator. */
  readonly tensorsPerToken: readonly Tensor[];
  /** Tokens that it proposes when nobody says how many, or null. */
  readonly predictedTokens: number | null;
}

/** The largest single item of a modality at the processor's defaults, which the profile run makes up. */
export interface EncoderItem {
  readonly modality: 'image' | 'video' | 'audio';
  /** Tokens that it becomes (rows of the encoder cache), or null when not derivable. */
  readonly tokens: number | null;
  /** Patches or frames (rows of the encoder's own activations), or null. */
  readonly patches: number | null;
  /** A video of several such parts: as many as the context holds, at most this many; 1 for one piece. */
  readonly mostParts: number;
  /** Tokens of the prompt for each of its own, where text such as timestamps stands between its parts. */
  readonly promptTokensPerToken?: number;
  /** Patches that the tower takes at least at once, an image or a frame, where the engine hands it its input in chunks. */
  readonly chunkPatches?: number;
}

/** What a multimodal front end holds and what it makes of its largest items. */
export interface Encoder {
  readonly items: readonly EncoderItem[];
  /** Everything but the blocks: patch embedding, positions, norms, projector. */
  readonly tensors: readonly Tensor[];
  /** One transformer block, of which there are `depth`. */
  readonly block: readonly Tensor[];
  readonly depth: number;
  readonly hiddenSize: number;
  readonly intermediateSize: number;
  readonly attentionHeads: number;
  readonly gatedMlp: boolean;
  /** Input values of one patch: colours × pixels × frames. */
  readonly patchValues: number;
  /** Levels whose features the decoder's first layers add (DeepStack); the engine keeps a batch of each. */
  readonly deepStackLevels: number;
  /** What the front end keeps at its widest, where that is more than the blocks need: for an item, and at most at once. */
  readonly frontEnd?: { readonly elementsPerItem: number; readonly mostElements: number };
  /** Rows of the position table of a tower that takes its input in chunks: they decide how large a chunk is. */
  readonly positionRows?: number;
}

export interface Architecture {
  /** `model_type` of config.json (of the text part when nested). */
  readonly modelType: string;
  /** First of `architectures`. */
  readonly className: string;
  readonly task: 'generate' | 'pooling' | 'transcription';
  readonly dtype: DType;
  readonly hiddenSize: number;
  /** Widest dense MLP of any layer (0 when every MLP is MoE or absent). */
  readonly intermediateSize: number;
  /** SwiGLU-style gate beside up. */
  readonly gatedMlp: boolean;
  readonly vocabSize: number;
  readonly attentionHeads: number;
  readonly kvHeads: number;
  readonly headDim: number;
  readonly layers: readonly Layer[];
  /** First pipeline stage: token (and position) embeddings, embedding norms. */
  readonly embedding: readonly Tensor[];
  /** Last pipeline stage: final norm, lm_head unless tied. */
  readonly head: readonly Tensor[];
  readonly tiedEmbeddings: boolean;
  readonly ropes: readonly Rope[];
  readonly context: ContextLimit;
  readonly moe: MixtureOfExperts | null;
  /** Vision or audio towers with their projector; first pipeline stage. */
  readonly encoders: readonly Encoder[];
  /** Encoder half of an encoder–decoder (Whisper): its layers cost weights but no KV. */
  readonly encoderLayers: readonly Layer[];
  readonly nextTokenPrediction: NextTokenPrediction | null;
  readonly drafter: Drafter | null;
  readonly quantization: Quantization | null;
  /** Copies of the hidden state that layers pass on (hyper-connections); absent for one. */
  readonly residualStreams?: number;
  /** MLA sizes that the activation model needs; null for other attention. */
  readonly latentAttention: {
    readonly kvLoraRank: number;
    readonly nopeDim: number;
    readonly ropeDim: number;
    readonly valueDim: number;
  } | null;
  /** What had to be assumed, in words; empty when every field was known. */
  readonly approximations: readonly string[];
}

/** What is known about a model and who says it. */
export interface FactSource {
  readonly fact: 'name' | 'config' | 'quantization' | 'checkpoint size' | 'parameters';
  readonly source: string;
}

/** A model with where its facts came from. */
export interface ModelFacts {
  /** Id as asked for. */
  readonly id: string;
  readonly architecture: Architecture;
  /** For a reader: `catalogue (Qwen/Qwen3-8B)`, `models/foo/config.json in the repository`. */
  readonly source: string;
  /** The same fact by fact, with how the name was read; absent where one source says all. */
  readonly sources?: readonly FactSource[];
  /** Total size of the checkpoint's weight files as stated by its source, in bytes, or null. */
  readonly checkpointBytes: number | null;
  /** What the model is when its config.json is changed first (`--hf-overrides`); absent where there is no config. */
  readonly remade?: Remake;
  /**
   * The model with as many layers in 16 bits as its quantization may leave there; absent where it was read which those are,
   * and not taken from what the format does by default.
   */
  readonly heaviest?: Pick<ModelFacts, 'architecture' | 'remade'>;
}

export type Remake = (change: (config: Fields) => Fields) => Architecture | { readonly problem: string };
