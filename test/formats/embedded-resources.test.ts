import { describe, expect, it } from 'vitest';
import { engines } from '../../src/engines/index.ts';
import { applyEdits } from '../../src/edit.ts';
import { editArgument, extractAll } from '../../src/formats/index.ts';

function read(path: string, text: string) {
  return extractAll([{ path, text }], { engines, read: () => null }).deployments.map(
    ({ engine, model, gpuRequest, arguments: given, unresolved }) => ({
      engine: engine.id,
      model: model?.value ?? null,
      gpu: [gpuRequest.name?.value ?? null, gpuRequest.count?.value ?? null, gpuRequest.nodes],
      args: Object.fromEntries([...given].map(([name, { value }]) => [name, value])),
      open: unresolved.map(({ name }) => name),
    }),
  );
}

describe('resources of operators that nobody has listed', () => {
  // Kthena, docs/reference/crd: a worker's `config` holds the engine's options by name.
  it('are read by an engine’s keys', () => {
    const [found] = read(
      'booster.yaml',
      `apiVersion: workload.serving.volcano.sh/v1alpha1
kind: ModelBooster
metadata: { name: demo }
spec:
  backend:
    name: one
    type: vLLM
    modelURI: hf://Qwen/Qwen3-8B
    workers:
      - type: server
        image: vllm/vllm-openai:v0.10.0
        config: { max-model-len: 4096, tensor-parallel-size: 2, gpu-memory-utilization: 0.85, enforce-eager: "" }
        resources: { limits: { nvidia.com/gpu: "2" } }
`,
    );
    expect(found).toMatchObject({ engine: 'vllm', model: 'Qwen/Qwen3-8B', gpu: [null, 2, 1] });
    expect(found?.args).toMatchObject({ max_model_len: 4096, tensor_parallel_size: 2, gpu_memory_utilization: 0.85 });
  });

  // nebari-dev/llm-serving-pack, api/v1alpha1: `spec.serving.vllmArgs`.
  it('are read by a list of an engine’s options', () => {
    expect(
      read(
        'model.yaml',
        `apiVersion: llm.nebari.dev/v1alpha1
kind: LLMModel
metadata: { name: demo }
spec:
  model: { name: Qwen/Qwen3-8B }
  resources: { gpu: { count: 1 } }
  serving:
    vllmArgs: [--quantization, gptq, --max-model-len, "8192"]
`,
      ),
    ).toEqual([
      {
        engine: 'vllm',
        model: 'Qwen/Qwen3-8B',
        gpu: [null, 1, 1],
        args: { quantization: 'gptq', max_model_len: 8192 },
        open: [],
      },
    ]);
  });

  it.each([
    [
      'describe others',
      'apiextensions.k8s.io/v1',
      'CustomResourceDefinition',
      'versions: [{ schema: { max-model-len: 1, gpu-memory-utilization: 0.5, model: a/b } }]',
    ],
    [
      'watch',
      'monitoring.coreos.com/v1',
      'PrometheusRule',
      'groups: [{ rules: [{ expr: "vllm:gpu_cache_usage_perc > 0.9" }] }]',
    ],
    [
      'make a client’s pods',
      'jobset.x-k8s.io/v1alpha2',
      'JobSet',
      'template: { spec: { containers: [{ name: c, image: team/bench, args: [--max-model-len, "1", --model, a/b, --request-rate, "2"] }] } }',
    ],
  ])('are no launch where they %s', (_, version, kind, spec) => {
    expect(read('r.yaml', `apiVersion: ${version}\nkind: ${kind}\nmetadata: { name: x }\nspec:\n  ${spec}\n`)).toEqual(
      [],
    );
  });
});

// oracle-quickstart/oci-ai-blueprints, docs/sample_blueprints: names with a prefix, variables as lists of `key` and `value`.
describe('a blueprint with prefixed keys', () => {
  const blueprint = (more: object) =>
    JSON.stringify({
      recipe_image_uri: 'docker.io/vllm/vllm-openai:v0.9.1',
      recipe_node_shape: 'VM.GPU.A10.2',
      recipe_nvidia_gpu_count: 2,
      recipe_container_env: [{ key: 'model_name', value: 'Qwen/Qwen3-8B' }],
      recipe_container_command_args: ['--model', '$(model_name)', '--tensor-parallel-size', '$(tp)'],
      ...more,
    });

  it('is read with what its variables hold; the rest stays open', () => {
    expect(read('b.json', blueprint({}))).toEqual([
      {
        engine: 'vllm',
        model: 'Qwen/Qwen3-8B',
        gpu: ['VM.GPU.A10.2', 2, 1],
        args: {},
        open: ['tensor_parallel_size'],
      },
    ]);
  });

  it('gets the slice of a GPU that it asks for, and all nodes', () => {
    const [sliced] = read('b.json', blueprint({ mig_resource_request: '1g.10gb' }));
    expect(sliced?.gpu).toEqual(['nvidia.com/mig-1g.10gb', 2, 1]);
    const [spread] = read('b.json', blueprint({ multinode_num_nodes_to_use_from_shared_pool: 2 }));
    expect(spread?.gpu).toEqual(['VM.GPU.A10.2', 2, 2]);
  });
});

describe('an image that serves one model by itself', () => {
  const image = 'nvcr.io/nim/meta/llama-3.1-8b-instruct:1.8.5';

  it('is a launch where it is started', () => {
    expect(read('run.yaml', `name: n\nresources: { preset: small }\nimage: { url: "${image}" }\n`)).toMatchObject([
      { engine: 'nim', model: 'meta/llama-3.1-8b-instruct' },
    ]);
    expect(read('b.json', JSON.stringify({ recipe_image_uri: image, recipe_nvidia_gpu_count: 1 }))).toMatchObject([
      { engine: 'nim', gpu: [null, 1, 1] },
    ]);
  });

  it('is none where it is only listed', () => {
    expect(read('mirror.yaml', `images:\n  - image: ${image}\n    digest: sha256:0\n`)).toEqual([]);
  });
});

