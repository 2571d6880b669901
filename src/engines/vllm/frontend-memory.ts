import { GIB, MIB } from '../../bytes.ts';
import type { Architecture } from '../../models/architecture.ts';
import { readArguments, type ArgumentReader } from '../argument-reader.ts';
import { roundedGib } from './python-text.ts';
import { has, type EngineVersion } from './versions.ts';

/** What API server processes may take of the engine's GPU, in bytes. */
export interface FrontendMemory {
  /** Frames that they decode (`--mm-ipc-gpu-memory-gb`), for all of them together. */
  readonly frames: number;
  /** Surfaces and CUDA contexts of their video decoders. */
  readonly decoders: number;
}

/** One decoder's surfaces, the decoders of a process, and its CUDA context (vLLM multimodal/video.py). */
const DECODER_BYTES = 128 * MIB;
const DECODERS = 2;
const CONTEXT_BYTES = Math.trunc(1.8 * 1024 * MIB);
const GPU_VIDEO = 'pynvvideocodec';

/** Taken off the KV cache before blocks are made of it (vLLM multimodal/gpu_ipc_memory.py reserve_mm_ipc_gpu_memory, #44465). */
export function frontendMemoryOf(
  reader: ArgumentReader,
  version: EngineVersion,
  environment: Readonly<Record<string, string>>,
  { encoders }: Architecture,
): FrontendMemory {
  if (encoders.length === 0 || !has(version, 'frontendMemory')) return { frames: 0, decoders: 0 };
  const frames = Math.trunc(Math.max(0, reader.number('mm_ipc_gpu_memory_gb') ?? 0) * GIB);
  const media = readArguments(reader.object('media_io_kwargs') ?? {});
  const video = readArguments(media.object('video') ?? {});
  const loader = video.word('video_backend') ?? environment['VLLM_VIDEO_LOADER_BACKEND'] ?? null;
  if (loader !== GPU_VIDEO && video.word('backend') !== GPU_VIDEO) return { frames, decoders: 0 };
  const processes = reader.integer('api_server_count', 1) ?? reader.integer('data_parallel_size', 1) ?? 1;
  const surfaces = DECODER_BYTES * (video.integer('hw_decoders', 1) ?? DECODERS);
  return { frames, decoders: processes * (surfaces + CONTEXT_BYTES) };
}

/** What is raised when nothing is left beside it. */
export function frontendRefusal({ frames, decoders }: FrontendMemory, availableBytes: number): string {
  return (
    `frontend multimodal GPU decoding reserves ${roundedGib(frames + decoders)} GiB (${roundedGib(frames)} GiB raw-frame ` +
    `budget, ${roundedGib(decoders)} GiB decoder cache budget), but only ${roundedGib(availableBytes)} GiB is available ` +
    'for the KV cache. Reduce mm_ipc_gpu_memory_gb or hw_decoders, use a different video backend, or increase ' +
    'gpu_memory_utilization.'
  );
}
