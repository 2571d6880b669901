import type { Releases } from '../releases.ts';

/** First and last releases of options, as the release tags have them (engine/arg_utils.py, v0.9.2 to v0.20.1). */
const RELEASES: ReadonlyMap<string, Releases> = new Map([
  ['use_v2_block_manager', { since: null, last: '0.9.2' }],
  ['rope_scaling', { since: null, last: '0.11.0' }],
  ['rope_theta', { since: null, last: '0.11.0' }],
  ['kv_cache_memory_bytes', { since: '0.10.2', last: null }],
  ['eplb_config', { since: '0.10.2', last: null }],
  ['max_cudagraph_capture_size', { since: '0.11.1', last: null }],
  ['cudagraph_capture_sizes', { since: '0.11.1', last: null }],
  ['attention_backend', { since: '0.13.0', last: null }],
  ['attention_config', { since: '0.13.0', last: null }],
  ['performance_mode', { since: '0.17.0', last: null }],
]);

/** The releases that take an option, by its name in either spelling; null where nobody has looked. */
export function releasesOf(argument: string): Releases | null {
  return RELEASES.get(argument.replaceAll('-', '_')) ?? null;
}
