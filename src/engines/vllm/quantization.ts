import type { Architecture, Quantization } from '../../models/architecture.ts';
import { precisionOf } from '../quantized-weight.ts';
import { NESTED_SCALE_BITS } from '../../models/quantization.ts';
import { has, type EngineVersion } from './versions.ts';

const PLAIN = {
  groupSize: -1,
  block: null,
  scaleBits: 32,
  zeroPointBits: 0,
  indexBits: 0,
  quantizesActivations: true,
  quantizesHead: false,
  onlyRoles: null,
  ignore: ['lm_head'],
  kvCacheDtype: null,
  groups: [],
} as const satisfies Partial<Quantization>;

/** Methods that vLLM applies to a 16-bit checkpoint while it loads. */
const ONLINE: Readonly<Record<string, Quantization>> = {
  fp8: { ...PLAIN, method: 'fp8', weightBits: 8 },
  fp8_per_tensor: { ...PLAIN, method: 'fp8', weightBits: 8 },
  fp8_per_channel: { ...PLAIN, method: 'fp8', weightBits: 8, groupSize: 0 },
  fp8_per_block: { ...PLAIN, method: 'fp8', weightBits: 8, block: [128, 128] },
  mxfp8: { ...PLAIN, method: 'mxfp8', weightBits: 8, groupSize: 32, scaleBits: 8 },
  mxfp4: { ...PLAIN, method: 'mxfp4', weightBits: 4, groupSize: 32, scaleBits: 8, onlyRoles: ['experts'] },
  // Quantized while it loads, with scales of scales (quantize_4bit, compress_statistics).
  bitsandbytes: {
    ...PLAIN,
    method: 'bitsandbytes',
    weightBits: 4,
    groupSize: 64,
    scaleBits: NESTED_SCALE_BITS,
    quantizesActivations: false,
  },
  experts_int8: { ...PLAIN, method: 'experts_int8', weightBits: 8, groupSize: 0, onlyRoles: ['experts'] },
};

/** Methods whose weights must already be in the checkpoint. */
const FROM_CHECKPOINT: ReadonlySet<string> = new Set([
  'awq',
  'awq_marlin',
  'gptq',
  'gptq_marlin',
  'compressed-tensors',
  'modelopt',
  'modelopt_fp4',
  'auto-round',
  'hqq',
  'moe_wna16',
  'fbgemm_fp8',
  'quark',
  'exl3',
  'nvfp4',
]);

/**
 * The quantization that the weights end up in.
 * @param asked `--quantization`, or null.
 * @returns the quantization, null for none; or the engine's refusal when argument and checkpoint disagree;
 *   `unknown` for a method whose storage is not known.
 */
export function quantizationOf(
  asked: string | null,
  architecture: Architecture,
  version: EngineVersion,
): { readonly value: Quantization | null } | { readonly refusal: string } | { readonly unknown: string } {
  const own = loaded(architecture.quantization, version);
  const [unread] = own === null ? [] : precisionOf(own).unread;
  if (unread !== undefined)
    return { unknown: `which modules the pattern '${unread}' in the model's quantization_config names is not known` };
  if (asked === null) return { value: own };
  if (own !== null) {
    if (disagree(own.method, asked)) {
      return {
        refusal:
          `Quantization method specified in the model config (${own.method}) does not match the quantization method ` +
          `specified in the \`quantization\` argument (${asked.slice(0, 40)}).`,
      };
    }
    return { value: own };
  }
  const online = Object.hasOwn(ONLINE, asked) ? ONLINE[asked] : undefined;
  if (online) return { value: loaded(online, version) };
  if (FROM_CHECKPOINT.has(asked)) return { refusal: `Cannot find the config file for ${asked}` };
  return { unknown: `what the quantization method '${asked.slice(0, 40)}' stores is not known` };
}

/**
 * What a version makes of a quantization: bitsandbytes' nested scales are written out in 32 bits while they load since
 * #19742 (June 2025), ModelOpt's heads stay quantized since #42124 (May 2026).
 */
function loaded(quantization: Quantization | null, version: EngineVersion): Quantization | null {
  if (quantization?.quantizesHead === true && !has(version, 'modeloptHeads') && quantization.method === 'modelopt')
    return { ...quantization, quantizesHead: false };
  if (quantization?.method !== 'bitsandbytes' || quantization.weightBits !== 4) return quantization;
  return has(version, 'flatBitsandbytesScales') ? { ...quantization, scaleBits: 32 } : quantization;
}

/** Families whose checkpoints the engine does not convert into one another. */
function familyOf(method: string): string | null {
  const name = method.toLowerCase();
  return (
    ['awq', 'gptq', 'bitsandbytes', 'compressed-tensors', 'gguf', 'mxfp4'].find((family) => name.startsWith(family)) ??
    null
  );
}

function disagree(own: string, asked: string): boolean {
  const [from, to] = [familyOf(own), familyOf(asked)];
  if (from === null && to === null) return false;
  if (asked === 'moe_wna16' || asked === 'auto-round' || asked.startsWith('humming')) return false;
  return from !== to;
}
