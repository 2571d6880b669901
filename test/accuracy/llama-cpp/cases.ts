import { readFileSync } from 'node:fs';
import { MIB } from '../../../src/bytes.ts';
import type { ArgumentValue } from '../../../src/deployment.ts';
import { buildOf, has } from '../../../src/engines/llama-cpp/builds.ts';
import { cellsOf, layerCacheBytes } from '../../../src/engines/llama-cpp/cache.ts';
import { layoutOf } from '../../../src/engines/llama-cpp/layout.ts';
import { settingsOf } from '../../../src/engines/llama-cpp/settings.ts';
import type { Workload } from '../../../src/engines/engine.ts';
import { loadHardware } from '../../../src/hardware/gpus.ts';
import type { Gpu } from '../../../src/hardware/gpu.ts';
import type { ModelFacts } from '../../../src/models/architecture.ts';
import { resolveGguf } from '../../../src/models/gguf/model.ts';
import { loadCatalogues } from '../../../src/cli/catalogues.ts';

export type LlamaSide = 'calibration' | 'validation';

/** A public start-up log as the files beside this one hold it. */
export interface LlamaLog {
  readonly id: string;
  readonly engine: string;
  readonly engine_version: string | null;
  readonly model: string;
  readonly gpu_count: number | null;
  readonly args: Readonly<Record<string, ArgumentValue>>;
  readonly effective: Readonly<Record<string, string | number | boolean>>;
  readonly measured: Readonly<Record<string, unknown>>;
  readonly notes: string | null;
  readonly family: string;
}

/** One figure of one log beside what is predicted. MiB. */
export interface LlamaFigure {
  readonly id: string;
  readonly part: 'weights' | 'KV cache' | 'recurrent state' | 'compute buffer';
  readonly predicted: number;
  readonly low: number;
  readonly high: number;
  readonly logged: number;
}

export interface LlamaBench {
  readonly figures: readonly LlamaFigure[];
  readonly logs: number;
  /** Logs without a figure, and why. */
  readonly leftOut: readonly { readonly id: string; readonly reason: string }[];
}

const { models: catalogue } = loadCatalogues();
const sources = { read: () => null, aliases: new Map<string, string>(), catalogue };

export function readLlamaLogs(side: LlamaSide): readonly LlamaLog[] {
  const text = readFileSync(new URL(`${side}.jsonl`, import.meta.url), 'utf8');
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as LlamaLog);
}

/** Every log of a side whose model is known, against what its buffers are predicted to be. */
export function llamaBench(side: LlamaSide): LlamaBench {
  const logs = readLlamaLogs(side);
  const figures: LlamaFigure[] = [];
  const leftOut: { id: string; reason: string }[] = [];
  for (const log of logs) {
    const found = figuresOf(log);
    if (typeof found === 'string') leftOut.push({ id: log.id, reason: found });
    else if (found.length === 0) leftOut.push({ id: log.id, reason: 'it states no buffer' });
    else figures.push(...found);
  }
  return { figures, logs: logs.length, leftOut };
}

/** `Q4_K - Medium` is llama-quantize's Q4_K_M. */
const FTYPES: Readonly<Record<string, string>> = { Small: 'S', Medium: 'M', Large: 'L' };

function mixOf(written: unknown): string | null {
  if (typeof written !== 'string') return null;
  const [, name = '', size] = /^([A-Z0-9_]+)(?: - (Small|Medium|Large))?/.exec(written) ?? [];
  if (name === '') return null;
  return size === undefined ? name : `${name}_${FTYPES[size]}`;
}

