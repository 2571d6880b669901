/**
 * Writes src/engines/vllm/residuals.json: how far the formulas are off on the calibration logs. The validation logs are
 * never read here. `npm run fit`.
 */
import { writeFileSync } from 'node:fs';
import { GIB } from '../src/bytes.ts';
import { forwardOf } from '../src/engines/vllm/activations.ts';
import { benchmarkBytes } from '../src/engines/vllm/compile-benchmark.ts';
import { encoderActivation } from '../src/engines/vllm/encoder-activations.ts';
import { chargesGraphs, graphFormula, graphKeys } from '../src/engines/vllm/graph-memory.ts';
import { chargesRunnerState, runnerStateBytes } from '../src/engines/vllm/late-memory.ts';
import { nonTorchKeys } from '../src/engines/vllm/non-torch.ts';
import { activationKeys, weightsKeys } from '../src/engines/vllm/residuals.ts';
import { samplerFormula } from '../src/engines/vllm/sampler-activations.ts';
import { split } from '../src/engines/sharding.ts';
import { stagesOf } from '../src/engines/vllm/stages.ts';
import type { Memory } from '../src/estimate.ts';
import { judgeAll, type Judged } from '../test/accuracy/cases.ts';
import { compare, scoresGraphs, type Component } from '../test/accuracy/figures.ts';
import { medianBySetup, tableOf, type Observation } from './fit/table.ts';

/** A figure below a tenth of a GiB is mostly the rounding of the log. */
const LEAST_GIB = 0.1;

type Ready = Judged & { readonly launch: NonNullable<Judged['launch']> };

const ready = judgeAll('calibration').filter((judged): judged is Ready => judged.launch !== null);
const table = {
  constants: {
    hiddenBytes: medianBySetup(ready.filter(profilesText).flatMap(hiddenBytes), 2),
    samplerExtraBytes: medianBySetup(ready.filter(profilesText).flatMap(samplerExtra), 0),
  },
  nonTorchGib: {
    ...tableOf(ready.filter(alone).flatMap(nonTorch), null),
    ...tableOf(ready.filter((one) => !alone(one)).flatMap(nonTorch), null),
  },
  activationRatio: tableOf(
    ready.flatMap((one) => ratio(one, 'activation', activationKeys(one.launch))),
    1,
  ),
  weightsRatio: tableOf(
    ready.flatMap((one) => ratio(one, 'weights', weightsKeys(one.launch))),
    1,
  ),
  graphRatio: tableOf(ready.flatMap(graphs), null),
};
const path = new URL('../src/engines/vllm/residuals.json', import.meta.url);
writeFileSync(path, `${JSON.stringify(table, null, 2)}\n`);

/** Ranks that talk to one another hold several times what one alone does, and spread as much wider. */
function alone({ launch }: Ready): boolean {
  return launch.parallelism.tensor === 1;
}

function setupOf({ logCase, launch }: Ready): string {
  const minor = launch.version.text.split('.').slice(0, 2).join('.');
  return [logCase.family, launch.gpu.id, minor, launch.parallelism.tensor, launch.parallelism.pipeline].join(' ');
}

/** One figure of a log under every key that may ask for it; only the most specific says how much a class spreads. */
function observed(judged: Ready, keys: readonly string[], value: number): Observation[] {
  const setup = setupOf(judged);
  return keys.map((key, index) => ({ key, setup, value, pooled: index === 0 }));
}

/** Launches whose profile run is text alone, in 16 bits and without experts: its formula has one unknown. */
function profilesText({ launch }: Ready): boolean {
  const { runner, architecture, elementBytes, parallelism, profilesEncoder } = launch;
  return runner === 'v1' && !profilesEncoder && !architecture.moe && elementBytes === 2 && parallelism.pipeline === 1;
}

/** Bytes per value of the hidden size that one pass takes beside the MLP's, where the pass is the peak. */
function hiddenBytes(judged: Ready): Observation[] {
  const { launch, logCase } = judged;
  const { architecture, parallelism, maxNumBatchedTokens } = launch;
  const [stage] = stagesOf(launch);
  const peak = number(logCase, 'activation_peak_gib');
  if (!stage || peak === null || samplerFormula(launch).value > forwardOf(launch, stage, maxNumBatchedTokens))
    return [];
  const mlp = (architecture.gatedMlp ? 6 : 4) * split(architecture.intermediateSize, parallelism.tensor);
  const value = ((peak * GIB) / maxNumBatchedTokens - mlp) / architecture.hiddenSize;
  return observed(judged, [''], value);
}

