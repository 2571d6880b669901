import type { Quantization, QuantizedGroup } from './architecture.ts';
import { count, flag, recordOf, section, size, valueOf, type Fields } from './fields.ts';

/** Bits of `g_idx` and of the order that sorts it. */
export const ORDER_BITS = 64;

/** Symmetric zero points are stored in the checkpoint and dropped by the kernels (Marlin); modules with bits of their own follow AutoRound. */
export function gptq(fields: Fields, bits: number, group: number): Partial<Quantization> {
  const code = (weightBits: number, groupSize: number): Omit<QuantizedGroup, 'targets'> => ({
    weightBits,
    groupSize,
    block: null,
    scaleBits: 16,
    zeroPointBits: flag(fields, 'sym') === false ? weightBits : 0,
    indexBits: flag(fields, 'desc_act') === true && groupSize > 0 ? ORDER_BITS : 0,
  });
  const own = Object.entries(section(fields, 'extra_config') ?? {})
    .slice(0, 2000)
    .flatMap(([target, value]) => {
      const module = recordOf(value) ?? {};
      const width = size(module, 'bits');
      return width === null || width >= 16 ? [] : [{ ...code(width, groupOf(module) ?? group), targets: [target] }];
    });
  const groups = own.length > 0 ? [...own, { ...code(bits, group), targets: ['Linear'] }] : [];
  return { ...code(bits, group), groups, quantizesHead: flag(fields, 'lm_head') === true };
}

/** Modules that AutoRound leaves in 16 bits. */
export function unquantizedModules(fields: Fields): readonly string[] {
  const modules = Object.entries(section(fields, 'extra_config') ?? {}).slice(0, 2000);
  return modules.flatMap(([target, value]) => ((size(recordOf(value) ?? {}, 'bits') ?? 0) >= 16 ? [target] : []));
}

/** -1 in GPTQ and AWQ means one group per output row. */
export function groupOf(fields: Fields): number | null {
  const group = valueOf(fields, 'group_size') ?? valueOf(fields, 'q_group_size');
  if (group === -1) return 0;
  return count({ group }, 'group');
}
