import type { ArgumentValue } from '../../deployment.ts';
import type { Architecture } from '../../models/architecture.ts';
import { has, type EngineVersion } from './versions.ts';

export interface ContextLength {
  /** Tokens of one request, prompt and answer. */
  readonly tokens: number;
  /** Longest length that the model's config allows. */
  readonly derivedTokens: number;
  /** The engine fits the length to the memory (`--max-model-len auto`). */
  readonly automatic: boolean;
  /** Refusal in the engine's words, or null. */
  readonly refusal: string | null;
}

interface Surroundings {
  readonly environment: Readonly<Record<string, string>>;
  /** `--disable-sliding-window`: nothing longer than the window can be served. */
  readonly withoutWindow: boolean;
}

/**
 * The context length that the engine uses, from the argument and the model's config (vLLM config/model.py
 * _get_and_verify_max_len).
 * @param asked value of `max_model_len`: a number of tokens, `auto`, -1 or unset.
 */
export function contextLength(
  asked: ArgumentValue,
  architecture: Architecture,
  version: EngineVersion,
  { environment, withoutWindow }: Surroundings,
): ContextLength {
  const { context } = architecture;
  const window = withoutWindow ? smallestWindow(architecture) : null;
  const derivedTokens = Math.max(1, Math.min(context.derivedTokens, window ?? context.derivedTokens));
  const original = has(version, 'longRopeOriginal') ? context.originalTokens : null;
  const preferred = original ?? derivedTokens;
  const none = { derivedTokens, automatic: false, refusal: null };
  const wanted = typeof asked === 'string' && /^\s*-?\d{1,15}\s*$/.test(asked) ? Number(asked) : asked;
  if (wanted === null || wanted === '' || wanted === 'None') return { ...none, tokens: preferred };
  if (wanted === 'auto' || wanted === -1) {
    if (has(version, 'autoMaxModelLen')) return { ...none, tokens: preferred, automatic: true };
    return { ...none, tokens: preferred, refusal: `argument --max-model-len: invalid value: '${wanted}'` };
  }
  if (typeof wanted !== 'number' || !Number.isSafeInteger(wanted) || wanted < 1) {
    const shown = typeof wanted === 'object' ? JSON.stringify(wanted) : String(wanted);
    return {
      ...none,
      tokens: preferred,
      refusal: `argument --max-model-len: invalid int value: '${shown.slice(0, 80)}'`,
    };
  }
  const allowed =
    wanted <= derivedTokens ||
    wanted <= (context.modelMaxLength ?? 0) ||
    context.key === null ||
    environment['VLLM_ALLOW_LONG_MAX_MODEL_LEN'] === '1';
  return { ...none, tokens: wanted, refusal: allowed ? null : tooLong(wanted, derivedTokens, context, version) };
}

/** Smallest window of any layer, in tokens; null when none has one. */
function smallestWindow({ layers }: Architecture): number | null {
  const windows = layers.flatMap(({ caches }) =>
    caches.flatMap((cache) => (cache.kind === 'sliding' ? [cache.windowTokens] : [])),
  );
  return windows.length > 0 ? Math.min(...windows) : null;
}

const EXTREME_CAUTION =
  ' VLLM_ALLOW_LONG_MAX_MODEL_LEN must be used with extreme caution. If the model uses relative position encoding ' +
  '(RoPE), positions exceeding derived_max_model_len lead to nan. If the model uses absolute position encoding, ' +
  'positions exceeding derived_max_model_len will cause a CUDA array out-of-bounds error.';

function tooLong(wanted: number, derived: number, context: Architecture['context'], version: EngineVersion): string {
  const newer = has(version, 'extremeCaution');
  const limit = context.modelMaxLength === null ? 'None' : String(context.modelMaxLength);
  return (
    `User-specified max_model_len (${wanted}) is greater than the derived max_model_len ` +
    `(${context.key ?? 'max_position_embeddings'}=${derived} or model_max_length=${limit} in model's config.json).` +
    `${newer ? '' : ' This may lead to incorrect model outputs or CUDA errors.'} To allow overriding this maximum, set ` +
    `the env var VLLM_ALLOW_LONG_MAX_MODEL_LEN=1${newer ? `.${EXTREME_CAUTION}` : ''}`
  );
}
