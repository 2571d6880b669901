import type { Deployment } from '../../deployment.ts';
import type { Engine } from '../../engines/engine.ts';
import { placeOfMapped } from '../../syntax/mapped-text.ts';
import { at, readYaml, textOf, type YamlValue } from '../../syntax/yaml.ts';
import type { SourceFile } from '../../text.ts';
import { editDeployment } from '../edit.ts';
import type { Extraction, Format, FormatContext } from '../format.ts';
import { settingsDeployment } from '../settings.ts';
import { settingOf } from '../vllm-config/index.ts';
import { folderOf, inFolder } from '../../paths.ts';

const ID = 'triton';

/** `model.json` of Triton's vLLM backend: keyword arguments of the engine, and nothing else. */
export const triton: Format = {
  id: ID,
  title: 'Triton’s vLLM backend',
  detect: ({ text }) => /^\s*\{/.test(text) && /"model"\s*:\s*"/.test(text),
  extract,
  edit: editDeployment,
};

/** Triton's own key for adapters beside the model (vllm_backend, docs/llama_multi_lora_tutorial.md). */
const OWN = /^(?:REPORT_CUSTOM_METRICS|multi_lora)$/;
/** Keys that no other program has beside a model. */
const DECISIVE =
  /^(?:gpu_memory_utilization|max_model_len|max_num_seqs|max_num_batched_tokens|tensor_parallel_size|pipeline_parallel_size|enforce_eager|kv_cache_dtype|speculative_model|speculative_config|swap_space|enable_chunked_prefill|enable_prefix_caching)$/;
/** Keys that requests to a server have beside a model: a config of Triton holds none of them. */
const REQUEST = /^(?:prompt|messages|temperature|top_p|stream|max_tokens|input|inputs|n|stop)$/;

function extract(file: SourceFile, { engines, read }: FormatContext): Extraction | null {
  const [engine] = engines.filter(({ knowsArgument }) => knowsArgument('gpu_memory_utilization'));
  const yaml = readYaml(file);
  const [document, ...more] = 'reason' in yaml ? [] : yaml.documents;
  if (!engine || document?.kind !== 'mapping' || more.length > 0) return null;
  const config = read(configBeside(file.path));
  // Beside a config the backend is said; without one, every key must be the engine's own.
  const said = config === null ? null : (/^\s*backend\s*:\s*"([^"]{1,60})"/m.exec(config.text)?.[1] ?? '');
  if (said !== null && said !== 'vllm') return null;
  const found = deploymentOf(document, file, engine, config, said !== null);
  return found ? { deployments: [found], unsupported: [] } : null;
}

/** `NAME/1/model.json` stands below `NAME/config.pbtxt`. */
function configBeside(path: string): string {
  const repository = folderOf(folderOf(path));
  return inFolder(repository, 'config.pbtxt');
}

function deploymentOf(
  document: Extract<YamlValue, { kind: 'mapping' }>,
  file: SourceFile,
  engine: Engine,
  config: SourceFile | null,
  certain: boolean,
): Deployment | null {
  const { entries } = document;
  const model = at(document, 'model');
  const known = entries.filter(({ key }) => engine.knowsArgument(key) && !key.includes('-'));
  const isForeign = entries.some(({ key }) => REQUEST.test(key) || (!engine.knowsArgument(key) && !OWN.test(key)));
  const decisive = known.some(({ key }) => DECISIVE.test(key));
  if (model?.kind !== 'scalar' || textOf(model) === null) return null;
  if (!certain && (isForeign || !decisive)) return null;
  const name = file.path.split('/').at(-3) ?? textOf(model) ?? 'model';
  const deployment = settingsDeployment({
    file,
    format: ID,
    name,
    line: placeOfMapped(model.text).line,
    engine,
    settings: known.map(settingOf),
    entries: known,
    strict: false,
    mapping: document,
    model: { value: model.text.text, place: placeOfMapped(model.text) },
    foreign: [],
  });
  return { ...deployment, unresolved: [...deployment.unresolved, ...instances(config, deployment)] };
}

/** Several instances are several engines on the same GPUs. */
function instances(config: SourceFile | null, { model }: Deployment): Deployment['unresolved'] {
  const [, count] = /\binstance_group\b[\s\S]{0,400}?\bcount\s*:\s*(\d{1,3})/.exec(config?.text ?? '') ?? [];
  if (count === undefined || Number(count) <= 1 || !model) return [];
  const reason = `config.pbtxt asks for ${count} instances, each an engine of its own on the same GPU`;
  return [{ name: 'gpu_memory_utilization', text: `instance_group count ${count}`, reason, place: model.place }];
}
