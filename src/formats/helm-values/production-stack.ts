import type { Deployment, Located } from '../../deployment.ts';
import type { Engine } from '../../engines/engine.ts';
import { placeOfMapped, writtenAs } from '../../syntax/mapped-text.ts';
import type { Word } from '../../syntax/word.ts';
import { at, entriesIn, itemsOf, textOf, type YamlValue } from '../../syntax/yaml.ts';
import { wordsOf } from '../container.ts';
import { imageOf } from '../image.ts';
import { anchorOf } from '../kubernetes/containers.ts';
import { environmentOf } from '../kubernetes/environment.ts';
import { gpusOf } from '../kubernetes/gpus.ts';
import type { LaunchContext } from '../launch.ts';
import { modelAt } from '../model-uri.ts';
import { wholeNumber } from '../whole-number.ts';
import { type NamedEntry, type Part, wrappedDeployment } from '../platform-launch.ts';
import { table } from '../../table.ts';

/** Keys of `vllmConfig` that the chart turns into options (production-stack helm/templates/deployment-vllm-multi.yaml, ray-cluster.yaml). */
const KEYS: Readonly<Record<string, string>> = table({
  enableChunkedPrefill: 'enable_chunked_prefill',
  enablePrefixCaching: 'enable_prefix_caching',
  maxModelLen: 'max_model_len',
  dtype: 'dtype',
  tensorParallelSize: 'tensor_parallel_size',
  pipelineParallelSize: 'pipeline_parallel_size',
  maxNumSeqs: 'max_num_seqs',
  maxNumBatchedTokens: 'max_num_batched_tokens',
  gpuMemoryUtilization: 'gpu_memory_utilization',
  maxLoras: 'max_loras',
});

/** The models of vLLM's production stack: `servingEngineSpec.modelSpec[]`. */
export function productionStack(
  home: YamlValue,
  format: string,
  engine: Engine,
  context: LaunchContext,
): Deployment[] | null {
  const specs = at(home, 'servingEngineSpec', 'modelSpec');
  if (!specs) return null;
  const models = specs.kind === 'mapping' ? [specs] : itemsOf(specs);
  return models.flatMap((spec) => {
    const off = textOf(at(spec, 'enabled')) === 'false';
    return spec.kind === 'mapping' && !off ? [deploymentOf(spec, format, engine, context)] : [];
  });
}

function deploymentOf(
  spec: Extract<YamlValue, { kind: 'mapping' }>,
  format: string,
  engine: Engine,
  context: LaunchContext,
): Deployment {
  const config = at(spec, 'vllmConfig');
  const model = modelAt(at(spec, 'modelURL'));
  const environment = new Map([...environmentOf(spec, new Map()), ...engineChoice(config)]);
  const settings: NamedEntry[] = entriesIn(config).flatMap((entry) => {
    const name = KEYS[entry.key];
    return name === undefined ? [] : [{ name, entry }];
  });
  const lora = spec.entries.find(({ key, value }) => key === 'enableLoRA' && textOf(value) === 'true');
  const parts: Part[] = lora
    ? [{ kind: 'settings', settings: [{ name: 'enable_lora', entry: lora }], mapping: null }]
    : [];
  const keyOf = (name: string): string | null => Object.entries(KEYS).find(([, own]) => own === name)?.[0] ?? null;
  if (config?.kind === 'mapping') {
    parts.push({ kind: 'settings', settings, mapping: config, keyOf });
    const more = at(config, 'extraArgs');
    if (more?.kind === 'sequence') {
      parts.push({ kind: 'words', words: wordsOf(more, environment), sequence: more, takesMore: true });
    } else parts.push({ kind: 'new-list', mapping: config, key: 'extraArgs' });
  }
  const { gpuRequest, device } = gpusOf(spec, nodeLabels(spec), nodesOf(spec));
  const type = at(spec, 'requestGPUType');
  const name: Located<string> | null =
    type?.kind === 'scalar' && textOf(type) !== null
      ? { value: type.text.text, place: placeOfMapped(type.text) }
      : null;
  const prefix = entriesIn(config)[0];
  return wrappedDeployment(
    {
      file: spec.file.path,
      format,
      name: textOf(at(spec, 'name')) ?? model?.text.text ?? 'modelSpec',
      anchor: anchorOf(spec),
      engine,
      image: imageOf(at(spec, 'repository'), at(spec, 'tag')),
      environment,
      gpuRequest: {
        ...gpuRequest,
        name: gpuRequest.name ?? name,
        count: gpuRequest.count ?? wholeNumber(at(spec, 'requestGPU')),
      },
      ...(device === null ? {} : { device }),
      model,
      parts,
      // The chart writes --no-enable-prefix-caching unless it is told otherwise.
      defaults: prefix ? [{ name: 'enable_prefix_caching', value: false, place: placeOfMapped(prefix.keyText) }] : [],
    },
    context,
  );
}

/** `v1: 1` and `v0: "1"` choose the engine by the environment. */
function engineChoice(config: YamlValue | null): [string, Word][] {
  const [v0, v1] = [at(config, 'v0'), at(config, 'v1')];
  if (v0?.kind === 'scalar' && textOf(v0) === '1')
    return [['VLLM_USE_V1', { text: writtenAs(v0.text, '0'), unresolved: null }]];
  return v1?.kind === 'scalar' && v1.value !== null ? [['VLLM_USE_V1', { text: v1.text, unresolved: null }]] : [];
}

/** A Ray cluster has its head beside the workers, and `replicaCount` counts the workers. */
function nodesOf(spec: YamlValue): number {
  if (textOf(at(spec, 'raySpec', 'enabled')) !== 'true') return 1;
  const workers = wholeNumber(at(spec, 'replicaCount'))?.value ?? 1;
  const head = wholeNumber(at(spec, 'raySpec', 'headNode', 'requestGPU')) ? 1 : 0;
  return Math.max(1, Math.min(10_000, workers + head));
}

/** The chart's `nodeSelectorTerms` where a pod has them. */
function nodeLabels(spec: Extract<YamlValue, { kind: 'mapping' }>): YamlValue {
  const terms = spec.entries.find(({ key }) => key === 'nodeSelectorTerms');
  if (!terms) return spec;
  const within = (key: string, value: YamlValue): YamlValue => ({ ...spec, entries: [{ ...terms, key, value }] });
  const required = within('requiredDuringSchedulingIgnoredDuringExecution', { ...spec, entries: [terms] });
  const named = { ...terms, key: 'nodeSelectorTerms' };
  return {
    ...spec,
    entries: [
      ...spec.entries.filter(({ key }) => key !== 'affinity'),
      { ...named, key: 'affinity', value: within('nodeAffinity', required) },
    ],
  };
}
