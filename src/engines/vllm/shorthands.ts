import type { ArgumentValue } from '../../deployment.ts';
import type { Arguments } from '../argument-reader.ts';
import { type EngineVersion, has } from './versions.ts';

/** A hostile value is no list of modalities. */
const MAX_CHARACTERS = 1_000;
/** `image=4,video=2` (engine/arg_utils.py, nullable_kvs). */
const PAIRS = /^[A-Za-z_]{1,40}=\d{1,9}(?:,[A-Za-z_]{1,40}=\d{1,9})*$/;

type Read = { readonly args: Arguments } | { readonly refusal: string; readonly remedy: string };

/** Arguments whose value is JSON, where they are written as only earlier releases take them; or the refusal of a later one. */
export function withShorthands(args: Arguments, version: EngineVersion): Read {
  const paired = withPairs(args, version);
  return 'refusal' in paired ? paired : withLevel(paired.args, version);
}

/**
 * `--compilation-config 3` as the level that it was until the option took objects alone: vLLM 0.11.0 refuses it
 * (kubernetes-sigs/gateway-api-inference-extension#2243). Of 0.10 nothing is known, and it is taken to refuse it too.
 */
function withLevel(args: Arguments, version: EngineVersion): Read {
  const written = Object.hasOwn(args, 'compilation_config') ? args['compilation_config'] : null;
  const isLevel = (typeof written === 'string' || typeof written === 'number') && /^[0-3]$/.test(String(written));
  if (!isLevel) return { args };
  const level = Number(written);
  if (!has(version, 'levelRefused')) return { args: { ...args, compilation_config: { level } } };
  const [short, key] = has(version, 'optimizationLevels') ? ['-cc', 'mode'] : ['-O', 'level'];
  return {
    refusal: `argument --compilation-config/${short}: 1 validation error for CompilationConfig\n  Input should be an object [type=dataclass_type, input_value=${level}, input_type=int]`,
    remedy: `write JSON: --compilation-config '{"${key}":${level}}'; a level by itself was taken before 0.10`,
  };
}

/**
 * `--limit-mm-per-prompt image=4,video=2` as an object, which releases before 0.10.0 take beside JSON; later ones refuse
 * it (vllm-project/vllm#21615), with what to write instead.
 */
function withPairs(args: Arguments, version: EngineVersion): Read {
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
