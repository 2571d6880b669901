import type { Located } from '../deployment.ts';
import { type MappedText, placeOfMapped } from '../syntax/mapped-text.ts';
import type { Word } from '../syntax/word.ts';

/** What shows GPUs to a program (CUDA programming guide, environment variables; ROCm docs, GPU isolation techniques). */
const SHOWN = ['CUDA_VISIBLE_DEVICES', 'HIP_VISIBLE_DEVICES', 'ROCR_VISIBLE_DEVICES'];

/** `CUDA_VISIBLE_DEVICES=0,1` is two GPUs; null where it names none or is not set. */
export function visibleGpus(
  environment: ReadonlyMap<string, Word>,
  variable = SHOWN.find((name) => environment.has(name)) ?? '',
): Located<number> | null {
  const visible = environment.get(variable);
  if (visible?.unresolved !== null) return null;
  const devices = visible.text.text.split(',').filter((device) => device.trim() !== '');
  const named = devices.every((device) => /^\s*(?:\d+|GPU-[\w-]+|MIG-[\w/-]+)\s*$/.test(device));
  return devices.length > 0 && named ? { value: devices.length, place: placeOfMapped(visible.text) } : null;
}

/** GPUs among devices that a container is given by name (CDI: `nvidia.com/gpu=0`); null for all of them, or none. */
export function gpusOfDevices(devices: readonly MappedText[]): Located<number> | null {
  const named = devices.filter(({ text }) =>
    /^\s*nvidia\.com\/gpu=(?:\d+(?::\d+)?|(?:GPU|MIG)-[\w/-]+)\s*$/.test(text),
  );
  const [first] = named;
  return first ? { value: named.length, place: placeOfMapped(first) } : null;
}
