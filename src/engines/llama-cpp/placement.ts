import type { GgufWeight } from '../../models/gguf/weights.ts';
import { pathPattern } from '../path-pattern.ts';
import { has } from './builds.ts';
import type { Settings } from './settings.ts';

/** Where a part of the model goes: a GPU by its number, or the host. */
export type Home = number | 'host';

/** Where each layer, the output and each tensor goes. */
export interface Placement {
  readonly layers: readonly Home[];
  readonly output: Home;
  /** Homes of tensors that an override or `--n-cpu-moe` takes out of their layer. */
  homeOf(weight: GgufWeight): Home;
}

/** Layers in whole numbers to devices, and tensors that are named apart (src/llama-model.cpp, load_tensors). */
export function placementOf(
  settings: Settings,
  layerCount: number,
  gpuLayers: number,
): Placement | { readonly unknown: string } {
  const overrides = overridesOf(settings);
  if ('unknown' in overrides) return overrides;
  const homes = Array.from({ length: layerCount + 1 }, (_, layer) =>
    homeOfLayer(settings, layerCount, gpuLayers, layer),
  );
  const output = homes[layerCount] ?? 'host';
  const layers = homes.slice(0, layerCount);
  return {
    layers,
    output,
    homeOf(weight) {
      const own =
        weight.place === 'input' ? 'host' : weight.place === 'output' ? output : (layers[weight.layer ?? 0] ?? 'host');
      return overrides.homeOf(weight.name) ?? own;
    },
  };
}

/** The last layers go to the GPUs; the output is the last of all, and goes first or last by build. */
function homeOfLayer(settings: Settings, layerCount: number, gpuLayers: number, layer: number): Home {
  const first = Math.max(layerCount + (has(settings.build, 'outputFirst') ? 1 : 0) - gpuLayers, 0);
  const onGpus = Math.min(gpuLayers, layerCount + 1);
  const index = layer - first;
  if (index < 0 || index >= onGpus) return 'host';
  const shares = sharesOf(settings);
  let upTo = 0;
  for (const [device, share] of shares.entries()) {
    upTo += share;
    if (upTo > index / onGpus) return device;
  }
  return shares.length - 1;
}

/** What of the layers each device gets; by free memory, which is the same on GPUs of one kind. */
export function sharesOf({ devices, splitMode, tensorSplit, mainGpu }: Settings): readonly number[] {
  if (splitMode === 'none' || devices === 1)
    return Array.from({ length: devices }, (_, at) => (at === Math.min(mainGpu, devices - 1) ? 1 : 0));
  const weights = Array.from({ length: devices }, (_, at) => (tensorSplit ? (tensorSplit[at] ?? 0) : 1));
  const sum = weights.reduce((all, one) => all + one, 0);
  return sum > 0 ? weights.map((one) => one / sum) : weights.map(() => 1 / devices);
}

interface Overrides {
  homeOf(name: string): Home | null;
}

/** `--cpu-moe` and `--n-cpu-moe` are overrides of their own (common/arg.cpp, llm_ffn_exps_block_regex). */
const EXPERTS = /^blk\.(\d{1,4})\.ffn_(?:up|down|gate|gate_up)_(?:ch)?exps/;

function overridesOf({ overrides, cpuMoe, devices }: Settings): Overrides | { readonly unknown: string } {
  const rules: { readonly matches: (name: string) => boolean; readonly home: Home }[] = [];
  for (const rule of (overrides ?? '')
    .split(',')
    .filter((one) => one.trim() !== '')
    .slice(0, 200)) {
    const equals = rule.lastIndexOf('=');
    const source = rule
      .slice(0, equals)
      .trim()
      .replace(/^["']|["']$/g, '');
    const named = rule
      .slice(equals + 1)
      .trim()
      .replace(/["']$/, '');
    const device = /^(?:CUDA|ROCm|HIP|Vulkan|SYCL|MUSA)(\d{1,2})$/.exec(named)?.[1];
    const home: Home | null =
      device !== undefined
        ? Math.min(Number(device), devices - 1)
        : /^(?:CPU|CUDA_Host|CPU_\w+)$/.test(named)
          ? 'host'
          : null;
    const matches = equals === -1 ? null : searchOf(source);
    if (home === null || matches === null)
      return { unknown: `Which tensors --override-tensor '${rule.slice(0, 100)}' moves cannot be told.` };
    rules.push({ matches, home });
  }
  return {
    homeOf(name) {
      const rule = rules.find(({ matches }) => matches(name));
      if (rule) return rule.home;
      const layer = EXPERTS.exec(name)?.[1];
      return layer !== undefined && (cpuMoe === null || Number(layer) < cpuMoe) ? 'host' : null;
    },
  };
}

/** A pattern that may stand anywhere in a name; null when it says more than is read here. */
function searchOf(source: string): ((name: string) => boolean) | null {
  const parts = source.includes('(') ? [source] : source.split('|');
  const patterns = parts.map((part) => {
    const anchored = part.startsWith('^') ? part : `^.*${part}`;
    return pathPattern(anchored);
  });
  const known = patterns.flatMap((one) => (one === null ? [] : [one]));
  return known.length === patterns.length ? (name) => known.some((matches) => matches(name)) : null;
}
