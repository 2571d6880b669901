import { describe, expect, it } from 'vitest';
import { engines } from '../../src/engines/index.ts';
import { extractAll } from '../../src/formats/index.ts';

/** The launches of the first of some files of one folder. */
function read(files: Readonly<Record<string, string>>) {
  const [path = ''] = Object.keys(files);
  const context = {
    engines,
    read: (one: string) => (files[one] === undefined ? null : { path: one, text: files[one] }),
    list: (folder: string) => (folder === '' ? Object.keys(files) : []),
  };
  return extractAll([{ path, text: files[path] ?? '' }], context);
}

const POD = `apiVersion: v1
kind: Pod
metadata: { name: p }
spec:
  volumes:
    - { name: scripts, configMap: { name: launcher } }
  containers:
    - name: vllm
      image: registry.example.com/vllm-openai:v0.11.0
      command: [/bin/bash, /opt/run/launch.sh]
      env:
        - { name: TP, value: "2" }
        - name: LENGTH
          valueFrom: { configMapKeyRef: { name: sizes, key: length } }
      volumeMounts:
        - { name: scripts, mountPath: /opt/run }
`;
const MAPS = `apiVersion: v1
kind: ConfigMap
metadata: { name: launcher }
data:
  launch.sh: |
    #!/bin/bash
    exec vllm serve Qwen/Qwen3-8B --tensor-parallel-size "\${TP}" \\
      --max-model-len "$LENGTH"
---
apiVersion: v1
kind: ConfigMap
metadata: { name: sizes }
data: { length: "8192" }
`;

describe('ConfigMaps in a file beside the one that names them', () => {
  it('are parsed once for all that name them', () => {
    const path = 'maps.yaml';
    let parsed = 0;
    const maps = {
      path,
      get text() {
        parsed++;
        return MAPS;
      },
    };
    const context = { engines, read: (one: string) => (one === path ? maps : null), list: () => [path] };
    const readPod = (name: string) => extractAll([{ path: name, text: POD }], context).deployments;
    readPod('a.yaml');
    const first = parsed;
    expect(readPod('b.yaml')[0]?.model?.value).toBe('Qwen/Qwen3-8B');
    expect(parsed - first).toBeLessThan(first / 2);
  });

  it('give scripts and variables', () => {
    const [found, ...more] = read({ 'pod.yaml': POD, 'maps.yaml': MAPS }).deployments;
    expect(more).toEqual([]);
    expect(found).toMatchObject({ model: { value: 'Qwen/Qwen3-8B', place: { file: 'maps.yaml', line: 7 } } });
    expect(found?.arguments.get('tensor_parallel_size')).toMatchObject({
      value: 2,
      place: { file: 'pod.yaml', line: 12 },
    });
    expect(found?.arguments.get('max_model_len')).toMatchObject({
      value: 8192,
      place: { file: 'maps.yaml', line: 13 },
    });
  });

  it('stay open where several files have them', () => {
    const other = MAPS.replace('8192', '4096');
    const { deployments } = read({ 'pod.yaml': POD, 'maps.yaml': MAPS, 'other.yaml': other });
    expect(deployments.flatMap((one) => [...one.arguments.keys()])).not.toContain('max_model_len');
  });
});

