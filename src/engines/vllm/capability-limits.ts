import { capabilityOf, type Gpu } from '../../hardware/gpu.ts';
import type { Quantization } from '../../models/architecture.ts';
import type { Change } from './changes.ts';
import { has, type EngineVersion } from './versions.ts';
import { table } from '../../table.ts';

/** Least compute capability × 10 of a method, and a lower one with the release that brought it. */
interface Limit {
  readonly least: number;
  readonly later?: readonly [least: number, since: Change];
}

/** get_min_capability of every method (vLLM model_executor/layers/quantization). */
const LIMITS: Readonly<Record<string, Limit>> = table({
  fp8: { least: 80, later: [75, 'fp8OnTuring'] },
  fbgemm_fp8: { least: 80 },
  experts_int8: { least: 80 },
  mxfp4: { least: 80 },
  modelopt_fp4: { least: 80, later: [75, 'nvfp4OnTuring'] },
  awq: { least: 75 },
  torchao: { least: 75 },
  bitsandbytes: { least: 70 },
  moe_wna16: { least: 70 },
  'compressed-tensors': { least: 70 },
});

/** Schemes of compressed-tensors that keep weights narrow and activations wide (schemes/compressed_tensors_wNa16.py). */
const WEIGHT_ONLY: Limit = { least: 80, later: [75, 'weightOnlyOnTuring'] };

/** The engine's refusal when a GPU is too old for a method; null when it is not, or the method has no known limit. */
export function capabilityRefusal(quantization: Quantization | null, gpu: Gpu, version: EngineVersion): string | null {
  if (quantization === null || gpu.vendor !== 'nvidia' || gpu.computeCapability === null) return null;
  const capability = Math.round(capabilityOf(gpu) * 10);
  const { method, quantizesActivations } = quantization;
  const limit = Object.hasOwn(LIMITS, method) ? LIMITS[method] : undefined;
  const least = limit ? leastOf(limit, version) : 0;
  if (capability < least) {
    return (
      `The quantization method ${method} is not supported for the current GPU. Minimum capability: ${least}. ` +
      `Current capability: ${capability}.`
    );
  }
  const scheme = method === 'compressed-tensors' && !quantizesActivations ? leastOf(WEIGHT_ONLY, version) : 0;
  if (capability >= scheme) return null;
  return (
    "('Quantization scheme is not supported for ', " +
    `'the current GPU. Min capability: ${scheme}. ', 'Current capability: ${capability}.')`
  );
}

function leastOf({ least, later }: Limit, version: EngineVersion): number {
  return later && has(version, later[1]) ? later[0] : least;
}