function figuresOf(log: LlamaLog): LlamaFigure[] | string {
  if (log.engine !== 'llama.cpp') return 'it is of ik_llama.cpp, a fork with buffers of its own';
  const defaultMix = mixOf(log.effective['file_type']);
  const written = (log.model.split(' + ')[0] ?? '').replace(/ \([^)]*\)$/, '').replace(' ', ':');
  const byFile = resolveGguf({ written, defaultMix }, sources);
  const called = String(log.effective['general.name'] ?? '').replaceAll(' ', '-');
  const facts = 'problem' in byFile && called !== '' ? resolveGguf({ written: called, defaultMix }, sources) : byFile;
  if ('problem' in facts) return 'problem' in byFile ? byFile.problem.reason : facts.problem.reason;
  if (facts.architecture.layers.every(({ caches }) => caches.length === 0))
    return 'it is an encoder, for which older builds kept a cache';
  const differs = contradiction(log, facts);
  if (differs !== null) return differs;
  const args = argumentsOf(log, facts);
  const gpus = deviceNames(log);
  const workload: Workload = {
    engineVersion: versionOf(log),
    arguments: args,
    environment: {},
    model: facts,
    drafter: null,
    target: {
      gpu: anyGpu(),
      count: Math.max(1, gpus.length),
      visibleBytes: null,
      takenByOthersBytes: 0,
      origin: 'matrix',
    },
  };
  if (workload.engineVersion === null) return 'its build is not stated, and buffers depend on it';
  const settings = settingsOf(workload);
  if (!('build' in settings)) return 'refusal' in settings ? settings.refusal : settings.unknown;
  if (settings.build === null) return `'${workload.engineVersion}' is no build number`;
  const context = Number(log.measured['n_ctx'] ?? settings.ctxSize ?? 0);
  if (context === 0) return 'its context is not stated';
  const { architecture } = facts;
  const layers = Math.min(settings.gpuLayers ?? Number.POSITIVE_INFINITY, architecture.layers.length + 1);
  const layout = layoutOf(architecture, settings, context, layers);
  if ('unknown' in layout) return layout.unknown;
  const found: LlamaFigure[] = [];
  const add = (
    part: LlamaFigure['part'],
    logged: number | null,
    predicted: number,
    low = predicted,
    high = predicted,
  ): void => {
    if (logged !== null && logged > 0)
      found.push({ id: log.id, part, predicted: predicted / MIB, low: low / MIB, high: high / MIB, logged });
  };
  const sum = (key: 'value' | 'low' | 'high'): number =>
    layout.devices.reduce((all, { weights }) => all + weights[key], 0);
  add('weights', gpuBuffers(log.measured['model_buffer_mib'], gpus), sum('value'), sum('low'), sum('high'));
  const cells = cellsOf(settings, architecture, context);
  const states = architecture.layers.filter(({ caches }) => caches.some(({ kind }) => kind === 'state'));
  const kept = architecture.layers.filter((layer) => !states.includes(layer));
  const bytes = (of: typeof states): number =>
    of.reduce((all, layer) => all + layerCacheBytes(layer, cells, settings, architecture), 0);
  add('KV cache', numberOf(log.measured['kv_self_size_mib']) ?? allBuffers(log.measured['kv_buffer_mib']), bytes(kept));
  add('recurrent state', allBuffers(log.measured['rs_buffer_mib']), bytes(states));
  const [first] = gpus;
  const compute = first === undefined ? null : bufferOf(log.measured['compute_buffer_mib'], first);
  const own = layout.devices[0]?.compute;
  if (own && settings.splitMode !== 'row' && scored(first ?? '', settings.flashAttention))
    add('compute buffer', compute, own.value, own.low, own.high);
  return found;
}

/** `67cb0d507 (8942)` is how a build is called the other way round. */
function versionOf({ engine_version }: LlamaLog): string | null {
  return /\((\d{4,5})\)/.exec(engine_version ?? '')?.[1] ?? engine_version;
}

/** Backends whose graphs are the CUDA build's; SYCL computed flash attention on the CPU. */
function scored(device: string, flashAttention: boolean): boolean {
  return /^(?:CUDA|ROCm)/.test(device) || (device.startsWith('SYCL') && !flashAttention);
}

function anyGpu(): Gpu {
  return loadHardware().gpus.find(({ id }) => id === 'rtx-4090') as Gpu;
}

