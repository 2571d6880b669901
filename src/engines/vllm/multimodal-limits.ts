import type { ArgumentValue } from '../../deployment.ts';
import type { Architecture } from '../../models/architecture.ts';
import { readArguments, type ArgumentReader } from '../argument-reader.ts';

/** Items per prompt when a limit gives only sizes (vLLM config/multimodal.py). */
const UNLIMITED_ITEMS = 999;

/** Most items of each modality in one prompt, as `--limit-mm-per-prompt` says: a number, or an object with `count`. */
export function itemLimitsOf(reader: ArgumentReader): Readonly<Record<string, number>> {
  const limits: Record<string, number> = {};
  for (const [modality, value] of Object.entries(reader.object('limit_mm_per_prompt') ?? {})) {
    const count = readArguments(
      typeof value === 'object' && value !== null ? (value as Record<string, ArgumentValue>) : { count: value },
    );
    limits[modality] = count.integer('count', 0) ?? UNLIMITED_ITEMS;
  }
  return limits;
}

/** Whether anything but text may come in. */
export function usesEncoders(reader: ArgumentReader, architecture: Architecture): boolean {
  if (architecture.encoders.length === 0 || reader.flag('language_model_only') === true) return false;
  const limits = itemLimitsOf(reader);
  return architecture.encoders.some(({ items }) => items.some(({ modality }) => limits[modality] !== 0));
}
