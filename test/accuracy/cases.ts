import { readFileSync } from 'node:fs';
import { GIB } from '../../src/bytes.ts';
import modelData from '../../src/catalogue/models.json' with { type: 'json' };
import type { ArgumentValue } from '../../src/deployment.ts';
import type { Workload } from '../../src/engines/engine.ts';
import { vllm } from '../../src/engines/vllm/index.ts';
import { launchOf, type Launch } from '../../src/engines/vllm/launch.ts';
import { initialBytes } from '../../src/engines/vllm/non-torch.ts';
import type { Estimate } from '../../src/estimate.ts';
import type { Target } from '../../src/hardware/gpu.ts';
import { loadHardware } from '../../src/hardware/gpus.ts';
import { findGpu } from '../../src/hardware/lookup.ts';
import type { ModelFacts } from '../../src/models/architecture.ts';
import { makeModelCatalogue } from '../../src/models/catalogue.ts';
import { resolveModel } from '../../src/models/resolve.ts';

export const SIDES = ['calibration', 'validation'] as const;
export type Side = (typeof SIDES)[number];

/** One start-up log, as the files beside this one hold it. */
export interface LogCase {
  readonly id: string;
  readonly source: string;
  readonly family: string;
  readonly engine_version: string | null;
  readonly model: string | null;
  readonly model_hf_guess: string | null;
  readonly gpu: string | null;
  readonly gpu_count: number | null;
  readonly gpu_total_gib: number | null;
  readonly args: Readonly<Record<string, ArgumentValue>>;
  readonly effective: Readonly<Record<string, ArgumentValue>>;
  readonly measured: Readonly<Record<string, unknown>>;
  readonly outcome: string;
  readonly kind: string;
}

/** A case with its launch and its estimate. */
export interface Judged {
  readonly logCase: LogCase;
  readonly workload: Workload;
  /** Null when the estimate refuses the arguments or lacks a fact. */
  readonly launch: Launch | null;
  readonly estimate: Estimate;
}

/** A case with its estimate, or why it cannot be evaluated. */
export type Evaluated = Judged | { readonly logCase: LogCase; readonly excluded: string };

const hardware = loadHardware();
const models = makeModelCatalogue(modelData);
const sources = { read: () => null, aliases: new Map<string, string>(), catalogue: models };

/** A rule and the cases that it holds for, each with what its source says. */
interface CaseRule {
  readonly rule: string;
  readonly cases: Readonly<Record<string, string>>;
}

/** Facts that a log states and its row leaves out. */
interface Addition extends CaseRule {
  readonly args: Readonly<Record<string, ArgumentValue>>;
}

/** Cases whose row describes a model without its id. */
interface Naming extends CaseRule {
  readonly model: string;
}

function readJson(name: string): unknown {
  return JSON.parse(readFileSync(new URL(name, import.meta.url), 'utf8'));
}

const RULES = readJson('rules.json') as {
  readonly excluded: readonly CaseRule[];
  readonly stated: readonly Addition[];
  readonly named: readonly Naming[];
};
const EXCLUDED = new Map(
  RULES.excluded.flatMap(({ rule, cases }) => Object.keys(cases).map((id) => [id, rule] as const)),
);
const NAMED = new Map(RULES.named.flatMap(({ model, cases }) => Object.keys(cases).map((id) => [id, model] as const)));
const STATED = new Map(RULES.stated.flatMap(({ args, cases }) => Object.keys(cases).map((id) => [id, args] as const)));

export function readCases(side: Side): LogCase[] {
  const text = readFileSync(new URL(`${side}.jsonl`, import.meta.url), 'utf8');
  const cases = text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as LogCase);
  const runs = new Set<string>();
  // Runs with the same figures to the last digit say one thing: a run in two collections, or one that only differs in what
  // does not count.
  return cases.filter((one) => runs.size < runs.add(runOf(one)).size);
}

function runOf({ id, engine_version, measured }: LogCase): string {
  const figures = [measured['available_kv_cache_gib'], measured['kv_cache_tokens'], measured['model_loading_gib']];
  return figures.some((figure) => figure === undefined) ? id : [engine_version, ...figures].join(' ');
}

/** Every case of a side that can be evaluated. */
export function judgeAll(side: Side): Judged[] {
  return readCases(side)
    .map(evaluateCase)
    .filter((evaluated) => 'estimate' in evaluated);
}

/** The workload of a case by its stated facts alone; nothing is guessed. */
export function evaluateCase(logCase: LogCase): Evaluated {
  const excluded = (reason: string): Evaluated => ({ logCase, excluded: reason });
  const rule = EXCLUDED.get(logCase.id);
  if (rule !== undefined) return excluded(rule);
  const version = versionOf(logCase);
  if (version === null) return excluded('engine version not stated');
  if (/fork|gilded|frontier|rhaiv/.test(logCase.engine_version ?? '')) return excluded('a fork of the engine');
  const model = modelOf(NAMED.get(logCase.id) ?? logCase.model_hf_guess ?? named(logCase.model ?? ''));
  if (!model) return excluded('model not in the catalogue');
  const target = targetOf(logCase);
  if (!target) return excluded('GPU not stated');
  if (!statesParallelism(logCase)) return excluded('an argument that decides the memory is not stated');
  const args = argumentsOf(logCase);
  const drafterId = vllm.drafterOf(args);
  const drafter = drafterId === null ? null : modelOf(drafterId);
  if (drafterId !== null && !drafter) return excluded('draft model not in the catalogue');
  const environment = environmentOf(logCase, args, version);
  const alone: Workload = { engineVersion: version, arguments: args, environment, model, drafter, target };
  const launch = launchOf(alone);
  const resolved = 'version' in launch ? launch : null;
  const workload = { ...alone, target: { ...target, takenByOthersBytes: takenByOthers(logCase, resolved) } };
  return { logCase, workload, launch: resolved, estimate: vllm.estimate(workload) };
}

