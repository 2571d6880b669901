import type { Located } from '../deployment.ts';
import { placeOfMapped } from '../syntax/mapped-text.ts';
import type { Word } from '../syntax/word.ts';

/** `CUDA_VISIBLE_DEVICES=0,1` is two GPUs; null where it names none or is not set. */
export function visibleGpus(
  environment: ReadonlyMap<string, Word>,
  variable = 'CUDA_VISIBLE_DEVICES',
): Located<number> | null {
  const visible = environment.get(variable);
  if (visible?.unresolved !== null) return null;
  const devices = visible.text.text.split(',').filter((device) => device.trim() !== '');
  const named = devices.every((device) => /^\s*(?:\d+|GPU-[\w-]+|MIG-[\w/-]+)\s*$/.test(device));
  return devices.length > 0 && named ? { value: devices.length, place: placeOfMapped(visible.text) } : null;
}
