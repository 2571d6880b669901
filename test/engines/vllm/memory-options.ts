import type { Workload } from '../../../src/engines/engine.ts';

type Args = Workload['arguments'];

/** A launch in which one option changes the estimate; fields that are not given are those of the test. */
export interface Case {
  readonly model?: string;
  readonly version?: string;
  readonly gpu?: string;
  readonly base?: Args;
  readonly value: Args[string];
}

const MOE = 'Qwen/Qwen3-30B-A3B';
const MEDIA = 'google/gemma-3-27b-it';
const STATES = 'nvidia/NVIDIA-Nemotron-3-Nano-4B-BF16';
const LORA = { enable_lora: true };
const EXPERTS = { tensor_parallel_size: 2, enable_expert_parallel: true };

/** Options that count as changing memory, each with a launch in which it does. */
export const CASES: Readonly<Record<string, Case>> = {
  tensor_parallel_size: { value: 2 },
  pipeline_parallel_size: { value: 2 },
  data_parallel_size: { value: 2 },
  decode_context_parallel_size: { model: 'deepseek-ai/DeepSeek-V2-Lite', base: { tensor_parallel_size: 2 }, value: 2 },
  max_num_seqs: { value: 8 },
  block_size: { value: 128 },
  num_gpu_blocks_override: { value: 4096 },
  mamba_block_size: { model: STATES, base: { enable_prefix_caching: true }, value: 4096 },
  max_loras: { base: LORA, value: 4 },
  max_lora_rank: { base: LORA, value: 64 },
  max_cudagraph_capture_size: { version: '0.20.0', value: 8 },
  cuda_graph_sizes: { version: '0.10.2', value: 8 },
  optimization_level: { version: '0.20.0', value: 0 },
  offload_group_size: { value: 8 },
  offload_num_in_group: { base: { offload_group_size: 8 }, value: 2 },
  offload_prefetch_step: { base: { offload_group_size: 8 }, value: 2 },
  lora_extra_vocab_size: { model: 'meta-llama/Llama-3.1-8B-Instruct', version: '0.10.2', base: LORA, value: 512 },
  ubatch_size: { value: 2 },
  max_model_len: { value: 4096 },
  max_num_batched_tokens: { value: 65_536 },
  kv_cache_memory_bytes: { value: 2 ** 30 },
  gpu_memory_utilization: { value: 0.5 },
  cpu_offload_gb: { value: 1 },
  mm_ipc_gpu_memory_gb: { model: MEDIA, version: '0.31.0', value: 1 },
  enforce_eager: { version: '0.20.0', value: true },
  enable_chunked_prefill: { value: false },
  enable_prefix_caching: { model: STATES, value: true },
  enable_expert_parallel: { model: MOE, base: { data_parallel_size: 2 }, value: true },
  enable_lora: { value: true },
  fully_sharded_loras: { base: { ...LORA, tensor_parallel_size: 2 }, value: true },
  enable_eplb: { model: MOE, base: EXPERTS, value: true },
  eplb_config: { model: MOE, base: { ...EXPERTS, enable_eplb: true }, value: { num_redundant_experts: 2 } },
  enable_dbo: { value: true },
  enable_sleep_mode: { value: true },
  enable_cumem_allocator: { value: true },
  enable_prompt_embeds: { version: '0.28.0', value: true },
  enable_extensible_kv_cache: { value: true },
  enable_tower_connector_lora: { model: MEDIA, base: LORA, value: true },
  specialize_active_lora: { version: '0.20.0', base: { ...LORA, max_loras: 4 }, value: true },
  disable_sliding_window: { model: MEDIA, value: true },
  disable_hybrid_kv_cache_manager: { model: MEDIA, value: true },
  disable_chunked_mm_input: { model: MEDIA, base: { max_num_batched_tokens: 128, max_num_seqs: 8 }, value: true },
  language_model_only: { model: MEDIA, value: true },
  skip_mm_profiling: { model: MEDIA, base: { max_num_seqs: 8 }, value: true },
  mm_encoder_only: { model: MEDIA, value: true },
  async_scheduling: { model: MEDIA, version: '0.28.0', value: false },
  kv_sharing_fast_prefill: { version: '0.28.0', value: true },
  enable_multimodal_encoder_data_parallel: { model: MEDIA, base: { tensor_parallel_size: 2 }, value: true },
  enable_prompt_adapter: { version: '0.8.5', value: true },
  enable_elastic_ep: { version: '0.28.0', value: true },
  use_replayssm: { model: STATES, value: true },
  dtype: { value: 'float32' },
  quantization: { value: 'fp8' },
  kv_cache_dtype: { value: 'fp8' },
  mamba_cache_dtype: { model: STATES, value: 'float32' },
  mamba_ssm_cache_dtype: { model: STATES, value: 'bfloat16' },
  mamba_cache_mode: { model: STATES, base: { enable_prefix_caching: true }, value: 'align' },
  lora_dtype: { base: LORA, value: 'float32' },
  runner: { value: 'pooling' },
  convert: { value: 'embed' },
  task: { version: '0.10.2', value: 'embed' },
  model_impl: { value: 'transformers' },
  load_format: { value: 'gguf' },
  all2all_backend: {
    model: MOE,
    version: '0.20.0',
    base: { ...EXPERTS, data_parallel_size: 2 },
    value: 'deepep_low_latency',
  },
  mm_encoder_tp_mode: { model: MEDIA, base: { tensor_parallel_size: 2 }, value: 'data' },
  performance_mode: { value: 'throughput' },
  attention_backend: { value: 'FLASHINFER' },
  attention_config: { value: { backend: 'FLASHINFER' } },
  offload_backend: { base: { offload_group_size: 8 }, value: 'uva' },
  mm_processor_device: { model: MEDIA, value: 'cuda' },
  compilation_config: { version: '0.20.0', value: { cudagraph_mode: 'NONE' } },
  speculative_config: { value: { method: 'ngram', num_speculative_tokens: 4, prompt_lookup_max: 4 } },
  kv_transfer_config: {
    model: MEDIA,
    version: '0.11.0',
    value: { kv_connector: 'NixlConnector', kv_role: 'kv_both' },
  },
  kv_events_config: { model: MEDIA, version: '0.19.0', value: { enable_kv_cache_events: true } },
  hf_overrides: { value: { max_position_embeddings: 8192 } },
  rope_scaling: {
    version: '0.10.2',
    value: { rope_type: 'yarn', factor: 4, original_max_position_embeddings: 32_768 },
  },
  pooler_config: { base: { runner: 'pooling' }, value: { pooling_type: 'MEAN' } },
  override_pooler_config: { version: '0.10.2', base: { task: 'embed' }, value: { pooling_type: 'MEAN' } },
  limit_mm_per_prompt: { model: MEDIA, base: { max_num_seqs: 8 }, value: { image: 0 } },
  mm_processor_kwargs: { model: MEDIA, value: { do_pan_and_scan: true } },
  media_io_kwargs: { model: MEDIA, version: '0.31.0', value: { video: { backend: 'pynvvideocodec' } } },
  quantization_config: {
    version: '0.20.0',
    base: { quantization: 'fp8_per_tensor' },
    value: { ignore: ['re:.*o_proj'] },
  },
  diffusion_config: { value: { steps: 8 } },
  cudagraph_capture_sizes: { version: '0.20.0', value: [1, 2, 4] },
  kv_cache_dtype_skip_layers: { version: '0.20.0', base: { kv_cache_dtype: 'fp8' }, value: ['0', '1'] },
  cpu_offload_params: { base: { cpu_offload_gb: 10 }, value: ['o_proj'] },
  offload_params: { base: { offload_group_size: 8 }, value: ['o_proj'] },
};

