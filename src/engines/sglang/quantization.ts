import type { Architecture, Quantization } from '../../models/architecture.ts';
import { FROM_CHECKPOINT, ONLINE } from '../online-quantization.ts';
import { precisionOf } from '../quantized-weight.ts';
import { table } from '../../table.ts';

type Resolved = { readonly value: Quantization | null } | { readonly refusal: string } | { readonly unknown: string };

/** Names of SGLang for methods whose weights must already be in the checkpoint. */
const OWN_FROM_CHECKPOINT: ReadonlySet<string> = new Set([
  'w8a8_int8',
  'w4afp8',
  'modelopt_fp8',
  'modelopt_mixed',
  'petit_nvfp4',
  'qoq',
  'gguf',
  'marlin',
]);

/** Methods that are applied while the weights load, by SGLang's names. */
const OWN_ONLINE: Readonly<Record<string, string>> = table({ w8a8_fp8: 'fp8_per_channel' });

/**
 * The quantization that the weights end up in (srt/configs/model_config.py _verify_quantization). What the checkpoint
 * declares decides; `--quantization` names the kernel for it, or a method for a checkpoint of 16 bits.
 */
export function quantizationOf(asked: string | null, architecture: Architecture): Resolved {
  const own = architecture.quantization;
  const [unread] = own === null ? [] : precisionOf(own).unread;
  if (unread !== undefined)
    return { unknown: `which modules the pattern '${unread}' in the model's quantization_config names is not known` };
  if (own !== null || asked === null) return { value: own };
  const name = OWN_ONLINE[asked] ?? asked;
  const online = Object.hasOwn(ONLINE, name) ? ONLINE[name] : undefined;
  if (online) return { value: online };
  if (FROM_CHECKPOINT.has(asked) || OWN_FROM_CHECKPOINT.has(asked))
    return { refusal: `Cannot find the config file for ${asked}` };
  return { unknown: `what the quantization method '${asked.slice(0, 40)}' stores is not known` };
}
