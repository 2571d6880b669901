import type { ModelFacts } from '../../../models/architecture.ts';
import { predictsTokens } from '../../../models/layers/next-token-prediction.ts';
import type { Change } from '../changes.ts';
import { has, type EngineVersion } from '../versions.ts';
import { isProposerClass, type Asked } from './asked.ts';

export type SpeculationMethod =
  | 'ngram'
  | 'ngram_gpu'
  | 'suffix'
  | 'draft_model'
  | 'eagle'
  | 'eagle3'
  | 'medusa'
  | 'mlp_speculator'
  | 'mtp'
  | 'dflash'
  | 'dspark'
  | 'extract_hidden_states'
  | 'custom_class';

export type SpeculationProblem = { readonly refusal: string } | { readonly unknown: string };

/** Every method, with the release that brought it to the engine; null for those that V0 had. */
const METHODS: Readonly<Record<SpeculationMethod, Change | null>> = {
  ngram: null,
  medusa: null,
  mlp_speculator: null,
  draft_model: null,
  eagle: null,
  eagle3: null,
  mtp: null,
  suffix: 'suffixDecoding',
  extract_hidden_states: 'hiddenStateExtraction',
  ngram_gpu: 'ngramGpu',
  dflash: 'dflash',
  custom_class: 'customProposers',
  dspark: 'dspark',
};

function isMethod(word: string): word is SpeculationMethod {
  return Object.hasOwn(METHODS, word);
}

/** Methods that a name of the draft model does not overrule (vLLM config/speculative.py, SpeculativeConfig.__post_init__). */
const KEPT: ReadonlySet<string> = new Set(['eagle', 'eagle3', 'dflash', 'dspark']);
const WITHOUT_DRAFTER: ReadonlySet<string> = new Set([
  'ngram',
  'ngram_gpu',
  'suffix',
  'extract_hidden_states',
  'custom_class',
]);
/** Targets that earlier releases took as their own drafter without being told a method. */
const OWN_DRAFTERS: ReadonlySet<string> = new Set(['deepseek_v3', 'mimo']);

/** The method that vLLM settles on: the one asked for, unless the draft model's name or config says another. */
export function methodOf(
  asked: Asked,
  target: ModelFacts,
  drafter: ModelFacts | null,
  version: EngineVersion,
): { readonly method: SpeculationMethod } | SpeculationProblem {
  const { model, tokens } = asked;
  const named = writtenMethod(asked);
  if (!isMethod(named)) return { refusal: unknownMethod(named, version) };
  const since = METHODS[named];
  if (since !== null && !has(version, since)) return { refusal: unknownMethod(named, version) };
  if (WITHOUT_DRAFTER.has(named)) return { method: named };
  if (model !== null) return byDrafter(named, asked, drafter);
  if (!has(version, 'mtpMethod') && OWN_DRAFTERS.has(target.architecture.modelType)) return { method: 'mtp' };
  if (tokens === null) return { refusal: TOKENS_MISSING };
  if (named === 'mtp' && !predictsTokens(target.architecture.modelType)) return { refusal: unsupported('mtp') };
  if (named === 'mtp' || named === 'dspark') return { method: named };
  return { refusal: 'num_speculative_tokens was provided but without speculative model.' };
}

export const TOKENS_MISSING =
  'num_speculative_tokens must be provided with speculative model unless the draft model config contains an n_predict ' +
  'parameter.';

function writtenMethod({ method, model }: Asked): string {
  if (method === '[ngram]' || (method === null && (model === 'ngram' || model === '[ngram]'))) return 'ngram';
  if (method === null) return model !== null && isProposerClass(model) ? 'custom_class' : 'draft_model';
  return method.endsWith('_mtp') ? 'mtp' : method;
}

function byDrafter(
  named: SpeculationMethod,
  asked: Asked,
  drafter: ModelFacts | null,
): { readonly method: SpeculationMethod } | SpeculationProblem {
  if (KEPT.has(named)) return { method: named };
  const name = (asked.model ?? '').toLowerCase();
  if (name.includes('eagle-')) return { method: 'eagle' };
  for (const word of ['eagle3', 'dflash', 'dspark'] as const) if (name.includes(word)) return { method: word };
  // A path may hide the name that vLLM goes by; the config still says what the checkpoint is.
  const declared = drafter?.architecture.drafter?.method ?? null;
  if (declared !== null && declared !== 'draft_model') return { method: declared };
  if (drafter && predictsTokens(drafter.architecture.modelType)) return { method: 'mtp' };
  return named === 'draft_model' || drafter === null ? { method: named } : { refusal: unsupported(named) };
}

function unsupported(method: string): string {
  return `Unsupported speculative method: '${method.slice(0, 40)}'`;
}

/** A literal that pydantic does not know; before 0.11.1 the worker found out. */
function unknownMethod(method: string, version: EngineVersion): string {
  if (!has(version, 'methodsByPydantic')) return `Unknown speculative decoding method: ${method.slice(0, 40)}`;
  const known = Object.entries(METHODS).flatMap(([name, since]) =>
    since === null || has(version, since) ? [`'${name}'`] : [],
  );
  return (
    `1 validation error for SpeculativeConfig method: Input should be ${known.slice(0, -1).join(', ')} or ` +
    `${known.at(-1) ?? ''} (input_value='${method.slice(0, 40)}')`
  );
}
