import { MIB } from '../../bytes.ts';
import type { Architecture } from '../../models/architecture.ts';
import { add, type Quantity } from '../../quantity.ts';
import { has } from './builds.ts';
import { type Layout, placed, type PlacedModel, totalOf } from './layout.ts';
import type { Settings } from './settings.ts';

/** One end of every interval at once. */
export type End = 'value' | 'low' | 'high';

/** What a model is laid out by: context, layers on the GPUs, layers whose experts stay on the host. */
export interface Choice {
  readonly ctxSize: number;
  readonly gpuLayers: number;
  /** Null: all of them. */
  readonly cpuMoe: number | null;
  /** Pipeline parallelism, where the launch allows it. */
  readonly pipelined: boolean;
}

/** What `--fit` makes of a launch, or what becomes of it without. */
export interface Plan {
  readonly kind: 'as-asked' | 'unpipelined' | 'shorter' | 'offloaded' | 'fails';
  readonly choice: Choice;
}

/** A launch whose model can be laid out in every way. */
export interface Planner {
  layout(choice: Choice): Layout;
  /** Taken on a device, everything counted. */
  used(choice: Choice, device: number): Quantity;
  plan(end: End, totalBytes: number): Plan;
  /** Longest context that fits with a choice's layers; 0 when none does. */
  longest(choice: Choice, end: End, totalBytes: number, most: number): number;
}

interface Beside {
  /** On every device: CUDA's own, other processes. */
  readonly each: Quantity;
  /** On the first, beside the model: projector and drafter. */
  readonly first: Quantity;
  /** Of that, what `--fit` of the build does not see. */
  readonly unseen: Quantity;
}

/** Makes the planner of a launch; `unknown` where an override or a quantization cannot be told. */
export function plannerOf(
  architecture: Architecture,
  settings: Settings,
  asked: Choice,
  beside: Beside,
): Planner | { readonly unknown: string } {
  const models = new Map<string, PlacedModel>();
  const modelOf = ({ gpuLayers, cpuMoe }: Choice): PlacedModel | { readonly unknown: string } => {
    const key = `${gpuLayers} ${cpuMoe}`;
    const known = models.get(key);
    if (known) return known;
    const made = placed(architecture, { ...settings, cpuMoe }, gpuLayers);
    if (!('unknown' in made)) models.set(key, made);
    return made;
  };
  const first = modelOf(asked);
  if ('unknown' in first) return first;
  const layout = (choice: Choice): Layout => {
    const model = modelOf(choice);
    return ('unknown' in model ? first : model)(choice.ctxSize, choice.pipelined);
  };
  const used = (choice: Choice, device: number): Quantity => {
    const parts = layout(choice).devices[device];
    const own = parts ? add(totalOf(parts), beside.each) : beside.each;
    return device === 0 ? add(own, beside.first) : own;
  };
  const fits = (choice: Choice, end: End, totalBytes: number, marginBytes: number, unseen = 0): boolean =>
    layout(choice).devices.every((parts, device) => {
      const more = device === 0 ? beside.first[end] - unseen : 0;
      return totalOf(parts)[end] + beside.each[end] + more + marginBytes <= totalBytes;
    });
  return {
    layout,
    used,
    plan: (end, totalBytes) =>
      planAt(architecture, settings, asked, {
        blind: beside.unseen.high > 0,
        starts: (choice) => fits(choice, end, totalBytes, 0),
        fits: (choice, margin) => fits(choice, end, totalBytes, margin, beside.unseen[end]),
      }),
    longest: (choice, end, totalBytes, most) =>
      STEP *
      largest(
        0,
        Math.ceil(most / STEP),
        (steps) => steps === 0 || fits({ ...choice, ctxSize: steps * STEP }, end, totalBytes, 0),
      ),
  };
}

/** Contexts are looked at in these steps, to which newer builds pad them. */
const STEP = 256;

interface Room {
  /** Whether `--fit` leaves something out. */
  readonly blind: boolean;
  /** Whether all of a launch finds room. */
  starts(choice: Choice): boolean;
  /** Whether `--fit` says so. */
  fits(choice: Choice, marginBytes: number): boolean;
}

/** What happens at one end: as asked, or in the order in which `--fit` gives things up (common/fit.cpp). */
function planAt(architecture: Architecture, settings: Settings, asked: Choice, room: Room): Plan {
  const plainly = withoutFit(settings, asked, room);
  if (!settings.fit) return plainly;
  const plan = fitted(architecture, settings, asked, room);
  if (plan === null) return plainly;
  return room.blind && !room.starts(plan.choice) ? { kind: 'fails', choice: plan.choice } : plan;
}

/** What `--fit` makes of a launch; null where it leaves it alone. */
function fitted(architecture: Architecture, settings: Settings, asked: Choice, { fits }: Room): Plan | null {
  const margin = settings.fitTargetMib * MIB;
  if (fits(asked, margin)) return { kind: 'as-asked', choice: asked };
  let choice = asked;
  if (settings.ctxIsFree && asked.ctxSize > settings.fitCtx) {
    const least = Math.ceil(settings.fitCtx / STEP);
    const steps = largest(
      least,
      Math.floor(asked.ctxSize / STEP),
      (one) => one === least || fits({ ...asked, ctxSize: one * STEP }, margin),
    );
    choice = { ...asked, ctxSize: steps * STEP };
    if (fits(choice, margin)) return { kind: 'shorter', choice };
  }
  // What the user set himself stays, and the launch goes on with it.
  const pinned =
    settings.gpuLayersSet || settings.tensorSplit !== null || settings.overrides !== null || asked.cpuMoe !== 0;
  if (pinned) return null;
  const layers = architecture.layers.length;
  if (architecture.moe !== null) {
    // The fewest layers without experts on the GPU.
    const spared = largest(0, layers, (kept) => kept === 0 || fits({ ...choice, cpuMoe: layers - kept }, margin));
    const moved = { ...choice, cpuMoe: layers - spared };
    if (fits(moved, margin)) return { kind: 'offloaded', choice: moved };
  }
  const gpuLayers = largest(0, layers + 1, (count) => count === 0 || fits({ ...choice, gpuLayers: count }, margin));
  return { kind: 'offloaded', choice: { ...choice, gpuLayers } };
}

/** The launch as it is; where its compute buffers find no room, once more without pipeline parallelism (src/llama-context.cpp). */
function withoutFit({ build }: Settings, asked: Choice, { starts }: Room): Plan {
  if (starts(asked)) return { kind: 'as-asked', choice: asked };
  const choice = { ...asked, pipelined: false };
  return has(build, 'pipelineRetry') && starts(choice)
    ? { kind: 'unpipelined', choice }
    : { kind: 'fails', choice: asked };
}

/** The largest whole number of a range that passes, where all below one that passes do. */
function largest(low: number, high: number, passes: (value: number) => boolean): number {
  let [from, to] = [low, high];
  while (from < to) {
    const middle = Math.ceil((from + to) / 2);
    if (passes(middle)) from = middle;
    else to = middle - 1;
  }
  return from;
}
