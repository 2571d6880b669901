import type { Quantization } from '../architecture.ts';
import { type Fields, list, ratio } from '../config/fields.ts';
import type { GgufHeader, GgufTensor } from './header.ts';
import { GGUF_FAMILIES } from './families.ts';
import type { GgufValue } from './reader.ts';
import type { GgufTensorBytes } from './storage.ts';
import { table } from '../../table.ts';

/** Key behind the family's name → field of config.json (gguf-py constants.py, `Keys`). */
const FIELDS: Readonly<Record<string, string>> = table({
  context_length: 'max_position_embeddings',
  embedding_length: 'hidden_size',
  block_count: 'num_hidden_layers',
  feed_forward_length: 'intermediate_size',
  vocab_size: 'vocab_size',
  'attention.head_count': 'num_attention_heads',
  'attention.head_count_kv': 'num_key_value_heads',
  'attention.key_length': 'head_dim',
  expert_count: 'num_experts',
  expert_used_count: 'num_experts_per_tok',
  expert_feed_forward_length: 'moe_intermediate_size',
  expert_shared_feed_forward_length: 'shared_expert_intermediate_size',
});

/**
 * The config.json that a GGUF checkpoint would have, with how it is stored: every matrix at the average of all of them,
 * so that their sum is that of the files.
 * @param headers of one file, or of all that it is split into; the first holds the metadata.
 */
export function configOfGguf(
  headers: readonly GgufHeader[],
): { readonly config: Fields } | { readonly problem: string } {
  const metadata = headers[0]?.metadata ?? new Map<string, GgufValue>();
  const name = metadata.get('general.architecture');
  const family = typeof name === 'string' && Object.hasOwn(GGUF_FAMILIES, name) ? GGUF_FAMILIES[name] : undefined;
  if (typeof name !== 'string' || !family)
    return { problem: `a GGUF of the family '${String(name ?? '').slice(0, 60)}' cannot be computed yet.` };
  const config: Record<string, unknown> = {
    model_type: family.modelType,
    architectures: [family.className],
    torch_dtype: 'float16',
  };
  for (const [key, field] of Object.entries(FIELDS)) {
    const value = metadata.get(`${name}.${key}`);
    if (typeof value === 'number') config[field] = value;
  }
  const number = (key: string): number | undefined => {
    const value = metadata.get(`${name}.${key}`);
    return typeof value === 'number' ? value : undefined;
  };
  const tensors = headers.flatMap((header) => header.tensors);
  const has = (tensor: string): boolean => tensors.some((one) => one.name === tensor);
  for (const [field, value] of Object.entries(family.more?.({ number, has }) ?? {})) {
    if (value === undefined) delete config[field];
    else config[field] = value;
  }
  // Mixtral goes as a Llama with experts.
  if (name === 'llama' && typeof config['num_experts'] === 'number' && config['num_experts'] > 0)
    Object.assign(config, { model_type: 'mixtral', architectures: ['MixtralForCausalLM'] });
  const words = metadata.get('tokenizer.ggml.tokens');
  if (config['vocab_size'] === undefined && typeof words === 'object') config['vocab_size'] = words.length;
  // Biases, norms and routers stay in the model's dtype.
  const matrices = tensors.filter((tensor) => tensor.dimensions >= 2 && !tensor.name.includes('ffn_gate_inp'));
  const elements = matrices.reduce((sum, tensor) => sum + tensor.elements, 0);
  const bytes = matrices.reduce((sum, tensor) => sum + tensor.bytes, 0);
  if (elements === 0) return { problem: 'its GGUF holds no weights.' };
  config['tie_word_embeddings'] = !tensors.some((tensor) => tensor.name === 'output.weight');
  config['quantization_config'] = {
    quant_method: 'gguf',
    bits_per_weight: (bytes * 8) / elements,
    tensor_bytes: tensorRows(tensors),
  };
  return { config };
}

/** Bytes of every tensor, those of the layers together: `["blk.*.attn_q.weight", first layer, second, …]`. */
function tensorRows(tensors: readonly GgufTensor[]): readonly (readonly (string | number)[])[] {
  const rows = new Map<string, (string | number)[]>();
  for (const { name, bytes } of tensors) {
    const [, layer, rest = ''] = /^blk\.(\d{1,4})\.(.+)$/.exec(name) ?? [];
    const key = layer === undefined ? name : `blk.*.${rest}`;
    const row = rows.get(key) ?? [key];
    rows.set(key, row);
    const at = layer === undefined ? 1 : Number(layer) + 1;
    while (row.length < at) row.push(0);
    row[at] = bytes;
  }
  return [...rows.values()];
}

/** Reads what {@link tensorRows} wrote, from wherever it was kept; null when it is not there whole. */
function tensorsOf(quantization: Fields): readonly GgufTensorBytes[] | null {
  const rows = list(quantization, 'tensor_bytes');
  if (!rows || rows.length === 0) return null;
  const tensors: GgufTensorBytes[] = [];
  for (const row of rows) {
    const [key, ...bytes] = Array.isArray(row) ? (row as readonly unknown[]) : [];
    if (typeof key !== 'string' || !bytes.every((one) => Number.isSafeInteger(one) && Number(one) >= 0)) return null;
    for (const [layer, one] of bytes.entries()) {
      if (one !== 0) tensors.push({ name: key.replace('blk.*', `blk.${layer}`), bytes: Number(one) });
    }
  }
  return tensors;
}

/** The average that {@link configOfGguf} states: scales lie among the weights, and embeddings and head are stored like the rest. */
export function ggufStorage(quantization: Fields): Partial<Quantization> | null {
  const weightBits = ratio(quantization, 'bits_per_weight');
  if (weightBits === null) return null;
  const tensors = tensorsOf(quantization);
  const gguf = tensors === null ? {} : { gguf: { kind: 'tensors' as const, tensors } };
  return { weightBits, groupSize: -1, scaleBits: 0, quantizesHead: true, ...gguf };
}
