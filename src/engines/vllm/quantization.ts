import type { Architecture, Quantization } from '../../models/architecture.ts';
import { readArguments, type JsonObject } from '../argument-reader.ts';
import { FROM_CHECKPOINT, ONLINE } from '../online-quantization.ts';
import { precisionOf } from '../quantized-weight.ts';
import { has, type EngineVersion } from './versions.ts';

type Resolved = { readonly value: Quantization | null } | { readonly refusal: string } | { readonly unknown: string };

/**
 * The quantization that the weights end up in.
 * @param asked `--quantization`, or null.
 * @param details `--quantization-config`, or null.
 * @returns the quantization, null for none; or the engine's refusal when argument and checkpoint disagree;
 *   `unknown` for a method whose storage is not known.
 */
export function quantizationOf(
  asked: string | null,
  architecture: Architecture,
  version: EngineVersion,
  details: JsonObject | null = null,
): Resolved {
  const own = loaded(architecture.quantization, version);
  const [unread] = own === null ? [] : precisionOf(own).unread;
  if (unread !== undefined)
    return { unknown: `which modules the pattern '${unread}' in the model's quantization_config names is not known` };
  if (details !== null) return own === null ? detailed(asked, details, version) : { unknown: DETAILS_UNKNOWN };
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

/** Schemes that `--quantization-config` may name (vLLM config/quantization.py OnlineQuantScheme). */
const SCHEMES: ReadonlySet<string> = new Set([
  'fp8_per_tensor',
  'fp8_per_block',
  'int8_per_channel_weight_only',
  'mxfp8',
]);

const DETAILS_UNKNOWN = 'what quantization_config makes of this model is not known';

/** `--quantization-config`: one scheme for all layers and layers left out (vLLM config/quantization.py resolve_online_quant_config). */
function detailed(asked: string | null, details: JsonObject, version: EngineVersion): Resolved {
  const reader = readArguments(details);
  const scheme = reader.word('global_scheme');
  if (asked === null || (asked !== 'online' && !SCHEMES.has(asked))) {
    const valid = [...SCHEMES, 'online'].sort().map((name) => `'${name}'`);
    return {
      refusal:
        `quantization_config is only supported when quantization is one of [${valid.join(', ')}], got quantization=` +
        (asked === null ? 'None' : `'${asked.slice(0, 40)}'`),
    };
  }
  if (asked !== 'online' && scheme !== null && scheme !== asked) {
    return {
      refusal:
        `quantization='${asked}' conflicts with quantization_config['global_scheme']='${scheme.slice(0, 40)}'. These must ` +
        'match when both are specified.',
    };
  }
  const named = asked === 'online' ? scheme : asked;
  const online = named !== null && SCHEMES.has(named) ? ONLINE[named] : undefined;
  const apart = reader.word('linear_scheme_override') ?? reader.word('moe_scheme_override');
  if (!online || apart !== null) return { unknown: DETAILS_UNKNOWN };
  const value = { ...online, ignore: [...online.ignore, ...(reader.words('ignore') ?? [])] };
  return precisionOf(value).unread.length > 0 ? { unknown: DETAILS_UNKNOWN } : { value: loaded(value, version) };
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
