import { describe, expect, it } from 'vitest';
import { applyEdits } from '../../src/edit.ts';
import { engines } from '../../src/engines/index.ts';
import { editArgument, extractAll } from '../../src/formats/index.ts';

const context = { engines, read: () => null };
const read = (text: string) => extractAll([{ path: 'a.yaml', text }], context);

function service(model: string, more = ''): string {
  return `apiVersion: serving.kserve.io/v1beta1
kind: InferenceService
metadata:
  name: llama
spec:
  predictor:
    model:
${model.replace(/^/gm, '      ')}
${more}`;
}

const RUNTIME = `---
apiVersion: serving.kserve.io/v1alpha1
kind: ClusterServingRuntime
metadata:
  name: my-runtime
  annotations:
    opendatahub.io/runtime-version: v0.11.0
spec:
  containers:
    - name: kserve-container
      image: registry.example.com/serving@sha256:0123
      command: [python, -m, vllm.entrypoints.openai.api_server]
      args: ["--model=/mnt/models", --max-model-len=2048, --max-num-seqs=8]
  supportedModelFormats:
    - name: vLLM
`;

describe('an InferenceService', () => {
  it('puts its arguments behind those of its runtime, and the runtime is no launch of its own', () => {
    const text = service(
      'modelFormat: {name: vLLM}\nruntime: my-runtime\nstorageUri: hf://org/name:main\nargs: [--max-model-len=4096]',
      RUNTIME,
    );
    const [found, ...others] = read(text).deployments;
    expect(others).toEqual([]);
    expect(found?.model?.value).toBe('org/name');
    expect(found?.arguments.get('max_model_len')?.value).toBe(4096);
    expect(found?.arguments.get('max_num_seqs')).toMatchObject({ value: 8, source: 'command' });
    expect(found?.engine.version).toBe('0.11.0');
    expect(found?.engine.versionSource).toMatch(/^runtime-version v0\.11\.0/);
  });

  // huggingfaceserver vllm/vllm_model.py: tensor_parallel_size = torch.cuda.device_count()
  it('of the Hugging Face server takes the GPUs of its container in parallel', () => {
    const text = service(
      'modelFormat:\n  name: huggingface\nargs:\n- --model_id=org/name\n- --max_length\n- "512"\n- --tensor-parallel-size=1\nresources:\n  limits: {nvidia.com/gpu: "4"}',
    );
    const [found] = read(text).deployments;
    expect(found?.model).toMatchObject({ value: 'org/name', place: { line: 11 } });
    expect(found?.arguments.get('max_model_len')).toMatchObject({ value: 512, place: { line: 13 } });
    expect(found?.arguments.get('tensor_parallel_size')).toMatchObject({ value: 4, source: 'wrapper' });
    expect(found?.problems.map(({ code, place }) => [code, place.line])).toEqual([['ignored-argument', 14]]);
    const byPath = new Map([['a.yaml', { path: 'a.yaml', text }]]);
    expect(found && editArgument(found, 'tensor_parallel_size', 2, context, byPath)).toMatchObject({
      reason: expect.stringContaining('4 GPUs that its container asks for') as string,
    });
    const edits = found && editArgument(found, 'max_model_len', 1024, context, byPath);
    expect(edits && !('reason' in edits) && applyEdits(text, edits)).toBe(text.replace('"512"', '"1024"'));
  });

  it('without arguments gets a list of them', () => {
    const text = service('modelFormat:\n  name: huggingface\nstorageUri: hf://org/name');
    const [found] = read(text).deployments;
    const byPath = new Map([['a.yaml', { path: 'a.yaml', text }]]);
    const edits = found && editArgument(found, 'max_model_len', 1024, context, byPath);
    expect(edits && !('reason' in edits) && applyEdits(text, edits)).toBe(
      text.replace('org/name', 'org/name\n      args:\n        - "--max-model-len=1024"'),
    );
  });

  it.each([
    ['sklearn', 'modelFormat: {name: sklearn}\nstorageUri: gs://a/b'],
    ['Triton', 'modelFormat: {name: triton}\nstorageUri: gs://a/b'],
  ])('of %s is none', (_name, model) => {
    expect(read(service(model))).toEqual({ deployments: [], unsupported: [] });
  });

  it('of transformers is said', () => {
    const { deployments, unsupported } = read(
      service('modelFormat: {name: huggingface}\nargs: [--backend, huggingface]'),
    );
    expect(deployments).toEqual([]);
    expect(unsupported.map(({ reason }) => reason)).toEqual([expect.stringContaining('transformers')]);
  });

  it('of NIM is NIM’s', () => {
    const nim = 'modelFormat: {name: nvidia-nim-llama3}\nruntime: nvidia-nim-llama3-1.0.0\nstorageUri: pvc://cache/';
    const alone = read(service(nim)).deployments;
    expect(alone.map(({ engine, model }) => [engine.id, model?.value])).toEqual([['nim', 'nvidia-nim-llama3']]);
    const runtime = `---
apiVersion: serving.kserve.io/v1alpha1
kind: ClusterServingRuntime
metadata: {name: nvidia-nim-llama3-1.0.0}
spec:
  containers: [{name: kserve-container, image: "nvcr.io/nim/meta/llama3-8b-instruct:1.0.0"}]
  supportedModelFormats: [{name: nvidia-nim-llama3}]
`;
    const { deployments } = read(service(nim, runtime));
    expect(deployments.map(({ model }) => model?.value)).toEqual(['meta/llama3-8b-instruct']);
  });

  it('with a runtime of SGLang is SGLang’s', () => {
    const model =
      'modelFormat: {name: huggingface}\nruntime: kserve-sglang\nstorageUri: hf://org/name\nargs: [--tp, "2"]';
    const [found] = read(service(model)).deployments;
    expect(found?.engine.id).toBe('sglang');
    expect(found?.model?.value).toBe('org/name');
    expect(found?.arguments.get('tp_size')?.value).toBe(2);
  });
});

