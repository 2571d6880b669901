import { describe, expect, it } from 'vitest';
import { engines } from '../../src/engines/index.ts';
import { extractAll } from '../../src/formats/index.ts';
import type { SourceFile } from '../../src/text.ts';

/** The launches of one file of a repository: model, GPUs, arguments with files and lines; and what it cannot say. */
function read(path: string, files: Readonly<Record<string, string>>) {
  const context = {
    engines,
    read: (one: string): SourceFile | null => (files[one] === undefined ? null : { path: one, text: files[one] }),
    list: (folder: string) =>
      Object.keys(files).flatMap((one) =>
        one.startsWith(`${folder}/`) && !one.slice(folder.length + 1).includes('/')
          ? [one.slice(folder.length + 1)]
          : [],
      ),
  };
  const { deployments, unsupported } = extractAll([{ path, text: files[path] ?? '' }], context);
  return {
    launches: deployments.map(({ engine, model, gpuRequest, arguments: found, unresolved }) => ({
      engine: engine.id,
      model: model?.value ?? null,
      gpus: gpuRequest.count?.value ?? null,
      args: Object.fromEntries(
        [...found.values()].map(({ name, value, place }) => [name, `${value} ${place.file}:${place.line}`]),
      ),
      open: unresolved.map(({ name }) => name),
    })),
    said: unsupported.map(({ reason }) => reason),
  };
}

const CHART = { 'c/Chart.yaml': 'name: c\n' };

describe('keys of a chart', () => {
  it('are what its templates make of them', () => {
    const files = {
      ...CHART,
      'c/values.yaml': 'image: vllm/vllm-openai:v0.11.0\nmodel: Qwen/Qwen3-8B\ngpus: 2\nwindow: 4096\nnone: ""\n',
      'c/templates/_start.tpl':
        '{{- define "start" }}\nexec serve --tensor-parallel-size={{ .Values.gpus }} --max-num-seqs={{ .Values.none }}\n{{- end }}\n',
      'c/templates/d.yaml': 'args:\n  - --max-model-len\n  - {{ .Values.window | quote }}\n',
    };
    expect(read('c/values.yaml', files).launches).toEqual([
      {
        engine: 'vllm',
        model: 'Qwen/Qwen3-8B',
        gpus: 2,
        args: { tensor_parallel_size: '2 c/values.yaml:3', max_model_len: '4096 c/values.yaml:4' },
        open: [],
      },
    ]);
  });

  it('may be options without a value', () => {
    const values =
      'image: vllm/vllm-openai:v0.11.0\nmodel: a/b\nvllm_engine_args:\n  no-enable-prefix-caching:\n  enforce-eager:\n  max-num-seqs: 8\n';
    expect(read('v.yaml', { 'v.yaml': values }).launches[0]?.args).toEqual({
      enable_prefix_caching: 'false v.yaml:4',
      enforce_eager: 'true v.yaml:5',
      max_num_seqs: '8 v.yaml:6',
    });
  });

  it('are laid over by files further down that speak of them', () => {
    const files = {
      ...CHART,
      'c/values.yaml': 'image: vllm/vllm-openai:v0.11.0\nmodel: a/b\nengine_args: { max-num-seqs: 8 }\n',
      'c/overrides/models/big.yaml': 'model: c/d\n',
      'c/ci/other.yaml': 'unknown: 1\nthings: [1]\nmodel: e/f\n',
    };
    expect(read('c/overrides/models/big.yaml', files).launches).toMatchObject([
      { model: 'c/d', args: { max_num_seqs: '8 c/values.yaml:3' } },
    ]);
    expect(read('c/ci/other.yaml', files).launches).toEqual([]);
  });

  it('list configs by the id of their model', () => {
    const values = `image: { repository: vllm/vllm-openai, tag: v0.11.0 }
LLM_MODEL_ID: ""
modelConfigs:
  "org/small":
    extraCmdArgs: [--max-model-len, "4096"]
    tensor_parallel_size: "1"
  "org/big":
    extraCmdArgs: [--max-model-len, "8192"]
    tensor_parallel_size: "4"
`;
    expect(read('v.yaml', { 'v.yaml': values }).launches).toMatchObject([
      { model: 'org/small', args: { max_model_len: '4096 v.yaml:5', tensor_parallel_size: '1 v.yaml:6' } },
      { model: 'org/big', args: { max_model_len: '8192 v.yaml:8', tensor_parallel_size: '4 v.yaml:9' } },
    ]);
  });

  it('describe the parts of a disaggregated service', () => {
    const values = `sample:
  model: { modelArtifactURI: "hf://Qwen/Qwen3-8B", modelName: qwen }
  resources: { limits: { nvidia.com/gpu: 4 } }
  prefill: { replicas: 1, extraArgs: [--tensor-parallel-size, "4", --max-model-len, "20000"] }
  decode: { replicas: 1, extraArgs: [--tensor-parallel-size, "2", --max-model-len, "10000"] }
`;
    expect(read('v.yaml', { 'v.yaml': values }).launches).toMatchObject([
      { model: 'Qwen/Qwen3-8B', gpus: 4, args: { tensor_parallel_size: '4 v.yaml:4' } },
      { model: 'Qwen/Qwen3-8B', gpus: 4, args: { tensor_parallel_size: '2 v.yaml:5' } },
    ]);
  });

  // The image's entrypoint is `vllm serve` since 0.11.1: what stands in front of all options is the model.
  it('hold the model in front of the options', () => {
    const values =
      'app:\n  image: { repository: vllm/vllm-openai, tag: v0.25.1 }\n  args: [/models/m, --max-model-len, "4096"]\nmodel: { name: called }\n';
    expect(read('v.yaml', { 'v.yaml': values }).launches).toMatchObject([
      { model: '/models/m', args: { max_model_len: '4096 v.yaml:3' } },
    ]);
  });

  it('are an image’s only as far as no script is started in its place', () => {
    const values = (entrypoint: string) =>
      `image: rocm/vllm-dev:20250205\nenv_vars: { MODEL: "org/name-GGUF" }\nentrypoint: |\n  ${entrypoint}\n`;
    expect(read('v.yaml', { 'v.yaml': values('bash /mount/start.sh') })).toEqual({
      launches: [],
      said: [expect.stringContaining('entrypoint')],
    });
    expect(read('v.yaml', { 'v.yaml': values('vllm serve org/name --max-num-seqs 8') }).launches).toMatchObject([
      { model: 'org/name', args: { max_num_seqs: '8 v.yaml:4' } },
    ]);
  });
});

describe('a template', () => {
  it('may fill in a part of a mapping that goes on below', () => {
    const template = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: x
  labels: {{ include "c.labels" . | nindent 4 }}
    part: engine
spec:
  template:
    spec:
      containers:
        - name: {{ .Chart.Name }}
          image: vllm/vllm-openai:v0.11.0
          args: [Qwen/Qwen3-8B, --max-model-len, "4096"]
`;
    expect(read('templates/d.yaml', { 'templates/d.yaml': template }).launches).toMatchObject([
      { model: 'Qwen/Qwen3-8B', args: { max_model_len: '4096 templates/d.yaml:13' } },
    ]);
  });
});
