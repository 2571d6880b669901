import { GIB, MIB } from '../../bytes.ts';
import { add, between, exactly, type Quantity } from '../../quantity.ts';
import type { Launch } from './launch.ts';
import type { Pool } from './pool.ts';
import type { Stage } from './stages.ts';

/** Buffers that SGLang allocates beside weights and pool before it captures graphs. Bytes. */
export function workspaceBytes(launch: Launch, requests: number): Quantity {
  return add(exactly(requestTable(launch, requests), 'formula'), attentionWorkspace(launch), symmetric(launch));
}

/** One row of token places per request (srt/mem_cache/memory_pool.py ReqToTokenPool). */
export function requestTable({ contextTokens, speculation }: Launch, requests: number): number {
  return (requests + 1) * (contextTokens + 4 + (speculation?.draftTokens ?? 0)) * 4;
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

/** Preallocated for symmetric memory (srt/server_args.py, SGLANG_SYMM_MEM_PREALLOC_GB_SIZE). */
function symmetric({ symmetricMemory, environment }: Launch): Quantity {
  if (!symmetricMemory) return exactly(0);
  const asked = Number(environment['SGLANG_SYMM_MEM_PREALLOC_GB_SIZE'] ?? 4);
  return exactly(Math.round((Number.isFinite(asked) && asked >= 0 ? asked : 4) * GIB), 'formula');
}

/**
 * Transient memory of one prefill chunk on one rank. A hidden state per token and a multiple of it for the block, as
 * NVIDIA's aiconfigurator (0.11) fits it for SGLang by model kind and tensor parallelism; the engine's own rule of thumb,
 * 1.5 MiB per token, bounds it. Logits are made for the last token of each request only.
 */
export function chunkBytes(launch: Launch, pool: Pool): Quantity {
  const { architecture, division, chunkTokens, graphs } = launch;
  const { hiddenSize, vocabSize, moe } = architecture;
  const tokens = Math.min(chunkTokens, Math.max(1, pool.tokens));
  const factor = activationFactor(division.tensor) * (moe || architecture.latentAttention ? 2 : 1);
  const block = Math.max(90 * MIB, 2 * tokens * hiddenSize * factor * 1.15);
  const rows = Math.min(pool.requests || 1, graphs.largest, tokens);
  const logits = rows * vocabSize * 4 * 2;
  const value = Math.round(block + logits);
  const thumb = Math.round(1.5 * MIB * tokens + logits);
  return between(Math.round(value * 0.4), value, Math.max(value, Math.min(thumb, Math.round(value * 1.8))), 'assumed');
}

/** What a step takes once graphs are captured: prefill graphs hold most of a chunk's activations already. */
export function activationBytes({ graphs }: Launch, chunk: Quantity): Quantity {
  if (graphs.prefill.length === 0) return chunk;
  const part = (bytes: number): number => Math.round(bytes / 4);
  return between(part(chunk.low), part(chunk.value), part(chunk.high), chunk.basis);
}

function activationFactor(tensorParallelSize: number): number {
  if (tensorParallelSize <= 1) return 14;
  return tensorParallelSize <= 2 ? 8.5 : 6.5;
}

/**
 * Graphs of decoding and of prefill. Decode graphs cost 0.06 to 0.9 MiB per layer and size on one GPU and 0.5 to 3.2 with
 * communicators on the calibration logs. Prefill graphs hold the activations of their largest size, which prefill then does
 * not need again, and 8 MiB each (srt/server_args.py reserve_for_graph_mb).
 */
export function graphBytes(launch: Launch, stage: Stage, chunk: Quantity): Quantity {
  const { graphs, division, speculation } = launch;
  const layers = stage.layers.length + (speculation?.layers.length ?? 0);
  const captures = graphs.decode.length * layers * (speculation && speculation.layers.length > 0 ? 2 : 1);
  const [low, value, high] = division.tensor > 1 ? [0.4, 1.6, 3.2] : [0.05, 0.5, 1];
  const decode = between(
    Math.round(captures * low * MIB),
    Math.round(captures * value * MIB),
    Math.round(captures * high * MIB),
    'calibrated',
  );
  if (graphs.prefill.length === 0) return decode;
  const each = graphs.prefill.length * 8 * MIB;
  const prefill = between(
    Math.round(each / 2),
    Math.round(chunk.value + each),
    Math.round(chunk.high + each),
    'assumed',
  );
  return add(decode, prefill);
}
