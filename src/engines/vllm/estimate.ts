import { type Estimate, type Memory, withoutMemory } from '../../estimate.ts';
import { weakest, type Basis, type Quantity } from '../../quantity.ts';
import { totalOf } from '../card-total.ts';
import type { Workload } from '../engine.ts';
import type { Failure } from '../failure.ts';
import { type PlayedStage, startVerdict } from '../played-stages.ts';
import { launchOf, type Launch } from './launch.ts';
import { kvRules } from './cache-layers.ts';
import { withMeasured } from './measured.ts';
import { partsOf, type StageParts } from './parts.ts';
import { play, type Outcome } from './scenario.ts';
import { roundedGib } from './python-text.ts';
import { stagesOf } from './stages.ts';
import { notesOf } from './notes.ts';
import { workingOf } from './working.ts';

/** Predicts the memory of the fullest GPU, whether the launch starts, and what it can serve. Total: never throws. */
export function estimate(workload: Workload): Estimate {
  const launch = launchOf(workload);
  if ('refusal' in launch) {
    const { refusal, remedy } = launch;
    return { ...withoutMemory('fails', refusal, gpusAsked(workload)), notes: remedy === undefined ? [] : [remedy] };
  }
  if ('unknown' in launch) return withoutMemory('unknown', launch.unknown, gpusAsked(workload));
  const rules = kvRules(launch);
  const totals = totalOf(workload.target);
  const played = stagesOf(launch).map((stage) => {
    const parts = withMeasured(partsOf(launch, stage, workload.target, rules), workload.measured);
    return {
      parts,
      expected: play(launch, parts, rules, totals.value, 'value'),
      optimistic: play(launch, parts, rules, totals.high, 'low'),
      pessimistic: play(launch, parts, rules, totals.low, 'high'),
    };
  });
  const fullest = played.reduce((a, b) => (fuller(b, a) ? b : a));
  const { parts, expected, optimistic, pessimistic } = fullest;
  const memory = memoryOf(parts, totals, expected, optimistic, pessimistic);
  return {
    ...judge(launch, played),
    memory,
    working: workingOf(launch, parts, rules, memory, expected),
    effective: { ...launch.effective, max_model_len: expected.length, block_size: parts.layout?.blockTokens ?? 0 },
    gpusNeeded: gpusOf(launch),
    notes: notesOf(launch, workload, parts),
  };
}

type Played = PlayedStage<StageParts, Outcome>;

/** The stage with the fewest blocks decides for all; without a cache, the one with the least left. */
function fuller(a: Played, b: Played): boolean {
  const [mine, other] = [a.expected, b.expected];
  if (a.parts.layout === null || b.parts.layout === null) return mine.free < other.free;
  const [blocks, others] = [mine.cache / a.parts.layout.blockBytes, other.cache / b.parts.layout.blockBytes];
  return blocks < others;
}

function judge(launch: Launch, played: readonly Played[]): Pick<Estimate, 'verdict' | keyof Failure> {
  const failed = startVerdict(played);
  if (failed) return failed;
  const { length, checked } = played.map((stage) => stage.expected).reduce((a, b) => (b.length < a.length ? b : a));
  if (length < launch.context.tokens) {
    return {
      verdict: 'degraded',
      stage: 'kv_cache',
      message:
        `Auto-fit max_model_len: reduced from ${launch.context.tokens} to ${length} to fit in available GPU memory ` +
        `(${roundedGib(checked)} GiB available for KV cache)`,
      quotesEngine: true,
    };
  }
  return { verdict: 'fits', stage: null, message: null, quotesEngine: false };
}

function memoryOf(
  parts: StageParts,
  totals: Quantity,
  expected: Outcome,
  optimistic: Outcome,
  pessimistic: Outcome,
): Memory {
  const costs = weakest([
    totals.basis,
    parts.weights.basis,
    parts.activation.bytes.basis,
    parts.nonTorch.basis,
    parts.graphs.basis,
  ]);
  const of = (figure: (outcome: Outcome) => number, basis: Basis): Quantity => {
    const ends = [figure(expected), figure(optimistic), figure(pessimistic)];
    return { value: figure(expected), low: Math.min(...ends), high: Math.max(...ends), basis };
  };
  return {
    totalBytes: totals,
    budgetBytes: of((outcome) => outcome.budget, totals.basis),
    weightsBytes: parts.weights,
    drafterBytes: parts.drafter,
    activationBytes: parts.activation.bytes,
    releasedBytes: of((outcome) => outcome.released, parts.activation.bytes.basis),
    cudaGraphBytes: parts.graphs,
    nonTorchBytes: parts.nonTorch,
    outsideBudgetBytes: of((outcome) => outcome.outside, parts.initial.basis),
    kvCacheBytes: of((outcome) => outcome.cache, costs),
    kvCacheNeededBytes: of((outcome) => outcome.needed, 'formula'),
    kvCacheTokens: of((outcome) => outcome.capacity.tokens, costs),
    maxConcurrency: of((outcome) => outcome.capacity.concurrency, costs),
    maxModelLenThatFits: of((outcome) => outcome.longest, costs),
    peakBytes: of((outcome) => outcome.total - outcome.free, costs),
    freeBytes: of((outcome) => outcome.free, costs),
  };
}

function gpusOf({ parallelism }: Launch): number {
  return parallelism.tensor * parallelism.pipeline * parallelism.data;
}

/** The GPUs that a launch asks for which nothing more is known of. */
function gpusAsked({ arguments: args }: Workload): number {
  const size = (name: string): number => {
    const value = Number(args[name] ?? 1);
    return Number.isSafeInteger(value) && value > 0 ? value : 1;
  };
  return size('tensor_parallel_size') * size('pipeline_parallel_size') * size('data_parallel_size');
}
