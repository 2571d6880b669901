import { describe, expect, it } from 'vitest';
import { applyEdits } from '../../src/edit.ts';
import { engines } from '../../src/engines/index.ts';
import { editArgument, extractAll } from '../../src/formats/index.ts';
import { readText } from './reading.ts';

/** The launches of one file of a repository, as `FILE:LINE` behind every argument. */
function read(path: string, files: Readonly<Record<string, string>>) {
  const fileAt = (one: string) => (files[one] === undefined ? null : { path: one, text: files[one] });
  const context = { engines, read: fileAt };
  return { context, fileAt, ...extractAll([{ path, text: files[path] ?? '' }], context) };
}

const TEMPLATE = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ include "chat.fullname" . }}
spec:
  template:
    spec:
      {{- with .Values.nodeSelector }}
      nodeSelector:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      containers:
        - name: vllm
          image: "{{ .Values.image.repository }}:{{ .Values.image.tag }}"
          {{- if .Values.command }}
          command:
            {{- range .Values.command }}
            - {{ . | quote }}
            {{- end }}
          {{- end }}
          args:
            - --model
            - {{ .Values.model | quote }}
            {{- range .Values.extraArgs }}
            - {{ . | quote }}
            {{- end }}
          env: {{ toYaml .Values.env | nindent 12 }}
          resources:
            {{- toYaml .Values.resources | nindent 12 }}
`;
const VALUES = `image: { repository: vllm/vllm-openai, tag: v0.11.0 }
model: Qwen/Qwen3-8B
nodeSelector:
  nvidia.com/gpu.product: NVIDIA-L40S
extraArgs:
  - --max-model-len
  # half of what it could
  - "8192"
env:
  - name: VLLM_USE_V1
    value: "1"
resources:
  limits:
    nvidia.com/gpu: 2
`;
const CHART = { 'c/Chart.yaml': 'name: c\n', 'c/values.yaml': VALUES, 'c/templates/a.yaml': TEMPLATE };

describe('a template of a chart with its values', () => {
  const { deployments } = read('c/templates/a.yaml', CHART);
  const [deployment] = deployments;

  it('has the sections that it takes whole, at their places in the values', () => {
    expect(deployments).toHaveLength(1);
    expect(deployment?.gpuRequest).toMatchObject({
      name: { value: 'NVIDIA-L40S', place: { file: 'c/values.yaml', line: 4 } },
      count: { value: 2, place: { file: 'c/values.yaml', line: 14 } },
    });
    expect(deployment?.environment.get('VLLM_USE_V1')).toMatchObject({ value: '1', place: { line: 11 } });
  });

  it('has the items of a list that it loops over, and no command where the values have none', () => {
    expect(deployment?.model?.value).toBe('Qwen/Qwen3-8B');
    expect(deployment?.arguments.get('max_model_len')).toMatchObject({
      value: 8192,
      place: { file: 'c/values.yaml', line: 8 },
    });
    expect(deployment?.unresolved).toEqual([]);
  });

  it('changes such an item where it is written, also where the values are the same launch by themselves', () => {
    const changed = (chart: Readonly<Record<string, string>>) => {
      const { deployments: found, context, fileAt } = read('c/templates/a.yaml', chart);
      const [launch] = found;
      if (!launch) throw new Error('no launch');
      const files = new Map(
        Object.keys(chart).flatMap((path) => {
          const file = fileAt(path);
          return file ? [[path, file] as const] : [];
        }),
      );
      return editArgument(launch, 'max_model_len', 4096, context, files);
    };
    const named = TEMPLATE.replace(/image: ".*"/, 'image: vllm/vllm-openai:v0.11.0')
      .replace('extraArgs', 'more')
      .replace('.model', '.chat');
    const bare = VALUES.replace(/^image.*\nmodel/, 'chat').replace('extraArgs', 'more');
    const edits = changed({ ...CHART, 'c/templates/a.yaml': named, 'c/values.yaml': bare });
    if ('reason' in edits) throw new Error(edits.reason);
    expect(applyEdits(bare, edits)).toBe(bare.replace('"8192"', '"4096"'));
    const again = changed(CHART);
    if ('reason' in again) throw new Error(again.reason);
    expect(applyEdits(VALUES, again)).toBe(VALUES.replace('"8192"', '"4096"'));
  });
});

describe('a file of values beside those of its chart', () => {
  const over =
    'vllm:\n  enabled: true\n  image: { repository: vllm/vllm-openai, tag: v0.11.0 }\n  extraCmdArgs: ["--max-model-len", "4096"]\n';
  const base = 'vllm:\n  enabled: false\n  LLM_MODEL_ID: Qwen/Qwen3-8B\n';
  const files = { 'c/Chart.yaml': 'name: c\n', 'c/values.yaml': base, 'c/gpu-values.yaml': over };

  it('is read over them', () => {
    const [found, ...more] = read('c/gpu-values.yaml', files).deployments;
    expect(more).toEqual([]);
    expect(found).toMatchObject({ file: 'c/gpu-values.yaml', model: { value: 'Qwen/Qwen3-8B' } });
    expect(found?.model?.place).toMatchObject({ file: 'c/values.yaml', line: 3 });
    expect(found?.arguments.get('max_model_len')).toMatchObject({ value: 4096, place: { file: 'c/gpu-values.yaml' } });
  });

  it('launches nothing that it says nothing of', () => {
    const quiet = {
      ...files,
      'c/values.yaml': over + base.split('\n')[2],
      'c/gpu-values.yaml': 'replicas: 2\nimage: { repository: vllm-router }\n',
    };
    expect(read('c/gpu-values.yaml', quiet).deployments).toEqual([]);
  });

  it('is read alone where no chart is beside it', () => {
    const { 'c/Chart.yaml': _chart, ...alone } = files;
    expect(read('c/gpu-values.yaml', alone).deployments.map(({ model }) => model)).toEqual([null]);
  });
});

// kustomize: replacements; brackets hold a key with dots, as in `metadata.annotations.[a.b/c]`
it('a replacement finds a key with dots in brackets', () => {
  const files = {
    'a/kustomization.yaml': `resources: [pod.yaml]
