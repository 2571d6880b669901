import { between, exactly, type Quantity } from '../../quantity.ts';
import { split } from '../sharding.ts';
import { encoderActivation } from './encoder-activations.ts';
import type { Launch } from './launch.ts';
import { expertWorkspace } from './moe-workspace.ts';
import { activationKeys, spreadOf } from './residuals.ts';
import { rejectionBytesPerLogit } from './speculation/state.ts';
import type { Stage } from './stages.ts';
import { has } from './versions.ts';

/** Peak of the profile run on one rank, with the sizes that it is made of, in bytes. */
export interface Activation {
  readonly bytes: Quantity;
  readonly forwardBytes: number;
  readonly samplerBytes: number;
  readonly workspaceBytes: number;
  readonly encoderBytes: number;
  /** The formula with its numbers, for a reader. */
  readonly working: string;
}

/** Buffers of the sampler's dummy run beside the logits: random rows, indices (fitted on 18 models). */
const SAMPLER_EXTRA_BYTES = 33e6;
/** H-wide buffers alive at the peak of one decoder layer, in bytes per element pair (fitted). */
const HIDDEN_BYTES = 8.5;
const HIDDEN_BYTES_V0 = 8.06;

/** Peak torch memory of the profile run above the weights (vLLM v1/worker/gpu_model_runner.py profile_run). */
export function activationOf(launch: Launch, stage: Stage): Activation {
  const forwardBytes = forwardOf(launch, stage, launch.maxNumBatchedTokens);
  const sampler = stage.last ? samplerOf(launch) : NOTHING;
  const workspace = expertWorkspace(launch);
  const encoder = stage.first ? encoderActivation(launch) : null;
  const kept = encoder?.keptBytes ?? NOTHING;
  const benchmarked = stage.first ? benchmarkBytes(launch) : NOTHING;
  const transientMoe = launch.runner === 'v0' || !has(launch.version, 'persistentMoeWorkspace');
  const persistent = transientMoe ? NOTHING : workspace;
  const passing = transientMoe ? forwardBytes + workspace.high : forwardBytes;
  const at = (end: 'value' | 'low' | 'high'): Quantity =>
    spreadOf(
      'activation',
      activationKeys(launch),
      Math.max(
        persistent[end] + kept[end] + Math.max(passing, sampler[end]),
        encoder === null ? 0 : kept[end] + encoder.passBytes[end],
        kept[end] + benchmarked[end],
      ),
    );
  const { value, basis } = at('value');
  const bytes = between(Math.min(value, at('low').low), value, Math.max(value, at('high').high), basis);
  return {
    bytes,
    forwardBytes: passing,
    samplerBytes: sampler.value,
    workspaceBytes: persistent.value,
    encoderBytes: kept.value,
    working: workingOf(launch, stage, passing, sampler.value, persistent.value, kept.value),
  };
}

const NOTHING = exactly(0);

/**
 * torch.compile runs inside the profile, and with `benchmark_combo_kernel` it times candidate kernels on random tensors of
 * their arguments' size (torch/_inductor/codegen/triton_combo_kernel.py): for the kernel that looks tokens up, a second
 * embedding table and two batches of hidden states. A start that finds the compiled model on disk does not. The first
 * runner hands multimodal models embeddings that were looked up outside.
 */
function benchmarkBytes({ version, runner, compiles, multimodal, ...launch }: Launch): Quantity {
  if (!compiles || runner === 'v0' || !has(version, 'benchmarksCombos') || (runner === 'v1' && multimodal))
    return NOTHING;
  const { architecture, parallelism, elementBytes, maxNumBatchedTokens } = launch;
  const { vocabSize, hiddenSize } = architecture;
  const table = split(vocabSize, parallelism.tensor) * hiddenSize * elementBytes;
  const bytes = table + 2 * maxNumBatchedTokens * hiddenSize * elementBytes;
  return between(0, bytes, bytes, 'formula');
}

/** One forward pass of `tokens` tokens through the widest layer of the rank, in bytes. */
export function forwardOf(launch: Launch, stage: Stage, tokens: number): number {
  const { architecture, elementBytes, parallelism, runner } = launch;
  const hidden = (runner === 'v0' ? HIDDEN_BYTES_V0 : HIDDEN_BYTES) * architecture.hiddenSize;
  const mlp = (architecture.gatedMlp ? 6 : 4) * split(architecture.intermediateSize, parallelism.tensor);
  const perToken = (elementBytes / 2) * hidden;
  const layer = tokens * ((elementBytes / 2) * (mlp + hidden) + elementBytes * heldByMixer(launch, stage));
  const passedOn = stage.last ? 0 : 4 * tokens * architecture.hiddenSize;
  return Math.max(layer, tokens * perToken + latentWorkspace(launch)) + passedOn;
}

/**
 * Values per token that a state mixer's projection and its output hold while the compiled piece behind them runs the MLP:
 * both are inputs of that piece, so the caller keeps them until it returns (layers/mamba/gdn/qwen_gdn_linear_attn.py).
 */
