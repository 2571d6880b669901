import { gib, MIB } from '../../bytes.ts';
import { type Estimate, type Memory, type Stage, withoutMemory } from '../../estimate.ts';
import type { Target } from '../../hardware/gpu.ts';
import type { Architecture } from '../../models/architecture.ts';
import { add, between, exactly, type Quantity, subtract } from '../../quantity.ts';
import type { Workload } from '../engine.ts';
import { drafterBytes, overheadBytes, projectorBytes } from './beside.ts';
import { type Change, has } from './builds.ts';
import { halvesBytes, unknownCache } from './cache.ts';
import type { Layout } from './layout.ts';
import { notesOf } from './notes.ts';
import { type Choice, type Plan, type Planner, plannerOf } from './plan.ts';
import { type Settings, settingsOf } from './settings.ts';
import { workingOf } from './working.ts';
import { grouped } from '../../text.ts';

const NOTHING = exactly(0);

/** Predicts what llama-server takes of the fullest GPU, and what goes to the CPU. Total: never throws. */
export function estimate(workload: Workload): Estimate {
  const settings = settingsOf(workload);
  if ('refusal' in settings) return withoutMemory('fails', settings.refusal);
  if ('unknown' in settings) return withoutMemory('unknown', settings.unknown);
  return estimateWith(workload, settings);
}

/**
 * The same for settings that something around llama-server has chosen.
 * @param reserve what that takes on every GPU beside llama.cpp.
 */
export function estimateWith(workload: Workload, settings: Settings, reserve: Quantity = NOTHING): Estimate {
  const { architecture } = workload.model;
  const unknown = unknownCache(architecture);
  if (unknown !== null) return withoutMemory('unknown', unknown);
  const ctxSize = settings.ctxSize ?? architecture.context.derivedTokens;
  const asked: Choice = {
    ctxSize,
    gpuLayers: Math.min(settings.gpuLayers ?? Number.POSITIVE_INFINITY, architecture.layers.length + 1),
    cpuMoe: settings.cpuMoe,
    pipelined: true,
  };
  const drafter = drafterBytes(workload, settings, ctxSize);
  if ('unknown' in drafter) return withoutMemory('unknown', drafter.unknown);
  const projector = projectorBytes(workload);
  const overhead = add(overheadBytes(workload.target.gpu), reserve);
  const others = exactly(Math.round(workload.target.takenByOthersBytes));
  const sees = (change: Change): boolean => settings.fitter !== '--fit' || has(settings.build, change);
  const unseen = add(sees('fitsProjector') ? NOTHING : projector, sees('fitsDrafter') ? NOTHING : drafter);
  const planner = plannerOf(architecture, settings, asked, {
    each: add(overhead, others),
    first: add(drafter, projector),
    unseen,
  });
  if ('unknown' in planner) return withoutMemory('unknown', planner.unknown);
  const totals = totalsOf(workload.target);
  const expected = planner.plan('value', totals.value);
  const optimistic = planner.plan('low', totals.high);
  const pessimistic = planner.plan('high', totals.low);
  const { choice } = expected;
  const layout = planner.layout(choice);
  const device = fullestOf(planner, choice, layout);
  // Before they had room in the compute buffer, the copies came with the first long prompt.
  const later = has(settings.build, 'reservesHalves')
    ? 0
    : Math.round(halvesBytes(architecture, layout.cells, settings));
  const memory = memoryOf({
    planner,
    choice,
    layout,
    device,
    totals,
    drafter,
    projector,
    overhead,
    others,
    architecture,
    copies: between(0, later, later, 'formula'),
  });
  const judged = judge(settings, [expected, optimistic, pessimistic], { asked, layout, memory, architecture, later });
  return {
    ...judged,
    memory,
    working: workingOf(settings, { choice, layout, device, projector, drafter }, workload),
    effective: {
      ctx_size: layout.cells.context,
      parallel: settings.slots,
      kv_unified: settings.unified,
      n_gpu_layers: choice.gpuLayers,
      n_cpu_moe: choice.cpuMoe ?? layout.layerCount,
      flash_attn: settings.flashAttention ? 'on' : 'off',
      cache_type_k: settings.keyType.name.toLowerCase(),
      cache_type_v: settings.valueType.name.toLowerCase(),
      batch_size: settings.batch,
      ubatch_size: settings.microBatch,
      split_mode: settings.splitMode,
    },
    gpusNeeded: Math.max(1, layout.devices.filter(({ compute }) => compute.value > 0).length),
    notes: notesOf(workload, settings, { asked, layout, unseenBytes: unseen.value }),
  };
}

