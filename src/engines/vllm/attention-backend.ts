import { MIB } from '../../bytes.ts';
import { keeps } from '../distinct-layers.ts';
import type { Launch } from './launch.ts';
import { has } from './versions.ts';

/** Sizes of heads that FlashInfer has kernels for (v1/attention/backends/flashinfer.py get_supported_head_sizes). */
const FLASHINFER_HEADS: ReadonlySet<number> = new Set([64, 128, 256]);

/** What decides which kernels attention runs in. */
type AttentionFacts = Pick<Launch, 'attentionBackend' | 'runner' | 'gpu' | 'kvCacheDtype' | 'architecture' | 'version'>;

/**
 * Whether attention runs in FlashInfer, the default on datacenter Blackwell. FlashAttention takes an 8-bit cache on Hopper
 * alone; elsewhere FlashInfer steps in, or Triton where it is not installed or has no kernel (vLLM platforms/cuda.py).
 */
export function usesFlashInfer({
  attentionBackend,
  runner,
  gpu,
  kvCacheDtype,
  architecture,
  version,
}: AttentionFacts): 'yes' | 'no' | 'perhaps' {
  // Kernels for compressed caches have a workspace of their own, which the profile sees.
  if (keeps(architecture.layers, 'compressed')) return 'no';
  const backend = attentionBackend?.toUpperCase() ?? null;
  if (backend !== null) return backend.includes('FLASHINFER') ? 'yes' : 'no';
  if (runner === 'v0' || gpu.vendor !== 'nvidia') return 'no';
  if (gpu.computeCapability?.startsWith('10.') === true) return 'yes';
  if (!kvCacheDtype.startsWith('fp8') || gpu.computeCapability === '9.0') return 'no';
  const plain = architecture.latentAttention === null && architecture.modelType !== 'gpt_oss';
  const taken = plain && FLASHINFER_HEADS.has(architecture.headDim) && !architecture.modelType.startsWith('gemma4');
  return taken && has(version, 'flashInferRequired') ? 'yes' : 'perhaps';
}

/** `VLLM_FLASHINFER_WORKSPACE_BUFFER_SIZE` when it is not set (vllm/envs.py). */
const FLASHINFER_WORKSPACE = 394 * MIB;

/** What FlashInfer's attention computes in, of a process. */
export function flashInferWorkspace({ environment }: Launch): number {
  const written = Number(environment['VLLM_FLASHINFER_WORKSPACE_BUFFER_SIZE']);
  return written > 0 ? written : FLASHINFER_WORKSPACE;
}