/** What the sampler's dummy run takes beside its formula, where it is the peak. */
function samplerExtra(judged: Ready): Observation[] {
  const { launch, logCase } = judged;
  const [stage] = stagesOf(launch);
  const peak = number(logCase, 'activation_peak_gib');
  const formula = samplerFormula(launch).value;
  const others = stage
    ? Math.max(forwardOf(launch, stage, launch.maxNumBatchedTokens), benchmarkBytes(launch).value)
    : 0;
  if (peak === null || formula < 1.1 * others) return [];
  return observed(judged, [''], peak * GIB - formula);
}

/** What the log states outside PyTorch; else what its KV cache leaves when everything else is taken off the budget. */
function nonTorch(judged: Ready): Observation[] {
  const { estimate, launch, logCase } = judged;
  const { memory } = estimate;
  const value = memory === null ? null : (number(logCase, 'non_torch_gib') ?? remainder(judged, memory));
  // Less than nothing left over says that another part was computed too large.
  if (value === null || value < 0) return [];
  // Experts of data-parallel ranks have communicators of their own, which the table has no class for.
  if (launch.architecture.moe !== null && launch.parallelism.data > 1) return [];
  const keys = nonTorchKeys(launch, launch.parallelism.pipeline === 1);
  if (number(logCase, 'non_torch_gib') !== null || !restsOnEstimates(judged, memory))
    return observed(judged, keys, value);
  return observed(judged, keys, value).flatMap((one) => (one.key.startsWith('any, ') ? { ...one, pooled: false } : []));
}

/**
 * What is left beside a computed estimate of graphs, or beside a tower's pass, whose attention takes what no formula here
 * counts, holds their error too: it may join others, but makes no class of its own.
 */
function restsOnEstimates({ launch, logCase }: Ready, memory: Memory | null): boolean {
  if (number(logCase, 'consumed_weights_plus_non_torch_gib') !== null) return false;
  if (chargesGraphs(launch) && number(logCase, 'cuda_graph_estimated_gib') === null) return true;
  const encoder = encoderActivation(launch);
  if (memory === null || encoder === null || number(logCase, 'activation_peak_gib') !== null) return false;
  return encoder.passBytes.value + encoder.keptBytes.value >= memory.activationBytes.value;
}

function remainder({ launch, logCase }: Ready, memory: Memory): number | null {
  if (launch.parallelism.pipeline > 1) return null;
  const state = chargesRunnerState(launch) ? runnerStateBytes(launch) / GIB : 0;
  const loaded = number(logCase, 'model_loading_gib') ?? (memory.weightsBytes.value + memory.drafterBytes.value) / GIB;
  const consumed = number(logCase, 'consumed_weights_plus_non_torch_gib');
  if (consumed !== null) return number(logCase, 'model_loading_gib') === null ? null : consumed - loaded - state;
  const activation = number(logCase, 'activation_peak_gib') ?? computedActivation(memory);
  const tokens = number(logCase, 'kv_cache_tokens');
  const perToken = memory.kvCacheTokens.value > 0 ? memory.kvCacheBytes.value / memory.kvCacheTokens.value : 0;
  const cache = number(logCase, 'available_kv_cache_gib') ?? (tokens === null ? null : (tokens * perToken) / GIB);
  if (cache === null || activation === null) return null;
  const graph = chargesGraphs(launch)
    ? (number(logCase, 'cuda_graph_estimated_gib') ?? memory.cudaGraphBytes.value / GIB)
    : 0;
  return memory.budgetBytes.value / GIB - cache - loaded - activation - graph - state;
}

function ratio(judged: Ready, component: Component, keys: readonly string[]): Observation[] {
  const row = compare(judged).find((one) => one.component === component);
  if (!row || row.measured < LEAST_GIB) return [];
  return observed(judged, keys, row.measured / row.predicted);
}

/** The profiler's estimate wherever it is logged, charged or not; what the capture takes where that is what counts. */
function graphs(judged: Ready): Observation[] {
  const { launch, logCase } = judged;
  const [stage, ...others] = stagesOf(launch);
  const formula = stage && others.length === 0 ? graphFormula(launch, stage) / GIB : 0;
  const against = (figure: number | null, keys: readonly string[]): Observation[] =>
    figure === null || figure < LEAST_GIB || formula < LEAST_GIB ? [] : observed(judged, keys, figure / formula);
  return [
    ...against(number(logCase, 'cuda_graph_estimated_gib'), graphKeys(launch, true)),
    ...(scoresGraphs(judged) ? against(number(logCase, 'cuda_graph_gib'), graphKeys(launch, false)) : []),
  ];
}

/** An activation that is only computed must be known well enough to find a rest of tenths of a GiB beside it. */
function computedActivation({ activationBytes }: Memory): number | null {
  return activationBytes.high - activationBytes.low > GIB / 2 ? null : activationBytes.value / GIB;
}

function number({ measured }: Ready['logCase'], name: string): number | null {
  const value = measured[name];
  return typeof value === 'number' ? value : null;
}