function totalsOf({ gpu, visibleBytes }: Target): Quantity {
  if (visibleBytes !== null) return exactly(Math.max(1, Math.round(visibleBytes)));
  const basis = gpu.visibleMeasured ? 'calibrated' : 'assumed';
  return between(gpu.visibleLowBytes, gpu.visibleBytes, gpu.visibleHighBytes, basis);
}

function fullestOf(planner: Planner, choice: Choice, { devices }: Layout): number {
  const used = devices.map((_, device) => planner.used(choice, device).value);
  return used.indexOf(Math.max(...used));
}

interface Measured {
  readonly planner: Planner;
  readonly choice: Choice;
  readonly layout: Layout;
  readonly device: number;
  readonly totals: Quantity;
  readonly drafter: Quantity;
  readonly projector: Quantity;
  readonly overhead: Quantity;
  readonly others: Quantity;
  readonly architecture: Architecture;
  /** 16-bit copies of a quantized cache that are made while it serves. */
  readonly copies: Quantity;
}

function memoryOf(measured: Measured): Memory {
  const { planner, choice, layout, device, totals, architecture, overhead, others } = measured;
  const parts = layout.devices[device];
  const first = device === 0;
  const drafter = first ? measured.drafter : NOTHING;
  const projector = first ? measured.projector : NOTHING;
  const cache = exactly(parts?.cache ?? 0, 'formula');
  const peak = add(planner.used(choice, device), measured.copies);
  const { cells } = layout;
  const most = Math.max(choice.ctxSize, architecture.context.derivedTokens);
  const longest = (end: 'value' | 'low' | 'high', total: number): number =>
    planner.longest(choice, end, total, most) / cells.streams;
  const lengths = [longest('high', totals.low), longest('value', totals.value), longest('low', totals.high)] as const;
  return {
    totalBytes: totals,
    budgetBytes: totals,
    weightsBytes: add(parts?.weights ?? NOTHING, projector),
    drafterBytes: drafter,
    activationBytes: parts?.compute ?? NOTHING,
    releasedBytes: NOTHING,
    cudaGraphBytes: NOTHING,
    nonTorchBytes: add(overhead, measured.copies),
    outsideBudgetBytes: others,
    kvCacheBytes: cache,
    kvCacheNeededBytes: exactly(Math.round(cache.value / cells.streams), 'formula'),
    kvCacheTokens: exactly(cells.context, 'formula'),
    maxConcurrency: exactly(cells.streams, 'formula'),
    maxModelLenThatFits: between(Math.min(...lengths), lengths[1], Math.max(...lengths), 'formula'),
    peakBytes: peak,
    freeBytes: subtract(totals, peak),
  };
}

interface Judged {
  readonly asked: Choice;
  readonly layout: Layout;
  readonly memory: Memory;
  readonly architecture: Architecture;
  /** Bytes of {@link Measured.copies}. */
  readonly later: number;
}

type Verdicts = Pick<Estimate, 'verdict' | 'stage' | 'message' | 'quotesEngine'>;

