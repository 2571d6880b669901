import { at, entriesIn, textOf, type YamlValue } from '../../syntax/yaml.ts';
import type { Mapping, Spot } from './walk.ts';

/** Keys of training, evaluation by rollouts and gateways, whose engine settings are no launch of their own. */
const TRAINING =
  /^(?:actor_rollout_ref|rollout|rollouts|trainer|training|training_args|train|learning_rate|lr|num_train_epochs|total_epochs|max_steps|optimizer|optim|algorithm|reward_model|reward|critic|grpo|ppo|dpo|lora_r|lora_rank|lora_config|per_device_train_batch_size|gradient_accumulation_steps|train_batch_size|rlhf|deepspeed|fsdp|model_list|litellm_params|litellm_settings)$/;
/** Keys of what a run wrote down: figures that it measured, and when. */
const RECORDED =
  /^(?:results?|metrics|measurements?|throughput\w*|latency\w*|elapsed\w*|duration\w*|wall_time\w*|\w+_at|timestamp|\w*tok(?:ens)?_(?:per_)?s(?:ec(?:ond)?)?|\w*(?:ttft|tpot|itl)\w*|p(?:50|90|95|99)\w*|peak_\w+|accuracy|git_(?:sha|commit)|exit_code|returncode)$/i;
/** Sections of settings that are tried one after the other, turned on by a reader, or laid over others by a tool. */
const VARIATION =
  /(?:^|[-_])(?:overrides?|search_space|sweep|sweeps|grid|ablations?|optional|opt_in|features?|examples?|alternatives?|baseline|expected|schema|properties|definitions|benchmarks?|sampling\w*|generation\w*|inference_params|client\w*|dataset\w*|request\w*)$/i;
/** Keys whose text is for people. */
const PROSE =
  /^(?:asserts?|descriptions?|desc|guide|readme|notes?|title|summary|text|messages?|prompts?|help|docs?|documentation|comments?|label|questions?|answers?|instructions?|changelog|examples?|usage|output|stdout|stderr|logs?|expected\w*|regex|patterns?|match|query|expr|reason|error|caption|body|hint|tooltip|about|details?|markdown|html|hypothesis|rationale|warnings?|cells?|source|conclusion|findings?)$/i;

/** Keys of a measurement that runs a model by itself, without a server. */
const OFFLINE =
  /^(?:num[-_](?:prompts|iters|iters[-_]warmup|requests|samples)|input[-_]len|output[-_]len|random[-_](?:input|output)[-_]len|dataset[-_](?:name|path)|request[-_]rate|max[-_]concurrency)$/;

/** Whether settings at a spot belong to a training, a measurement or a pipeline, or are what a run recorded. */
export function isNoLaunch({ parents, value, path }: Spot): boolean {
  if (path.some((key) => TRAINING.test(key) || VARIATION.test(key))) return true;
  const around = value.kind === 'mapping' ? [value, ...parents] : parents;
  if (value.kind === 'mapping' && value.entries.some(({ key }) => OFFLINE.test(key))) return true;
  return around.some(isElsewhere);
}

function isElsewhere(mapping: Mapping): boolean {
  const known = elsewhere.get(mapping);
  if (known !== undefined) return known;
  const found =
    mapping.entries.some(({ key, value }) => TRAINING.test(key) || isRecorded(key, value)) ||
    isOfAnother(mapping) ||
    isPipeline(mapping);
  elsewhere.set(mapping, found);
  return found;
}

/** What stands around many spots is looked at once. */
const elsewhere = new WeakMap<Mapping, boolean>();

/** A pipeline of GitHub's or GitLab's: what it starts are commands, and its other keys are inputs of somebody else's. */
function isPipeline(mapping: Mapping): boolean {
  const has = (name: string): boolean => mapping.entries.some(({ key }) => key === name);
  // A suite of tests over a chart: what it expects, and with which values.
  if (has('asserts')) return true;
  return (has('jobs') && (has('on') || has('true'))) || (has('runs') && has('inputs')) || has('stages');
}

/** A figure that was measured; a section of the same name only says what is to be measured. */
function isRecorded(key: string, value: YamlValue): boolean {
  if (!RECORDED.test(key)) return false;
  // How long a run is to be stands in whole seconds; how long it was, in parts of them.
  if (/^duration/i.test(key) && value.kind === 'scalar' && Number.isInteger(value.value)) return false;
  if (value.kind === 'scalar') return typeof value.value === 'number' || /^\d{4}-\d\d-\d\d[T ]\d/.test(value.text.text);
  if (value.kind === 'sequence') return value.items.some((item) => item.kind === 'mapping');
  return value.entries.some(({ value: inner }) => inner.kind === 'scalar' && typeof inner.value === 'number');
}

/** Hydra's `_target_`: the class that a mapping makes. */
function isOfAnother(mapping: Mapping): boolean {
  const target = textOf(at(mapping, '_target_'));
  return target !== null && !/LLM|Engine|server/i.test(target);
}

/** Whether a text is meant for people or for a comparison: by its key, or because it is written as a document. */
export function isProse({ path, value }: Spot): boolean {
  // Parts of commands that others are made of (llama-swap's `macros`) start nothing by themselves.
  if (path.some((key) => PROSE.test(key) || key === 'macros')) return true;
  return value.kind === 'scalar' && /^ {0,3}(?:```|#{2,6} |\|[^|\n]{0,200}\|)/m.test(value.text.text);
}

/** Commands and names by which a job shows that it tests something. */
const TESTS = /\b(?:py)?tests?\b|\bunittest\b|\bcoverage\b|\btox\b|\bnox\b/i;
const RUNS_TESTS =
  /\bpytest\b|\bpython3? -m (?:pytest|unittest)\b|\b(?:npm|pnpm|yarn|cargo|go|make|bun|deno|uv run)(?: run)? test\b|[\w/-]*\btests?\b[\w/.-]*\.(?:sh|py|js|ts)\b/i;

/**
 * Whether a server is started for the tests of a pipeline: another step of its job tests something, or its own step goes on to
 * run tests. Such a server is a fixture, and the pipeline itself says whether it starts.
 */
export function isFixture({ parents, value }: Spot): boolean {
  const job = parents.findIndex((mapping) => mapping.entries.some(({ key }) => key === 'steps' || key === 'script'));
  const home = parents[job];
  if (home === undefined) return false;
  if (RUNS_TESTS.test(textOf(value) ?? '')) return true;
  const own = parents[0];
  const steps = at(home, 'steps') ?? at(home, 'script');
  return (
    steps?.kind === 'sequence' && steps.items.some((step) => step !== own && step !== value && speaksOfTests(step))
  );
}

function speaksOfTests(step: YamlValue): boolean {
  if (step.kind === 'scalar') return RUNS_TESTS.test(step.text.text);
  const name = entriesIn(step).find(({ key }) => key === 'name' || key === 'label');
  if (name && TESTS.test(textOf(name.value) ?? '')) return true;
  return entriesIn(step).some(
    ({ key, value }) => /^(?:run|script|command|commands|bash)$/.test(key) && RUNS_TESTS.test(textOf(value) ?? ''),
  );
}
