import { GIB } from '../../src/bytes.ts';
import type { Argument, ArgumentValue, Deployment, Unsupported } from '../../src/deployment.ts';
import type { Estimate, Memory } from '../../src/estimate.ts';
import type { Finding } from '../../src/finding.ts';
import type { Gpu, Target } from '../../src/hardware/gpu.ts';
import { add, between, exactly, type Quantity, subtract } from '../../src/quantity.ts';
import type { Recommendation } from '../../src/recommendation.ts';
import type { DeploymentResult, Report, TargetResult } from '../../src/report/report.ts';
import type { Place } from '../../src/text.ts';

/** Reports for the renderers' tests. The figures are made up round a model of 15.27 GiB; only their sums matter here. */

export function place(file: string, line = 12): Place {
  return { file, start: 0, end: 1, line };
}

export function gpu(id: string, visibleGib: number): Gpu {
  const visibleBytes = Math.round(visibleGib * GIB);
  return {
    id,
    names: [id],
    vendor: 'nvidia',
    arch: 'Ada',
    computeCapability: '8.9',
    nominalGb: Math.ceil(visibleGib),
    smiMib: null,
    visibleBytes,
    visibleLowBytes: visibleBytes,
    visibleHighBytes: visibleBytes,
    visibleMeasured: true,
    multiprocessors: null,
    fp8: true,
    fp4: false,
    bf16: true,
    unifiedMemory: false,
    mig: null,
    sources: ['test'],
  };
}

export const L4 = gpu('l4-24gb', 22.03);
export const H100 = gpu('h100-80gb-sxm', 79.1);

export function target(card: Gpu, overrides: Partial<Target> = {}): Target {
  return { gpu: card, count: null, visibleBytes: null, takenByOthersBytes: 0, origin: 'matrix', ...overrides };
}

interface Parts {
  readonly weightsGib: number;
  readonly neededGib: number;
  readonly drafterGib?: number;
}

/** Memory whose parts add up to the card's total, as the engine contract demands. */
export function memory(card: Gpu, { weightsGib, neededGib, drafterGib = 0 }: Parts): Memory {
  const total = exactly(card.visibleBytes, 'calibrated');
  const budget = exactly(Math.ceil(card.visibleBytes * 0.9), 'formula');
  const weights = exactly(gib(weightsGib));
  const drafter = exactly(gib(drafterGib));
  const activation = between(gib(0.6), gib(1.2), gib(1.6), 'calibrated');
  const cudaGraph = between(gib(0.2), gib(0.25), gib(0.4), 'calibrated');
  const nonTorch = between(gib(0.1), gib(0.1), gib(0.2), 'calibrated');
  const outsideBudget = between(gib(0.3), gib(0.4), gib(0.6), 'assumed');
  const kvCache = subtract(budget, add(weights, drafter, activation, cudaGraph, nonTorch));
  const needed = exactly(gib(neededGib), 'formula');
  const perToken = needed.value / 32_768;
  const tokens = scaled(kvCache, (bytes) => Math.max(0, Math.floor(bytes / perToken)));
  const free = subtract(subtract(total, budget), outsideBudget);
  return {
    totalBytes: total,
    budgetBytes: budget,
    weightsBytes: weights,
    drafterBytes: drafter,
    activationBytes: activation,
    releasedBytes: exactly(0),
    cudaGraphBytes: cudaGraph,
    nonTorchBytes: nonTorch,
    outsideBudgetBytes: outsideBudget,
    kvCacheBytes: kvCache,
    kvCacheNeededBytes: needed,
    kvCacheTokens: tokens,
    maxConcurrency: scaled(tokens, (count) => count / 32_768),
    maxModelLenThatFits: scaled(tokens, (count) => Math.min(count, 40_960)),
    peakBytes: subtract(total, free),
    freeBytes: free,
  };
}

export function estimate(overrides: Partial<Estimate> = {}): Estimate {
  return {
    verdict: 'fits',
    stage: null,
    message: null,
    quotesEngine: false,
    memory: memory(H100, { weightsGib: 15.27, neededGib: 4.5 }),
    working: { weightsBytes: '8,190,735,360 parameters × 2 B (bfloat16)', budgetBytes: 'ceil(total × 0.9)' },
    effective: { max_model_len: 32768, gpu_memory_utilization: 0.9 },
    gpusNeeded: 1,
    notes: [],
    ...overrides,
  };
}

/** vLLM's own words for a KV cache that is too small (v1/core/kv_cache_utils.py). */
export const KV_MESSAGE =
  "To serve at least one request with the model's max seq len (32768), (4.50 GiB KV cache is needed, which is larger than the available KV cache memory (3.01 GiB). Based on the available memory, the estimated maximum model length is 21888. Try increasing `gpu_memory_utilization` or decreasing `max_model_len` when initializing the engine.";

