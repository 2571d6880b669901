import { describe, expect, it } from 'vitest';
import { applyEdits } from '../../src/edit.ts';
import { engines } from '../../src/engines/index.ts';
import { editArgument, extractAll } from '../../src/formats/index.ts';

const BASE = `apiVersion: apps/v1
kind: Deployment
metadata: {name: vllm}
spec:
  template:
    spec:
      containers:
        - name: server
          image: vllm/vllm-openai:v0.11.0
          args: ["--model=$(MODEL_ID)", "--max-model-len=4096"]
          env:
            - name: MODEL_ID
              valueFrom: {configMapKeyRef: {name: runtime, key: MODEL_ID}}
          resources: {limits: {nvidia.com/gpu: 1}}
`;

/** What is read in one file of a repository. */
function read(path: string, files: Readonly<Record<string, string>>) {
  const get = (one: string) => (files[one] === undefined ? null : { path: one, text: files[one] });
  const file = get(path);
  const context = { engines, read: get };
  return { ...extractAll(file ? [file] : [], context), context, file };
}

const kustomization = (more: string): string =>
  `apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources: [../base]\n${more}`;
const base = { 'base/kustomization.yaml': 'resources:\n- deployment.yaml\n', 'base/deployment.yaml': BASE };

describe('a kustomization', () => {
  it('merges an inline patch into its base, and edits what the patch says', () => {
    const text = kustomization(`patches:
- patch: |-
    apiVersion: apps/v1
    kind: Deployment
    metadata:
      name: vllm
    spec:
      template:
        spec:
          containers:
          - name: server
            args:
            - --model=org/name
            - --max-model-len=8192
            resources:
              limits:
                nvidia.com/gpu: 4
`);
    const path = 'prod/kustomization.yaml';
    const { deployments, context, file } = read(path, { ...base, [path]: text });
    expect(deployments).toHaveLength(1);
    const [found] = deployments;
    expect(found).toMatchObject({ file: path, line: 16, model: { value: 'org/name' }, engine: { version: '0.11.0' } });
    expect(found?.gpuRequest.count).toMatchObject({ value: 4, place: { file: path, line: 20 } });
    const edits = found && file && editArgument(found, 'max_model_len', 2048, context, new Map([[path, file]]));
    expect(edits && !('reason' in edits) && applyEdits(text, edits)).toBe(text.replace('8192', '2048'));
  });

  it('applies a JSON patch', () => {
    const path = 'prod/kustomization.yaml';
    const text = kustomization(`patches:
- target: {kind: Deployment, name: vllm}
  patch: |
    - op: add
      path: /spec/template/spec/containers/0/args/-
      value: --max-num-seqs=16
    - op: replace
      path: /spec/template/spec/containers/0/args/0
      value: --model=org/other
`);
    const [found] = read(path, { ...base, [path]: text }).deployments;
    expect(found).toMatchObject({ file: path, model: { value: 'org/other', place: { file: path, line: 12 } } });
    expect(found?.arguments.get('max_num_seqs')).toMatchObject({ value: 16, place: { file: path, line: 9 } });
    expect(found?.arguments.get('max_model_len')).toMatchObject({
      value: 4096,
      place: { file: 'base/deployment.yaml' },
    });
  });

  it('generates the ConfigMap that its base reads', () => {
    const path = 'prod/kustomization.yaml';
    const text = kustomization('configMapGenerator:\n- name: runtime\n  literals:\n  - MODEL_ID=org/generated\n');
    const [found] = read(path, { ...base, [path]: text }).deployments;
    expect(found).toMatchObject({ file: path, model: { value: 'org/generated', place: { file: path, line: 7 } } });
  });

  it('says that the base of a patch with engine arguments is not there', () => {
    const path = 'prod/kustomization.yaml';
    const text = kustomization(`patches:
- target: {kind: Deployment}
  patch: |
    - op: add
      path: /spec/template/spec/containers/0/args/-
      value: --max-num-seqs=16
`);
    const { deployments, unsupported } = read(path, { [path]: text });
    expect(deployments).toEqual([]);
    expect(unsupported).toMatchObject([
      { reason: 'A patch holds engine arguments, and ../base is not in the repository.', place: { file: path } },
    ]);
  });
});

it('a serving runtime is patched as a workload is', () => {
  const runtime = `apiVersion: serving.kserve.io/v1alpha1
kind: ServingRuntime
metadata: {name: vllm}
spec:
  containers:
    - name: kserve-container
      image: vllm/vllm-openai:v0.11.0
      args: [--model=/mnt/models, --max-model-len, "32768"]
`;
  const path = 'prod/kustomization.yaml';
  const text = kustomization(`patches:
- target: {kind: ServingRuntime, name: vllm}
  patch: |-
    - op: replace
      path: /spec/containers/0/args/2
      value: '4096'
`);
  const files = {
    'base/kustomization.yaml': 'resources: [runtime.yaml]\n',
    'base/runtime.yaml': runtime,
    [path]: text,
  };
  const { deployments, context, file } = read(path, files);
  const [found] = deployments;
  expect(found?.arguments.get('max_model_len')).toMatchObject({ value: 4096, place: { file: path, line: 9 } });
  const edits = found && file && editArgument(found, 'max_model_len', 2048, context, new Map([[path, file]]));
  expect(edits && !('reason' in edits) && applyEdits(text, edits)).toBe(text.replace('4096', '2048'));
});

