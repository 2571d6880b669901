import { GIB, MIB } from '../../bytes.ts';
import type { ArgumentValue } from '../../deployment.ts';
import { cacheTypeOf } from '../llama-cpp/cache-types.ts';
import { type Settings, type SettingsProblem, visibleGpus } from '../llama-cpp/settings.ts';
import type { Workload } from '../engine.ts';

/** llama.cpp inside releases of Ollama that run llama-server (llama/README.md of each tag); older ones have runners of their own. */
const BUILDS: readonly (readonly [minor: number, build: number])[] = [
  [33, 10_488],
  [32, 9888],
  [30, 9452],
];

/** Families that Ollama serves one request at a time (server/sched.go). */
const ONE_SLOT = /^(?:qwen3_vl|qwen3_5|qwen3_next|lfm2|nemotron_h)/;

/** Minor release, or null for the newest. */
export function minorOf(version: string | null): number | null {
  const minor = /^v?0\.(\d{1,3})(?:\.|$)/.exec(version ?? '')?.[1];
  return minor === undefined ? null : Number(minor);
}

/** Whether models run in llama-server (0.30, 2026-06-01). */
export function runsServer(minor: number | null): boolean {
  return minor === null || minor >= 30;
}

/** What Ollama tells llama-server (llm/server.go): context and slots, batches by context, and nothing of layers unless it is told. */
export function settingsOf(workload: Workload): Settings | SettingsProblem {
  const { arguments: args, model } = workload;
  const minor = minorOf(workload.engineVersion);
  const { architecture } = model;
  const pooling = architecture.task === 'pooling';
  const asked = integer(args['num_parallel']) ?? 1;
  const slots = pooling || ONE_SLOT.test(architecture.modelType) ? 1 : Math.min(Math.max(1, asked), 1_000);
  const context = contextOf(workload, minor);
  const batch = integer(args['num_batch']) ?? batchOf(context, minor);
  const type =
    typeof args['kv_cache_type'] === 'string' && args['kv_cache_type'] !== '' ? args['kv_cache_type'] : 'f16';
  const flash = flashOf(args['flash_attention']);
  // Without flash attention Ollama keeps 16 bits (ollama/ollama#13337).
  const cache = cacheTypeOf(flash === false && !/^(?:f16|f32|bf16)$/.test(type) ? 'f16' : type);
  if (!cache) return { unknown: `Ollama has no cache type '${type.slice(0, 40)}'.` };
  const layers = integer(args['num_gpu']);
  return {
    build: minor === null ? null : (BUILDS.find(([from]) => minor >= from)?.[1] ?? 9000),
    ctxSize: context * slots,
    ctxIsFree: false,
    slots,
    unified: false,
    batch,
    microBatch: batch,
    // Quantized caches need it.
    flashAttention: flash ?? (runsServer(minor) || type !== 'f16'),
    keyType: cache,
    valueType: cache,
    fullWindow: false,
    cacheOnGpu: true,
    gpuLayers: layers !== null && layers >= 0 ? layers : null,
    gpuLayersSet: layers !== null && layers >= 0,
    splitMode: 'layer',
    tensorSplit: null,
    mainGpu: integer(args['main_gpu']) ?? 0,
    devices: visibleGpus(workload),
    overrides: null,
    cpuMoe: 0,
    fit: true,
    fitter: 'Ollama',
    // Its own runners kept 457 MiB free (server/sched.go); llama-server's own margin holds since, and more for a projector.
    fitTargetMib: runsServer(minor) ? 1024 + (architecture.encoders.length > 0 ? 1024 : 0) : 457,
    fitCtx: 4096,
    embedding: pooling,
    drafts: false,
    draftTokens: 0,
    rollbacks: 0,
    opOffload: true,
  };
}

/** The context that it is told; one that is no whole number it leaves aside (envconfig/config.go, Uint). */
export function toldContext(args: Workload['arguments']): number | null {
  const told = integer(args['num_ctx']) ?? integer(args['context_length']);
  return told !== null && told > 0 ? told : null;
}

/** Tokens of one slot: as told, or by how much memory the GPUs have (server/routes.go), and no more than the model was trained for. */
export function contextOf(workload: Workload, minor: number | null): number {
  const { arguments: args, model, target } = workload;
  const trained = model.architecture.context.derivedTokens;
  const told = toldContext(args);
  if (told !== null) return Math.min(told, trained);
  if (minor !== null && minor < 17) return Math.min(4096, trained);
  const overhead = integer(args['gpu_overhead']) ?? 0;
  const each = (target.visibleBytes ?? target.gpu.visibleBytes) - overhead;
  const memory = each * visibleGpus(workload);
  return Math.min(memory >= 47 * GIB ? 262_144 : memory >= 23 * GIB ? 32_768 : 4096, trained);
}

/** A longer context is read in larger batches since llama-server runs (llm/server.go); before, always 512. */
function batchOf(context: number, minor: number | null): number {
  if (!runsServer(minor)) return 512;
  return context > 32_768 ? 2048 : context > 4096 ? 1024 : 512;
}

function flashOf(value: ArgumentValue | undefined): boolean | null {
  if (value === undefined || value === null || value === 'auto') return null;
  return value === true || value === 1 || value === '1' || value === 'true';
}

function integer(value: ArgumentValue | undefined): number | null {
  return typeof value === 'number' && Number.isSafeInteger(value) ? value : null;
}

/** What OLLAMA_GPU_OVERHEAD keeps free on every GPU, bytes. */
export function overheadOf({ arguments: args }: Workload): number {
  return Math.max(0, integer(args['gpu_overhead']) ?? 0);
}

/** What nobody has measured of Ollama's own runners, beside what llama.cpp's buffers come to. */
export const OWN_RUNNER_BYTES = 1024 * MIB;
