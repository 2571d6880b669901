import { capabilityOf } from '../../hardware/gpu.ts';
import { between, exactly, type Quantity } from '../../quantity.ts';
import { split } from '../sharding.ts';
import type { Launch } from './launch.ts';
import { has } from './versions.ts';

/** `VLLM_FUSED_MOE_CHUNK_SIZE` when it is not set (vllm/envs.py), in tokens: since 0.12, and before. */
const CHUNK_TOKENS = 16_384;
const CHUNK_TOKENS_BEFORE = 32_768;
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
  const m = tokensAtOnce(launch);
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
  // Four-bit experts in an fp8 checkpoint (DeepSeek V4) run in kernels that hold nothing here, or in modular ones.
  if (quantization?.groups.some(({ targets, weightBits }) => weightBits === 4 && targets.includes('experts')))
    return between(0, modular, modular, 'assumed');
  if (quantization?.block && quantization.weightBits === 8) {
    const aligned = rows + split(moe.experts, Math.max(1, parallelism.expert)) * (DEEP_GEMM_ROWS - 1);
    return exactly(2 * aligned * width, 'formula');
  }
  return exactly(modular, 'formula');
}

/** Whether the workspace outlives the forward pass, and with it stands beside the sampler's buffers. */
export function keepsWorkspace({ runner, version, parallelism, quantization }: Launch): boolean {
  if (runner === 'v0') return false;
  if (parallelism.data > 1 && parallelism.expert > 1) return has(version, 'workspaceOfExchanges');
  // Four-bit weights with 16-bit activations: `fused_marlin_moe` and `moe_wna16`, in no modular kernel up to 0.20.
  const weightsOnly = quantization?.weightBits === 4 && !quantization.quantizesActivations;
  const floats = quantization?.method === 'mxfp4' || quantization?.method.includes('fp4') === true;
  return has(version, weightsOnly && !floats ? 'modularFourBitExperts' : 'persistentMoeWorkspace');
}

/** Tokens that the workspaces are sized for; before 0.18 the kernel takes them in chunks (fused_moe/modular_kernel.py _chunk_info). */
function tokensAtOnce({ version, parallelism, maxNumBatchedTokens, environment }: Launch): number {
  const gathered = parallelism.expert > 1 && parallelism.data > 1;
  const tokens = gathered ? maxNumBatchedTokens * parallelism.data : maxNumBatchedTokens;
  if (has(version, 'unlimitedMoeChunk')) return tokens;
  const written = Number(environment['VLLM_FUSED_MOE_CHUNK_SIZE']);
  const usual = has(version, 'moeChunk16384') ? CHUNK_TOKENS : CHUNK_TOKENS_BEFORE;
  const chunk = Number.isInteger(written) && written > 0 ? written : usual;
  return gathered && has(version, 'wholeMoeChunk') ? chunk : Math.min(tokens, chunk);
}
