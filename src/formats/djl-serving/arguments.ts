import type { Engine } from '../../engines/engine.ts';
import { writtenAs } from '../../syntax/mapped-text.ts';
import type { Word } from '../../syntax/word.ts';
import { table } from '../../table.ts';

/**
 * What DJL Serving calls arguments of vLLM that have another name there; all others go through under their own
 * (engines/python djl_python/properties_manager/vllm_rb_properties.py).
 */
const TO_VLLM: Readonly<Record<string, string>> = table({
  tensor_parallel_degree: 'tensor_parallel_size',
  pipeline_parallel_degree: 'pipeline_parallel_size',
  max_rolling_batch_size: 'max_num_seqs',
  max_rolling_batch_prefill_tokens: 'max_num_batched_tokens',
  quantize: 'quantization',
  cpu_offload_gb_per_gpu: 'cpu_offload_gb',
  // LMI before 0.27 had the length of Neuron's models under this name (transformers_neuronx).
  n_positions: 'max_model_len',
});

/** The same for TensorRT-LLM (trt_properties.py): the cache's keys stand beside the others. */
const TO_TRTLLM: Readonly<Record<string, string>> = table({
  tensor_parallel_degree: 'tp_size',
  pipeline_parallel_degree: 'pp_size',
  max_rolling_batch_size: 'max_batch_size',
  max_tokens: 'kv_cache_config.max_tokens',
  enable_block_reuse: 'kv_cache_config.enable_block_reuse',
  max_attention_window: 'kv_cache_config.max_attention_window',
});

/** DTYPE_MAPPER: names of PyTorch and Transformers for what vLLM takes. */
const DTYPES: Readonly<Record<string, string>> = table({ fp16: 'float16', bf16: 'bfloat16', fp32: 'float32' });

/** Properties that are DJL's own, whatever an engine has under the same name. */
const OWN: ReadonlySet<string> = new Set([
  'engine',
  'model_id',
  'dtype_mapper',
  'device',
  'port',
  'task',
  'tokenizer',
  'model',
]);

/** The property (without `option.`) of an argument, for writing one. */
export function propertyOf(argument: string, backend: Backend): string {
  const names = backend === 'trtllm' ? TO_TRTLLM : TO_VLLM;
  return Object.keys(names).find((key) => names[key] === argument && key !== 'n_positions') ?? argument;
}

export type Backend = 'vllm' | 'trtllm';

/** The engine's argument that a property sets, with its value as the engine takes it; null for one that sets none. */
export function argumentOfProperty(
  property: string,
  word: Word,
  backend: Backend,
  engine: Engine,
): { readonly name: string; readonly word: Word } | null {
  if (OWN.has(property)) return null;
  const name = (backend === 'trtllm' ? TO_TRTLLM : TO_VLLM)[property] ?? property;
  if (!engine.knowsArgument(name)) return null;
  const dtype = name === 'dtype' ? DTYPES[word.text.text] : undefined;
  return { name, word: dtype === undefined ? word : { ...word, text: writtenAs(word.text, dtype) } };
}
