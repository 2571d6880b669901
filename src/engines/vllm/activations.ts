import { between, type Quantity } from '../../quantity.ts';
import { split } from '../sharding.ts';
import { encoderActivation } from './encoder-activations.ts';
import type { Launch } from './launch.ts';
import { expertWorkspace } from './moe-workspace.ts';
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
/** Spread of the fitted forward pass between models. */
const FORWARD_SPREAD = 0.04;

/** Peak torch memory of the profile run above the weights (vLLM v1/worker/gpu_model_runner.py profile_run). */
export function activationOf(launch: Launch, stage: Stage): Activation {
  const forwardBytes = forwardOf(launch, stage, launch.maxNumBatchedTokens);
  const samplerBytes = stage.last ? samplerOf(launch) : 0;
  const workspace = expertWorkspace(launch);
  const encoder = stage.first ? encoderActivation(launch) : null;
  const kept = encoder?.keptBytes ?? NOTHING;
  const transientMoe = launch.runner === 'v0' || !has(launch.version, 'persistentMoeWorkspace');
  const persistent = transientMoe ? NOTHING : workspace;
  const passing = transientMoe ? forwardBytes + workspace.high : forwardBytes;
  const at = (end: 'value' | 'low' | 'high', spread: number): number =>
    Math.round(
      Math.max(
        persistent[end] + kept[end] + Math.max(passing * spread, samplerBytes),
        encoder === null ? 0 : kept[end] + encoder.passBytes[end],
      ),
    );
  const value = at('value', 1);
  const bytes = between(
    Math.min(value, at('low', 1 - FORWARD_SPREAD)),
    value,
    at('high', 1 + FORWARD_SPREAD),
    'calibrated',
  );
  return {
    bytes,
    forwardBytes: passing,
    samplerBytes,
    workspaceBytes: persistent.value,
    encoderBytes: kept.value,
    working: workingOf(launch, stage, passing, samplerBytes, persistent.value, kept.value),
  };
}

const NOTHING: Quantity = { value: 0, low: 0, high: 0, basis: 'exact' };

/** One forward pass of `tokens` tokens through the widest layer of the rank, in bytes. */
export function forwardOf(launch: Launch, stage: Stage, tokens: number): number {
  const { architecture, elementBytes, parallelism, runner } = launch;
  const hidden = (runner === 'v0' ? HIDDEN_BYTES_V0 : HIDDEN_BYTES) * architecture.hiddenSize;
  const mlp = (architecture.gatedMlp ? 6 : 4) * split(architecture.intermediateSize, parallelism.tensor);
  const perToken = (elementBytes / 2) * hidden;
  const layer = tokens * (elementBytes / 2) * (mlp + hidden);
  const passedOn = stage.last ? 0 : 4 * tokens * architecture.hiddenSize;
  return Math.max(layer, tokens * perToken + latentWorkspace(launch)) + passedOn;
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

/** Bytes per logit of the sampler's dummy run: logits, fp32 copy, probabilities, noise, and the sort where there is one. */
export function bytesPerLogit(launch: Launch): number {
  const { runner, version, speculation, maxNumSeqs } = launch;
  if (runner === 'v0') return 40;
  if (runner === 'v2') return 2;
  const sorted = !has(version, 'tritonSampler') || maxNumSeqs < 8;
  const rejection = speculation === null ? 0 : 4 + (speculation.probabilistic ? 4 : 0);
  return (sorted ? 38 : 14) + rejection;
}

function samplerOf(launch: Launch): number {
  const { architecture, gpu, runner, maxNumBatchedTokens, elementBytes } = launch;
  if (architecture.task === 'pooling') return 0;
  const rows = Math.min(launch.maxNumSeqs, maxNumBatchedTokens);
  const { vocabSize, hiddenSize } = architecture;
  const logits = bytesPerLogit(launch) * rows * vocabSize;
  const states = maxNumBatchedTokens * hiddenSize * elementBytes;
  if (runner === 'v0') return logits;
  if (runner === 'v2') return logits + states;
  const triton = has(launch.version, 'tritonSampler') && rows >= 8;
  const perProcessor = triton ? 4 * Math.min(gpu.multiprocessors ?? 128, powerOfTwo(rows)) * vocabSize : 0;
  return logits + perProcessor + states + 2 * rows * hiddenSize * elementBytes + SAMPLER_EXTRA_BYTES;
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
      `${bytesPerLogit(launch)} B × ${grouped(architecture.vocabSize)} logits × ${grouped(Math.min(maxNumSeqs, maxNumBatchedTokens))} sequences` +
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
