import type { ArgumentReader } from '../argument-reader.ts';
import { has, type EngineVersion } from './versions.ts';

/** Loaders that read whole files into the GPU before the weights go to their places (vLLM model_executor/model_loader). */
const LOADS_BY_GPU: ReadonlySet<string> = new Set(['fastsafetensors', 'instanttensor']);

/** Arguments and variables whose effect on memory is small or not known, said aloud. */
export function remarksOf(
  reader: ArgumentReader,
  version: EngineVersion,
  environment: Readonly<Record<string, string>>,
): readonly string[] {
  const remarks: string[] = [];
  if (reader.flag('enable_sleep_mode') === true || reader.flag('enable_cumem_allocator') === true) {
    // csrc/cumem_allocator.cpp rounds up to the granularity of the driver.
    remarks.push('sleep mode allocates in steps of 2 MiB, so weights and cache may take slightly more');
  }
  if (reader.flag('enable_dbo') === true || (reader.integer('ubatch_size', 0) ?? 0) > 1)
    remarks.push('buffers of micro-batches that overlap (DBO) are not counted');
  if (reader.word('model_impl') === 'transformers')
    remarks.push("activations are those of vLLM's own model; model_impl transformers may take more");
  const format = reader.word('load_format');
  if (format !== null && LOADS_BY_GPU.has(format))
    remarks.push(`load_format ${format} holds files on the GPU while it loads, which is not counted`);
  if (reader.integer('mamba_block_size', 1) !== null)
    remarks.push('blocks of states are aligned by the chunk of the kernels, not by mamba_block_size');
  if (reader.flag('enable_prompt_adapter') === true) remarks.push('prompt adapters are not counted');
  if (reader.flag('enable_tower_connector_lora') === true) remarks.push('LoRA slots of towers are not counted');
  if (reader.object('mm_processor_kwargs'))
    remarks.push("items are as large as the processor's defaults allow, not as mm_processor_kwargs says");
  const processor = reader.word('mm_processor_device');
  if (processor !== null && processor !== 'cpu' && processor !== 'auto')
    remarks.push(`what processors of media take on ${processor.slice(0, 20)} is not counted`);
  if (environment['VLLM_ENABLE_STARTUP_PLAN'] === '1' && has(version, 'startupPlan')) {
    remarks.push(
      'with VLLM_ENABLE_STARTUP_PLAN a start with a plan in its cache takes the cache size from there instead of profiling',
    );
  }
  return remarks;
}

/** An argument that makes another thing of the model than is modelled here, as a reason why nothing can be said; or null. */
export function unmodelledArgument(reader: ArgumentReader, quantizationMethod: string | null): string | null {
  if (reader.flag('mm_encoder_only') === true) return 'what mm_encoder_only leaves of the model is not modelled';
  if (reader.flag('use_replayssm') === true) return 'what use_replayssm adds to every state is not modelled';
  if (reader.object('diffusion_config')) return 'the memory of block diffusion is not modelled';
  const format = reader.word('load_format');
  if (format === 'gguf' && quantizationMethod !== 'gguf') return 'what a GGUF file holds is not in config.json';
  if (format === 'bitsandbytes' && quantizationMethod !== 'bitsandbytes')
    return 'what load_format bitsandbytes stores without such a quantization is not known';
  return null;
}

/** PyTorch's allocator may grow its segments, and blocks are cut exactly (torch.cuda documentation, PYTORCH_CUDA_ALLOC_CONF). */
export function growsSegments(environment: Readonly<Record<string, string>>): boolean {
  const written = environment['PYTORCH_CUDA_ALLOC_CONF'] ?? environment['PYTORCH_ALLOC_CONF'] ?? '';
  return /(?:^|,)\s*expandable_segments\s*:\s*true\b/i.test(written);
}

/** vLLM device_allocator/cumem.py, until #40812 turned such segments off around its pools. */
export function sleepRefusal(
  reader: ArgumentReader,
  version: EngineVersion,
  environment: Readonly<Record<string, string>>,
): string | null {
  const pools = reader.flag('enable_sleep_mode') === true;
  const refused = (environment['PYTORCH_CUDA_ALLOC_CONF'] ?? '').includes('expandable_segments:True');
  if (!pools || !refused || has(version, 'poolsBesideExpandable')) return null;
  return (
    'Expandable segments are not compatible with memory pool. Please track ' +
    'https://github.com/pytorch/pytorch/issues/147851 for the latest updates.'
  );
}
