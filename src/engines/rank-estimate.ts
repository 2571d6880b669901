import { gib } from '../bytes.ts';
import type { ArgumentValue } from '../deployment.ts';
import type { Estimate, Memory } from '../estimate.ts';
import type { Target } from '../hardware/gpu.ts';
import { totalOf } from './card-total.ts';
import type { Failure } from './failure.ts';
import type { MeasuredParts } from './measurement.ts';
import { exactly, weakest, type Quantity } from '../quantity.ts';

/** What one rank of a launch takes, in bytes, and what its cache is for. */
export interface RankCosts {
  readonly weights: Quantity;
  readonly drafter: Quantity;
  readonly activation: Quantity;
  readonly graphs: Quantity;
  /** CUDA context, libraries, communicators. */
  readonly nonTorch: Quantity;
  /** One token of one request in the cache of this rank. */
  readonly tokenBytes: number;
  /** Tokens of one request that the launch promises to serve. */
  readonly length: number;
  /** The engine takes as many of them as its cache holds. */
  readonly automatic?: boolean;
}

/** The parts of a rank at one end of their intervals, bytes. */
export interface RankEnd extends Readonly<Record<'total' | 'weights' | 'drafter' | 'activation' | 'graphs', number>> {
  readonly nonTorch: number;
  /** Taken by other processes. */
  readonly others: number;
}

export interface RankOutcome extends RankEnd {
  /** What the engine allows itself, and what of it is the cache. */
  readonly budget: number;
  readonly cache: number;
  readonly tokens: number;
  readonly free: number;
}

/** What an engine makes of the memory of a rank. */
export interface RankRules {
  readonly title: string;
  /** Budget and cache (negative when there is no room for any), in bytes. */
  size(end: RankEnd): { readonly budget: number; readonly cache: number };
  /** Why it does not start, or dies under load; null when neither. */
  failure(outcome: RankOutcome): Failure | null;
  /** With what less than asked for it serves; null when with all. */
  shortfall(outcome: RankOutcome): Failure | null;
  readonly working: Estimate['working'];
  readonly effective: Readonly<Record<string, ArgumentValue>>;
  readonly gpusNeeded: number;
  readonly notes: readonly string[];
}

/** An estimate of the fullest rank, played at the expected, the optimistic and the pessimistic end of every part. */
export function rankEstimate(
  target: Target,
  computed: RankCosts,
  rules: RankRules,
  measured?: MeasuredParts,
): Estimate {
  const costs = withMeasured(computed, measured);
  const total = totalOf(target);
  const play = (totals: keyof Pick<Quantity, 'value' | 'low' | 'high'>, parts: typeof totals): RankOutcome => {
    const end: RankEnd = {
      total: total[totals],
      others: target.takenByOthersBytes,
      weights: costs.weights[parts],
      drafter: costs.drafter[parts],
      activation: costs.activation[parts],
      graphs: costs.graphs[parts],
      nonTorch: costs.nonTorch[parts],
    };
    const { budget, cache: sized } = rules.size(end);
    const cache = sized + (measured?.cacheShiftBytes ?? 0);
    const held = Math.max(0, cache);
    const taken = end.weights + end.drafter + end.activation + end.graphs + end.nonTorch + end.others + held;
    return {
      ...end,
      budget: Math.round(budget),
      cache: Math.round(cache),
      tokens: costs.tokenBytes > 0 ? Math.floor(held / costs.tokenBytes) : 0,
      free: Math.round(end.total - taken),
    };
  };
  const expected = play('value', 'value');
  const optimistic = play('high', 'low');
  const pessimistic = play('low', 'high');
  const memory = memoryOf(total, costs, expected, [optimistic, pessimistic], target);
  const { effective, gpusNeeded, notes, working } = rules;
  return {
    ...verdictOf(rules, expected, optimistic, pessimistic),
    memory,
    working: { ...commonWorking(memory), ...working },
    effective,
    gpusNeeded,
    notes,
  };
}

