import type { Architecture, Layer } from '../../models/architecture.ts';
import { type GgufWeight, ggufWeights } from '../../models/gguf/weights.ts';
import { add, exactly, type Quantity } from '../../quantity.ts';
import { type Cells, cellsOf, layerCacheBytes } from './cache.ts';
import { computeBytes } from './compute.ts';
import { type Home, type Placement, placementOf, sharesOf } from './placement.ts';
import type { Settings } from './settings.ts';

/** What one GPU holds of a model. Bytes. */
export interface DeviceParts {
  readonly weights: Quantity;
  readonly cache: number;
  readonly compute: Quantity;
}

/** A model laid out over GPUs and host at one context and one number of layers. */
export interface Layout {
  readonly devices: readonly DeviceParts[];
  readonly hostWeights: number;
  readonly hostCache: number;
  /** Layers that compute on the GPUs, the output not counted. */
  readonly layersOnGpu: number;
  readonly layerCount: number;
  readonly cells: Cells;
  /** Whether each GPU keeps copies of its inputs for micro-batches that follow each other. */
  readonly pipelined: boolean;
}

/** A model whose weights have their places, whatever the context, with or without pipeline parallelism. */
export type PlacedModel = (ctxSize: number, pipelined: boolean) => Layout;

/** Lays a model out; `unknown` where its weights or an override cannot be told. */
export function placed(
  architecture: Architecture,
  settings: Settings,
  gpuLayers: number,
): PlacedModel | { readonly unknown: string } {
  const held = heldOf(architecture, settings, gpuLayers);
  if ('unknown' in held) return held;
  const compute = computeBytes(architecture, settings);
  return (ctxSize, pipelined) => atContext(architecture, settings, held, compute, { ctxSize, pipelined });
}

type Holding = Held | { readonly unknown: string };

/** A search tries many contexts with the same places. */
const kept = new WeakMap<Architecture, Map<string, Holding>>();
const MOST_KEPT = 1_000;

function heldOf(architecture: Architecture, settings: Settings, gpuLayers: number): Holding {
  const { build, devices, splitMode, tensorSplit, mainGpu, overrides, cpuMoe } = settings;
  const key = JSON.stringify([build, devices, splitMode, tensorSplit, mainGpu, overrides, cpuMoe, gpuLayers]);
  const own = kept.get(architecture) ?? new Map<string, Holding>();
  kept.set(architecture, own);
  const known = own.get(key);
  if (known) return known;
  const made = hold(architecture, settings, gpuLayers);
  if (own.size < MOST_KEPT) own.set(key, made);
  return made;
}

function hold(architecture: Architecture, settings: Settings, gpuLayers: number): Holding {
  const weights = ggufWeights(architecture);
  if (!weights) return { unknown: 'How the weights of this model are quantized is not known.' };
  const layerCount = architecture.layers.length;
  const placement = placementOf(settings, layerCount, gpuLayers);
  if ('unknown' in placement) return placement;
  const deviceWeights = Array.from({ length: settings.devices }, () => ({ bytes: 0, low: 0, high: 0 }));
  const shares = sharesOf(settings);
  let hostWeights = 0;
  let copied = 0;
  let copiedPair = 0;
  let before: GgufWeight | null = null;
  const put = (home: Home, { bytes, low, high }: Pick<GgufWeight, 'bytes' | 'low' | 'high'>): void => {
    if (home === 'host') {
      hostWeights += bytes;
      return;
    }
    for (const [at, device] of deviceWeights.entries()) {
      // Row by row each matrix lies on all of them.
      const share = settings.splitMode === 'row' ? (shares[at] ?? 0) : at === home ? 1 : 0;
      device.bytes += bytes * share;
      device.low += low * share;
      device.high += high * share;
    }
  };
  for (const weight of weights) {
    const home = placement.homeOf(weight);
    put(home, weight);
    if (home !== 'host' || weight.place !== 'layer') continue;
    const beside = before !== null && before.layer === weight.layer ? before.bytes : 0;
    copiedPair = Math.max(copiedPair, beside + weight.bytes);
    before = weight;
    copied = Math.max(copied, weight.bytes);
  }
  // A tied output is a copy of the embeddings where the output layer is.
  const table = weights.find(({ name }) => name === 'token_embd.weight');
  const causal = architecture.layers.some((layer) => layer.caches.length > 0);
  if (table && causal && !weights.some(({ name }) => name === 'output.weight') && placement.output !== 'host')
    put(placement.output, table);
  return {
    placement,
    groups: groupsOf(architecture, placement),
    used: new Set(placement.layers.filter((home) => home !== 'host')),
    weights: deviceWeights,
    hostWeights,
    copied,
    copiedPair,
  };
}

