import { GIB, MIB } from '../../bytes.ts';
import { add, between, exactly, type Quantity } from '../../quantity.ts';
import { featureBytes } from './feature-pool.ts';
import type { Launch } from './launch.ts';
import type { Pool } from './pool.ts';
import type { Stage } from './stages.ts';
import { has } from './versions.ts';

/** Buffers that SGLang allocates beside weights and pool before it captures graphs. Bytes. */
export function workspaceBytes(launch: Launch, rows: number): Quantity {
  return add(
    exactly(requestTable(launch, rows), 'formula'),
    launch.aiter ? exactly(aiterWorkspace(launch, rows), 'formula') : attentionWorkspace(launch),
    symmetric(launch),
    exchangeBuffers(launch),
    exactly(has(launch.version, 'multimodalReserve') ? featureBytes(launch.featurePoolBytes) : 0),
  );
}

/** DeepEP's buffers for tokens of experts on other ranks: no log states them; SGLang itself keeps 2 GiB for them (0.5.15). */
function exchangeBuffers({ division }: Launch): Quantity {
  return division.exchange === 'deepep' ? between(0, GIB, 2 * GIB, 'assumed') : exactly(0);
}

/** One row of token places per request (srt/mem_cache/memory_pool.py ReqToTokenPool). */
export function requestTable({ contextTokens, speculation }: Launch, rows: number): number {
  return (rows + 1) * (contextTokens + 4 + (speculation?.draftTokens ?? 0)) * 4;
}

/** Families that get the larger FlashInfer workspace (srt/layers/attention/flashinfer_backend.py). */
const LARGE_WORKSPACE = /^(?:Qwen2|Qwen3|MiMo)\w*For/;

function attentionWorkspace({ attentionBackend, architecture, deterministic }: Launch): Quantity {
  if (deterministic) return between(384 * MIB, 2 * GIB, 2 * GIB, 'formula');
  const large = LARGE_WORKSPACE.test(architecture.className) ? 512 * MIB : 384 * MIB;
  const chosen =
    attentionBackend === null || attentionBackend.startsWith('flashinfer') || /trtllm_mha/.test(attentionBackend);
  // Which backend runs without being asked for depends on card and packages; FlashAttention and Triton have none.
  if (attentionBackend === null) return between(0, large, 512 * MIB, 'assumed');
  if (attentionBackend === 'trtllm_mla') return exactly(150 * MIB, 'formula');
  return chosen ? exactly(large, 'formula') : exactly(0, 'formula');
}

/** Tokens of one part into which AITER splits a request to decode it (_AITER_PARTITION_SIZE_ROCM). */
const AITER_PARTITION = 256;

/**
 * Where AITER gathers the parts of every request that could run at once at its longest: an fp32 output, a sum and a maximum
 * per head and part (srt/layers/attention/aiter_backend.py workspace_buffer). It is made after the pool and never budgeted.
 */
export function aiterWorkspace(
  { architecture, contextTokens, division, environment, version, windowPools }: Launch,
  rows: number,
): number {
  if (architecture.latentAttention !== null) return 0;
  const unified = windowPools || /^(?:1|true|yes|y)$/i.test(environment['SGLANG_USE_AITER_UNIFIED_ATTN'] ?? '');
  if (unified && has(version, 'aiterUnified')) return 0;
  const parts = Math.ceil(contextTokens / AITER_PARTITION);
  const heads = Math.floor(architecture.attentionHeads / division.attention);
  return rows * heads * parts * (architecture.headDim * 4 + 2 * 4);
}

/** Preallocated for symmetric memory (srt/server_args.py, SGLANG_SYMM_MEM_PREALLOC_GB_SIZE). */
function symmetric({ symmetricMemory, environment }: Launch): Quantity {
  if (!symmetricMemory) return exactly(0);
  const asked = Number(environment['SGLANG_SYMM_MEM_PREALLOC_GB_SIZE'] ?? 4);
  return exactly(Math.round((Number.isFinite(asked) && asked >= 0 ? asked : 4) * GIB), 'formula');
}

