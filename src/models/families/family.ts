import { count, flag, type Fields } from '../config/fields.ts';
import { minicpmVersion } from './minicpmv.ts';
import { table } from '../../table.ts';

/**
 * What a family of models does that its config.json does not say. Everything else is read from the config's fields,
 * so that most families need no entry. To add one: a row in {@link familyOf}'s table, keyed by `model_type`, with
 * what its modelling code does differently, and a catalogue row with a stated parameter count, which the tests
 * compare with.
 */
interface Family {
  /** Norms of the hidden size per layer. */
  readonly norms: number;
  /** Norms are LayerNorms with a bias. */
  readonly normBias: boolean;
  /** There is a norm after the last layer. */
  readonly finalNorm: boolean;
  readonly gated: boolean;
  readonly qkvBias: boolean;
  readonly outBias: boolean;
  readonly mlpBias: boolean;
  readonly headBias: boolean;
  readonly qkNorm: 'none' | 'head' | 'full';
  readonly gate: 'none' | 'full' | 'head';
  /** Whether input and output embeddings are one when the config does not say. */
  readonly tied: boolean;
  /** Learned positions beyond `max_position_embeddings` (OPT: 2), or null for none. */
  readonly learnedPositions: number | null;
  /** Norms on the token embeddings. */
  readonly embeddingNorms: number;
  /** Head size when the config does not say, or null for hidden ÷ heads. */
  readonly headDim: number | null;
  readonly sinks: boolean;
  /** Biases on router and experts (gpt-oss). */
  readonly expertBias: boolean;
  /** A score correction per expert. */
  readonly routerBias: boolean;
  readonly sharedGate: boolean;
  /** Experts that every token sees, when the config does not count them. */
  readonly sharedExperts: number;
  /** `encoder` models attend in both directions and keep nothing. */
  readonly causal: boolean;
  /** Rotary part of each head when the config gives no fraction. */
  readonly rotaryFraction: number;
}

const PLAIN: Family = {
  norms: 2,
  normBias: false,
  finalNorm: true,
  gated: true,
  qkvBias: false,
  outBias: false,
  mlpBias: false,
  headBias: false,
  qkNorm: 'none',
  gate: 'none',
  tied: false,
  learnedPositions: null,
  embeddingNorms: 0,
  headDim: null,
  sinks: false,
  expertBias: false,
  routerBias: false,
  sharedGate: false,
  sharedExperts: 0,
  causal: true,
  rotaryFraction: 1,
};

/** GPT-2's block: LayerNorms and biases everywhere, an ungated MLP. */
const CLASSIC = { normBias: true, gated: false, qkvBias: true, outBias: true, mlpBias: true } as const;
const ENCODER = {
  ...CLASSIC,
  finalNorm: false,
  tied: true,
  causal: false,
  embeddingNorms: 1,
  rotaryFraction: 0,
} as const;
const QWEN_HYBRID = { qkNorm: 'head', gate: 'full', sharedGate: true, rotaryFraction: 0.25 } as const;
const MINIMAX_M3 = { qkNorm: 'head', routerBias: true, rotaryFraction: 0.5 } as const;
const GEMMA = { tied: true, headDim: 256 } as const;

type Rule = Partial<Family> | ((config: Fields) => Partial<Family>);

