import { describe, expect, it } from 'vitest';
import { engines } from '../../src/engines/index.ts';
import { applyEdits } from '../../src/edit.ts';
import { editArgument, extractAll } from '../../src/formats/index.ts';

type Files = Readonly<Record<string, string>>;

const contextOf = (files: Files) => ({
  engines,
  read: (path: string) => {
    const text = files[path];
    return text === undefined ? null : { path, text };
  },
});

function noted(path: string, files: Files) {
  const at = (place: { file: string; line: number }): number | string =>
    place.file === path ? place.line : `${place.file}:${place.line}`;
  const { deployments, unsupported } = extractAll([{ path, text: files[path] ?? '' }], contextOf(files));
  expect(unsupported).toEqual([]);
  return deployments.map((one) => ({
    file: one.file,
    line: one.line,
    model: one.model && [one.model.value, at(one.model.place)],
    arguments: Object.fromEntries(
      [...one.arguments.values()].map(({ name, value, place }) => [name, [value, at(place)]]),
    ),
    version: one.engine.version,
  }));
}

const values = `image:
  repository: vllm/vllm-openai
  tag: v0.10.0
model: org/name
maxModelLen: 8192
gpuMemoryUtilization: 0.9
`;

const application = (source: string): string => `apiVersion: argoproj.io/v1alpha1
kind: Application
metadata:
  name: vllm
spec:
  source:
    repoURL: https://example.com/team/repo
${source}`;

describe('an Argo CD application', () => {
  it('lays its parameters over the files of values beside the chart', () => {
    const app = application(`    path: charts/vllm
    helm:
      valueFiles: [values.yaml]
      parameters:
      - name: maxModelLen
        value: "4096"
`);
    expect(noted('app.yaml', { 'app.yaml': app, 'charts/vllm/values.yaml': values })).toEqual([
      {
        file: 'app.yaml',
        line: 13,
        model: ['org/name', 'charts/vllm/values.yaml:4'],
        arguments: { max_model_len: [4096, 13], gpu_memory_utilization: [0.9, 'charts/vllm/values.yaml:6'] },
        version: '0.10.0',
      },
    ]);
  });

  it('sets items of lists by their number', () => {
    const app = application(`    chart: vllm-stack
    helm:
      values: |
        servingEngineSpec:
          modelSpec:
          - name: llama
            modelURL: org/name
            vllmConfig: {enablePrefixCaching: true, maxModelLen: 8192}
      parameters:
      - {name: "servingEngineSpec.modelSpec[0].vllmConfig.maxModelLen", value: "2048"}
`);
    expect(noted('app.yaml', { 'app.yaml': app })[0]).toMatchObject({
      model: ['org/name', 14],
      arguments: { max_model_len: [2048, 17] },
    });
  });

  it('may have its values in quotes', () => {
    const app = application(
      '    chart: vllm\n    helm:\n      values: "image: vllm/vllm-openai:v0.10.0\\nmodel: org/name\\nmaxModelLen: 1024\\ngpuMemoryUtilization: 0.5\\n"\n',
    );
    const [found] = noted('app.yaml', { 'app.yaml': app });
    expect(found).toMatchObject({ model: ['org/name', 10], arguments: { max_model_len: [1024, 10] } });
  });
});

it('an ApplicationSet makes an application of each element of its lists', () => {
  const set = `apiVersion: argoproj.io/v1alpha1
kind: ApplicationSet
metadata: {name: models}
spec:
  generators:
  - list:
      elements:
      - {name: a, model: org/a, length: "4096"}
      - {name: b, model: org/b, length: "8192"}
  template:
    metadata: {name: '{{name}}'}
    spec:
      source:
        chart: vllm
        helm:
          valuesObject:
            image: vllm/vllm-openai:v0.10.0
            model: '{{model}}'
            maxModelLen: '{{ .length }}'
            gpuMemoryUtilization: 0.9
`;
  expect(
    noted('set.yaml', { 'set.yaml': set }).map(({ model, arguments: found }) => [model, found['max_model_len']]),
  ).toEqual([
    [
      ['org/a', 8],
      [4096, 8],
    ],
    [
      ['org/b', 9],
      [8192, 9],
    ],
  ]);
  const context = contextOf({ 'set.yaml': set });
  const [, second] = extractAll([{ path: 'set.yaml', text: set }], context).deployments;
  const edits =
    second &&
    editArgument(second, 'max_model_len', 2048, context, new Map([['set.yaml', { path: 'set.yaml', text: set }]]));
  expect(edits && !('reason' in edits) && applyEdits(set, edits)).toBe(set.replace('8192', '2048'));
});

it('a Flux release takes values of a ConfigMap before its own', () => {
  const text = `apiVersion: v1
kind: ConfigMap
metadata: {name: vllm-values}
data:
  values.yaml: |
${values.replace(/^(?=.)/gm, '    ')}---
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: vllm}
spec:
  valuesFrom:
  - kind: ConfigMap
    name: vllm-values
  values:
    maxModelLen: 2048
`;
  expect(noted('a.yaml', { 'a.yaml': text })).toMatchObject([
    { model: ['org/name', 9], arguments: { max_model_len: [2048, 21], gpu_memory_utilization: [0.9, 11] } },
  ]);
});
