import { readFileSync } from 'node:fs';
import type { ArgumentValue } from '../../src/deployment.ts';
import { GIB } from '../../src/bytes.ts';
import { vllm } from '../../src/engines/vllm/index.ts';
import type { Workload } from '../../src/engines/engine.ts';
import type { Estimate } from '../../src/estimate.ts';
import type { Target } from '../../src/hardware/gpu.ts';
import { loadHardware } from '../../src/hardware/gpus.ts';
import { findGpu } from '../../src/hardware/lookup.ts';
import modelData from '../../src/catalogue/models.json' with { type: 'json' };
import type { ModelFacts } from '../../src/models/architecture.ts';
import { makeModelCatalogue } from '../../src/models/catalogue.ts';
import { resolveModel } from '../../src/models/resolve.ts';

/** One start-up log, as the files beside this one hold it. */
export interface LogCase {
  readonly id: string;
  readonly source: string;
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

/** A case with its estimate, or why it cannot be evaluated. */
export type Evaluated =
  | { readonly logCase: LogCase; readonly workload: Workload; readonly estimate: Estimate }
  | { readonly logCase: LogCase; readonly excluded: string };

const hardware = loadHardware();
const models = makeModelCatalogue(modelData);
const sources = { read: () => null, aliases: new Map<string, string>(), catalogue: models };

/** Logs that are left out, each with the rule that says why (exclusions.json). */
const EXCLUSIONS: ReadonlyMap<string, string> = new Map(
  (JSON.parse(readFileSync(new URL('exclusions.json', import.meta.url), 'utf8')) as Exclusions).rules.flatMap(
    ({ rule, cases }) => Object.keys(cases).map((id) => [id, rule] as const),
  ),
);

interface Exclusions {
  readonly rules: readonly { readonly rule: string; readonly cases: Readonly<Record<string, string>> }[];
}

export function readCases(side: 'calibration' | 'validation'): LogCase[] {
  const text = readFileSync(new URL(`${side}.jsonl`, import.meta.url), 'utf8');
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as LogCase);
}

/** What the log prints under other names than the arguments'. */
const EFFECTIVE_NAMES: Readonly<Record<string, string>> = {
  max_seq_len: 'max_model_len',
  chunked_prefill_enabled: 'enable_chunked_prefill',
  max_cudagraph_capture_size: 'max_cudagraph_capture_size',
};
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
]);

/** The workload of a case by its stated facts alone; nothing is guessed. */
export function evaluateCase(logCase: LogCase): Evaluated {
  const excluded = (reason: string): Evaluated => ({ logCase, excluded: reason });
  const rule = EXCLUSIONS.get(logCase.id);
  if (rule !== undefined) return excluded(rule);
  const version = versionOf(logCase);
  if (version === null) return excluded('engine version not stated');
  if (/fork|gilded|frontier|rhaiv/.test(logCase.engine_version ?? '')) return excluded('a fork of the engine');
  const resolved = resolveModel(logCase.model_hf_guess ?? logCase.model ?? '', sources);
  if ('problem' in resolved) return excluded('model not in the catalogue');
  const model: ModelFacts = resolved;
  const target = targetOf(logCase);
  if (!target) return excluded('GPU not stated');
  const args = argumentsOf(logCase);
  const drafterId = vllm.drafterOf(args);
  const drafter = drafterId === null ? null : models.find(drafterId);
  if (drafterId !== null && !drafter) return excluded('draft model not in the catalogue');
  const environment = environmentOf(logCase, version);
  const workload: Workload = { engineVersion: version, arguments: args, environment, model, drafter, target };
  return { logCase, workload, estimate: vllm.estimate(workload) };
}

/** As stated, development builds with their suffix; `0.7.x` and `image v0.11.0` count, a date does not. */
function versionOf({ engine_version }: LogCase): string | null {
  const stated = /(?:^|\bv)(0\.\d+(?:\.\d+)?\S*)/.exec(engine_version ?? '')?.[1] ?? null;
  return stated === null || /^0\.[01]\./.test(stated) ? null : stated;
}

