import { readFileSync } from 'node:fs';
import { GIB } from '../../../src/bytes.ts';
import modelData from '../../../src/catalogue/models.json' with { type: 'json' };
import type { ArgumentValue } from '../../../src/deployment.ts';
import type { Workload } from '../../../src/engines/engine.ts';
import { sglang } from '../../../src/engines/sglang/index.ts';
import { initialBytes } from '../../../src/engines/sglang/initial.ts';
import { launchOf, type Launch } from '../../../src/engines/sglang/launch.ts';
import type { Estimate } from '../../../src/estimate.ts';
import type { Gpu } from '../../../src/hardware/gpu.ts';
import { loadHardware } from '../../../src/hardware/gpus.ts';
import { findGpu } from '../../../src/hardware/lookup.ts';
import type { ModelFacts } from '../../../src/models/architecture.ts';
import { makeModelCatalogue } from '../../../src/models/catalogue.ts';
import { resolveModel } from '../../../src/models/resolve.ts';
import type { Word } from '../../../src/syntax/word.ts';
import { mappedIdentity } from '../../../src/syntax/mapped-text.ts';

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
  readonly args: Readonly<Record<string, ArgumentValue>>;
  readonly effective: Readonly<Record<string, ArgumentValue>>;
  readonly measured: Readonly<Record<string, unknown>>;
  readonly outcome: string;
}

/** A case with its launch and its estimate. */
export interface Judged {
  readonly logCase: LogCase;
  readonly workload: Workload;
  readonly launch: Launch;
  readonly estimate: Estimate;
  /** The log states what was free before loading and either no GPU or one whose free memory the host decides. */
  readonly freeStated: boolean;
}

export type Evaluated = Judged | { readonly logCase: LogCase; readonly excluded: string };

const hardware = loadHardware();
const models = makeModelCatalogue(modelData);
const sources = { read: () => null, aliases: new Map<string, string>(), catalogue: models };

interface CaseRule {
  readonly rule: string;
  readonly cases: Readonly<Record<string, string>>;
}

/** What a source says of a case and its row leaves out. */
interface Naming extends CaseRule {
  readonly model: string;
  readonly gpu?: string;
  readonly version?: string;
  /** GiB free before loading. */
  readonly free?: number;
  readonly args?: Readonly<Record<string, ArgumentValue>>;
}

const RULES = JSON.parse(readFileSync(new URL('rules.json', import.meta.url), 'utf8')) as {
  readonly excluded: readonly CaseRule[];
  readonly named: readonly Naming[];
};
const EXCLUDED = new Map(
  RULES.excluded.flatMap(({ rule, cases }) => Object.keys(cases).map((id) => [id, rule] as const)),
);
const NAMED = new Map(RULES.named.flatMap((one) => Object.keys(one.cases).map((id) => [id, one] as const)));

