import { MIB } from '../../bytes.ts';
import type { Gpu } from '../../hardware/gpu.ts';
import type { ArgumentReader } from '../argument-reader.ts';
import { has, type EngineVersion } from './versions.ts';

interface FeatureContext {
  readonly version: EngineVersion;
  readonly gpu: Gpu;
  readonly environment: Readonly<Record<string, string>>;
  readonly multimodal: boolean;
  /** A role in disaggregation. */
  readonly role: 'null' | 'prefill' | 'decode';
}

/** CUDA context of the process that makes the pool: an upgrade to 0.5.17 lost 1.43 GiB of cache and states to both. */
const CONTEXT_BYTES = 440 * MIB;

/**
 * Bytes of the pool through which features of images travel on the first GPU (`--mm-feature-transport`): by default in 0.5.17
 * on one node (srt/server_args.py _handle_multimodal_feature_transport).
 */
export function featurePoolBytes(reader: ArgumentReader, context: FeatureContext): number {
  const { version, environment, multimodal } = context;
  if (!multimodal || !has(version, 'featureTransport') || transportOf(reader, context) === 'cpu') return 0;
  const asked = Number(environment['SGLANG_MM_FEATURE_CACHE_MB'] ?? 1024);
  return (Number.isFinite(asked) && asked >= 0 ? asked : 1024) * MIB;
}

/** The pool with what its process takes beside it. */
export function featureBytes(poolBytes: number): number {
  return poolBytes > 0 ? poolBytes + CONTEXT_BYTES : 0;
}

function transportOf(reader: ArgumentReader, { version, gpu, environment, role }: FeatureContext): string {
  if (reader.flag('keep_mm_feature_on_device') === true) return 'cuda_ipc';
  const asked = reader.word('mm_feature_transport');
  if (asked !== null) return asked;
  const older = environment['SGLANG_USE_CUDA_IPC_TRANSPORT'];
  if (older !== undefined) return /^(?:1|true|yes)$/i.test(older) ? 'cuda_ipc' : 'cpu';
  const alone = (reader.integer('nnodes', 1) ?? 1) === 1 && role === 'null' && reader.flag('encoder_only') !== true;
  const byDefault = has(version, 'featuresOnGpu') && !has(version, 'featuresOnHost');
  return byDefault && alone && gpu.vendor === 'nvidia' ? 'cuda_ipc' : 'cpu';
}
