import type { ArgumentReader } from '../argument-reader.ts';
import { dtypeBytes } from './dtypes.ts';

/** Room for adapters that are loaded while the engine serves. */
export interface LoraSlots {
  readonly slots: number;
  readonly rank: number;
  readonly elementBytes: number;
  readonly fullySharded: boolean;
  /** Tokens that adapters could add to the vocabulary (removed by #28545). */
  readonly extraTokens: number;
}

export function loraOf(reader: ArgumentReader, elementBytes: number): LoraSlots | null {
  if (reader.flag('enable_lora') !== true) return null;
  return {
    slots: reader.integer('max_loras', 1) ?? 1,
    rank: reader.integer('max_lora_rank', 1) ?? 16,
    elementBytes: dtypeBytes(reader.word('lora_dtype')) ?? elementBytes,
    fullySharded: reader.flag('fully_sharded_loras') === true,
    extraTokens: reader.integer('lora_extra_vocab_size', 0) ?? 256,
  };
}