function heldByMixer({ parallelism }: Launch, stage: Stage): number {
  const layer = stage.layers.find(({ caches }) => caches.some(({ kind }) => kind === 'state'));
  const mixer = layer?.tensors.filter(({ role }) => role === 'state') ?? [];
  const projection = Math.max(0, ...mixer.filter(({ linear }) => linear).map(({ rows }) => rows));
  const output = mixer.find(({ name }) => /\.(?:out|o)_proj$/.test(name))?.columns ?? 0;
  return split(projection, parallelism.tensor) + split(output, parallelism.tensor);
}

/** Each latent-attention layer allocates its context workspace once in the profile run (layers/attention/mla_attention.py). */
function latentWorkspace(launch: Launch): number {
  const { latentAttention, attentionHeads } = launch.architecture;
  if (!latentAttention || launch.runner === 'v0') return 0;
  const { maxNumSeqs, context, parallelism, elementBytes } = launch;
  const block = launch.blockSize ?? 16;
  const tokens = Math.max(Math.min(Math.max(8 * context.tokens, 4 * maxNumSeqs * block), 65_536), maxNumSeqs * block);
  return (
    tokens *
    split(attentionHeads, parallelism.tensor) *
    (latentAttention.nopeDim + latentAttention.valueDim) *
    elementBytes
  );
}

/** Logits, fp32 copy, probabilities and noise; and what the sort of PyTorch's top-p adds. */
const NATIVE_BYTES = 14;
const SORT_BYTES = 38;
/** FlashInfer draws from the probabilities without noise of its own (v1/sample/ops/topk_topp_sampler.py flashinfer_sample). */
const FLASHINFER_BYTES = 10;
/** Rows from which top-k and top-p run in Triton. */
const TRITON_ROWS = 8;

/**
 * Bytes per logit of the sampler's dummy run. Up to 0.11.0 it depended on whether the FlashInfer package was installed,
 * which no config says: the low end is with it, the expected one without.
 */
export function bytesPerLogit(launch: Launch): Quantity {
  const { runner, version, speculation, maxNumSeqs } = launch;
  if (runner === 'v0') return exactly(40, 'calibrated');
  if (runner === 'v2') return exactly(2, 'formula');
  const asked = launch.environment['VLLM_USE_FLASHINFER_SAMPLER'];
  const triton = has(version, 'tritonSampler') && maxNumSeqs >= TRITON_ROWS;
  const flashInfer = asked === '1' && !has(version, 'warmsBothSamplers');
  if (speculation !== null) return exactly(rejectionBytesPerLogit(launch, !triton && !flashInfer), 'formula');
  const expected = flashInfer ? FLASHINFER_BYTES : triton ? NATIVE_BYTES : SORT_BYTES;
  const least = asked === undefined && !has(version, 'flashInferSamplerOff') ? FLASHINFER_BYTES : expected;
  return between(least, expected, expected, 'formula');
}

function samplerOf(launch: Launch): Quantity {
  const { architecture, gpu, runner, maxNumBatchedTokens, elementBytes } = launch;
  if (architecture.task === 'pooling') return NOTHING;
  const rows = Math.min(launch.maxNumSeqs, maxNumBatchedTokens);
  const { vocabSize, hiddenSize } = architecture;
  const perLogit = bytesPerLogit(launch);
  const states = runner === 'v0' ? 0 : maxNumBatchedTokens * hiddenSize * elementBytes;
  const triton = runner === 'v1' && has(launch.version, 'tritonSampler') && rows >= TRITON_ROWS;
  const perProcessor = triton ? 4 * Math.min(gpu.multiprocessors ?? 128, powerOfTwo(rows)) * vocabSize : 0;
  const extra = runner === 'v1' ? 2 * rows * hiddenSize * elementBytes + SAMPLER_EXTRA_BYTES : 0;
  const at = (bytes: number): number => bytes * rows * vocabSize + perProcessor + states + extra;
  return between(at(perLogit.low), at(perLogit.value), at(perLogit.high), perLogit.basis);
}

function powerOfTwo(value: number): number {
  return 2 ** Math.ceil(Math.log2(Math.max(1, value)));
}

function workingOf(
  launch: Launch,
  stage: Stage,
  forward: number,
  sampler: number,
  workspace: number,
  encoder: number,
): string {
  const { architecture, maxNumSeqs, maxNumBatchedTokens } = launch;
  const expert = workspace > 0 ? ` + ${mib(workspace)} expert workspace` : '';
  if (sampler + encoder >= forward && stage.last) {
    const images = encoder > 0 ? ` + ${mib(encoder)} encoder outputs` : '';
    return (
      `${bytesPerLogit(launch).value} B × ${grouped(architecture.vocabSize)} logits × ${grouped(Math.min(maxNumSeqs, maxNumBatchedTokens))} sequences` +
      ` + ${grouped(maxNumBatchedTokens)} hidden states and sampler buffers${images}${expert}; vLLM v1/sample/sampler.py`
    );
  }
  return (
    `one pass of ${grouped(maxNumBatchedTokens)} tokens through hidden size ${grouped(architecture.hiddenSize)}` +
    `${expert}; vLLM v1/worker/gpu_model_runner.py`
  );
}

/** `151,936`. */
export function grouped(value: number): string {
  return String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, ',');
}

function mib(bytes: number): string {
  return `${Math.round(bytes / 1024 ** 2)} MiB`;
}
