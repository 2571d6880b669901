import { describe, expect, it } from 'vitest';
import { applyEdits } from '../../src/edit.ts';
import { engines } from '../../src/engines/index.ts';
import { editArgument, extractAll } from '../../src/formats/index.ts';
import { readFile } from './reading.ts';

const runtime = `apiVersion: serving.kserve.io/v1alpha1
kind: ServingRuntime
metadata: {name: team-vllm}
spec:
  supportedModelFormats: [{name: vLLM}]
  containers:
  - name: kserve-container
    image: vllm/vllm-openai:v0.11.0
    command: [python, -m, vllm.entrypoints.openai.api_server]
    args:
    - --port=8080
    - --model=/mnt/models
    - --max-model-len=8192
`;
const service = (name: string): string => `apiVersion: serving.kserve.io/v1beta1
kind: InferenceService
metadata: {name: ${name}}
spec:
  predictor:
    model:
      modelFormat: {name: vLLM}
      runtime: team-vllm
      storageUri: hf://org/${name}
      resources: {limits: {nvidia.com/gpu: 1}}
`;
const files: Readonly<Record<string, string>> = {
  'serving/runtimes/vllm.yaml': runtime,
  'serving/models/a.yaml': service('a'),
  'serving/models/b.yaml': service('b'),
};
const context = {
  engines,
  read: (path: string) => {
    const text = files[path];
    return text === undefined ? null : { path, text };
  },
  list: (folder: string) =>
    Object.keys(files).flatMap((path) =>
      path.slice(0, path.lastIndexOf('/')) === folder ? [path.slice(path.lastIndexOf('/') + 1)] : [],
    ),
};
const fileOf = (path: string) => ({ path, text: files[path] ?? '' });

it('an InferenceService is read with the runtime that stands in another folder', () => {
  const [found] = extractAll([fileOf('serving/models/a.yaml')], context).deployments;
  expect(found?.engine.version).toBe('0.11.0');
  expect(found?.model?.value).toBe('org/a');
  expect(found?.arguments.get('max_model_len')).toMatchObject({
    value: 8192,
    place: { file: 'serving/runtimes/vllm.yaml', line: 13 },
  });
});

it('what several services take from a runtime is not changed for one of them', () => {
  const both = [fileOf('serving/models/a.yaml'), fileOf('serving/models/b.yaml')];
  const [found] = extractAll(both, context).deployments;
  const byPath = new Map(both.map((file) => [file.path, file]));
  const edits = found && editArgument(found, 'max_model_len', 4096, context, byPath);
  expect(edits && !('reason' in edits) && applyEdits(files['serving/models/a.yaml'] ?? '', edits)).toBe(
    `${service('a')}      args:\n        - "--max-model-len=4096"\n`,
  );
});

// As in rrbanda/rhoai-deploy-gitops: serving-runtime.yaml and inference-service.yaml in the folder of each model.
describe('a runtime beside the service that uses it', () => {
  const names = (path: string, more: Readonly<Record<string, string>>): string[] =>
    readFile(path, more).deployments.map(({ name }) => name);
  const beside = { 'm/runtime.yaml': runtime, 'm/service.yaml': service('a') };

  it('is read with the service, not by itself', () => {
    expect(names('m/runtime.yaml', beside)).toEqual([]);
    expect(names('m/service.yaml', beside)).toEqual(['a']);
  });

  it('is read by itself where no service beside names it', () => {
    expect(names('m/runtime.yaml', { 'm/runtime.yaml': runtime })).toEqual(['team-vllm']);
    const other = { ...beside, 'm/service.yaml': service('a').replace('runtime: team-vllm', 'runtime: team-vllm-2') };
    expect(names('m/runtime.yaml', other)).toEqual(['team-vllm']);
  });

  it('is read by itself where a service could not tell it from another of its name', () => {
    expect(names('m/runtime.yaml', { ...beside, 'm/runtime-old.yaml': runtime })).toEqual(['team-vllm']);
  });
});