const FAMILIES: Readonly<Record<string, Rule>> = table({
  qwen: { qkvBias: true },
  qwen2: { qkvBias: true },
  qwen2_vl: { qkvBias: true },
  qwen2_5_vl: { qkvBias: true },
  qwen2_vl_text: { qkvBias: true },
  qwen2_5_vl_text: { qkvBias: true },
  qwen2_5_omni_text: { qkvBias: true },
  dots_ocr: { qkvBias: true },
  minicpmv: (config) => ({
    qkvBias: minicpmVersion(config) === 2.6,
    qkNorm: minicpmVersion(config) >= 4.5 ? 'head' : 'none',
  }),
  qwen2_moe: { qkvBias: true, sharedGate: true },
  qwen3: { qkNorm: 'head' },
  qwen3_moe: { qkNorm: 'head' },
  qwen3_vl_text: { qkNorm: 'head' },
  qwen3_vl_moe_text: { qkNorm: 'head' },
  qwen3_omni_moe_text: { qkNorm: 'head' },
  qwen3_asr_text: { qkNorm: 'head' },
  qwen3_next: QWEN_HYBRID,
  qwen3_5_text: QWEN_HYBRID,
  qwen3_5_moe_text: QWEN_HYBRID,
  mimo: { qkvBias: true, outBias: false },
  mimo_v2_flash: (config) => ({ routerBias: true, sinks: flag(config, 'add_swa_attention_sink_bias') === true }),
  gemma: GEMMA,
  gemma2: { ...GEMMA, norms: 4 },
  gemma3_text: { ...GEMMA, norms: 4, qkNorm: 'head' },
  gemma3n_text: { ...GEMMA, norms: 4, qkNorm: 'head' },
  gemma4_text: { ...GEMMA, norms: 4, qkNorm: 'head' },
  gemma4_unified_text: { ...GEMMA, norms: 4, qkNorm: 'head' },
  phi: { ...CLASSIC, norms: 1, headBias: true, rotaryFraction: 0.5 },
  phi3small: { normBias: true, qkvBias: true, outBias: true, mlpBias: true, tied: true },
  phimoe: { normBias: true, qkvBias: true, outBias: true },
  gpt2: { ...CLASSIC, tied: true, learnedPositions: 0, rotaryFraction: 0 },
  gpt_bigcode: { ...CLASSIC, tied: true, learnedPositions: 0, rotaryFraction: 0 },
  opt: { ...CLASSIC, tied: true, learnedPositions: 2, rotaryFraction: 0 },
  bloom: { ...CLASSIC, tied: true, embeddingNorms: 1, rotaryFraction: 0 },
  gpt_neox: { ...CLASSIC, rotaryFraction: 0.25 },
  gptj: { normBias: true, norms: 1, gated: false, mlpBias: true, headBias: true, rotaryFraction: 0.25 },
  falcon: (config) => ({
    normBias: true,
    gated: false,
    tied: true,
    norms: flag(config, 'new_decoder_architecture') === true ? 2 : 1,
  }),
  mpt: { gated: false, tied: true, rotaryFraction: 0 },
  starcoder2: { ...CLASSIC, tied: true },
  stablelm: { normBias: true, rotaryFraction: 0.25 },
  cohere: { norms: 1, tied: true },
  cohere2: { norms: 1, tied: true },
  command_r: { norms: 1, tied: true },
  olmo: { norms: 0, finalNorm: false },
  olmo2: { qkNorm: 'full' },
  olmo3: { qkNorm: 'full' },
  olmoe: { qkNorm: 'full' },
  chatglm: { qkvBias: true, rotaryFraction: 0.5 },
  glm: { rotaryFraction: 0.5, outBias: false },
  glm4: { norms: 4, rotaryFraction: 0.5, outBias: false },
  glm4v_text: { norms: 4, rotaryFraction: 0.5, outBias: false },
  glm4_moe: { routerBias: true, rotaryFraction: 0.5, outBias: false },
  glm_ocr_text: { norms: 4, rotaryFraction: 0.5, outBias: false },
  glm4v_moe_text: { routerBias: true, rotaryFraction: 0.5, outBias: false },
  seed_oss: { outBias: false },
  exaone4: { qkNorm: 'head' },
  nemotron: { normBias: true, gated: false, rotaryFraction: 0.5 },
  // Attention without positions (vLLM model_executor/models/nemotron_h.py).
  nemotron_h: { norms: 1, gated: false, routerBias: true, rotaryFraction: 0 },
  arcee: { gated: false },
  apertus: { gated: false, qkNorm: 'head' },
  smollm3: { tied: true },
  gpt_oss: { expertBias: true, sinks: true, qkvBias: true, outBias: true },
  minimax_m2: { qkNorm: 'full', routerBias: true },
  minimax_m3: MINIMAX_M3,
  minimax_m3_vl_text: MINIMAX_M3,
  molmo2_text: (config) => ({ qkNorm: config['qk_norm_type'] === 'qwen3' ? 'head' : 'full' }),
  dots1: { qkNorm: 'head', routerBias: true },
  bailing_moe_v2: { qkNorm: 'head', routerBias: true },
  hunyuan_v1_moe: { qkNorm: 'head' },
  hunyuan_v1_dense: { qkNorm: 'head' },
  hy_v3: { qkNorm: 'head', routerBias: true },
  // The gate is a projection of its own, as wide as the queries.
  muse_glimmer_text: { norms: 4, gate: 'full' },
  laguna: { qkNorm: 'head', gate: 'head', routerBias: true },
  step3p5: { qkNorm: 'head', gate: 'head', routerBias: true },
  step3p7: { qkNorm: 'head', gate: 'head', routerBias: true },
  lfm2: { qkNorm: 'head', tied: true },
  lfm2_moe: { qkNorm: 'head', routerBias: true, tied: true },
  // One expert of the experts' width beside each mixture (vLLM model_executor/models/llama4.py, Llama4MoE).
  llama4_text: { sharedExperts: 1 },
  deepseek_v3: { routerBias: true },
  deepseek_v32: { routerBias: true },
  deepseek_v4: {},
  kimi_k2: { routerBias: true },
  kimi_linear: { routerBias: true, rotaryFraction: 0 },
  jamba: { rotaryFraction: 0 },
  glm_moe_dsa: { routerBias: true },
  glm4_moe_lite: { routerBias: true },
  longcat_flash: { routerBias: true },
  ernie4_5_moe: { routerBias: true },
  bert: ENCODER,
  'xlm-roberta': { ...ENCODER, learnedPositions: 0 },
  roberta: ENCODER,
  mpnet: ENCODER,
  nomic_bert: { ...ENCODER, gated: true, qkvBias: false, outBias: false, mlpBias: false, rotaryFraction: 1 },
  modernbert: { ...PLAIN, tied: true, causal: false, embeddingNorms: 1 },
});

