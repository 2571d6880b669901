import { MIB } from '../../bytes.ts';
import { capabilityOf } from '../../hardware/gpu.ts';
import { between, exactly, type Quantity } from '../../quantity.ts';
import type { Launch } from './launch.ts';
import { has, mayMiss } from './versions.ts';

/**
 * What the driver of a Blackwell card keeps for good once a first kernel uses tensor descriptors: 3,728 MiB on 170
 * multiprocessors, 1,077 on 48 (vllm-project/vllm#37088).
 */
const MIB_PER_MULTIPROCESSOR = { low: 20.5, value: 22, high: 22.5 };
/** Of a card whose multiprocessors nobody counted. */
const MOST_MULTIPROCESSORS = 188;

/**
 * The descriptors of the kernels for (gated) delta attention (model_executor/layers/fla/ops/utils.py is_tma_supported), in
 * bytes. Whether datacenter Blackwell pays the same no log states.
 */
export function descriptorBytes(launch: Launch): Quantity {
  const { version, gpu, runner } = launch;
  const used =
    runner !== 'v0' && has(version, 'deltaDescriptors') && !gone(launch) && hasState(launch, ['gated_delta', 'kda']);
  const capability = capabilityOf(gpu);
  if (!used || gpu.vendor !== 'nvidia' || capability < 10) return exactly(0);
  const count = gpu.multiprocessors ?? MOST_MULTIPROCESSORS;
  const { low, value, high } = MIB_PER_MULTIPROCESSOR;
  const at = (each: number): number => Math.round(count * each * MIB);
  const known = capability >= 12;
  // A build on the way to a change may or may not have it yet: it counts as the release, and its interval holds both.
  const leaving = mayMiss(version, 'noDeltaDescriptors');
  const coming = mayMiss(version, 'deltaDescriptors') || mayMiss(version, 'warmsDelta');
  return between(
    known && !leaving && !coming ? at(low) : 0,
    known && !leaving ? at(value) : 0,
    at(high),
    known ? 'calibrated' : 'assumed',
  );
}

/** Whether the profiler sees them, because it warms the kernels of gated delta nets; else they come with the first prompt. */
export function chargesDescriptors(launch: Launch): boolean {
  return has(launch.version, 'warmsDelta') && hasState(launch, ['gated_delta']);
}

function gone({ version }: Launch): boolean {
  return has(version, 'noDeltaDescriptors') && !mayMiss(version, 'noDeltaDescriptors');
}

function hasState({ architecture }: Launch, families: readonly string[]): boolean {
  return architecture.layers.some(({ caches }) =>
    caches.some((cache) => cache.kind === 'state' && families.includes(cache.family)),
  );
}