describe('a resource of an operator that names its engine', () => {
  const resource = (spec: string): string => `apiVersion: serving.example.dev/v1
kind: ModelDeployment
metadata: { name: chat }
spec:
${spec}`;

  it('has the engine’s settings, the version and the GPUs', () => {
    const text = resource(`  model: { name: Qwen/Qwen3-8B }
  deployment:
    resources: { limits: { nvidia.com/gpu: "4" } }
  engine:
    name: vllm
    version: 0.11.0
    parameters:
      max_model_len: 8192
      gpu_memory_utilization: 0.85
`);
    const [found, ...more] = read({ 'a.yaml': text }).deployments;
    expect(more).toEqual([]);
    expect(found).toMatchObject({
      engine: { id: 'vllm', version: '0.11.0' },
      model: { value: 'Qwen/Qwen3-8B' },
      gpuRequest: { count: { value: 4 } },
    });
    expect(found?.arguments.get('max_model_len')).toMatchObject({ value: 8192, place: { line: 12 } });
  });

  // kubeairunway providers/dynamo/transformer.go: contextLength is --max-model-len of vLLM, --context-length of SGLang
  it.each([
    ['vllm', 'max_model_len'],
    ['sglang', 'context_length'],
  ])('calls the context of %s %s', (engine, name) => {
    const text = resource(`  model: { id: Qwen/Qwen3-8B }\n  engine:\n    type: ${engine}\n    contextLength: 4096\n`);
    const [found] = read({ 'a.yaml': text }).deployments;
    expect(found?.engine.id).toBe(engine);
    expect(found?.arguments.get(name)?.value).toBe(4096);
  });

  it('is a launch for each part that has GPUs of its own', () => {
    const text = resource(
      '  model: { id: Qwen/Qwen3-8B }\n  engine: { type: vllm }\n  scaling:\n    prefill: { gpu: { count: 4 } }\n    decode: { gpu: { count: 2 } }\n',
    );
    const { deployments } = read({ 'a.yaml': text });
    expect(deployments.map(({ name, gpuRequest }) => [name, gpuRequest.count?.value])).toEqual([
      ['chat (prefill)', 4],
      ['chat (decode)', 2],
    ]);
  });

  it('takes arguments as a list, and a model by reference', () => {
    const text = resource(
      '  modelRef: { name: Qwen/Qwen3-8B }\n  engine:\n    name: vllm\n    args: ["--max-model-len=8192"]\n    resources: { limits: { nvidia.com/gpu: "4" } }\n',
    );
    const [found] = read({ 'a.yaml': text }).deployments;
    expect(found).toMatchObject({ model: { value: 'Qwen/Qwen3-8B' }, gpuRequest: { count: { value: 4 } } });
    expect(found?.arguments.get('max_model_len')?.value).toBe(8192);
  });

  it('is none without a model, or with an engine that is none of ours', () => {
    expect(read({ 'a.yaml': resource('  engine: { type: vllm }\n') }).deployments).toEqual([]);
    expect(read({ 'a.yaml': resource('  engine: { type: postgres }\n  model: { id: a/b }\n') }).deployments).toEqual(
      [],
    );
  });
});

describe('a container that is called after an engine', () => {
  const pod = (more: string): string =>
    `apiVersion: v1\nkind: Pod\nmetadata: { name: p }\nspec:\n  containers:\n    - name: llama-server\n      image: team/llm-inference:1\n${more}`;
  const gpu = '      resources: { limits: { nvidia.com/gpu: 1 } }\n';

  it('is shown when only its image knows what it starts', () => {
    const { unsupported } = read({ 'a.yaml': pod(gpu) });
    expect(unsupported).toMatchObject([{ name: 'p', place: { line: 7 } }]);
    expect(unsupported[0]?.reason).toContain('team/llm-inference:1');
  });

  it('is nothing without a GPU, or with a command of its own', () => {
    expect(read({ 'a.yaml': pod('') }).unsupported).toEqual([]);
    expect(read({ 'a.yaml': pod(`${gpu}      command: [sleep, infinity]\n`) }).unsupported).toEqual([]);
  });
});

it('records of many manifests, one a line, are no template', () => {
  const line = '{"apiVersion": "v1", "kind": "Pod", "note": "containers: {{ x }} vllm serve", "args": [}\n';
  const { deployments, unsupported } = read({ 'manifest.jsonl': line.repeat(3) });
  expect([...deployments, ...unsupported]).toEqual([]);
  expect(read({ 'manifest.yaml': line.repeat(3) }).unsupported).toHaveLength(1);
});
