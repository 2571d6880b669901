import type { Launch } from './launch.ts';
import type { Stage } from './stages.ts';
import { storageOf } from './storage.ts';
import { layerBytes } from '../stored-tensors.ts';
import { has } from './versions.ts';
import { weightsOf } from './weights.ts';

/**
 * What loading holds at its peak above the finished weights of one rank, in bytes; 0 for a checkpoint that is quantized
 * already. Before 0.16 online fp8 makes every parameter in the model's dtype on the GPU and converts once those are
 * there (model_executor/layers/quantization/fp8.py create_weights; model_loader/base_loader.py load_model at v0.15.0).
 * Since then they start on the `meta` device and are converted one module at a time (#34645 and before, v0.16.0).
 * bitsandbytes and experts_int8 make their parameters in the final size and convert each tensor as it arrives
 * (layers/quantization/bitsandbytes.py, experts_int8.py).
 */
export function loadingExtraBytes(launch: Launch, stage: Stage): number {
  const { quantization, architecture } = launch;
  if (quantization === null || architecture.quantization !== null) return 0;
  if (quantization.method === 'fp8' && !has(launch.version, 'streamedQuantization')) {
    const plain = weightsOf({ ...launch, quantization: null }, stage).model;
    return Math.max(0, plain - weightsOf(launch, stage).model);
  }
  const storage = storageOf(launch, null, launch.parallelism);
  const distinct = [...new Set(stage.layers)];
  return Math.max(0, ...distinct.map((layer) => layerBytes([layer], stage.start, storage)));
}