/** Families that are plain: known, with nothing that their fields do not say. */
const PLAIN_FAMILIES: ReadonlySet<string> = new Set([
  'llama',
  'mistral',
  'mixtral',
  'ministral3',
  'mistral4',
  'phi3',
  'phi3_v',
  'granite',
  'granitemoe',
  'granitemoehybrid',
  'falcon_h1',
  'bamba',
  'paddleocr_vl',
  'paddleocr_vl_text',
  'internlm2',
  'internlm3',
  'exaone',
  'minicpm',
  'minicpm3',
  'baichuan',
  'ernie4_5',
  'dbrx',
  'arctic',
  'deepseek',
  'deepseek_v2',
  'deepseek_vl_v2',
  'mllama_text_model',
  'nemotron-nas',
  'minimax_m1',
  'minimax_text_01',
  'qwen3_next',
]);

/** The family's ways, with the config's own flags over them. `known` is false for a `model_type` seen for the first time. */
export function familyOf(modelType: string, config: Fields): { readonly family: Family; readonly known: boolean } {
  const rule = Object.hasOwn(FAMILIES, modelType) ? FAMILIES[modelType] : undefined;
  const own = typeof rule === 'function' ? rule(config) : (rule ?? {});
  const attention = flag(config, 'attention_bias', 'use_qkv_bias', 'qkv_bias', 'add_qkv_bias', 'use_bias', 'bias');
  const out = flag(config, 'attention_out_bias') ?? own.outBias ?? flag(config, 'attention_bias', 'use_bias', 'bias');
  const qkNorm = flag(config, 'use_qk_norm', 'qk_layernorm');
  const family: Family = {
    ...PLAIN,
    ...own,
    qkvBias: own.qkvBias ?? attention ?? false,
    outBias: out ?? false,
    mlpBias: own.mlpBias ?? flag(config, 'mlp_bias') ?? (own.normBias === true && flag(config, 'use_bias') === true),
    headBias: own.headBias ?? flag(config, 'lm_head_bias') ?? false,
    qkNorm: qkNorm === null ? (own.qkNorm ?? 'none') : qkNorm ? (own.qkNorm ?? qkNormOf(modelType)) : 'none',
    routerBias: own.routerBias ?? (count(config, 'n_routed_experts') !== null && config['topk_method'] === 'noaux_tc'),
  };
  return { family, known: rule !== undefined || PLAIN_FAMILIES.has(modelType) };
}

/** Llama 4 normalises q and k without weights; Cohere has a weight per channel. */
function qkNormOf(modelType: string): Family['qkNorm'] {
  if (modelType === 'llama4_text') return 'none';
  return modelType.startsWith('cohere') ? 'full' : 'head';
}
