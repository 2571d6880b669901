import type { Deployment } from '../../deployment.ts';
import type { Engine } from '../../engines/engine.ts';
import { placeOfMapped } from '../../syntax/mapped-text.ts';
import { readYaml, type YamlValue } from '../../syntax/yaml.ts';
import { baseName, type SourceFile } from '../../text.ts';
import { editDeployment } from '../edit.ts';
import type { Extraction, Format, FormatContext } from '../format.ts';
import { settingsParts } from '../settings-file.ts';
import { wrappedDeployment } from '../platform-launch.ts';

const ID = 'trtllm-options';

/** A file for `trtllm-serve --config` (or `--extra_llm_api_options`) and Dynamo's `--extra-engine-args`. */
export const trtllmOptions: Format = {
  id: ID,
  title: 'TensorRT-LLM option files',
  detect: ({ text }) => SIGN.test(text) && !/^\s*["']?(?:apiVersion|services|kind)["']?\s*:/m.test(text),
  extract,
  edit: editDeployment,
};

/** Keys that stand at the top of no other program's settings. */
const DECISIVE =
  /^(?:kv_cache_config|cuda_graph_config|enable_attention_dp|moe_config|disable_overlap_scheduler|cache_transceiver_config|pytorch_backend_config|enable_iter_perf_stats|moe_expert_parallel_size|use_cuda_graph|cuda_graph_padding_enabled|free_gpu_memory_fraction|attention_dp_config|torch_compile_config)$/;
const SIGN =
  /^["']?(?:kv_cache_config|cuda_graph_config|enable_attention_dp|moe_config|disable_overlap_scheduler|use_cuda_graph|cuda_graph_padding_enabled)["']?\s*:|^\s{1,4}["'](?:kv_cache_config|cuda_graph_config|enable_attention_dp)["']\s*:/m;
/** What a benchmark or a disaggregated set-up has at its top, beside or around such options. */
const NOT_SERVING =
  /^(?:benchmark|benchmarks|slurm|profile|tests?|hardware|worker_config|accuracy|dataset|train(?:er|ing)?)$/;

function extract(file: SourceFile, { engines, read }: FormatContext): Extraction | null {
  const [engine] = engines.filter(
    ({ settingsFile, knowsArgument }) => settingsFile && knowsArgument('kv_cache_config.free_gpu_memory_fraction'),
  );
  const yaml = readYaml(file);
  if (!engine || 'reason' in yaml) return null;
  const deployments = yaml.documents.flatMap((document) => deploymentOf(document, file, engine, { engines, read }));
  return deployments.length === 0 ? null : { deployments, unsupported: [] };
}

function deploymentOf(document: YamlValue, file: SourceFile, engine: Engine, context: FormatContext): Deployment[] {
  if (document.kind !== 'mapping') return [];
  const { entries } = document;
  const [first] = entries;
  const decisive = entries.filter(({ key }) => DECISIVE.test(key));
  const known = entries.filter(({ key }) => DECISIVE.test(key) || engine.knowsArgument(key));
  if (!first || decisive.length === 0 || known.length < 2 || known.length * 2 < entries.length) return [];
  if (entries.some(({ key }) => NOT_SERVING.test(key))) return [];
  const name = baseName(file.path);
  const none = { name: null, count: null, nodes: 1 };
  const deployment = wrappedDeployment(
    {
      file: file.path,
      format: ID,
      name,
      anchor: first.keyText,
      engine,
      image: null,
      environment: new Map(),
      gpuRequest: none,
      model: null,
      parts: settingsParts(document, engine),
    },
    context,
  );
  return [{ ...deployment, line: placeOfMapped(known[0]?.keyText ?? first.keyText).line }];
}