/** The costs with what a log of the same launch measured in their place. */
function withMeasured(costs: RankCosts, measured: MeasuredParts | undefined): RankCosts {
  const { weightsBytes, activationBytes, nonTorchBytes, cudaGraphBytes } = measured?.parts ?? {};
  return {
    ...costs,
    weights: weightsBytes ?? costs.weights,
    activation: activationBytes ?? costs.activation,
    nonTorch: nonTorchBytes ?? costs.nonTorch,
    graphs: cudaGraphBytes ?? costs.graphs,
  };
}

function verdictOf(
  rules: RankRules,
  expected: RankOutcome,
  optimistic: RankOutcome,
  pessimistic: RankOutcome,
): Pick<Estimate, 'verdict' | 'stage' | 'message' | 'quotesEngine'> {
  const [surely, likely, possibly] = [optimistic, expected, pessimistic].map(
    (end) => rules.failure(end) ?? overrun(end),
  );
  if (surely) return { verdict: 'fails', ...(likely ?? surely) };
  if (possibly) return { verdict: 'tight', ...(likely ?? possibly) };
  const [certainlyShort, short, maybeShort] = [optimistic, expected, pessimistic].map((end) => rules.shortfall(end));
  if (certainlyShort) return { verdict: 'degraded', ...(short ?? certainlyShort) };
  if (maybeShort) return { verdict: 'tight', ...(short ?? maybeShort) };
  return { verdict: 'fits', stage: null, message: null, quotesEngine: false };
}

/** More than the card has, at whatever moment the engine asks for it. */
function overrun({ free }: RankOutcome): Failure | null {
  if (free >= 0) return null;
  return {
    stage: 'serving',
    message: `Out of memory under load: ${gib(-free)} more than the GPU has.`,
    quotesEngine: false,
  };
}

function memoryOf(
  total: Quantity,
  costs: RankCosts,
  expected: RankOutcome,
  ends: readonly RankOutcome[],
  target: Target,
): Memory {
  const basis = weakest(
    [total, costs.weights, costs.drafter, costs.activation, costs.graphs, costs.nonTorch].map((part) => part.basis),
  );
  const of = (figure: (outcome: RankOutcome) => number): Quantity => {
    const all = [expected, ...ends].map(figure);
    return { value: figure(expected), low: Math.min(...all), high: Math.max(...all), basis };
  };
  const lengthOf = ({ tokens }: RankOutcome): number =>
    costs.automatic === true ? Math.min(tokens, costs.length) : costs.length;
  const needed = of((outcome) => Math.round(costs.tokenBytes * lengthOf(outcome)));
  return {
    totalBytes: total,
    budgetBytes: of(({ budget }) => budget),
    weightsBytes: costs.weights,
    drafterBytes: costs.drafter,
    activationBytes: costs.activation,
    releasedBytes: exactly(0),
    cudaGraphBytes: costs.graphs,
    nonTorchBytes: costs.nonTorch,
    outsideBudgetBytes: exactly(target.takenByOthersBytes),
    kvCacheBytes: of(({ cache }) => cache),
    kvCacheNeededBytes: { ...needed, basis: 'formula' },
    kvCacheTokens: of(({ tokens }) => tokens),
    maxConcurrency: of((outcome) => (lengthOf(outcome) > 0 ? outcome.tokens / lengthOf(outcome) : 0)),
    maxModelLenThatFits: of(({ tokens }) => tokens),
    peakBytes: of(({ total: all, free }) => all - free),
    freeBytes: of(({ free }) => free),
  };
}

function commonWorking({ kvCacheBytes, kvCacheTokens }: Memory): Estimate['working'] {
  return {
    kvCacheTokens: `${gib(Math.max(0, kvCacheBytes.value))} ÷ bytes of a token on one GPU: ${kvCacheTokens.value}`,
    peakBytes: 'all parts but what stays free',
    freeBytes: 'total − peak',
  };
}