/**
 * Transient memory of a prefill of so many tokens on one rank. A hidden state per token and a multiple of it for the block,
 * as NVIDIA's aiconfigurator (0.11) fits it for SGLang by model kind and tensor parallelism; the engine's own rule of
 * thumb, 1.5 MiB per token, bounds it. Logits are made for the last token of each request only.
 */
function prefillBytes(launch: Launch, tokens: number, requests: number): Quantity {
  const { architecture, division, graphs } = launch;
  const { hiddenSize, vocabSize, moe } = architecture;
  const factor = activationFactor(division.tensor) * (moe || architecture.latentAttention ? 2 : 1);
  const block = Math.max(90 * MIB, 2 * tokens * hiddenSize * factor * 1.15);
  const rows = Math.min(requests || 1, graphs.largest, tokens);
  const logits = rows * vocabSize * 4 * 2;
  const value = Math.round(block + logits);
  const thumb = Math.round(1.5 * MIB * tokens + logits);
  return between(Math.round(value * 0.4), value, Math.max(value, Math.min(thumb, Math.round(value * 1.8))), 'assumed');
}

/** What a chunk takes once graphs are captured: those of prefill hold most of it already where they are large enough. */
export function activationBytes(launch: Launch, pool: Pool): Quantity {
  const tokens = Math.min(launch.chunkTokens, Math.max(1, pool.tokens));
  const chunk = prefillBytes(launch, tokens, pool.requests);
  if ((launch.graphs.prefill.at(-1) ?? 0) < tokens) return chunk;
  const part = (bytes: number): number => Math.round(bytes / 4);
  return between(part(chunk.low), part(chunk.value), part(chunk.high), chunk.basis);
}

function activationFactor(tensorParallelSize: number): number {
  if (tensorParallelSize <= 1) return 14;
  return tensorParallelSize <= 2 ? 8.5 : 6.5;
}

/** GiB once, and MiB per layer and captured batch, of decode graphs on the calibration logs: [low, value, high]. */
const DECODE_GRAPHS = {
  one: { fixed: [0, 0.1, 0.4], each: [0.05, 0.35, 0.9] },
  many: { fixed: [0.1, 0.5, 1], each: [0.05, 0.35, 0.9] },
  // 3.38 GiB for 23 batches of 48 layers on two GPUs in 0.4.3, 1.34 for 23 of 32 on four in 0.4.7.
  manyBefore: { fixed: [0, 0, 0], each: [0.4, 1.6, 3.2] },
} as const;

/**
 * Graphs of decoding and of prefill. Those of prefill hold the activations of their largest size, and 8 MiB each
 * (srt/server_args.py reserve_for_graph_mb).
 */
export function graphBytes(launch: Launch, stage: Stage, pool: Pool): Quantity {
  const { graphs } = launch;
  const decode = graphs.decode.length === 0 ? exactly(0) : decodeGraphs(launch, stage, pool.requests);
  const largest = graphs.prefill.at(-1);
  if (largest === undefined) return decode;
  const each = graphs.prefill.length * 8 * MIB;
  const held = prefillBytes(launch, largest, pool.requests);
  const prefill = between(
    Math.round(each / 2),
    Math.round(held.value + each),
    Math.round(held.high + 2 * each),
    'assumed',
  );
  return add(decode, prefill);
}

/**
 * Batches beyond the requests that run at once are not captured (srt/model_executor/runner/base_cuda_graph_runner.py). Drafting
 * captures the drafter and the verification beside.
 */
function decodeGraphs({ graphs, division, speculation, version }: Launch, stage: Stage, requests: number): Quantity {
  const drafts = speculation !== null && speculation.layers.length > 0;
  const layers = stage.layers.length + (speculation?.layers.length ?? 0);
  const batches = Math.max(1, graphs.decode.filter((size) => size <= requests).length);
  const captures = batches * layers * (drafts ? 2 : 1);
  const many = has(version, 'reservedByChunk') ? DECODE_GRAPHS.many : DECODE_GRAPHS.manyBefore;
  const { fixed, each } = division.tensor > 1 ? many : DECODE_GRAPHS.one;
  const at = (end: 0 | 1 | 2): number => Math.round(fixed[end] * GIB + captures * each[end] * MIB);
  return between(at(0), at(1), at(2), 'calibrated');
}
