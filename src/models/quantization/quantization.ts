import type { Quantization, TensorRole } from '../architecture.ts';
import { flag, recordOf, section, size, text, texts, valueOf, type Fields } from '../config/fields.ts';
import { gptq, groupOf, ORDER_BITS, unquantizedModules } from './gptq.ts';
import { ggufStorage } from '../gguf/config.ts';
import { fourBitFloats, modelopt } from './modelopt.ts';
import { table } from '../../table.ts';

const NONE: Omit<Quantization, 'method' | 'ignore'> = {
  weightBits: 16,
  groupSize: 0,
  block: null,
  scaleBits: 32,
  zeroPointBits: 0,
  indexBits: 0,
  quantizesActivations: false,
  quantizesHead: false,
  onlyRoles: null,
  kvCacheDtype: null,
  groups: [],
};
/** bitsandbytes' scales of scales: 8 bits, and 32 more for every 256 of them. */
export const NESTED_SCALE_BITS = 8 + 32 / 256;
const EXPERTS: readonly TensorRole[] = ['experts'];

/** Under which keys methods list what they leave alone. */
const ANY_IGNORE_KEYS = [
  'ignore',
  'ignored_layers',
  'exclude_modules',
  'modules_to_not_convert',
  'llm_int8_skip_modules',
  'exclude',
] as const;
/** Methods that read some of them only: an `ignore` beside is of who made the checkpoint (vLLM layers/quantization/fp8.py from_config). */
const IGNORE_KEYS: Readonly<Record<string, readonly string[]>> = table({
  fp8: ['ignored_layers', 'modules_to_not_convert'],
});

/**
 * How a checkpoint stores its linear layers, from `quantization_config` or `compression_config`, in one shape for every method.
 * @returns null for an unquantized checkpoint; a `problem` for a method whose storage is not known.
 */
export function quantizationOf(config: Fields, textConfig: Fields): Quantization | { readonly problem: string } | null {
  const quantization =
    section(config, 'quantization_config', 'compression_config') ??
    section(textConfig, 'quantization_config', 'compression_config');
  if (!quantization) return null;
  const method = (text(quantization, 'quant_method') ?? text(quantization, 'quant_algo') ?? '').toLowerCase();
  const keys = Object.hasOwn(IGNORE_KEYS, method) ? (IGNORE_KEYS[method] ?? []) : ANY_IGNORE_KEYS;
  const ignore = keys
    .flatMap((key) => texts(quantization, key))
    .concat(unquantizedModules(quantization))
    .slice(0, 50_000);
  const shape = shapeOf(method, quantization, textConfig);
  if (shape === null) {
    return { problem: `what the quantization method '${method.slice(0, 40)}' stores is not known` };
  }
  return { ...NONE, method, ignore, ...shape };
}

function shapeOf(method: string, fields: Fields, textConfig: Fields): Partial<Quantization> | null {
  const bits = size(fields, 'bits', 'w_bit', 'wbits', 'weight_bits') ?? 4;
  const group = groupOf(fields) ?? 128;
  switch (method) {
    case 'awq':
    case 'awq_marlin':
      return {
        weightBits: bits,
        groupSize: group,
        scaleBits: 16,
        zeroPointBits: flag(fields, 'zero_point') === false ? 0 : bits,
      };
    case 'gptq':
    case 'gptq_marlin':
    case 'auto-round':
    case 'auto_round':
    case 'intel/auto-round':
    case 'auto-awq':
      return gptq(fields, bits, group);
    case 'gguf':
      return ggufStorage(fields);
    case 'hqq':
      return { weightBits: bits, groupSize: group, scaleBits: 16, zeroPointBits: 16 };
    case 'fp8':
      return fp8(fields, textConfig);
    case 'fbgemm_fp8':
      return { weightBits: 8, quantizesActivations: true };
    case 'mxfp4':
    case 'gpt_oss_mxfp4':
      return { weightBits: 4, groupSize: 32, scaleBits: 8, onlyRoles: EXPERTS };
    case 'mxfp8':
      return { weightBits: 8, groupSize: 32, scaleBits: 8, quantizesActivations: true };
    case 'bitsandbytes': {
      if (flag(fields, 'load_in_8bit') === true) return { weightBits: 8, groupSize: 0 };
      const nested = flag(fields, 'bnb_4bit_use_double_quant') === true;
      return { weightBits: 4, groupSize: 64, scaleBits: nested ? NESTED_SCALE_BITS : 32 };
    }
    case 'compressed-tensors':
      return compressedTensors(fields);
    case 'modelopt':
    case 'modelopt_fp4':
    case 'modelopt_mixed':
    case 'nvfp4':
      return modelopt(fields);
    case 'quark':
      return quark(fields);
    case 'torchao':
      return torchao(fields);
    case 'experts_int8':
      return { weightBits: 8, onlyRoles: EXPERTS };
    default:
      return null;
  }
}

