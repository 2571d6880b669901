import type { ArgumentValue } from '../deployment.ts';
import type { Estimate, Memory } from '../estimate.ts';
import { parametersOf } from '../models/parameters.ts';
import type { Quantity } from '../quantity.ts';
import type { Engine, Workload } from './engine.ts';
import {
  type KeptFigure,
  type MeasuredPart,
  type MeasuredParts,
  type Measurement,
  PART_SPREAD_BYTES,
  WEIGHTS_SPREAD_BYTES,
} from './measurement.ts';

/** Steps until the tokens of the log are met; each meets them to a block. */
const MAX_STEPS = 4;
/** What comes of budget and length, beside the arguments themselves. */
const OUTCOMES: ReadonlySet<string> = new Set(['block_size', 'max_total_num_tokens', 'max_total_tokens']);

/** The engine whose estimates take what a log measured of the same launch. Without measurements nothing changes. */
export function withMeasurements(engine: Engine): Engine {
  return { ...engine, estimate: (workload) => estimateMeasured(engine, workload) };
}

function estimateMeasured(engine: Engine, workload: Workload): Estimate {
  const { measurements = [], ...plain } = workload;
  const computed = engine.estimate(plain);
  if (measurements.length === 0 || computed.memory === null || !engine.learns) return computed;
  const candidates = measurements.flatMap((measurement) => comparedWith(engine, plain, computed, measurement) ?? []);
  const matching = candidates.filter(({ differing }) => differing === null);
  // The same budget and length before others; then the newest.
  const [best] = matching.toSorted(
    (a, b) =>
      Number(b.exact) - Number(a.exact) ||
      (a.measurement.date < b.measurement.date ? 1 : a.measurement.date > b.measurement.date ? -1 : 0),
  );
  if (best) return measuredBy(engine, plain, computed, best);
  const [other] = candidates;
  if (!other) return computed;
  const note = `${other.measurement.place} holds figures of this model, and not of this launch: ${other.differing} differs`;
  return { ...computed, notes: [...computed.notes, note] };
}

/** A measurement beside a launch. */
interface Candidate {
  readonly measurement: Measurement;
  /** The launch that was measured, and what is computed of it. */
  readonly measured: Omit<Workload, 'measurements'>;
  readonly computed: Memory;
  /** The first thing that was another one in the log; null where nothing was but budget and length. */
  readonly differing: string | null;
  /** Budget and length were the same too. */
  readonly exact: boolean;
}

/** Null where the measurement is of another model, engine or GPU. */
function comparedWith(
  engine: Engine,
  plain: Omit<Workload, 'measurements'>,
  { effective }: Estimate,
  measurement: Measurement,
): Candidate | null {
  const { model, target, environment } = plain;
  const sameModel = measurement.model.toLowerCase() === model.id.toLowerCase();
  if (measurement.engine !== engine.id || !sameModel || measurement.gpu !== target.gpu.id) return null;
  if (measurement.parameters !== parametersOf(model.architecture).total) return null;
  const visible = measurement.figures.totalBytes?.value ?? target.visibleBytes;
  const measured = {
    ...plain,
    arguments: measurement.arguments,
    target: { ...target, visibleBytes: visible, takenByOthersBytes: 0 },
  };
  const then = engine.estimate(measured);
  if (then.memory === null) return null;
  const loose = new Set([engine.budget?.argument, engine.lengthArgument]);
  const now = settled(engine, plain.arguments, effective);
  const before = settled(engine, measurement.arguments, then.effective);
  const names = [...new Set([...Object.keys(now), ...Object.keys(before)])].filter((name) => !OUTCOMES.has(name));
  const differ = names.filter((name) => now[name] !== before[name]);
  const versions = measurement.version === plain.engineVersion ? [] : ['the version'];
  const variables = relevant(environment) === relevant(measurement.environment) ? [] : ['an environment variable'];
  const [differing = null] = [...versions, ...differ.filter((name) => !loose.has(name)), ...variables];
  return { measurement, measured, computed: then.memory, differing, exact: differ.length === 0 };
}

