import type { ArgumentValue } from '../../deployment.ts';
import type { Arguments } from '../argument-reader.ts';
import { type EngineVersion, has } from './versions.ts';

/** A hostile value is no list of modalities. */
const MAX_CHARACTERS = 1_000;
/** `image=4,video=2` (engine/arg_utils.py, nullable_kvs). */
const PAIRS = /^[A-Za-z_]{1,40}=\d{1,9}(?:,[A-Za-z_]{1,40}=\d{1,9})*$/;

/**
 * `--limit-mm-per-prompt image=4,video=2` as an object, which releases before 0.10.0 take beside JSON; later ones refuse
 * it (vllm-project/vllm#21615), with what to write instead.
 */
export function withPairs(
  args: Arguments,
  version: EngineVersion,
): { readonly args: Arguments } | { readonly refusal: string; readonly remedy: string } {
  const written = Object.hasOwn(args, 'limit_mm_per_prompt') ? args['limit_mm_per_prompt'] : null;
  if (typeof written !== 'string' || written.length > MAX_CHARACTERS || !PAIRS.test(written)) return { args };
  const pairs = written.split(',').map((pair) => pair.split('='));
  const limits: Record<string, ArgumentValue> = Object.fromEntries(
    pairs.map(([name = '', count]) => [name, Number(count)]),
  );
  if (!has(version, 'pairsRefused')) return { args: { ...args, limit_mm_per_prompt: limits } };
  return {
    // The address of Python's function differs with every start.
    refusal: `argument --limit-mm-per-prompt: Value ${written} cannot be converted to <function loads at 0x…>.`,
    remedy: `write JSON: --limit-mm-per-prompt '${JSON.stringify(limits)}'; pairs like ${written} were taken before 0.10.0`,
  };
}