export function fitting(card: Gpu = H100, overrides: Partial<TargetResult> = {}): TargetResult {
  return {
    target: target(card),
    gated: true,
    estimate: estimate({ memory: memory(card, { weightsGib: 15.27, neededGib: 4.5 }) }),
    ...overrides,
  };
}

export function failing(card: Gpu = L4, overrides: Partial<TargetResult> = {}): TargetResult {
  const own = memory(card, { weightsGib: 15.27, neededGib: 4.5 });
  return {
    target: target(card),
    gated: true,
    estimate: estimate({ verdict: 'fails', stage: 'kv_cache', message: KV_MESSAGE, quotesEngine: true, memory: own }),
    ...overrides,
  };
}

export function deployment(overrides: Partial<Deployment> = {}): Deployment {
  const file = overrides.file ?? 'deploy/qwen.yaml';
  return {
    file,
    line: 12,
    format: 'kubernetes',
    name: 'qwen/server',
    engine: {
      id: 'vllm',
      version: '0.19.0',
      versionSource: 'image tag vllm/vllm-openai:v0.19.0',
      versionPlace: place(file, 20),
    },
    device: 'gpu',
    model: { value: 'Qwen/Qwen3-8B', place: place(file, 24) },
    arguments: written(file, { max_model_len: 32768, enforce_eager: false }),
    unresolved: [],
    problems: [],
    environment: new Map(),
    gpuRequest: { name: null, count: null, nodes: 1 },
    site: null,
    ...overrides,
  };
}

export function result(overrides: Partial<DeploymentResult> = {}): DeploymentResult {
  return {
    deployment: deployment(),
    modelSource: 'catalogue (Qwen/Qwen3-8B)',
    targets: [fitting()],
    findings: [],
    recommendation: null,
    ...overrides,
  };
}

export const SHORTER: Recommendation = {
  fits: true,
  summary: 'Set max_model_len: 16384. With this the peak on l4-24gb is 20.23 GiB and leaves 1.60 GiB free.',
  changes: [
    {
      argument: 'max_model_len',
      from: 32768,
      to: 16384,
      cost: 'requests longer than 16,384 tokens are refused',
      edits: [{ file: 'deploy/qwen.yaml', start: 410, end: 415, newText: '16384' }],
      notEditable: null,
    },
  ],
};

export function finding(overrides: Partial<Finding> = {}): Finding {
  return {
    rule: 'engine-version-unknown',
    severity: 'warning',
    deployment: 'qwen/server',
    place: place('deploy/qwen.yaml', 20),
    message: 'The image tag `latest` states no version of vLLM; 0.19.0 is assumed.',
    remedy: 'Pin the image: vllm/vllm-openai:v0.19.0.',
    ...overrides,
  };
}

export function unsupported(overrides: Partial<Unsupported> = {}): Unsupported {
  return {
    file: 'charts/values.yaml',
    format: 'kubernetes',
    name: 'templated',
    reason: "the command comes from a Helm template ('{{ .Values.model }}')",
    remedy: 'Render the chart and check the result.',
    place: place('charts/values.yaml', 3),
    ...overrides,
  };
}

export function report(overrides: Partial<Report> = {}): Report {
  return {
    version: '0.1.0',
    deployments: [result()],
    unsupported: [],
    findings: [],
    policyPath: '.github/headroom.yml',
    failOn: ['fails', 'error'],
    filesRead: 3,
    conclusion: 'pass',
    reasons: [],
    ...overrides,
  };
}

/** One deployment that fails on one of two GPUs, one that fits, and a launch that cannot be read. */
export function mixedReport(): Report {
  return report({
    conclusion: 'fail',
    reasons: ['deploy/qwen.yaml:12 qwen/server: fails on l4-24gb'],
    unsupported: [unsupported()],
    deployments: [
      result({
        deployment: deployment({ file: 'deploy/embed.yaml', line: 4, name: 'embed' }),
        targets: [fitting(L4, { estimate: fits(L4, 7.5) }), fitting(H100, { estimate: fits(H100, 7.5) })],
      }),
      result({ targets: [failing(), fitting()], recommendation: SHORTER, findings: [finding()] }),
    ],
  });
}

function fits(card: Gpu, weightsGib: number): Estimate {
  return estimate({ memory: memory(card, { weightsGib, neededGib: 1.2 }) });
}

function written(file: string, values: Record<string, ArgumentValue>): Map<string, Argument> {
  return new Map(
    Object.entries(values).map(([name, value]) => [name, { name, value, place: place(file, 25), source: 'command' }]),
  );
}

function gib(amount: number): number {
  return Math.round(amount * GIB);
}

function scaled(quantity: Quantity, map: (value: number) => number): Quantity {
  return {
    value: map(quantity.value),
    low: map(quantity.low),
    high: map(quantity.high),
    basis: 'calibrated',
  };
}