// dstack docs, services: `commands` in the container, `model` for the gateway alone, GPUs as `NAME:count`.
it('reads the commands of a service, not the name that its gateway goes by', () => {
  const text = `type: service
model: openai/gpt-oss-120b
image: vllm/vllm-openai:v0.10.1
env: [MODEL=openai/gpt-oss-120b]
commands:
  - vllm serve $MODEL --tensor-parallel-size $DSTACK_GPUS_NUM --max-model-len 8192
resources: { gpu: "H100:8" }
`;
  expect(read('120b.dstack.yml', text)).toEqual([
    {
      engine: 'vllm',
      model: 'openai/gpt-oss-120b',
      gpu: ['H100', 8, 1],
      args: { max_model_len: 8192 },
      open: ['tensor_parallel_size'],
    },
  ]);
});

// volcano-sh/kthena, cli/kthena/helm/templates: the same before it is rendered.
it('says what a template of such a resource launches, with what is filled in left open', () => {
  const text = `apiVersion: workload.serving.volcano.sh/v1alpha1
kind: ModelBooster
metadata: { name: {{ .Values.name | quote }} }
spec:
  backend:
    type: vLLM
    modelURI: {{ .Values.modelURI | default "hf://Qwen/Qwen3-32B" | quote }}
    workers:
      - image: {{ .Values.workerImage | default "vllm/vllm-openai:latest" | quote }}
        config:
          tensor-parallel-size: {{ .Values.tensorParallelSize | default 4 }}
          gpu-memory-utilization: 0.85
          max-model-len: {{ .Values.maxModelLen | default "2048" }}
`;
  const [found] = read('templates/model.yaml', text);
  expect(found).toMatchObject({ engine: 'vllm', model: null, args: { gpu_memory_utilization: 0.85 } });
  expect(found?.open.toSorted()).toEqual(['max_model_len', 'model', 'tensor_parallel_size']);
});

it('says aloud that a manifest with a mistake cannot be read', () => {
  const text = `apiVersion: apps/v1
kind: Deployment
spec:
  template:
    spec:
      containers:
        - image: vllm/vllm-openai:v0.10.0
          command: [sh, -c, "vllm serve Qwen/Qwen3-8B --kv-transfer-config '{"kv_role":"kv_both"}'"]
`;
  const { deployments, unsupported } = extractAll([{ path: 'd.yaml', text }], { engines, read: () => null });
  expect(deployments).toEqual([]);
  expect(unsupported.map(({ place, reason }) => [place.line, reason.slice(0, 18)])).toEqual([
    [7, 'It cannot be read:'],
  ]);
  expect(extractAll([{ path: 'd.md', text }], { engines, read: () => null }).unsupported).toEqual([]);
});

it('adds an option where the others are, not as a key that nobody reads', () => {
  const text = JSON.stringify({
    recipe_nvidia_gpu_count: 1,
    recipe_container_command_args: ['--model', 'Qwen/Qwen3-8B', '--max-model-len', '4096'],
  });
  const file = { path: 'b.json', text };
  const context = { engines, read: () => null };
  const [found] = extractAll([file], context).deployments;
  const edits = found && editArgument(found, 'max_num_seqs', 16, context, new Map([[file.path, file]]));
  const after = edits && 'length' in edits ? applyEdits(text, edits) : '{}';
  expect(JSON.parse(after)).toEqual({
    recipe_nvidia_gpu_count: 1,
    recipe_container_command_args: ['--model', 'Qwen/Qwen3-8B', '--max-model-len', '4096', '--max-num-seqs', '16'],
  });
});

// vessl-ai/examples, services: variables beside the commands that use them.
it('takes the variables of a command for no launch of their own', () => {
  const found = read(
    'service.yaml',
    `name: large
run:
- command: |
    vllm serve $MODEL_NAME --tensor-parallel-size $TENSOR_PARALLEL_SIZE --max-model-len $MAX_MODEL_LEN
env:
  MODEL_NAME: Qwen/Qwen3-8B
  TENSOR_PARALLEL_SIZE: 4
  GPU_MEMORY_UTILIZATION: 0.9
  MAX_MODEL_LEN: 4096
`,
  );
  expect(found.map(({ model, args }) => [model, args])).toEqual([
    ['Qwen/Qwen3-8B', { tensor_parallel_size: 4, max_model_len: 4096 }],
  ]);
});

// surajssd/llm-k8s, configs: the chart copies `resources` under the limits of its container.
it('counts the GPUs of resources without limits', () => {
  const text =
    'cli: "vllm serve Qwen/Qwen3-8B --max-model-len 4096"\nresources:\n  nvidia.com/gpu: "4"\n  rdma/ib: 1\n';
  expect(read('values.yaml', text).map(({ gpu }) => gpu)).toEqual([[null, 4, 1]]);
});

it('counts none where the launch heads a cluster of nobody knows how many nodes', () => {
  const text = (before: string) =>
    `cli: "${before}vllm serve Qwen/Qwen3-8B -tp 4 -pp 2"\nresources:\n  nvidia.com/gpu: "4"\n`;
  const gpus = (before: string) => read('values.yaml', text(before)).map(({ gpu }) => gpu);
  expect(gpus('bash multi-node-serving.sh leader --ray_cluster_size=$SIZE; ')).toEqual([[null, null, 1]]);
  expect(gpus('ray start --head --port=6379; ')).toEqual([[null, null, 1]]);
  expect(gpus('')).toEqual([[null, 4, 1]]);
});
