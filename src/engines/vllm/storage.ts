import type { Quantization } from '../../models/architecture.ts';
import { precisionOf } from '../quantized-weight.ts';
import type { Parallelism } from '../sharding.ts';
import type { Storage } from '../stored-tensors.ts';
import type { Launch } from './launch.ts';
import { has } from './versions.ts';
import { paddingOf } from './weight-padding.ts';

/** How this launch stores tensors of a quantization under a division. */
export function storageOf(launch: Launch, quantization: Quantization | null, parallelism: Parallelism): Storage {
  return {
    parallelism,
    elementBytes: launch.elementBytes,
    precision: quantization === null ? null : precisionOf(quantization),
    padding: paddingOf(launch, quantization),
    cutting: launch.exactBlocks ? 'exact' : has(launch.version, 'splitLimit') ? 'limited' : 'usual',
  };
}
