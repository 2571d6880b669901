import { table } from '../../table.ts';

/**
 * Variables of NIM's LLM containers and what they are called in vLLM, which serves in them since 2.0 and in most before
 * (docs.nvidia.com/nim/large-language-models, "Configuration"). `NIM_KVCACHE_PERCENT` is of the total memory in spite of its name.
 */
const VARIABLES: Readonly<Record<string, string>> = table({
  NIM_MAX_MODEL_LEN: 'max_model_len',
  NIM_TENSOR_PARALLEL_SIZE: 'tensor_parallel_size',
  NIM_PIPELINE_PARALLEL_SIZE: 'pipeline_parallel_size',
  NIM_KVCACHE_PERCENT: 'gpu_memory_utilization',
  NIM_KV_CACHE_PERCENT: 'gpu_memory_utilization',
  NIM_GPU_MEM_FRACTION: 'gpu_memory_utilization',
  NIM_MAX_NUM_SEQS: 'max_num_seqs',
  NIM_DISABLE_CUDA_GRAPH: 'enforce_eager',
  NIM_SERVED_MODEL_NAME: 'served_model_name',
  NIM_MAX_LORA_RANK: 'max_lora_rank',
  NIM_MAX_GPU_LORAS: 'max_loras',
  NIM_MODEL_NAME: 'model',
  NIM_MODEL_PATH: 'model',
});

/** Words for vLLM itself, behind all that the variables say. */
const PASSTHROUGH = 'NIM_PASSTHROUGH_ARGS';

/** What else changes the memory: the build that is chosen, and how frugal it is. */
const OWN: Readonly<Record<string, string>> = table({
  NIM_MODEL_PROFILE: 'model_profile',
  NIM_LOW_MEMORY_MODE: 'low_memory_mode',
  NIM_RELAX_MEM_CONSTRAINTS: 'relax_mem_constraints',
  NIM_NUM_COMPUTE_NODES: 'num_compute_nodes',
  [PASSTHROUGH]: 'passthrough_args',
});

export const OWN_NAMES: ReadonlySet<string> = new Set(Object.values(OWN));

export function argumentOfVariable(variable: string): string | null {
  return VARIABLES[variable] ?? OWN[variable] ?? null;
}
