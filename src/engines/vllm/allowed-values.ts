import type { ArgumentReader } from '../argument-reader.ts';
import type { Change } from './changes.ts';
import { has, type EngineVersion } from './versions.ts';

/** Values that an option takes, each with the release that it came with; null: since ever. */
type Values = readonly (readonly [value: string, since: Change | null])[];

/** `--kv-cache-dtype` (vLLM config/cache.py CacheDType, engine/arg_utils.py before 0.8.5). */
const CACHE_DTYPES: Values = [
  ['auto', null],
  ['float16', 'cacheFloat16'],
  ['bfloat16', 'cacheBfloat16'],
  ['fp8', null],
  ['fp8_e4m3', null],
  ['fp8_e5m2', null],
  ['fp8_inc', 'cacheFp8Inc'],
  ['fp8_ds_mla', 'cacheFp8DsMla'],
  ['turboquant_k8v4', 'quantizedCaches'],
  ['turboquant_4bit_nc', 'quantizedCaches'],
  ['turboquant_k3v4_nc', 'quantizedCaches'],
  ['turboquant_3bit_nc', 'quantizedCaches'],
  ['int4_per_token_head', 'int4Cache'],
  ['int8_per_token_head', 'quantizedCaches'],
  ['fp8_per_token_head', 'quantizedCaches'],
  ['nvfp4', 'quantizedCaches'],
  ['nvfp4_4over6', 'fourOverSix'],
];

/** `--mamba-cache-dtype` and `--mamba-ssm-cache-dtype` (vLLM config/cache.py MambaDType). */
const STATE_DTYPES: Values = [
  ['auto', null],
  ['float32', null],
  ['float16', 'stateFloat16'],
  ['bfloat16', 'stateBfloat16'],
];

const BLOCK_SIZES = [1, 8, 16, 32, 64, 128, 256];
const LORA_RANKS = [1, 8, 16, 32, 64, 128, 256, 320, 512];

/** A value outside its list, in argparse's words or those of vLLM's configuration; null when every value is allowed. */
export function valueRefusal(reader: ArgumentReader, version: EngineVersion): string | null {
  return (
    outside(reader, 'kv_cache_dtype', CACHE_DTYPES, version) ??
    outside(reader, 'mamba_cache_dtype', STATE_DTYPES, version) ??
    outside(reader, 'mamba_ssm_cache_dtype', STATE_DTYPES, version) ??
    blockSizeRefusal(reader, version) ??
    loraRankRefusal(reader, version)
  );
}

function outside(reader: ArgumentReader, name: string, values: Values, version: EngineVersion): string | null {
  const asked = reader.word(name);
  if (asked === null) return null;
  const known = values.filter(([, since]) => since === null || has(version, since)).map(([value]) => value);
  if (known.includes(asked)) return null;
  return invalidChoice(
    name,
    `'${asked.slice(0, 40)}'`,
    known.map((value) => `'${value}'`),
  );
}

/** A list until 0.17; since then any size that the attention backend takes. */
function blockSizeRefusal(reader: ArgumentReader, version: EngineVersion): string | null {
  const asked = reader.integer('block_size', 1);
  if (asked === null || has(version, 'anyBlockSize')) return null;
  const known = BLOCK_SIZES.filter((size) => size <= 128 || has(version, 'blockSize256'));
  if (known.includes(asked)) return null;
  return invalidChoice('block_size', String(asked), known.map(String));
}

function loraRankRefusal(reader: ArgumentReader, version: EngineVersion): string | null {
  const asked = reader.integer('max_lora_rank', 1);
  if (asked === null || reader.flag('enable_lora') !== true) return null;
  const listed = has(version, 'loraRanksByParser');
  const known = LORA_RANKS.filter((rank) => listed || rank > 1);
  if (known.includes(asked)) return null;
  if (listed) return invalidChoice('max_lora_rank', String(asked), known.map(String));
  return `max_lora_rank (${asked}) must be one of (${known.join(', ')}).`;
}

function invalidChoice(name: string, asked: string, known: readonly string[]): string {
  return `argument --${name.replaceAll('_', '-')}: invalid choice: ${asked} (choose from ${known.join(', ')})`;
}