export function readCases(side: Side): LogCase[] {
  return readFileSync(new URL(`${side}.jsonl`, import.meta.url), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as LogCase);
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
  if (/^0\.[0-3]\./.test(logCase.engine_version ?? '')) return excluded('older than 0.4');
  const named = NAMED.get(logCase.id);
  const model = modelOf(named?.model ?? logCase.model_hf_guess ?? logCase.model ?? '');
  if (!model) return excluded('model not in the catalogue');
  const args = { ...argumentsOf(logCase), ...named?.args };
  const drafterId = sglang.drafterOf(args);
  const drafter = drafterId === null ? null : modelOf(drafterId);
  if (drafterId !== null && !drafter) return excluded('draft model not in the catalogue');
  const begin = named?.free ?? logCase.measured['load_weight_begin_avail_gb'];
  const stated = gpuOf(named?.gpu ?? logCase.gpu);
  const gpu = stated ?? (typeof begin === 'number' ? smallestFor(begin) : null);
  if (!gpu) return excluded('neither GPU nor free memory stated');
  const tensor = Number(args['tp_size'] ?? 1) * Number(args['pp_size'] ?? 1) * Number(args['dp_size'] ?? 1);
  if ((logCase.gpu_count ?? 1) > 1 && tensor === 1) return excluded('how the GPUs share the model is not stated');
  const target = {
    gpu,
    count: logCase.gpu_count,
    visibleBytes: null,
    takenByOthersBytes: 0,
    origin: 'matrix',
  } as const;
  const engineVersion = /0\.\d+\.\d+\S*/.exec(named?.version ?? logCase.engine_version ?? '')?.[0] ?? null;
  const alone: Workload = { engineVersion, arguments: args, environment: {}, model, drafter, target };
  const launch = launchOf(alone);
  if (!('version' in launch)) return excluded('refusal' in launch ? launch.refusal : launch.unknown);
  const freeStated = typeof begin === 'number' && (stated === null || gpu.unifiedMemory);
  const visibleBytes = freeStated ? Math.round(begin * GIB) + initialBytes(launch).value : null;
  const workload = { ...alone, target: { ...target, visibleBytes } };
  return { logCase, workload, launch, estimate: sglang.estimate(workload), freeStated };
}

function modelOf(id: string): ModelFacts | null {
  const resolved = resolveModel(id, sources);
  return 'problem' in resolved ? null : resolved;
}

function gpuOf(written: string | null): Gpu | null {
  if (written === null) return null;
  for (const name of [written, written.replace(/\s*[(,].*$/, ''), written.replace(/-48Q$/, '')]) {
    const found = findGpu(name, hardware);
    if ('gpu' in found) return found.gpu;
  }
  return null;
}

/** The smallest NVIDIA card that could have had so much free. */
function smallestFor(freeGib: number): Gpu | null {
  const fitting = hardware.gpus.filter(
    ({ vendor, mig, unifiedMemory, visibleBytes }) =>
      vendor === 'nvidia' && mig === null && !unifiedMemory && visibleBytes / GIB > freeGib + 0.2,
  );
  return fitting.sort((a, b) => a.visibleBytes - b.visibleBytes)[0] ?? null;
}

/** Printed server arguments; those of the command where only that is quoted. */
function argumentsOf({ args, effective }: LogCase): Record<string, ArgumentValue> {
  const merged: Record<string, ArgumentValue> = {};
  const command = args['cmd'];
  if (typeof command === 'string') {
    for (const [name, { value }] of sglang.parseWords(wordsOf(command), 'launch_server').arguments)
      merged[name] = value;
  }
  for (const name of ['mem_fraction_static', 'chunked_prefill_size', 'max_running_requests', 'context_length'])
    if (effective[name] !== undefined && args[name] === undefined && name === 'mem_fraction_static')
      merged[name] = effective[name];
  const algorithm = args['speculative_algorithm'];
  for (const [name, value] of Object.entries(args)) {
    // Old releases print the defaults of drafting whether or not it is on.
    if (name.startsWith('speculative_') && (algorithm === undefined || algorithm === null)) continue;
    if (!sglang.knowsArgument(name) || value === 'None' || name === 'model_path') continue;
    merged[name === 'tp' ? 'tp_size' : name] = typeof value === 'string' ? parsed(value) : value;
  }
  if (typeof args['tp'] === 'number') merged['tp_size'] = args['tp'];
  return merged;
}

function wordsOf(command: string): Word[] {
  const options = command.slice(Math.max(0, command.indexOf('--')));
  return options.split(/\s+/).map((text) => {
    const file = { path: 'log', text };
    return { text: mappedIdentity(file, 0, text.length, () => null), unresolved: null };
  });
}

function parsed(value: string): ArgumentValue {
  if (/^\[[\d, ]+\]$/.test(value)) return JSON.parse(value) as ArgumentValue;
  if (/^(?:true|false)$/i.test(value)) return value.toLowerCase() === 'true';
  return /^-?\d+(?:\.\d+)?$/.test(value) ? Number(value) : value;
}