function blockOf(value: unknown): readonly [number, number] | null {
  if (!Array.isArray(value)) return null;
  const rows = size({ value: value[0] }, 'value');
  const columns = size({ value: value[1] }, 'value');
  return rows !== null && columns !== null ? [rows, columns] : null;
}

function fp8(fields: Fields, textConfig: Fields): Partial<Quantization> {
  const block = blockOf(valueOf(fields, 'weight_block_size'));
  const base = { weightBits: 8, groupSize: -1, block, quantizesActivations: true } as const;
  // DeepSeek V4 stores its experts in MXFP4 inside an fp8 checkpoint, ModelOpt's variant in NVFP4.
  const nv = text(fields, 'moe_quant_algo') === 'NVFP4';
  if (!nv && text(textConfig, 'expert_dtype') !== 'fp4') return base;
  const experts = fourBitFloats(['experts'], nv ? 16 : 32);
  return { ...base, groups: [experts, { ...NONE, ...base, targets: ['Linear'] }] };
}

/** One scheme of compressed-tensors: bits, grouping and scales of `weights`. */
function schemeOf(group: Fields, format: string): Partial<Quantization> | null {
  const weights = section(group, 'weights');
  const weightBits = weights ? size(weights, 'num_bits') : null;
  if (!weights || weightBits === null) return null;
  const strategy = text(weights, 'strategy') ?? 'tensor';
  const isFloat = text(weights, 'type') === 'float';
  const quantizesActivations = section(group, 'input_activations') !== null;
  if (strategy === 'block')
    return { weightBits, block: blockOf(valueOf(weights, 'block_structure')), groupSize: -1, quantizesActivations };
  const groupSize = strategy === 'tensor' ? -1 : strategy === 'channel' ? 0 : (groupOf(weights) ?? 128);
  const small = isFloat && weightBits === 4;
  // Packed integers have scales in the model's dtype, whole bytes in 32 bits.
  const packed = format === 'pack-quantized' || weightBits === 4;
  const scaleBits = small || format.startsWith('mx') ? 8 : packed ? 16 : 32;
  const zeroPointBits = flag(weights, 'symmetric') === false ? weightBits : 0;
  const indexBits = text(weights, 'actorder') === 'group' ? ORDER_BITS : 0;
  return { weightBits, groupSize, scaleBits, zeroPointBits, indexBits, quantizesActivations };
}

function compressedTensors(fields: Fields): Partial<Quantization> | null {
  const groups = Object.values(section(fields, 'config_groups') ?? {})
    .slice(0, 50)
    .map(recordOf)
    .filter((group) => group !== null);
  const format = text(fields, 'format') ?? '';
  const schemes = groups.map((group) => ({
    targets: texts(group, 'targets'),
    scheme: schemeOf(group, text(group, 'format') ?? format),
  }));
  const known = schemes.flatMap(({ targets, scheme }) => (scheme ? [{ targets, scheme }] : []));
  const first = known[0];
  if (!first) return null;
  const mixed =
    known.length > 1
      ? known.map(({ targets, scheme }) => ({
          targets,
          weightBits: scheme.weightBits ?? 16,
          groupSize: scheme.groupSize ?? 0,
          block: scheme.block ?? null,
          scaleBits: scheme.scaleBits ?? NONE.scaleBits,
          zeroPointBits: scheme.zeroPointBits ?? 0,
          indexBits: scheme.indexBits ?? 0,
        }))
      : [];
  return { ...first.scheme, groups: mixed, kvCacheDtype: section(fields, 'kv_cache_scheme') ? 'fp8' : null };
}

function quark(fields: Fields): Partial<Quantization> | null {
  const weight = section(section(fields, 'global_quant_config') ?? {}, 'weight');
  const dtype = weight ? text(weight, 'dtype') : null;
  if (!weight || dtype === null) return null;
  const groupSize =
    text(weight, 'qscheme') === 'per_group'
      ? (groupOf(weight) ?? 32)
      : text(weight, 'qscheme') === 'per_tensor'
        ? -1
        : 0;
  const weightBits = dtype.includes('4') && !dtype.includes('e4m3') ? 4 : 8;
  return { weightBits, groupSize, scaleBits: weightBits === 4 ? 8 : 32, quantizesActivations: true };
}

function torchao(fields: Fields): Partial<Quantization> {
  const described = JSON.stringify(valueOf(fields, 'quant_type') ?? '')
    .toLowerCase()
    .slice(0, 2000);
  return described.includes('int4')
    ? {
        weightBits: 4,
        groupSize: Number(/"group_size":(\d{1,5})/.exec(described)?.[1] ?? groupOf(fields) ?? 128),
        scaleBits: 16,
        zeroPointBits: 16,
      }
    : { weightBits: 8, groupSize: 0 };
}