/** Layers of one kind in one place; those of one kind are one object. */
interface LayerGroup {
  readonly layer: Layer;
  readonly home: Home;
  readonly count: number;
}

function groupsOf({ layers }: Architecture, placement: Placement): readonly LayerGroup[] {
  const counts = new Map<Layer, Map<Home, number>>();
  for (const [at, layer] of layers.entries()) {
    const home = placement.layers[at] ?? 'host';
    const homes = counts.get(layer) ?? new Map<Home, number>();
    counts.set(layer, homes.set(home, (homes.get(home) ?? 0) + 1));
  }
  return [...counts].flatMap(([layer, homes]) => [...homes].map(([home, count]) => ({ layer, home, count })));
}

interface Held {
  readonly placement: Placement;
  readonly groups: readonly LayerGroup[];
  /** GPUs that hold a layer. */
  readonly used: ReadonlySet<Home>;
  readonly weights: readonly { readonly bytes: number; readonly low: number; readonly high: number }[];
  readonly hostWeights: number;
  /** The largest tensor of a layer that stays on the host, and the largest two of one layer. */
  readonly copied: number;
  readonly copiedPair: number;
}

function atContext(
  architecture: Architecture,
  settings: Settings,
  held: Held,
  computeOf: ReturnType<typeof computeBytes>,
  { ctxSize, pipelined }: { readonly ctxSize: number; readonly pipelined: boolean },
): Layout {
  const { placement, groups, used, hostWeights, copied, copiedPair } = held;
  const cells = cellsOf(settings, architecture, ctxSize);
  const caches = Array.from({ length: settings.devices }, () => 0);
  const layersOnGpu = groups.reduce((sum, { home, count }) => sum + (home === 'host' ? 0 : count), 0);
  let hostCache = 0;
  let copiedCache = 0;
  for (const { layer, home, count } of groups) {
    const bytes = layerCacheBytes(layer, cells, settings, architecture);
    if (home === 'host' && settings.cacheOnGpu) copiedCache = Math.max(copiedCache, bytes);
    if (home === 'host' || !settings.cacheOnGpu) hostCache += count * bytes;
    else {
      const device = settings.splitMode === 'row' ? Math.min(settings.mainGpu, settings.devices - 1) : home;
      caches[device] = (caches[device] ?? 0) + count * bytes;
    }
  }
  const whole =
    layersOnGpu === architecture.layers.length &&
    placement.output !== 'host' &&
    settings.overrides === null &&
    settings.cpuMoe === 0 &&
    settings.cacheOnGpu;
  const copies = pipelined && settings.splitMode === 'layer' && used.size > 1 && whole;
  const devices = held.weights.map(({ bytes, low, high }, at): DeviceParts => {
    const idle = !used.has(at) && placement.output !== at && at !== Math.min(settings.mainGpu, settings.devices - 1);
    const compute = idle
      ? exactly(0, 'formula')
      : computeOf(cells, {
          hasOutput: placement.output === at,
          pipelined: copies,
          first: at === 0,
          // What lies on the host is computed on the first of the GPUs (ggml_backend_sched_backend_id_from_cur).
          copiedBytes: settings.opOffload && at === 0 ? copied : 0,
          copiedPairBytes: settings.opOffload && at === 0 ? copiedPair : 0,
          copiedCacheBytes: settings.opOffload && at === 0 ? copiedCache : 0,
        });
    const known = architecture.quantization?.gguf?.kind === 'tensors';
    return {
      weights: {
        value: Math.round(bytes),
        low: Math.floor(low),
        high: Math.ceil(high),
        basis: known ? 'exact' : 'formula',
      },
      cache: Math.round(caches[at] ?? 0),
      compute,
    };
  });
  return {
    devices,
    hostWeights: Math.round(hostWeights),
    hostCache: Math.round(hostCache),
    layersOnGpu,
    layerCount: architecture.layers.length,
    cells,
    pipelined: copies,
  };
}

/** {@link placed} at one context. */
export function layoutOf(
  architecture: Architecture,
  settings: Settings,
  ctxSize: number,
  gpuLayers: number,
): Layout | { readonly unknown: string } {
  const model = placed(architecture, settings, gpuLayers);
  return 'unknown' in model ? model : model(ctxSize, true);
}

/** All that a device takes for a model: weights, cache, compute. */
export function totalOf({ weights, cache, compute }: DeviceParts): Quantity {
  return add(weights, exactly(cache, 'formula'), compute);
}