/** `VLLM_…` among the arguments; the generation that the log's own lines show where both existed. */
function environmentOf({ args, kind }: LogCase, version: string): Record<string, string> {
  const environment: Record<string, string> = {};
  for (const [name, value] of Object.entries(args)) if (/^[A-Z_0-9]+$/.test(name)) environment[name] = String(value);
  const [, minor] = version.split('.').map(Number);
  if (minor !== undefined && minor >= 8 && minor < 11 && kind !== 'vllm-speculative')
    environment['VLLM_USE_V1'] ??= kind === 'vllm-v0' ? '0' : '1';
  return environment;
}

function targetOf({ gpu, gpu_count, gpu_total_gib }: LogCase): Target | null {
  const match = findGpu((gpu ?? '').replace(/\s*[(,].*$/, ''), hardware);
  if (!('gpu' in match)) return null;
  return {
    gpu: match.gpu,
    count: gpu_count,
    visibleBytes: gpu_total_gib === null ? null : Math.round(gpu_total_gib * GIB),
    takenByOthersBytes: 0,
    origin: 'matrix',
  };
}

function argumentsOf({ args, effective }: LogCase): Record<string, ArgumentValue> {
  const merged: Record<string, ArgumentValue> = {};
  for (const [name, value] of Object.entries(effective)) {
    const canonical = EFFECTIVE_NAMES[name] ?? name;
    if (PRINTED.has(canonical) && value !== null && value !== 'None') merged[canonical] = parsed(value);
  }
  for (const [name, value] of Object.entries(args)) if (vllm.knowsArgument(name)) merged[name] = parsed(value);
  return merged;
}

/** Logs print `torch.bfloat16`, `'8192'` and `'False'`. */
function parsed(value: ArgumentValue): ArgumentValue {
  if (typeof value !== 'string') return value;
  if (/^(?:true|false)$/i.test(value)) return value.toLowerCase() === 'true';
  if (/^-?\d+(?:\.\d+)?$/.test(value)) return Number(value);
  return value.replace(/^torch\./, '');
}

/** Predicted against measured for one figure, in the unit of the log. */
export interface Comparison {
  readonly id: string;
  readonly component: string;
  readonly predicted: number;
  readonly low: number;
  readonly high: number;
  readonly measured: number;
  /** predicted / measured − 1 */
  readonly errorFraction: number;
}

/** Every figure of a case that the log states and the estimate has. */
export function compare({ logCase, estimate }: { logCase: LogCase; estimate: Estimate }): Comparison[] {
  const { memory } = estimate;
  const { measured } = logCase;
  if (memory === null) return [];
  // A pipeline's ranks differ; the log states the first one's figures, the estimate those of the rank that decides.
  const staged = Number(logCase.args['pipeline_parallel_size'] ?? logCase.effective['pipeline_parallel_size'] ?? 1) > 1;
  const loaded = measured['model_loading_gib'] ?? measured['weights_gib'];
  const both = {
    value: memory.weightsBytes.value + memory.drafterBytes.value,
    low: memory.weightsBytes.low + memory.drafterBytes.low,
    high: memory.weightsBytes.high + memory.drafterBytes.high,
  };
  const rows: (readonly [string, { value: number; low: number; high: number }, unknown, number])[] = [
    ['weights', both, loaded, GIB],
    ['activation', memory.activationBytes, measured['activation_peak_gib'], GIB],
    ['available KV', memory.kvCacheBytes, measured['available_kv_cache_gib'], GIB],
    ['KV tokens', memory.kvCacheTokens, measured['kv_cache_tokens'], 1],
  ];
  return rows.flatMap(([component, quantity, truth, unit]) => {
    if (staged && component !== 'KV tokens') return [];
    if (typeof truth !== 'number' || truth <= 0) return [];
    const predicted = quantity.value / unit;
    return [
      {
        id: logCase.id,
        component,
        predicted,
        low: quantity.low / unit,
        high: quantity.high / unit,
        measured: truth,
        errorFraction: predicted / truth - 1,
      },
    ];
  });
}