const HOST = 'it is memory of the host';
const READING = 'it changes how files are read, not what lies on the GPU afterwards';

/** Options that count as changing memory and yet change no figure here, each with the reason. */
export const WITHOUT_EFFECT: Readonly<Record<string, string>> = {
  data_parallel_size_local: 'it says which ranks this node runs; each takes the same',
  nnodes: 'it says how many nodes share the ranks; each takes the same',
  prefill_context_parallel_size: 'no release runs it: it is refused or ignored up to 0.31',
  max_seq_len_to_capture: 'V0 replays graphs for shorter sequences; capturing takes the same',
  num_scheduler_steps: 'V0 repeats a step; the batch stays',
  max_num_partial_prefills: 'the tokens of a batch stay',
  max_num_scheduled_tokens: 'the profile run takes max_num_batched_tokens (v1/worker/gpu_model_runner.py)',
  max_parallel_loading_workers: READING,
  model_loader_extra_config: READING,
  max_prompt_adapters: 'enable_prompt_adapter says that they are not counted',
  max_prompt_adapter_token: 'enable_prompt_adapter says that they are not counted',
  replayssm_buffer_len: 'use_replayssm makes the verdict unknown',
  kv_offloading_size: HOST,
  swap_space: HOST,
  mm_processor_cache_gb: HOST,
  mm_tensor_ipc: HOST,
  disable_custom_all_reduce: 'its buffers stay counted, which is too much rather than too little',
  enable_mm_embeds: 'the profile run makes up media as before',
  device: 'another device is another build, which is not estimated (surface.ts deviceOf)',
  override_neuron_config: 'Neuron is another build, which is not estimated (surface.ts deviceOf)',
  lora_modules: 'the slots are there whatever is put into them',
  lora_target_modules: 'slots of every module are counted, which is too much rather than too little',
};