it('a patch file is read with the base of the kustomization beside it', () => {
  const patch = `apiVersion: apps/v1
kind: Deployment
metadata: {name: vllm}
spec:
  template:
    spec:
      containers:
        - name: server
          resources: {limits: {nvidia.com/gpu: 2}}
`;
  const files = {
    ...base,
    'prod/kustomization.yaml': kustomization('patches:\n- path: gpus.yaml\n'),
    'prod/gpus.yaml': patch,
  };
  const [found] = read('prod/gpus.yaml', files).deployments;
  expect(found).toMatchObject({ file: 'prod/gpus.yaml', format: 'kustomize' });
  expect(found?.gpuRequest.count?.value).toBe(2);
  expect(found?.arguments.get('max_model_len')?.value).toBe(4096);
  expect(read('prod/kustomization.yaml', files).deployments).toEqual([]);
});

it('a component patches what its kustomization has', () => {
  const component = `apiVersion: kustomize.config.k8s.io/v1alpha1
kind: Component
patches:
- target: {kind: Deployment, name: vllm}
  patch: |
    - op: add
      path: /spec/template/spec/containers/0/args/-
      value: --enforce-eager
`;
  const path = 'prod/kustomization.yaml';
  const text = kustomization(`components: [../eager]
configMapGenerator:
- name: runtime
  literals: [MODEL_ID=org/generated]
`);
  const [found] = read(path, { ...base, 'eager/kustomization.yaml': component, [path]: text }).deployments;
  expect(found?.arguments.get('enforce_eager')?.value).toBe(true);
});

it('kustomizations that hold each other end', () => {
  const path = 'a/kustomization.yaml';
  const files = {
    [path]: kustomization('components: [../base]'),
    'base/kustomization.yaml': 'resources: [../a]\npatches: []\n',
  };
  expect(read(path, files).deployments).toEqual([]);
});

it('an image that a kustomization replaces says the version', () => {
  const path = 'prod/kustomization.yaml';
  const text = kustomization(
    'images:\n- name: vllm/vllm-openai\n  newName: registry.example.com/vllm-openai\n  newTag: v0.11.2\n',
  );
  const [found] = read(path, { ...base, [path]: text }).deployments;
  expect(found?.engine).toMatchObject({
    version: '0.11.2',
    versionSource: 'image registry.example.com/vllm-openai:v0.11.2',
    versionPlace: { file: path, line: 7 },
  });
  expect(found?.arguments.get('max_model_len')?.value).toBe(4096);
});

// kustomize: replacements, fieldPath with a delimiter
it('a replacement puts what a ConfigMap says into an argument', () => {
  const path = 'prod/kustomization.yaml';
  const text = kustomization(`configMapGenerator:
- name: settings
  literals: [LENGTH=2048]
replacements:
- source: {kind: ConfigMap, name: settings, fieldPath: data.LENGTH}
  targets:
  - select: {kind: Deployment}
    fieldPaths: ["spec.template.spec.containers.[name=server].args.1"]
    options: {delimiter: "=", index: 1}
`);
  const [found] = read(path, { ...base, [path]: text }).deployments;
  expect(found?.arguments.get('max_model_len')).toMatchObject({ value: 2048, place: { file: path, line: 6 } });
});

it('a chart that a kustomization inflates is read with the values that it gives', () => {
  const path = 'prod/kustomization.yaml';
  const text = `apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
helmCharts:
- name: vllm
  valuesFile: values.yaml
  valuesInline:
    maxModelLen: 2048
`;
  const values = 'image: vllm/vllm-openai:v0.10.0\nmodel: org/name\nmaxModelLen: 4096\ngpuMemoryUtilization: 0.9\n';
  const [found] = read(path, { [path]: text, 'prod/values.yaml': values }).deployments;
  expect(found).toMatchObject({
    file: path,
    line: 7,
    model: { value: 'org/name', place: { file: 'prod/values.yaml' } },
  });
  expect(found?.arguments.get('max_model_len')).toMatchObject({ value: 2048, place: { file: path, line: 7 } });
});

it.each([
  ['name: "(vllm|sglang)"', true],
  ['name: vl.*m', true],
  ['name: vl', false],
  ['kind: Deploy.*', true],
  ['labelSelector: "tier=gpu,app==chat"', true],
  ['labelSelector: "tier=cpu"', false],
  ['labelSelector: "tier in (gpu)"', false],
])('a target with %s selects: %s', (target, isSelected) => {
  const path = 'prod/kustomization.yaml';
  const text = kustomization(`patches:
- target: {${target}}
  patch: |
    - {op: add, path: /spec/template/spec/containers/0/args/-, value: --max-num-seqs=16}
`);
  const labelled = BASE.replace('{name: vllm}', '{name: vllm, labels: {tier: gpu, app: chat}}');
  const { deployments } = read(path, { ...base, 'base/deployment.yaml': labelled, [path]: text });
  expect(deployments.map((one) => one.arguments.get('max_num_seqs')?.value)).toEqual(isSelected ? [16] : []);
});