/** Shapes that the log prints and that the model of that name does not have; null when none. */
function contradiction({ effective, measured, engine_version }: LlamaLog, { architecture }: ModelFacts): string | null {
  const stated: readonly (readonly [string, unknown, number])[] = [
    ['n_embd', effective['n_embd'], architecture.hiddenSize],
    ['n_vocab', effective['n_vocab'], architecture.vocabSize],
    ['n_layer', measured['n_layer'], architecture.layers.length],
    // Whole keys of a file that was converted before latents were kept.
    [
      'n_embd_k_gqa',
      architecture.latentAttention && has(buildOf(engine_version), 'latentAttention')
        ? effective['n_embd_k_gqa']
        : undefined,
      latentDim(architecture),
    ],
  ];
  const wrong = stated.find(([, value, own]) => value !== undefined && Number(value) !== own);
  return wrong ? `its ${wrong[0]} of ${String(wrong[1])} is not that of the model of its name` : null;
}

function latentDim({ latentAttention }: ModelFacts['architecture']): number {
  return latentAttention ? latentAttention.kvLoraRank + latentAttention.ropeDim : 0;
}

/** What the log prints as in effect, before what is known of the command. */
function argumentsOf(
  { args, effective, measured }: LlamaLog,
  { architecture }: ModelFacts,
): Record<string, ArgumentValue> {
  const { cmd: _cmd, model: _model, mlock: _mlock, no_mmap: _mmap, ...own } = args;
  const made: Record<string, ArgumentValue> = { ...own };
  const flash = effective['flash_attn'];
  if (flash !== undefined) made['flash_attn'] = /^(?:0|disabled|false)/.test(String(flash)) ? 'off' : 'on';
  const slots = effective['n_seq_max'];
  if (slots !== undefined) made['parallel'] = Number(slots);
  if (effective['kv_unified'] !== undefined)
    made['kv_unified'] = effective['kv_unified'] === true || effective['kv_unified'] === 'true';
  if (effective['n_ubatch'] !== undefined) made['ubatch_size'] = Number(effective['n_ubatch']);
  if (effective['n_batch'] !== undefined) made['batch_size'] = Number(effective['n_batch']);
  for (const [key, name] of [
    ['type_k', 'cache_type_k'],
    ['type_v', 'cache_type_v'],
  ] as const) {
    const type = measured[key];
    if (typeof type === 'string') made[name] = type;
  }
  const [on] = String(effective['offloaded_layers'] ?? '').split('/');
  if (on !== undefined && /^\d+$/.test(on)) made['n_gpu_layers'] = Number(on);
  else if (made['n_gpu_layers'] === undefined) made['n_gpu_layers'] = architecture.layers.length + 1;
  const onGpu = Object.keys(recordOf(measured['kv_buffer_mib'])).some((name) => !/^(?:CPU|.*_Host)$/.test(name));
  if (made['no_kv_offload'] === true || (on !== '0' && measured['kv_buffer_mib'] !== undefined && !onGpu))
    made['kv_offload'] = false;
  delete made['no_kv_offload'];
  if (Object.keys(recordOf(measured['model_buffer_mib'])).some((name) => name.endsWith('_Split')))
    made['split_mode'] = 'row';
  return made;
}

/** Buffers of GPUs, by their names in the log. */
function deviceNames({ measured }: LlamaLog): readonly string[] {
  const names = Object.keys(
    recordOf(measured['model_buffer_mib'] ?? measured['kv_buffer_mib'] ?? measured['compute_buffer_mib']),
  );
  return [...new Set(names.filter((name) => /^(?:CUDA|ROCm|Vulkan|SYCL|CANN|MUSA)\d*$/.test(name)))];
}

function recordOf(value: unknown): Readonly<Record<string, number>> {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, number>>) : {};
}

function gpuBuffers(buffers: unknown, gpus: readonly string[]): number | null {
  const found = gpus.map((name) => recordOf(buffers)[name] ?? 0);
  const split = Object.entries(recordOf(buffers)).filter(([name]) => name.endsWith('_Split'));
  return found.length > 0 ? [...found, ...split.map(([, size]) => size)].reduce((all, one) => all + one, 0) : null;
}

function allBuffers(buffers: unknown): number | null {
  const found = Object.values(recordOf(buffers));
  return found.length > 0 ? found.reduce((all, one) => all + one, 0) : null;
}

function bufferOf(buffers: unknown, name: string): number | null {
  return recordOf(buffers)[name] ?? null;
}

function numberOf(value: unknown): number | null {
  return typeof value === 'number' ? value : null;
}