it('an LLMInferenceService changes the variable of leader and worker together', () => {
  const container = (value: string): string =>
    `    containers:\n      - name: main\n        env:\n          - name: VLLM_ADDITIONAL_ARGS\n            value: "${value}"\n`;
  const write = (value: string): string => `apiVersion: serving.kserve.io/v1alpha2
kind: LLMInferenceService
metadata: {name: a}
spec:
  model: {uri: hf://org/name}
  parallelism: {data: 16, dataLocal: 8}
  template:
${container(value)}  worker:
${container(value)}`;
  const text = write('--max-model-len 8192 --enforce-eager');
  const [found] = read(text).deployments;
  expect(found?.gpuRequest.nodes).toBe(2);
  const byPath = new Map([['a.yaml', { path: 'a.yaml', text }]]);
  const edits = found && editArgument(found, 'max_model_len', 4096, context, byPath);
  expect(edits && !('reason' in edits) && applyEdits(text, edits)).toBe(write('--max-model-len 4096 --enforce-eager'));
  const added = found && editArgument(found, 'max_num_seqs', 7, context, byPath);
  expect(added && !('reason' in added) && applyEdits(text, added)).toBe(
    write('--max-model-len 8192 --enforce-eager --max-num-seqs 7'),
  );
});

describe('the address of an LLMInferenceService’s model', () => {
  const uri = (text: string) =>
    read(`apiVersion: serving.kserve.io/v1alpha1
kind: LLMInferenceService
metadata: {name: chat}
spec:
  model: {uri: "${text}", name: chat}
  template: {containers: [{name: main, resources: {limits: {nvidia.com/gpu: 1}}}]}
`).deployments[0];

  it.each(['${MODEL_URI}', '$(MODEL_URI)', 's3://bucket/${MODEL}', 'oci://quay.io/models/${NAME}:1.5'])(
    '%s names no model',
    (text) => {
      const found = uri(text);
      expect(found?.model).toBeNull();
      expect(found?.unresolved.map(({ name, text: open }) => [name, open])).toEqual([['model', text]]);
    },
  );

  it.each(['s3://${BUCKET}/llama-3-8b', 'oci://${REGISTRY}/modelcar-llama-3-8b:${TAG}'])('%s names one', (text) => {
    expect(uri(text)?.model?.value).toBe(text);
  });
});

it.each(['"', "'", ''])('arguments of KServe’s own variable get more inside their quotes (%s)', (quote) => {
  const text = `apiVersion: serving.kserve.io/v1alpha1
kind: LLMInferenceService
metadata: {name: chat}
spec:
  model: {uri: "hf://org/name"}
  template:
    containers:
      - name: main
        env:
          - name: VLLM_ADDITIONAL_ARGS
            value: ${quote}--disable-uvicorn-access-log${quote}
`;
  const file = { path: 'a.yaml', text };
  const [found] = read(text).deployments;
  const edits = found && editArgument(found, 'max_model_len', 4096, context, new Map([[file.path, file]]));
  if (!edits || 'reason' in edits) throw new Error('no edit');
  expect(applyEdits(text, edits)).toBe(text.replace('-log', '-log --max-model-len 4096'));
});