function judge(settings: Settings, plans: readonly [Plan, Plan, Plan], judged: Judged): Verdicts {
  const [expected, optimistic, pessimistic] = plans;
  if (optimistic.kind === 'fails') return { verdict: 'fails', ...outOfMemory(judged) };
  if (expected.kind === 'shorter' || expected.kind === 'offloaded')
    return { verdict: 'degraded', ...givenUp(settings, expected, judged) };
  if (expected.kind === 'unpipelined') {
    const message = `The compute buffers find no room with pipeline parallelism: llama-server starts without it, and ${SLOWER}.`;
    return { verdict: 'degraded', stage: 'profile', message, quotesEngine: false };
  }
  if (expected.kind === 'fails' || pessimistic.kind === 'fails') return { verdict: 'tight', ...outOfMemory(judged) };
  if (pessimistic.kind === 'unpipelined') {
    const message = `The compute buffers may find no room with pipeline parallelism: llama-server would start without it, and ${SLOWER}.`;
    return { verdict: 'tight', stage: 'profile', message, quotesEngine: false };
  }
  if (pessimistic.kind !== 'as-asked') {
    const message = `It may not leave the ${settings.fitTargetMib} MiB that ${settings.fitter} wants free: ${whatGoes(settings, pessimistic, judged)}.`;
    return { verdict: 'tight', stage: 'load', message, quotesEngine: false };
  }
  const { later, memory } = judged;
  if (later > 0 && memory.freeBytes.low < 0) {
    const message = `It starts, but a prompt that fills the context takes ${gib(later)} more, for which there may be no room: flash attention copies a quantized cache to 16 bits, a layer at a time.`;
    return { verdict: 'tight', stage: 'serving', message, quotesEngine: false };
  }
  // Nobody asked for the CPU: older builds used no GPU unless they were told to.
  if (!settings.gpuLayersSet && settings.gpuLayers === 0) {
    const message =
      'Before b6325 llama-server puts no layer on the GPU unless --n-gpu-layers says so: the model runs on the CPU.';
    return { verdict: 'degraded', stage: 'load', message, quotesEngine: false };
  }
  return { verdict: 'fits', stage: null, message: null, quotesEngine: false };
}

/** Without pipeline parallelism one GPU works at a time. */
const SLOWER = 'the GPUs work on a long prompt one after the other';

/** The allocation that fails first, as ggml's CUDA backend says it. */
function outOfMemory({ memory, layout }: Judged): Omit<Verdicts, 'verdict'> {
  const device = layout.devices.findIndex(
    ({ weights }) => weights.value === Math.max(...layout.devices.map((one) => one.weights.value)),
  );
  const says = (bytes: number): string =>
    `ggml_backend_cuda_buffer_type_alloc_buffer: allocating ${(bytes / MIB).toFixed(2)} MiB on device ${Math.max(0, device)}: cudaMalloc failed: out of memory`;
  const { weightsBytes, kvCacheBytes, activationBytes, nonTorchBytes, outsideBudgetBytes, totalBytes } = memory;
  let left = totalBytes.value - nonTorchBytes.value - outsideBudgetBytes.value;
  const steps: readonly (readonly [Stage, number])[] = [
    ['load', weightsBytes.value],
    ['kv_cache', kvCacheBytes.value],
    ['profile', activationBytes.value],
    ['load', memory.drafterBytes.value],
  ];
  for (const [stage, bytes] of steps) {
    left -= bytes;
    if (left < 0) return { stage, message: says(bytes), quotesEngine: true };
  }
  return { stage: 'profile', message: says(activationBytes.value), quotesEngine: true };
}

function givenUp(settings: Settings, plan: Plan, judged: Judged): Omit<Verdicts, 'verdict'> {
  const stage: Stage = plan.kind === 'shorter' ? 'kv_cache' : 'load';
  return { stage, message: `It starts with less: ${whatGoes(settings, plan, judged)}.`, quotesEngine: false };
}

/** What `--fit` gives up, in words. */
function whatGoes(settings: Settings, { kind, choice }: Plan, { asked, layout, architecture }: Judged): string {
  const shorter = `${settings.fitter} shortens the context from ${grouped(asked.ctxSize)} to ${grouped(choice.ctxSize)} tokens`;
  if (kind === 'shorter') return shorter;
  const layers = architecture.layers.length;
  const also = choice.ctxSize < asked.ctxSize ? `${shorter} and ` : `${settings.fitter} `;
  const moved = layout.hostWeights > 0 ? ` (${gib(layout.hostWeights)} of weights stay on the host)` : '';
  if (choice.cpuMoe !== 0 && choice.gpuLayers > layers)
    return `${also}moves the experts of ${choice.cpuMoe ?? layers} of ${layers} layers to the CPU${moved}, which is slower`;
  return `${also}moves ${layers + 1 - choice.gpuLayers} of ${layers + 1} layers, the output counted, to the CPU${moved}, which is much slower`;
}
