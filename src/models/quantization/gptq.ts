import type { Quantization, QuantizedGroup } from '../architecture.ts';
import { count, flag, recordOf, section, size, text, valueOf, type Fields } from '../config/fields.ts';

/** Bits of `g_idx` and of the order that sorts it. */
export const ORDER_BITS = 64;

/** How many modules or patterns with a setting of their own are read. */
const MOST_OWN = 2000;

/**
 * Symmetric zero points are stored in the checkpoint and dropped by the kernels (Marlin). Modules with bits of their own are
 * named by AutoRound (`extra_config`), or by patterns (`dynamic`, vLLM layers/quantization/utils/gptq_utils.py), and
 * `modules_in_block_to_quantize` names those that are quantized at all.
 */
export function gptq(fields: Fields, bits: number, group: number): Partial<Quantization> {
  const code = (weightBits: number, groupSize: number): Omit<QuantizedGroup, 'targets'> => ({
    weightBits,
    groupSize,
    block: null,
    scaleBits: 16,
    zeroPointBits: flag(fields, 'sym') === false ? weightBits : 0,
    indexBits: flag(fields, 'desc_act') === true && groupSize > 0 ? ORDER_BITS : 0,
  });
  const own = ownSettings(fields, 'extra_config').flatMap(([target, module]) => {
    const width = size(module, 'bits');
    return width === null || width >= 16 ? [] : [{ ...code(width, groupOf(module) ?? group), targets: [target] }];
  });
  const matched = ownSettings(fields, 'dynamic').flatMap(([pattern, module]) => {
    const width = size(module, 'bits');
    const columns = groupOf(module);
    if (pattern.startsWith(WITHOUT) || (width === null && columns === null)) return [];
    return [{ ...code(width ?? bits, columns ?? group), targets: [`re:${pattern.replace(/^\+:/, '')}`] }];
  });
  const all = [...own, ...matched];
  const only = quantizedModules(fields);
  const rest = { ...code(bits, group), targets: only ?? ['Linear'] };
  const groups = all.length > 0 || only !== null ? [...all, rest] : [];
  return { ...code(bits, group), groups, quantizesHead: flag(fields, 'lm_head') === true };
}

/** Modules that AutoRound leaves in 16 bits, and those that a pattern of GPTQ leaves out. */
export function unquantizedModules(fields: Fields): readonly string[] {
  return [
    ...ownSettings(fields, 'extra_config').flatMap(([target, module]) =>
      (size(module, 'bits') ?? 0) >= 16 ? [target] : [],
    ),
    ...ownSettings(fields, 'dynamic').flatMap(([pattern]) =>
      pattern.startsWith(WITHOUT) ? [`re:${pattern.slice(WITHOUT.length)}`] : [],
    ),
  ];
}

/** The modules that alone are quantized, in one list or in lists of those of one step; null where all are. */
function quantizedModules(fields: Fields): readonly string[] | null {
  const written = valueOf(fields, 'modules_in_block_to_quantize');
  // AutoRound writes what it worked on, and goes by `extra_config`.
  if (!Array.isArray(written) || !(text(fields, 'quant_method') ?? '').toLowerCase().startsWith('gptq')) return null;
  const names = written.flat().filter((name) => typeof name === 'string');
  return names.length > 0 ? names.slice(0, MOST_OWN) : null;
}

/** In front of a pattern of `dynamic` whose modules are not quantized; `+:` or nothing for those with other settings. */
const WITHOUT = '-:';

function ownSettings(fields: Fields, key: string): readonly (readonly [target: string, settings: Fields])[] {
  return Object.entries(section(fields, key) ?? {})
    .slice(0, MOST_OWN)
    .map(([target, value]) => [target, recordOf(value) ?? {}]);
}

/** -1 in GPTQ and AWQ means one group per output row. */
export function groupOf(fields: Fields): number | null {
  const group = valueOf(fields, 'group_size') ?? valueOf(fields, 'q_group_size');
  if (group === -1) return 0;
  return count({ group }, 'group');
}
