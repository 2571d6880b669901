import type { ArgumentReader, Arguments, JsonObject } from '../../argument-reader.ts';
import { pinnedModel } from '../../../models/reference.ts';
import { objectOf, readArguments } from '../../argument-reader.ts';

/** What the arguments say about speculation before the models are known. */
export interface Asked {
  /** In small letters, as written. */
  readonly method: string | null;
  readonly model: string | null;
  readonly tokens: number | null;
  /** Tensor parallelism of the drafter, or null for the target's. */
  readonly tensorParallelSize: number | null;
  readonly quantization: string | null;
  readonly kvCacheDtype: string | null;
  readonly maxModelLen: number | null;
  readonly parallelDrafting: boolean;
  readonly anyVocabulary: boolean;
  /** The drafter's probabilities are kept for rejection sampling. */
  readonly probabilistic: boolean;
  /** Most tokens that suffix decoding proposes when nobody says. */
  readonly suffixDepth: number;
  /** Layers whose hidden states are kept (extract_hidden_states); 0 when not stated. */
  readonly extractedLayers: number;
  /** A value that vLLM refuses before it looks at a model, in its words; null when there is none. */
  readonly refusal: string | null;
}

/**
 * Speculation as a launch asks for it, in the spellings of every version: `speculative_config` as an object or as JSON
 * (0.8.3 and on; dotted options and `--spec-*` are merged into it), and V0's flags of their own.
 * @returns null when it is off.
 */
export function askedOf(reader: ArgumentReader): Asked | null {
  const config = reader.object('speculative_config');
  const inner = readArguments(config ?? {});
  const model = inner.word('model') ?? reader.word('spec_model') ?? reader.word('speculative_model');
  const method = inner.word('method') ?? reader.word('spec_method');
  if (config === null && model === null && method === null) return null;
  const asked = {
    method: method?.toLowerCase() ?? null,
    model,
    tokens:
      inner.integer('num_speculative_tokens', 1) ??
      reader.integer('spec_tokens', 1) ??
      reader.integer('num_speculative_tokens', 1),
    tensorParallelSize:
      inner.integer('draft_tensor_parallel_size', 1) ?? reader.integer('speculative_draft_tensor_parallel_size', 1),
    quantization: inner.word('quantization') ?? reader.word('speculative_model_quantization'),
    kvCacheDtype: inner.word('kv_cache_dtype'),
    maxModelLen: inner.integer('max_model_len', 1) ?? reader.integer('speculative_max_model_len', 1),
    parallelDrafting: inner.flag('parallel_drafting') === true,
    anyVocabulary: inner.flag('use_heterogeneous_vocab') === true,
    probabilistic: inner.word('draft_sample_method') === 'probabilistic',
    suffixDepth: inner.integer('suffix_decoding_max_tree_depth', 1) ?? 24,
    extractedLayers: extractedLayers(config),
  };
  return { ...asked, refusal: inner.problems[0] ?? refusalOf(inner) };
}

/** Values that SpeculativeConfig checks by themselves (vLLM config/speculative.py). */
function refusalOf(inner: ArgumentReader): string | null {
  if (inner.integer('tensor_parallel_size', 1) !== null) {
    return (
      "'tensor_parallel_size' is not a valid argument in the speculative_config. Please pass " +
      "'draft_tensor_parallel_size' instead."
    );
  }
  const least = inner.integer('prompt_lookup_min', 1);
  const most = inner.integer('prompt_lookup_max', 1);
  if (least === null || most === null || least <= most) return null;
  return `prompt_lookup_min=${least} must be <= prompt_lookup_max=${most}`;
}

function extractedLayers(config: JsonObject | null): number {
  const draft = objectOf(config?.['draft_model_config'] ?? null);
  const ids = objectOf(draft?.['hf_config'] ?? null)?.['eagle_aux_hidden_state_layer_ids'];
  return Array.isArray(ids) ? ids.length : 0;
}

const WITHOUT_MODEL: ReadonlySet<string> = new Set([
  'ngram',
  '[ngram]',
  'ngram_gpu',
  'suffix',
  'extract_hidden_states',
  'custom_class',
]);

/** Id of the draft model that the arguments name; null when speculation is off or needs no model of its own. */
export function drafterOf(args: Arguments): string | null {
  const reader = readArguments(args);
  const asked = askedOf(reader);
  if (asked === null || asked.model === null) return null;
  if (WITHOUT_MODEL.has(asked.method ?? '') || WITHOUT_MODEL.has(asked.model)) return null;
  if (asked.method === null && isProposerClass(asked.model)) return null;
  return pinnedModel(asked.model, readArguments(reader.object('speculative_config') ?? {}).word('revision'));
}

/** A dotted import path (`package.Proposer`) in the place of a model names a class to propose with. */
export function isProposerClass(model: string): boolean {
  return model.length <= 200 && /^[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+$/.test(model);
}

/** Whether the value of `speculative_config` asks for a number of tokens, as an object to change it in. */
export function speculativeTokensOf(args: Arguments): { readonly config: JsonObject; readonly tokens: number } | null {
  const config = objectOf(args['speculative_config'] ?? null);
  const tokens = config?.['num_speculative_tokens'];
  return config && typeof tokens === 'number' ? { config, tokens } : null;
}
