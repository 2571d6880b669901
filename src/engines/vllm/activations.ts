import { between, exactly, type Quantity } from '../../quantity.ts';
import { split } from '../sharding.ts';
import { benchmarkBytes } from './compile-benchmark.ts';
import { compressesCaches, FORWARD_SPREAD, heldByCompression, sharedWorkspace } from './compressed-activations.ts';
import { encoderActivation, profiledTokens } from './encoder-activations.ts';
import type { Launch } from './launch.ts';
import { expertWorkspace, keepsWorkspace } from './moe-workspace.ts';
import { activationKeys, FITTED, spreadFor, withSpread } from './residuals.ts';
import { bytesPerLogit, samplerBytes, samplerRows, warmUpSamplerBytes } from './sampler-activations.ts';
import { verificationBytes } from './speculation/state.ts';
import type { Stage } from './stages.ts';

/** Peak of the profile run on one rank, in bytes. */
export interface Activation {
  readonly bytes: Quantity;
  /** Peak of a step under load: without torch.compile's benchmark, with the verification of drafts. */
  readonly servingBytes: Quantity;
  readonly benchmarkBytes: number;
  /** The formula with its numbers, for a reader. */
  readonly working: string;
}

/** A phase of the profile run: what it holds at its peak, and how that comes about. Its buffers are gone before the next. */
interface Phase {
  readonly bytes: Quantity;
  /** Only the largest phase is told of. */
  working(): string;
}

/** H-wide buffers alive at the peak of one decoder layer of V0, in bytes per 16-bit value (one V100 log of 0.8.5: 4.35 GiB). */
const HIDDEN_BYTES_V0 = 8.06;

const NOTHING = exactly(0);

/** Peak torch memory of the profile run above the weights (vLLM v1/worker/gpu_model_runner.py profile_run). */
export function activationOf(launch: Launch, stage: Stage): Activation {
  const workspace = sharedWorkspace(launch, expertWorkspace(launch));
  const encoder = stage.first ? encoderActivation(launch) : null;
  const transientMoe = !keepsWorkspace(launch);
  const persistent = transientMoe ? NOTHING : workspace;
  const forward = forwardOf(launch, stage, profiledTokens(launch)) + (transientMoe ? workspace.high : 0);
  const kept = encoder?.keptBytes ?? NOTHING;
  const benchmark = stage.first ? benchmarkBytes(launch) : NOTHING;
  const beside = (): string => besideText(persistent, kept);
  const serving: readonly Phase[] = [
    {
      bytes: sum(sum(forwardQuantity(launch, forward), persistent), kept),
      working: () => forwardText(launch) + beside(),
    },
    ...(stage.last
      ? [{ bytes: sum(sum(samplerBytes(launch), persistent), kept), working: () => samplerText(launch) + beside() }]
      : []),
    ...(encoder
      ? [{ bytes: sum(encoder.passBytes, kept), working: () => `the encoder on its largest items${beside()}` }]
      : []),
  ];
  const profiled = [...serving, { bytes: sum(benchmark, kept), working: () => benchmarkText(launch) }];
  const largest = profiled.reduce((a, b) => (b.bytes.value > a.bytes.value ? b : a));
  return {
    bytes: peakOf(launch, profiled),
    servingBytes: peakOf(launch, [...serving, ...(stage.last ? [verificationOf(launch), warmUpOf(launch)] : [])]),
    benchmarkBytes: benchmark.value,
    working: largest.working(),
  };
}

function forwardQuantity(launch: Launch, bytes: number): Quantity {
  if (!compressesCaches(launch)) return exactly(bytes);
  return between(bytes * FORWARD_SPREAD.low, bytes, bytes * FORWARD_SPREAD.high, 'assumed');
}

/** Verifying drafts under load takes more rows than the profile runs with. */
function verificationOf(launch: Launch): Phase {
  return { bytes: exactly(verificationBytes(launch), 'formula'), working: () => '' };
}

function warmUpOf(launch: Launch): Phase {
  return { bytes: exactly(warmUpSamplerBytes(launch), 'formula'), working: () => '' };
}

function peakOf(launch: Launch, phases: readonly Phase[]): Quantity {
  const spread = spreadFor('activation', activationKeys(launch));
  const at = (end: 'value' | 'low' | 'high'): Quantity =>
    withSpread(
      phases.reduce((most, { bytes }) => Math.max(most, bytes[end]), -Infinity),
      spread,
    );
  const { value, basis } = at('value');
  return between(Math.min(value, at('low').low), value, Math.max(value, at('high').high), basis);
}

function sum(a: Quantity, b: Quantity): Quantity {
  return { value: a.value + b.value, low: a.low + b.low, high: a.high + b.high, basis: a.basis };
}

/** One forward pass of `tokens` tokens through the widest layer of the rank, in bytes. */
export function forwardOf(launch: Launch, stage: Stage, tokens: number): number {
  const { architecture, elementBytes, parallelism, runner } = launch;
  const hidden = (runner === 'v0' ? HIDDEN_BYTES_V0 : FITTED.hiddenBytes) * architecture.hiddenSize;
  const mlp = (architecture.gatedMlp ? 6 : 4) * split(architecture.intermediateSize, parallelism.tensor);
  const perToken = (elementBytes / 2) * hidden;
  const layer =
    tokens *
    ((elementBytes / 2) * (mlp + hidden) + elementBytes * (heldByMixer(launch, stage) + heldByCompression(launch)));
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

function forwardText(launch: Launch): string {
  return (
    `one pass of ${grouped(profiledTokens(launch))} tokens through hidden size ${grouped(launch.architecture.hiddenSize)}; ` +
    'vLLM v1/worker/gpu_model_runner.py'
  );
}

function samplerText(launch: Launch): string {
  const logits = `${grouped(launch.architecture.vocabSize)} logits × ${grouped(samplerRows(launch))} sequences`;
  return (
    `${bytesPerLogit(launch).value} B × ${logits} + ${grouped(launch.maxNumBatchedTokens)} hidden states and sampler ` +
    'buffers; vLLM v1/sample/sampler.py'
  );
}

function benchmarkText({ architecture, parallelism, maxNumBatchedTokens }: Launch): string {
  const rows = grouped(split(architecture.vocabSize, parallelism.tensor));
  return (
    `a copy of the embedding table (${rows} × ${grouped(architecture.hiddenSize)}) and two batches of ` +
    `${grouped(maxNumBatchedTokens)} tokens while torch.compile times its kernels; torch/_inductor/codegen/triton_combo_kernel.py`
  );
}

function besideText(workspace: Quantity, kept: Quantity): string {
  const expert = workspace.value > 0 ? ` + ${mib(workspace.value)} expert workspace` : '';
  return kept.value > 0 ? `${expert} + ${mib(kept.value)} encoder outputs` : expert;
}

/** `151,936`. */
export function grouped(value: number): string {
  const digits = String(Math.round(value));
  // Short ones need none; most are.
  return digits.length < 4 ? digits : digits.replace(/\B(?=(\d{3})+$)/g, ',');
}

function mib(bytes: number): string {
  return `${Math.round(bytes / 1024 ** 2)} MiB`;
}
