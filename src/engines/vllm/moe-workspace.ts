import { capabilityOf } from '../../hardware/gpu.ts';
import { between, exactly, type Quantity } from '../../quantity.ts';
import { split } from '../sharding.ts';
import type { Launch } from './launch.ts';
import { has } from './versions.ts';

/** Tokens that one call of the fused kernel takes before 0.18 (`VLLM_FUSED_MOE_CHUNK_SIZE`). */
const CHUNK_TOKENS = 32_768;
/** Rows to which DeepGEMM pads the tokens of every expert. */
const DEEP_GEMM_ROWS = 128;

/**
 * The two buffers that the modular expert kernels share, in bytes; sized by the largest batch and kept
 * (vLLM model_executor/layers/fused_moe, v1/worker/workspace.py). Kernels with workspaces of their own hold nothing here.
 */
export function expertWorkspace(launch: Launch): Quantity {
  const { moe } = launch.architecture;
  if (!moe) return exactly(0);
  const { parallelism, quantization, gpu } = launch;
  const capability = capabilityOf(gpu);
  const method = quantization?.method ?? null;
  const tokens = parallelism.expert > 1 ? launch.maxNumBatchedTokens * parallelism.data : launch.maxNumBatchedTokens;
  const m = has(launch.version, 'unlimitedMoeChunk') ? tokens : Math.min(tokens, CHUNK_TOKENS);
  const inner = parallelism.expert > 1 ? moe.intermediateSize : split(moe.intermediateSize, parallelism.tensor);
  const width = Math.max(inner, moe.hiddenSize) + Math.max((moe.gated ? 2 : 1) * inner, moe.hiddenSize);
  const rows = m * moe.expertsPerToken;
  const modular = 2 * rows * width;
  if (method === 'mxfp4')
    return capability === 9 || (capability >= 10 && capability < 12)
      ? exactly(0, 'formula')
      : exactly(modular, 'formula');
  if (capability >= 10) {
    if (method === 'nvfp4' || method === 'modelopt_fp4') return between(0, 4 * m * moe.hiddenSize, modular, 'assumed');
    return between(0, modular, modular, 'assumed');
  }
  if (quantization?.block && quantization.weightBits === 8) {
    const aligned = rows + split(moe.experts, Math.max(1, parallelism.expert)) * (DEEP_GEMM_ROWS - 1);
    return exactly(2 * aligned * width, 'formula');
  }
  return exactly(modular, 'formula');
}
