import type { Architecture, Quantization } from '../../models/architecture.ts';
import { ONLINE } from '../online-quantization.ts';
import { table } from '../../table.ts';

const LINEAR_ONLY = { quantizesHead: false, onlyRoles: null, ignore: ['lm_head'], kvCacheDtype: null, groups: [] };

/** 8 bits with a 16-bit scale per output row (server layers/eetq.py, layers/bnb.py Linear8bitLt). */
const ROWS_INT8: Quantization = {
  ...LINEAR_ONLY,
  method: 'eetq',
  weightBits: 8,
  groupSize: 0,
  block: null,
  scaleBits: 16,
  zeroPointBits: 0,
  indexBits: 0,
  quantizesActivations: false,
};

/** 4 bits with a 32-bit scale per 64 values (server layers/bnb.py Linear4bit, without nested scales). */
const FOUR_BITS: Quantization = { ...ROWS_INT8, method: 'bitsandbytes', weightBits: 4, groupSize: 64, scaleBits: 32 };

/** What `--quantize` makes of a 16-bit checkpoint while it loads (launcher/src/main.rs Quantization). */
const ON_LOAD: Readonly<Record<string, Quantization | undefined>> = table({
  bitsandbytes: { ...ROWS_INT8, method: 'bitsandbytes' },
  'bitsandbytes-nf4': FOUR_BITS,
  'bitsandbytes-fp4': FOUR_BITS,
  eetq: ROWS_INT8,
  fp8: ONLINE['fp8'],
});

/** Methods whose weights must already be in the checkpoint. */
const STORED: ReadonlySet<string> = new Set(['awq', 'gptq', 'marlin', 'exl2', 'compressed-tensors']);

/** Methods that quantize by themselves, in the order in which they cost quality. */
export const LOADABLE: readonly string[] = ['fp8', 'eetq', 'bitsandbytes-nf4'];

/** How the weights are stored; the checkpoint's own precision where the launch asks for none. */
export function quantizationOf(
  asked: string | null,
  { quantization: own }: Architecture,
): { readonly value: Quantization | null } | { readonly unknown: string } | { readonly refusal: string } {
  if (own !== null && !STORED.has(own.method) && ON_LOAD[own.method] === undefined)
    return {
      unknown: `What TGI makes of a checkpoint in ${own.method.slice(0, 30)} is not known: it is none of its methods`,
    };
  if (asked === null || asked === 'none') return { value: own };
  const onLoad = ON_LOAD[asked];
  if (onLoad !== undefined) return { value: own ?? onLoad };
  if (!STORED.has(asked)) {
    const choices =
      'awq, compressed-tensors, eetq, exl2, gptq, marlin, bitsandbytes, bitsandbytes-nf4, bitsandbytes-fp4, fp8';
    return {
      refusal: `invalid value '${asked.slice(0, 40)}' for '--quantize <QUANTIZE>' [possible values: ${choices}]`,
    };
  }
  return own === null
    ? { unknown: `--quantize ${asked} needs a checkpoint that is quantized, and what is known of the model's is not` }
    : { value: own };
}
