import type { ArgumentReader } from '../argument-reader.ts';

/** Slots that adapters are kept in on the GPU (srt/lora/mem_pool.py). */
export interface LoraSlots {
  readonly slots: number;
  /** Rank of the largest adapter; `stated` is false where only the adapters' files say it. */
  readonly rank: number;
  readonly stated: boolean;
  readonly elementBytes: number;
}

/** Adapters of other ranks are rare; used where the arguments do not say. */
const ASSUMED_RANK = 64;

export function loraOf(reader: ArgumentReader, elementBytes: number): LoraSlots | null {
  const asked = reader.flag('enable_lora') ?? (reader.words('lora_paths') ?? []).length > 0;
  if (!asked) return null;
  const rank = reader.integer('max_lora_rank', 1);
  const slots = reader.integer('max_loras_per_batch', 1) ?? 8;
  return { slots, rank: rank ?? ASSUMED_RANK, stated: rank !== null, elementBytes };
}
