import { between, exactly, type Quantity } from '../../quantity.ts';
import { split } from '../sharding.ts';
import { objectOf, readArguments, type ArgumentReader, type Arguments } from '../argument-reader.ts';
import type { Launch } from './launch.ts';
import { has, type EngineVersion } from './versions.ts';

/**
 * Whether torch.compile times candidate kernels while it compiles the model: vLLM switches `benchmark_combo_kernel` on,
 * unless the arguments set either option themselves (config/compilation.py), or nothing is compiled.
 */
export function benchmarksKernels(version: EngineVersion, reader: ArgumentReader, args: Arguments): boolean {
  if (!has(version, 'benchmarksCombos') || reader.flag('enforce_eager') === true) return false;
  if (reader.integer('optimization_level', 0) === 0) return false;
  const config = readArguments(objectOf(args['compilation_config'] ?? null) ?? {});
  const inductor = config.object('inductor_compile_config') ?? {};
  if (!('combo_kernels' in inductor) && !('benchmark_combo_kernel' in inductor)) return true;
  return inductor['benchmark_combo_kernel'] === true;
}

/**
 * What such a benchmark allocates inside the profile run, in bytes: random tensors of the arguments' real size
 * (torch/_inductor/codegen/triton_combo_kernel.py), which for the kernel that looks tokens up are a second embedding
 * table and two batches of hidden states. A start that finds the compiled model on disk allocates none. Both runners hand
 * multimodal models embeddings that were looked up outside of what is compiled (v1/worker/gpu/model_runner.py,
 * `inputs_embeds`).
 */
export function benchmarkBytes(launch: Launch): Quantity {
  const { runner, multimodal, architecture, parallelism, elementBytes, maxNumBatchedTokens } = launch;
  if (!launch.benchmarksKernels || runner === 'v0' || multimodal) return exactly(0);
  const { vocabSize, hiddenSize } = architecture;
  const table = split(vocabSize, parallelism.tensor) * hiddenSize * elementBytes;
  const bytes = table + 2 * maxNumBatchedTokens * hiddenSize * elementBytes;
  return between(0, bytes, bytes, 'formula');
}