/** What a launch comes to, argument by argument: after defaults where the estimate says so, else as written. */
function settled(
  engine: Engine,
  args: Readonly<Record<string, ArgumentValue>>,
  effective: Readonly<Record<string, ArgumentValue>>,
): Readonly<Record<string, string>> {
  const written = Object.entries(args).filter(
    ([name, value]) => !(name in effective) && engine.affectsMemory(name) && !UNSET.has(value),
  );
  return Object.fromEntries(
    [...Object.entries(effective), ...written].map(([name, value]) => [name, canonical(value)]),
  );
}

/** Values that say what holds without them. */
const UNSET: ReadonlySet<ArgumentValue> = new Set([null, false, 'auto']);

function canonical(value: ArgumentValue): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}

/** Variables of engines, PyTorch and CUDA that may change memory, as one text. */
function relevant(environment: Readonly<Record<string, string>>): string {
  const kept = Object.entries(environment).filter(([name]) => isRelevantVariable(name));
  return canonical(Object.fromEntries(kept));
}

const SETS_MEMORY = /^(?:VLLM|SGLANG|SGL|PYTORCH|NCCL|CUDA|FLASHINFER|TGI|TRTLLM|TLLM)_/;
const SETS_NONE = /LOG|API_KEY|USAGE|STATS|DEBUG|CACHE_(?:DIR|ROOT)|PORT|HOST|TIMEOUT|TELEMETRY|VISIBLE_DEVICES/;

/** Whether a variable is one of those that a measurement holds for. */
export function isRelevantVariable(name: string): boolean {
  return SETS_MEMORY.test(name) && !SETS_NONE.test(name);
}

function measuredBy(
  engine: Engine,
  plain: Omit<Workload, 'measurements'>,
  computed: Estimate,
  candidate: Candidate,
): Estimate {
  const { measurement } = candidate;
  if (computed.memory === null) return computed;
  const measured = partsOf(engine, computed.memory, candidate);
  const total = measurement.figures.totalBytes;
  const target = { ...plain.target, visibleBytes: plain.target.visibleBytes ?? total?.value ?? null };
  const estimate = engine.estimate({ ...plain, target, measured });
  const note = `by figures that ${measurement.log} measured, learned on ${measurement.date} (${measurement.place})`;
  const said = { ...estimate, working: workingOf(estimate, measured, candidate), notes: [...estimate.notes, note] };
  return candidate.exact ? failedAsLogged(said, measurement) : said;
}

/** A launch that the log shows to stop does stop, whatever is computed of it. */
function failedAsLogged(estimate: Estimate, { failure, place }: Measurement): Estimate {
  const others = failure === null || failure.stage === 'free_memory' || failure.stage === 'arguments';
  if (others || estimate.verdict === 'fails') return estimate;
  return {
    ...estimate,
    verdict: 'fails',
    stage: failure.stage,
    message: failure.text,
    quotesEngine: true,
    notes: [
      ...estimate.notes,
      `the log shows that this very launch stopped (${place}); learn a newer log once it starts`,
    ],
  };
}

/** What of a measurement holds for a launch: parts that budget and length do not change, by the engine's own formulas. */
function partsOf(engine: Engine, memory: Memory, candidate: Candidate): MeasuredParts {
  const { measurement, measured, computed } = candidate;
  const { figures, started } = measurement;
  const { parts: taken = [], drafterInWeights = false } = engine.learns ?? {};
  const parts: Partial<Record<MeasuredPart, Quantity>> = {};
  for (const part of taken) {
    const logged = figures[part]?.value;
    if (logged === undefined || !same(memory[part], computed[part])) continue;
    const drafter = part === 'weightsBytes' && drafterInWeights ? computed.drafterBytes.value : 0;
    parts[part] = around(logged - drafter, part === 'weightsBytes' ? WEIGHTS_SPREAD_BYTES : PART_SPREAD_BYTES);
  }
  const costs: readonly (keyof Memory)[] = [
    'weightsBytes',
    'drafterBytes',
    'activationBytes',
    'nonTorchBytes',
    'cudaGraphBytes',
  ];
  const anchored = costs.every((part) => same(memory[part], computed[part]));
  const own = { parts, cacheShiftBytes: null, started };
  return anchored ? { ...own, cacheShiftBytes: shiftOf(engine, measured, own, figures) } : own;
}

