import type { Deployment, Located } from '../../deployment.ts';
import type { Engine, Setting } from '../../engines/engine.ts';
import { placeOfMapped } from '../../syntax/mapped-text.ts';
import { at, entriesIn, readYaml, type YamlEntry, type YamlValue } from '../../syntax/yaml.ts';
import type { SourceFile } from '../../text.ts';
import { editDeployment } from '../edit.ts';
import { aroundOf } from '../embedded/around.ts';
import { featureOf } from '../embedded/keys.ts';
import type { Mapping } from '../embedded/walk.ts';
import type { Extraction, Format, FormatContext } from '../format.ts';
import { locatedEnvironment } from '../known-words.ts';
import { settingsDeployment } from '../settings.ts';
import { settingOf } from '../vllm-config/index.ts';

/**
 * The memory troubleshooting guide's own format, and research configs of its shape: a model, vLLM's arguments under
 * `engine` (or `engine_args`, `model_parameters`, `vllm`, or flat), `speculative_decoding` and `generation` beside them.
 */
export const memoryGuide: Format = {
  id: 'memory-guide',
  title: 'Research configs in the memory guide’s format',
  detect: ({ text }) =>
    /\bmodel/.test(text) && isKeyed(text) && !/^\s*["']?(?:apiVersion|services)["']?\s*:/m.test(text),
  extract,
  edit: editDeployment,
};

const SIGN =
  /["']?(?:gpu_memory_utilization|max_model_len|tensor_parallel_size|speculative_decoding|max_num_seqs)["']?\s*:/;

/** The key at the start of a line, alone or in a mapping of one line: logs print it in the middle of theirs, by the thousand. */
const SIGN_LINE =
  /^[ \t-]{0,40}(?:["']?\w{1,40}["']?[ \t]{0,4}:[ \t]{0,4}\{[^\n]{0,2000}?)?["']?(?:gpu_memory_utilization|max_model_len|tensor_parallel_size|speculative_decoding|max_num_seqs)["']?\s*:/m;

function isKeyed(text: string): boolean {
  return SIGN.test(text) && (/^\s{0,100}[{[]/.test(text) || SIGN_LINE.test(text));
}

/** Sections that hold the engine's arguments in files of this shape. */
const SECTIONS = [
  'engine',
  'engine_args',
  'engine_kwargs',
  'model_parameters',
  'vllm',
  'vllm_args',
  'vllm_config',
  'llm',
];
/** Keys that flat files of this shape have beside the engine's: sampling and the guide's own. */
const SAMPLING =
  /^(?:generation|sampling|sampling_params|temperature|top_p|top_k|max_tokens|max_new_tokens|speculative_decoding|generation_parameters)$/;
/** Keys of training, evaluation and gateway files, whose rollout settings are no launch. */
const NOT_SERVING =
  /^(?:actor_rollout_ref|trainer|optimizer|algorithm|reward_model|train|training|data|critic|rollout|model_list|lora_config|parameters_search)$/;

function extract(file: SourceFile, { engines }: FormatContext): Extraction | null {
  const yaml = readYaml(file);
  if ('reason' in yaml) return null;
  const deployments = yaml.documents.flatMap((document) => deploymentsOf(document, file, engines));
  return deployments.length === 0 ? null : { deployments, unsupported: [] };
}

function deploymentsOf(document: YamlValue, file: SourceFile, engines: readonly Engine[]): Deployment[] {
  const [engine] = engines.filter(({ knowsArgument }) => knowsArgument('gpu_memory_utilization'));
  if (document.kind !== 'mapping' || !engine || document.entries.some(({ key }) => NOT_SERVING.test(key))) return [];
  const section = SECTIONS.map((name) => at(document, name)).find((value) => value?.kind === 'mapping');
  const home = section?.kind === 'mapping' ? section : document;
  const flat = home === document;
  const model = modelOf(document) ?? modelOf(home);
  const extra = at(home, 'extra_params');
  const entries = [...home.entries, ...entriesIn(extra)].filter(({ key }) => key !== 'extra_params');
  const known = entries.filter(({ key }) => !MODEL_KEYS.includes(key) && engine.knowsArgument(key));
  const telling = known.filter(({ key }) =>
    /^(?:gpu_memory_utilization|max_model_len|tensor_parallel_size|max_num_seqs|max_num_batched_tokens|quantization|enforce_eager)$/.test(
      key,
    ),
  );
  const guide = at(document, 'speculative_decoding');
  const sampled = document.entries.some(({ key }) => SAMPLING.test(key));
  if (model === null || telling.length < (guide ? 1 : 2) || (flat && !sampled)) return [];
  const drafting = draftOf(document, engine);
  const own = { settings: known.map(settingOf), entries: known };
  const said = aroundOf(flat ? [document] : [home, document], engines);
  const deployment = settingsDeployment({
    file,
    format: 'memory-guide',
    name: model.value,
    line: model.place.line,
    engine,
    settings: [...own.settings, ...drafting.settings],
    entries: [...own.entries, ...drafting.entries],
    strict: false,
    mapping: home,
    model,
    foreign: flat ? [] : entries.filter((entry) => !known.includes(entry) && !MODEL_KEYS.includes(entry.key)),
  });
  const environment = locatedEnvironment(said.environment);
  return [{ ...deployment, gpuRequest: said.gpuRequest, environment }];
}

const MODEL_KEYS = ['model', 'model_name', 'model_id', 'model_path'];

function modelOf(value: YamlValue): Located<string> | null {
  for (const key of MODEL_KEYS) {
    const found = at(value, key);
    const named = found?.kind === 'mapping' ? (at(found, 'name') ?? at(found, 'id') ?? at(found, 'path')) : found;
    if (named?.kind === 'scalar' && typeof named.value === 'string')
      return { value: named.text.text, place: placeOfMapped(named.text) };
  }
  return null;
}

/** `speculative_decoding` as vLLM's `speculative_config`; nothing when it is switched off. */
function draftOf(document: Mapping, engine: Engine): { settings: Setting[]; entries: YamlEntry[] } {
  const drafts = document.entries.filter(({ key }) => /^speculative(?:_decoding)?$/.test(key));
  const [found] = drafts.flatMap((entry) => featureOf(entry, engine) ?? []);
  if (!found) return { settings: [], entries: [] };
  const place = placeOfMapped(found.entry.keyText);
  const value = found.value ?? null;
  return { settings: [{ key: found.name, value, place, unresolved: null }], entries: [found.entry] };
}