configMapGenerator:
- name: settings
  literals: [type=g6e.12xlarge]
replacements:
- source: { kind: ConfigMap, name: settings, fieldPath: data.type }
  targets:
  - select: { kind: Pod }
    fieldPaths: ["spec.nodeSelector.[node.kubernetes.io/instance-type]"]
`,
    'a/pod.yaml': `apiVersion: v1
kind: Pod
metadata: { name: p }
spec:
  nodeSelector: { node.kubernetes.io/instance-type: TYPE }
  containers:
    - { name: c, image: "vllm/vllm-openai:v0.11.0", args: [--model, Qwen/Qwen3-8B] }
`,
  };
  const [found] = read('a/kustomization.yaml', files).deployments;
  expect(found?.gpuRequest.name?.value).toBe('g6e.12xlarge');
});

it('GPUs stand in the section of the one container that has some', () => {
  const text = `image: { repository: vllm/vllm-openai, tag: v0.11.0 }
model: Qwen/Qwen3-8B
extraArgs: [--max-model-len=4096]
resources:
  vllm: { limits: { nvidia.com/gpu: 2 } }
  status: { limits: { cpu: 1 } }
`;
  const [found] = read('values.yaml', { 'values.yaml': text }).deployments;
  expect(found?.gpuRequest.count).toMatchObject({ value: 2, place: { line: 5 } });
});

// As in coreweave/reference-architecture (inference/basic): one chart, deployed as a Deployment or in groups.
describe('an engine that several pods serve together', () => {
  const nodes = (section: string): (number | undefined)[] => {
    const text = `vllm:
  image: {repository: vllm/vllm-openai, tag: v0.11.0}
  model: org/name
  extraArgs: [--pipeline-parallel-size=2]
  resources: {limits: {nvidia.com/gpu: 1}}
${section.replace(/^/gm, '  ')}
`;
    return readText('values.yaml', text).deployments.map(({ gpuRequest }) => gpuRequest.nodes);
  };

  it.each([
    ['workload:\n  type: leaderWorkerSet\n  leaderWorkerSet: {groups: 3, groupSize: 2}', 2],
    ['lws: {enabled: true, size: 4}', 4],
    ['multiNode: {enabled: true, nodes: 2}', 2],
  ])('%s', (section, expected) => {
    expect(nodes(section)).toEqual([expected]);
  });

  it.each([
    ['workload:\n  type: deployment\n  leaderWorkerSet: {groups: 3, groupSize: 2}'],
    ['lws: {enabled: false, size: 4}'],
    ['lws: {size: 4}'],
  ])('takes no section that is not in effect: %s', (section) => {
    expect(nodes(section)).toEqual([1]);
  });
});

// As in AI-Hypercomputer/gpu-recipes (inference/a3mega): whoever installs the chart names the image.
describe('values with a section that is called after an engine', () => {
  const values = (section: string): string => `model:
  name: org/name
  tp_size: 8
  pp_size: 2
job:
  image: {repository: , tag: }
  gpus: 8
${section}`;
  const found = (text: string) =>
    readText('values.yaml', text).deployments.map(({ engine, model, gpuRequest, arguments: args }) => [
      engine.id,
      model?.value,
      gpuRequest.count?.value,
      Object.fromEntries([...args.values()].map(({ name, value, place }) => [name, `${value} ${place.line}`])),
    ]);

  it('reads the arguments and the sizes beside the model', () => {
    expect(found(values('vllm:\n  serverArgs:\n    max-model-len: 32768\n'))).toEqual([
      [
        'vllm',
        'org/name',
        8,
        { tensor_parallel_size: '8 3', pipeline_parallel_size: '2 4', max_model_len: '32768 10' },
      ],
    ]);
    expect(found(values('sglang:\n  serverArgs: {kv-cache-dtype: fp8_e5m2}\n'))).toEqual([
      ['sglang', 'org/name', 8, { tp_size: '8 3', pp_size: '2 4', kv_cache_dtype: 'fp8_e5m2 9' }],
    ]);
  });

  it.each([
    ['vllm:\n  service: {port: 8000}\n'],
    ['vllm:\n  serverArgs: {log-level: debug}\n'],
    ['proxy:\n  serverArgs: {max-model-len: 32768}\n'],
  ])('takes nothing else for an engine: %s', (section) => {
    expect(found(values(section))).toEqual([]);
  });
});