/** By how much the cache of the log differs from what the measured and the computed parts leave. */
function shiftOf(
  engine: Engine,
  launch: Omit<Workload, 'measurements'>,
  own: MeasuredParts,
  figures: Measurement['figures'],
): number | null {
  const [tokens, bytes] = [figures.kvCacheTokens?.value, figures.kvCacheBytes?.value];
  const memoryAt = (cacheShiftBytes: number): Memory | null =>
    engine.estimate({ ...launch, measured: { ...own, cacheShiftBytes } }).memory;
  let shift = 0;
  let at = memoryAt(0);
  if (at === null) return null;
  if (tokens === undefined) return bytes === undefined ? null : bounded(Math.round(bytes - at.kvCacheBytes.value), at);
  for (let step = 0; step < MAX_STEPS && at !== null; step++) {
    const [have, held]: readonly [number, number] = [at.kvCacheTokens.value, at.kvCacheBytes.value];
    if (have === tokens) break;
    // Where nothing is left by computation, the bytes of the log lead to where tokens can be counted.
    if (have <= 0 && bytes === undefined) return null;
    const missing = have > 0 ? ((tokens - have) * held) / have : (bytes ?? 0) - held;
    const next = bounded(shift + Math.round(missing), at);
    const moved = memoryAt(next);
    // Blocks that the arguments fix in number do not move.
    if (moved === null || moved.kvCacheTokens.value === have) return null;
    [shift, at] = [next, moved];
  }
  return shift;
}

/** A cache takes no more than what else would be activations and the like. */
function bounded(shift: number, { activationBytes, nonTorchBytes, outsideBudgetBytes, freeBytes }: Memory): number {
  const most = activationBytes.value + nonTorchBytes.value + outsideBudgetBytes.value + Math.max(0, freeBytes.value);
  return Math.min(shift, Math.round(most));
}

function around(value: number, spread: number): Quantity {
  const [low, high] = [Math.max(0, Math.round(value - spread)), Math.round(value + spread)];
  return { value: Math.max(0, Math.round(value)), low, high, basis: 'measured' };
}

function same(a: Quantity, b: Quantity): boolean {
  return a.value === b.value && a.low === b.low && a.high === b.high;
}

const SHOWN: readonly KeptFigure[] = ['weightsBytes', 'activationBytes', 'nonTorchBytes', 'cudaGraphBytes'];

/** Where each measured figure is from: the line of the log, and the place of the facts file. */
function workingOf(
  { working, memory }: Estimate,
  { parts, cacheShiftBytes }: MeasuredParts,
  candidate: Candidate,
): Estimate['working'] {
  const { measurement, exact } = candidate;
  const { figures, log, date, place } = measurement;
  const from = (line: number): string => `line ${line} of ${log}, learned on ${date}, see ${place}`;
  const said: Partial<Record<keyof Memory, string>> = { ...working };
  for (const part of SHOWN) {
    const figure = figures[part];
    if (figure && part in parts) said[part] = `measured: ${from(figure.line)}`;
  }
  const cache = figures.kvCacheTokens ?? figures.kvCacheBytes;
  if (!cache || memory === null || cacheShiftBytes === null) return said;
  if (!('activationBytes' in parts)) said.activationBytes = `measured with the cache: what ${from(cache.line)} leaves`;
  said.kvCacheBytes = exact
    ? `measured: ${from(cache.line)}`
    : `${working.kvCacheBytes ?? ''}; measured parts: ${from(cache.line)}`;
  return said;
}
