import { describe, expect, it } from 'vitest';
import { applyEdits } from '../../src/edit.ts';
import { engines } from '../../src/engines/index.ts';
import { editArgument, extractAll } from '../../src/formats/index.ts';
import { contextOf, type Files, noted, readText } from './reading.ts';

const IMAGE = 'image:\n  repository: vllm/vllm-openai\n  tag: v0.11.0\n';

describe('a value that takes others of its file', () => {
  const values = `${IMAGE}vllm:
  model: org/name
  length: 8192
  args:
    - --model={{ .Values.vllm.model }}
    - --max-model-len={{ .Values.vllm.length | quote }}
    - --max-num-seqs={{ .Values.missing }}
    - --served-model-name={{ .Release.Name }}
`;

  it('is read with them, and the rest is open', () => {
    const [found] = noted('values.yaml', { 'values.yaml': values });
    expect(found).toMatchObject({ model: ['org/name', 5], arguments: { max_model_len: [8192, 6] } });
    expect(found?.open.map(([name]) => name)).toEqual(['max_num_seqs', 'served_model_name']);
  });

  it('is changed where they stand', () => {
    const context = contextOf({ 'values.yaml': values });
    const file = { path: 'values.yaml', text: values };
    const [found] = extractAll([file], context).deployments;
    const edits = found && editArgument(found, 'max_model_len', 4096, context, new Map([[file.path, file]]));
    if (!edits || 'reason' in edits) throw new Error('no edit');
    expect(applyEdits(values, edits)).toBe(values.replace('8192', '4096'));
  });

  it('does not grow without end', () => {
    const levels = Array.from({ length: 30 }, (_, i) => `v${i + 1}: "${`{{ .Values.v${i} }}`.repeat(10)}"`).join('\n');
    const start = performance.now();
    readText('values.yaml', `${IMAGE}v0: "${'a'.repeat(1_000)}"\n${levels}\nargs: ["--model={{ .Values.v30 }}"]\n`);
    expect(performance.now() - start).toBeLessThan(5_000);
  });
});

it('the subcommand of an image that starts the program is no model', () => {
  const [found] = noted('values.yaml', { 'values.yaml': `${IMAGE}args: [serve, org/name, --max-model-len, "4096"]\n` });
  expect(found).toMatchObject({ model: ['org/name', 4], arguments: { max_model_len: [4096, 4] } });
});

it('the image of a NIM names its model, not what clients call it', () => {
  const values =
    'image: {repository: nvcr.io/nim/meta/llama3-8b-instruct, tag: 1.0.0}\nmodel: {name: my-model}\nresources: {limits: {nvidia.com/gpu: 1}}\n';
  const [found] = readText('values.yaml', values).deployments;
  expect(found).toMatchObject({ engine: { id: 'nim' }, model: { value: 'meta/llama3-8b-instruct' } });
});

it('variables that an engine reads are a launch where the chart brings the image', () => {
  const values = `base: /models
extraEnvVars:
  - {name: LLAMA_ARG_MODEL, value: "{{ .Values.base }}/a.gguf"}
  - {name: LLAMA_ARG_CTX_SIZE, value: "16384"}
args: [--parallel, "2"]
`;
  const [found] = noted('values.yaml', { 'values.yaml': values });
  expect(found).toMatchObject({
    model: ['/models/a.gguf', expect.anything()],
    arguments: { ctx_size: [16384, 4], parallel: [2, 5] },
  });
});

it('a file of a model and an engine’s keys below are a launch', () => {
  const values = `engines:
  - name: chat
    modelFile: /models/a.gguf
    resources: {limits: {nvidia.com/gpu: "1"}}
    llama: {ctxSize: 8192, nGpuLayers: 99}
`;
  const [found] = noted('values.yaml', { 'values.yaml': values });
  expect(found).toMatchObject({
    model: ['/models/a.gguf', 3],
    arguments: { ctx_size: [8192, 5], n_gpu_layers: [99, 5] },
    gpus: [null, 1],
  });
});