/** Some rows say more of a model in brackets behind its name. */
function named(model: string): string {
  return model.replace(/\s+\(.*\)$/, '');
}

function modelOf(id: string): ModelFacts | null {
  const resolved = resolveModel(id, sources);
  return 'problem' in resolved ? null : resolved;
}

/** Several GPUs of which nothing says how they share the model. */
function statesParallelism({ gpu_count, args, effective }: LogCase): boolean {
  const sizes = ['tensor_parallel_size', 'pipeline_parallel_size', 'data_parallel_size'];
  return (gpu_count ?? 1) === 1 || sizes.some((name) => name in args || name in effective);
}

/** As stated, development builds with their suffix; `0.7.x` and `image v0.11.0` count, a date does not. */
function versionOf({ engine_version }: LogCase): string | null {
  const stated = /(?:^|\bv)(0\.\d+(?:\.\d+)?\S*)/.exec(engine_version ?? '')?.[1] ?? null;
  return stated === null || /^0\.[01]\./.test(stated) ? null : stated;
}

/** `VLLM_…` among the arguments; the generation that the log's own lines show where both existed. */
function environmentOf(
  { kind }: LogCase,
  args: Record<string, ArgumentValue>,
  version: string,
): Record<string, string> {
  const environment: Record<string, string> = {};
  for (const [name, value] of Object.entries(args)) if (/^[A-Z_0-9]+$/.test(name)) environment[name] = String(value);
  const [, minor] = version.split('.').map(Number);
  if (minor !== undefined && minor >= 8 && minor < 11 && kind !== 'vllm-speculative')
    environment['VLLM_USE_V1'] ??= kind === 'vllm-v0' ? '0' : '1';
  return environment;
}

function targetOf({ gpu, gpu_count, gpu_total_gib }: LogCase): Target | null {
  const written = gpu ?? '';
  const match = findGpu(written, hardware);
  const found =
    'gpu' in match ? match : findGpu(written.replace(/\s*[(,].*$/, '').replace(/\s+\d+\s?GB$/, ''), hardware);
  if (!('gpu' in found)) return null;
  return {
    gpu: found.gpu,
    count: gpu_count,
    visibleBytes: gpu_total_gib === null ? null : Math.round(gpu_total_gib * GIB),
    takenByOthersBytes: 0,
    origin: 'matrix',
  };
}

/** What other processes hold, where the log states the memory that was free when the engine started. */
function takenByOthers({ measured, gpu_total_gib }: LogCase, launch: Launch | null): number {
  const free = measured['free_memory_gib'];
  if (launch === null || gpu_total_gib === null || typeof free !== 'number') return 0;
  return Math.max(0, Math.round((gpu_total_gib - free) * GIB) - initialBytes(launch).high);
}

/** Printed values that say what came of the arguments rather than what they were. */
const PRINTED = new Set([
  'max_model_len',
  'tensor_parallel_size',
  'pipeline_parallel_size',
  'data_parallel_size',
  'quantization',
  'kv_cache_dtype',
  'dtype',
  'enforce_eager',
  'enable_prefix_caching',
  'max_num_batched_tokens',
  'gpu_memory_utilization',
  'decode_context_parallel_size',
  'max_num_seqs',
  'enable_expert_parallel',
  'cudagraph_capture_sizes',
]);
/** What the log prints under other names than the arguments'. */
const EFFECTIVE_NAMES: Readonly<Record<string, string>> = {
  max_seq_len: 'max_model_len',
  chunked_prefill_enabled: 'enable_chunked_prefill',
};

function argumentsOf({ id, args, effective }: LogCase): Record<string, ArgumentValue> {
  const merged: Record<string, ArgumentValue> = {};
  for (const [name, value] of Object.entries(effective)) {
    const canonical = EFFECTIVE_NAMES[name] ?? name;
    if (PRINTED.has(canonical) && value !== null && value !== 'None') merged[canonical] = parsed(value);
  }
  for (const [name, value] of Object.entries({ ...args, ...STATED.get(id) }))
    if (vllm.knowsArgument(name) || name.startsWith('VLLM_') || name === 'usage_context') merged[name] = parsed(value);
  const seqs = sequencesOf(merged['cudagraph_capture_sizes'] ?? null, args);
  if (seqs !== null && merged['max_num_seqs'] === undefined) merged['max_num_seqs'] = seqs;
  return merged;
}

/** Printed sizes that nobody asked for and that end below 512 follow from `max_num_seqs`: the largest is twice that. */
function sequencesOf(sizes: ArgumentValue, args: LogCase['args']): number | null {
  const asked = ['cudagraph_capture_sizes', 'compilation_config', 'speculative_config', 'max_cudagraph_capture_size'];
  if (!Array.isArray(sizes) || asked.some((name) => args[name] !== undefined)) return null;
  const largest = Math.max(...sizes.map(Number));
  return largest > 0 && largest < 512 ? Math.ceil(largest / 2) : null;
}

/** Logs print `torch.bfloat16`, `'8192'` and `'False'`. */
function parsed(value: ArgumentValue): ArgumentValue {
  if (typeof value !== 'string') return value;
  if (/^(?:true|false)$/i.test(value)) return value.toLowerCase() === 'true';
  if (/^-?\d+(?:\.\d+)?$/.test(value)) return Number(value);
  return value.replace(/^torch\./, '');
}
