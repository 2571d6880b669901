import type { Quantization, QuantizedGroup, TensorRole } from './architecture.ts';
import { count, flag, list, recordOf, section, size, text, texts, valueOf, type Fields } from './fields.ts';

const NONE: Omit<Quantization, 'method' | 'ignore'> = {
  weightBits: 16,
  groupSize: 0,
  block: null,
  scaleBits: 32,
  zeroPointBits: 0,
  quantizesActivations: false,
  onlyRoles: null,
  kvCacheDtype: null,
  groups: [],
};
const NVFP4 = { weightBits: 4, groupSize: 16, scaleBits: 8, quantizesActivations: true } as const;
const EXPERTS: readonly TensorRole[] = ['experts'];

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
  const ignore = [
    'ignore',
    'ignored_layers',
    'exclude_modules',
    'modules_to_not_convert',
    'llm_int8_skip_modules',
    'exclude',
  ]
    .flatMap((key) => texts(quantization, key))
    .slice(0, 2000);
  const shape = shapeOf(method, quantization, textConfig);
  if (shape === null) {
    return { problem: `what the quantization method '${method.slice(0, 40)}' stores is not known` };
  }
  return { ...NONE, method, ignore: withDefaults(method, ignore), ...shape };
}

/** Some methods keep the head in the model's dtype without saying so. */
function withDefaults(method: string, ignore: readonly string[]): readonly string[] {
  if (method === 'fp8' || ignore.includes('lm_head')) return ignore;
  return [...ignore, 'lm_head'];
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
      // GPTQ checkpoints store zero points even when they are symmetric.
      return { weightBits: bits, groupSize: group, scaleBits: 16, zeroPointBits: bits };
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
      return { weightBits: 4, groupSize: 64, scaleBits: nested ? 8 : 32 };
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

/** -1 in GPTQ and AWQ means one group per output row. */
function groupOf(fields: Fields): number | null {
  const group = valueOf(fields, 'group_size') ?? valueOf(fields, 'q_group_size');
  if (group === -1) return 0;
  return count({ group }, 'group');
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
  const experts = nvfp4Group(['experts'], nv ? 16 : 32);
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
  const scaleBits = small || format.startsWith('mx') ? 8 : weightBits === 4 ? 16 : 32;
  const zeroPointBits = flag(weights, 'symmetric') === false ? weightBits : 0;
  return { weightBits, groupSize, scaleBits, zeroPointBits, quantizesActivations };
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
        }))
      : [];
  return { ...first.scheme, groups: mixed, kvCacheDtype: section(fields, 'kv_cache_scheme') ? 'fp8' : null };
}

function modelopt(fields: Fields): Partial<Quantization> | null {
  const inner = section(fields, 'quantization') ?? fields;
  const algorithm = (text(inner, 'quant_algo') ?? text(fields, 'quant_algo') ?? 'NVFP4').toUpperCase();
  const kv = text(inner, 'kv_cache_quant_algo')?.toLowerCase() ?? null;
  const ignore = texts(inner, 'exclude_modules');
  const common = { kvCacheDtype: kv === null || kv === 'none' ? null : kv, ...(ignore.length > 0 ? { ignore } : {}) };
  if (algorithm.includes('MIXED')) return { ...NVFP4, ...common, groups: mixedGroups(inner) };
  if (algorithm.includes('FP4')) return { ...NVFP4, ...common, groupSize: groupOf(inner) ?? 16 };
  if (algorithm.includes('PB'))
    return { weightBits: 8, block: [128, 128], groupSize: -1, quantizesActivations: true, ...common };
  if (algorithm.includes('FP8')) return { weightBits: 8, groupSize: -1, quantizesActivations: true, ...common };
  return null;
}

const nvfp4Group = (targets: readonly string[], groupSize: number): QuantizedGroup => ({
  targets,
  weightBits: 4,
  groupSize,
  block: null,
  scaleBits: 8,
  zeroPointBits: 0,
});

/**
 * ModelOpt's `quantized_layers`: the algorithm of every module (`{path: {quant_algo, group_size}}`), or of patterns
 * (`[{modules, quant_algo, group_size}]`, how the catalogue shortens it). The experts of a layer share one.
 */
function mixedGroups(fields: Fields): readonly QuantizedGroup[] {
  const named = Object.entries(section(fields, 'quantized_layers') ?? {}).map(([path, value]) => [
    path,
    recordOf(value),
  ]);
  const short = (list(fields, 'quantized_layers') ?? []).map((value) => [
    text(recordOf(value) ?? {}, 'modules') ?? '',
    recordOf(value),
  ]);
  const targets = new Map<string, Set<string>>();
  for (const [path, value] of [...named, ...short].slice(0, 100_000) as [string, Fields | null][]) {
    const key = `${text(value ?? {}, 'quant_algo') ?? ''}/${size(value ?? {}, 'group_size') ?? 16}`;
    const known = targets.get(key) ?? new Set();
    targets.set(key, known.add(path.replace(/\.experts\..*$/, '.experts')));
  }
  return [...targets].map(([key, paths]) => {
    const [algorithm = '', group] = key.split('/');
    const four = nvfp4Group([...paths], Number(group));
    return algorithm.includes('FP4') ? four : { ...four, weightBits: 8, groupSize: -1, scaleBits: 32 };
  });
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
    ? { weightBits: 4, groupSize: groupOf(fields) ?? 128, scaleBits: 16, zeroPointBits: 16 }
    : { weightBits: 8, groupSize: 0 };
}