it('a model of KubeAI gets what its engine reads from its variables', () => {
  const model = `apiVersion: kubeai.org/v1
kind: Model
metadata: {name: chat}
spec:
  url: ollama://gemma3:12b
  engine: OLlama
  env: {OLLAMA_CONTEXT_LENGTH: "32768"}
  resourceProfile: nvidia-gpu-t4:1
`;
  const [found] = noted('model.yaml', { 'model.yaml': model });
  expect(found?.arguments).toEqual({ context_length: [32768, 7] });
});

it('a runtime of vLLM’s production stack counts its GPUs under its own key', () => {
  const runtime = `apiVersion: production-stack.vllm.ai/v1alpha1
kind: VLLMRuntime
metadata: {name: chat}
spec:
  tensorParallelSize: 2
  gpuMemoryUtilization: "0.9"
  model: {modelURL: org/name, maxModelLen: 4096}
  resources: {cpu: "10", gpu: "2"}
`;
  expect(noted('a.yaml', { 'a.yaml': runtime })[0]?.gpus).toEqual([null, 2]);
});

describe('a chart whose template leaves its arguments to a named template', () => {
  const template = `apiVersion: apps/v1
kind: Deployment
metadata: {name: chat}
spec:
  template:
    spec:
      containers:
        - name: vllm
          image: "{{ .Values.image.repository }}:{{ .Values.image.tag }}"
          args:
            {{- include "chat.args" . | nindent 12 }}
`;
  const values = `${IMAGE}model: org/name\nmaxModelLen: 4096\nresources: {limits: {nvidia.com/gpu: 1}}\n`;
  const files: Files = {
    'c/Chart.yaml': 'name: c\n',
    'c/values.yaml': values,
    'c/templates/a.yaml': template,
  };
  const all = Object.entries(files).map(([path, text]) => ({ path, text }));

  it('is the launch of its values alone', () => {
    const { deployments } = extractAll(all, contextOf(files));
    expect(deployments.map(({ file, model }) => [file, model?.value])).toEqual([['c/values.yaml', 'org/name']]);
  });

  it('is changed in its values', () => {
    const context = { ...contextOf(files), engines };
    const [found] = extractAll(all, context).deployments;
    const map = new Map(all.map((one) => [one.path, one]));
    const edits = found && editArgument(found, 'max_model_len', 2048, context, map);
    if (!edits || 'reason' in edits) throw new Error('no edit');
    expect(applyEdits(values, edits)).toBe(values.replace('4096', '2048'));
  });

  it('keeps two templates that say nothing: one of them is something else', () => {
    const second = { path: 'c/templates/b.yaml', text: template.replace('name: chat', 'name: embed') };
    const { deployments } = extractAll([...all, second], contextOf({ ...files, [second.path]: second.text }));
    expect(deployments.map(({ file }) => file)).toEqual(['c/templates/a.yaml', second.path, 'c/values.yaml']);
  });

  it('keeps a template that says something else', () => {
    const other = template.replace('{{- include "chat.args" . | nindent 12 }}', '- --model=org/other');
    const { deployments } = extractAll(
      all.map((one) => (one.path === 'c/templates/a.yaml' ? { ...one, text: other } : one)),
      contextOf({ ...files, 'c/templates/a.yaml': other }),
    );
    expect(deployments.map(({ model }) => model?.value)).toEqual(['org/other', 'org/name']);
  });
});

it.each([
  ['true', { enable_lora: [true, 6], max_lora_rank: [16, 7], enable_expert_parallel: [true, 10] }],
  ['false', {}],
])('sections that turn something on, with enabled: %s', (enabled, expected) => {
  const values = `${IMAGE}model: org/name
lora:
  enabled: ${enabled}
  maxRank: 16
  adapters: []
expertParallel:
  enabled: ${enabled}
ingress:
  enabled: true
`;
  expect(noted('values.yaml', { 'values.yaml': values })[0]?.arguments).toEqual(expected);
});
