import type { Quantization, QuantizedGroup } from '../architecture.ts';
import { flag, list, recordOf, section, size, text, texts, type Fields } from '../config/fields.ts';
import { groupOf } from './gptq.ts';

const NVFP4 = { weightBits: 4, groupSize: 16, scaleBits: 8, quantizesActivations: true } as const;

/** How NVIDIA's ModelOpt stores linear layers, by `quant_algo`; null for one that is not known. */
export function modelopt(fields: Fields): Partial<Quantization> | null {
  const inner = section(fields, 'quantization') ?? fields;
  const algorithm = (text(inner, 'quant_algo') ?? text(fields, 'quant_algo') ?? 'NVFP4').toUpperCase();
  const ignore = texts(inner, 'exclude_modules');
  const common = { kvCacheDtype: cacheDtypeOf(inner), ...(ignore.length > 0 ? { ignore } : {}) };
  if (algorithm.includes('MIXED')) {
    const groups = mixedGroups(inner);
    const quantizesHead = groups.some(({ targets }) => targets.includes('lm_head'));
    return { ...NVFP4, ...common, groups, quantizesHead };
  }
  if (algorithm.includes('FP4')) return { ...NVFP4, ...common, groupSize: groupOf(inner) ?? 16 };
  if (algorithm.includes('PB'))
    return { weightBits: 8, block: [128, 128], groupSize: -1, quantizesActivations: true, ...common };
  if (algorithm === 'MXFP8')
    return { weightBits: 8, groupSize: 32, scaleBits: 8, quantizesActivations: true, ...common };
  if (algorithm.includes('PER_CHANNEL')) return { weightBits: 8, quantizesActivations: true, ...common };
  if (algorithm.includes('FP8')) return { weightBits: 8, groupSize: -1, quantizesActivations: true, ...common };
  return null;
}

/**
 * The dtype of the cache that a checkpoint asks for, written as a scheme in `config.json` and as a name in
 * `hf_quant_config.json` (vLLM utils/torch_utils.py get_kv_cache_quant_algo_string); null for none or one that is not known.
 */
function cacheDtypeOf(inner: Fields): string | null {
  const scheme = section(inner, 'kv_cache_scheme');
  if (!scheme) {
    const name = text(inner, 'kv_cache_quant_algo')?.toLowerCase() ?? 'none';
    return name === 'none' ? null : name;
  }
  if (text(scheme, 'type') !== 'float') return null;
  const bits = size(scheme, 'num_bits');
  if (bits === 4) return 'nvfp4';
  return bits === 8 && flag(scheme, 'dynamic') === false ? 'fp8' : null;
}

/** Four bits with 8-bit scales: NVFP4, and MXFP4 in groups of 32. */
export const fourBitFloats = (targets: readonly string[], groupSize: number): QuantizedGroup => ({
  targets,
  weightBits: 4,
  groupSize,
  block: null,
  scaleBits: 8,
  zeroPointBits: 0,
  indexBits: 0,
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
    const four = fourBitFloats([...paths], Number(group));
    if (algorithm.includes('FP4')) return four;
    if (algorithm === 'MXFP8') return { ...four, weightBits: 8, groupSize: 32 };
    return { ...four, weightBits: 8, groupSize: -1, scaleBits: 32 };
  });
}
