import { GIB, MIB } from '../../bytes.ts';
import type { ArgumentValue } from '../../deployment.ts';
import { capabilityOf, type Gpu } from '../../hardware/gpu.ts';
import type { Architecture, Tensor } from '../../models/architecture.ts';
import { add, between, exactly, type Quantity } from '../../quantity.ts';
import type { Workload } from '../engine.ts';
import { cellsOf } from './cache.ts';
import { computeBytes } from './compute.ts';
import { layoutOf, totalOf } from './layout.ts';
import type { Settings } from './settings.ts';

/**
 * What CUDA and cuBLAS take beside llama.cpp's buffers, the `unaccounted` column of its memory breakdown: 82 to 165 MiB in logs
 * of consumer cards, up to 750 MiB on Blackwell workstation cards; data-centre cards lie between in what other engines log.
 */
export function overheadBytes(gpu: Gpu): Quantity {
  if (gpu.vendor !== 'nvidia') return between(100 * MIB, 300 * MIB, GIB, 'assumed');
  return capabilityOf(gpu) >= 10
    ? between(100 * MIB, 300 * MIB, 750 * MIB, 'calibrated')
    : between(80 * MIB, 160 * MIB, 500 * MIB, 'calibrated');
}

/**
 * The projector of images or audio with the graph of its largest input: 16-bit weights of the towers, unless the file's
 * name says otherwise; its graph is not modelled, and takes a few hundred MiB (some 250 MiB logged for Qwen2.5-VL and Gemma 3).
 */
export function projectorBytes({ arguments: args, model }: Workload): Quantity {
  const named = args['mmproj'] ?? args['mmproj_url'];
  if (args['mmproj_offload'] === false || args['mmproj_auto'] === false) return NOTHING;
  const { encoders } = model.architecture;
  const automatic = /^[^/.\\][^/\\]*\/[^/\\]+$/.test(model.id.split(':')[0] ?? '') && encoders.length > 0;
  if (named === undefined && !automatic) return NOTHING;
  if (encoders.length === 0) return between(300 * MIB, GIB, 2.5 * GIB, 'assumed');
  const elements = encoders.reduce(
    (sum, { tensors, block, depth }) => sum + elementsOf(tensors) + depth * elementsOf(block),
    0,
  );
  const weights = Math.round(elements * projectorElementBytes(named));
  return between(Math.floor(weights * 0.95) + 50 * MIB, weights + 300 * MIB, Math.ceil(weights * 1.1) + GIB, 'assumed');
}

const NOTHING = exactly(0);

function elementsOf(tensors: readonly Tensor[]): number {
  return tensors.reduce((sum, { rows, columns, stack, biasRows }) => sum + stack * (rows * columns + biasRows), 0);
}

function projectorElementBytes(named: ArgumentValue | undefined): number {
  if (typeof named !== 'string') return 2;
  return /q8_0/i.test(named) ? 34 / 32 : /f32/i.test(named) && !/bf?16/i.test(named) ? 4 : 2;
}

/** A draft model with its own cache and graph, or the model's own further layers; all on the GPUs unless told otherwise. */
export function drafterBytes(
  workload: Workload,
  settings: Settings,
  ctxSize: number,
): Quantity | { readonly unknown: string } {
  const { drafter, arguments: args } = workload;
  if (!settings.drafts) return NOTHING;
  if (!drafter) return furtherLayers(workload.model.architecture, settings, ctxSize);
  const own = args['ctx_size_draft'];
  const length = typeof own === 'number' && own > 0 ? own : ctxSize;
  const type = (name: string): ArgumentValue | undefined => args[name];
  const layers = type('n_gpu_layers_draft');
  const layout = layoutOf(
    drafter.architecture,
    { ...settings, devices: 1, tensorSplit: null, mainGpu: 0, overrides: null, cpuMoe: 0, rollbacks: 0 },
    Math.min(length, drafter.architecture.context.derivedTokens),
    typeof layers === 'number' && layers >= 0 ? layers : drafter.architecture.layers.length + 1,
  );
  if ('unknown' in layout) return { unknown: `Draft model: ${layout.unknown}` };
  const [device] = layout.devices;
  return device ? totalOf(device) : NOTHING;
}

/**
 * Multi-token prediction: its layer keeps a cache of its own and computes logits; 744 and 1,052 MiB more than without were
 * logged for Qwen3.8-27B with 64k and 32k of 4-bit cache, other speculative heads bring a model of a few hundred MiB. Its graph has a
 * mask too: 4,500 MiB were logged for Qwen3.6-27B with 512k and micro-batches of 2,048, of which the mask is between two and six bytes a cell.
 */
function furtherLayers(architecture: Architecture, settings: Settings, ctxSize: number): Quantity {
  const keeping = architecture.layers.find(({ caches }) =>
    caches.some(({ kind }) => kind === 'full' || kind === 'latent'),
  );
  const [cache] = keeping?.caches ?? [];
  const elements =
    cache?.kind === 'full'
      ? cache.kvHeads * (cache.keyDim + cache.valueDim)
      : cache?.kind === 'latent'
        ? cache.latentDim + cache.ropeDim
        : 0;
  const perElement =
    (settings.keyType.bytes / settings.keyType.weights + settings.valueType.bytes / settings.valueType.weights) / 2;
  const bytes = Math.round(ctxSize * elements * perElement);
  const graph = (first: boolean): Quantity =>
    computeBytes(architecture, settings)(cellsOf(settings, architecture, ctxSize), {
      hasOutput: true,
      pipelined: false,
      first,
      copiedBytes: 0,
      copiedPairBytes: 0,
      copiedCacheBytes: 0,
    });
  const [least, most] = [graph(false), graph(true)];
  return add(
    exactly(bytes, 'formula'),
    between(
      Math.max(300 * MIB, least.low),
      Math.max(800 * MIB, Math.round((least.value + most.value) / 2)),
      Math.max(1.5 * GIB, most.high),
      'assumed',
    ),
  );
}
