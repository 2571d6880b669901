import { describe, expect, it } from 'vitest';
import { engines } from '../../src/engines/index.ts';
import { extractAll } from '../../src/formats/index.ts';

const context = { engines, read: () => null };
const read = (text: string) => extractAll([{ path: 'a.yaml', text }], context);
const values = (text: string) => {
  const [deployment] = read(text).deployments;
  return Object.fromEntries([...(deployment?.arguments ?? [])].map(([name, { value }]) => [name, value]));
};

describe('what a platform gives to the containers that it starts', () => {
  // LeaderWorkerSet sets LWS_GROUP_SIZE to the group's size (its docs, labels and environment variables).
  const group = `apiVersion: leaderworkerset.x-k8s.io/v1
kind: LeaderWorkerSet
metadata:
  name: two
spec:
  leaderWorkerTemplate:
    size: 2
    leaderTemplate:
      spec:
        containers:
          - name: leader
            image: lmsysorg/sglang:v0.5.6
            command: [python3, -m, sglang.launch_server, --model-path, Qwen/Qwen3-8B]
            args:
              - --nnodes
              - $(LWS_GROUP_SIZE)
              - --node-rank
              - $(LWS_WORKER_INDEX)
    workerTemplate:
      spec:
        containers: []
`;

  it('knows the size of a LeaderWorkerSet, at the place where it is used', () => {
    const [deployment] = read(group).deployments;
    expect(deployment?.arguments.get('nnodes')).toMatchObject({ value: 2, place: { line: 16 } });
    expect(deployment?.unresolved.map(({ name, reason }) => [name, reason])).toContainEqual([
      'node_rank',
      'only the cluster knows it',
    ]);
  });

  // kserve pkg/controller/v1beta1/inferenceservice/components/predictor.go
  it('knows the sizes of a serving runtime of several nodes', () => {
    const text = `apiVersion: serving.kserve.io/v1alpha1
kind: ServingRuntime
metadata:
  name: many
spec:
  containers:
    - name: kserve-container
      image: vllm/vllm-openai:v0.11.0
      args: ["--model=/mnt/models", --pipeline-parallel-size=$(PIPELINE_PARALLEL_SIZE), --tensor-parallel-size=$(TENSOR_PARALLEL_SIZE)]
      resources: { limits: { nvidia.com/gpu: "4" } }
  workerSpec:
    pipelineParallelSize: 3
    tensorParallelSize: 4
`;
    const [deployment] = read(text).deployments;
    expect(deployment?.arguments.get('pipeline_parallel_size')).toMatchObject({ value: 3, place: { line: 12 } });
    expect(deployment?.arguments.get('tensor_parallel_size')).toMatchObject({ value: 4, place: { line: 13 } });
    expect(deployment?.gpuRequest).toMatchObject({ nodes: 3, count: { value: 4 } });
  });

  it('gives a service the GPUs of its runtime where it asks for none itself', () => {
    const text = (own: string): string => `apiVersion: serving.kserve.io/v1beta1
kind: InferenceService
metadata: { name: chat }
spec:
  predictor:
    model: { modelFormat: { name: vLLM }, runtime: shared, storageUri: "hf://Qwen/Qwen3-8B"${own} }
---
apiVersion: serving.kserve.io/v1alpha1
kind: ServingRuntime
metadata: { name: shared }
spec:
  containers:
    - name: kserve-container
      image: vllm/vllm-openai:v0.11.0
      resources: { limits: { nvidia.com/gpu: 2 } }
`;
    const count = (one: string) => read(one).deployments.map(({ gpuRequest }) => gpuRequest.count?.value);
    expect(count(text(''))).toEqual([2]);
    expect(count(text(', resources: { limits: { nvidia.com/gpu: 1 } }'))).toEqual([1]);
  });

  // k8s-nim-operator api/apps/v1alpha1/nimservice_types.go and dra_types.go
  it('knows what the NIM operator sets over several nodes, and the devices that it claims', () => {
    const nim = (more: string): string => `apiVersion: apps.nvidia.com/v1alpha1
kind: NIMService
metadata: { name: big }
spec:
  image: { repository: nvcr.io/nim/meta/llama-3.1-8b-instruct, tag: "1.8.0" }
${more}`;
    const many = '  multiNode:\n    parallelism:\n      pipeline: 2\n      tensor: 8\n';
    expect(values(nim(many))).toMatchObject({ tensor_parallel_size: 8, pipeline_parallel_size: 2 });
    const claims = '  draResources:\n    - claimCreationSpec: { devices: [{ name: gpu }, { name: more, count: 3 }] }\n';
    expect(read(nim(claims)).deployments.map(({ gpuRequest }) => gpuRequest.count?.value)).toEqual([4]);
  });

  it('reads a whole command in the arguments of an LLMInferenceService', () => {
    const text = `apiVersion: serving.kserve.io/v1alpha1
kind: LLMInferenceService
metadata:
  name: chat
  labels: { inference.optimization/acceleratorName: L40S }
spec:
  model: { uri: "hf://Qwen/Qwen3-8B" }
  template:
    containers:
      - name: main
        image: vllm/vllm-openai:v0.11.0
        args:
          - |
            python3 -m vllm.entrypoints.openai.api_server \\
              --model=/mnt/models \\
              --max-model-len=2048
`;
    const [deployment] = read(text).deployments;
    expect(deployment?.arguments.get('max_model_len')).toMatchObject({ value: 2048, place: { line: 16 } });
    expect(deployment?.gpuRequest.name?.value).toBe('L40S');
  });
});

describe('servers that are recognised and not modelled', () => {
  const pod = (image: string, command: string): string =>
    `apiVersion: v1\nkind: Pod\nmetadata: { name: p }\nspec:\n  containers:\n    - name: c\n      image: ${image}\n      command: ${command}\n`;

  it.each([
    ['nvcr.io/nvidia/tritonserver:24.02-vllm-python-py3', '[tritonserver, --model-store=gs://m/r]', 'Triton’s vLLM'],
    [
      'acr.io/falcon:1',
      '["/bin/sh", "-c", "python3 /workspace/vllm/inference_api.py --dtype bfloat16"]',
      'KAITO’s own',
    ],
  ])('%s', (image, command, title) => {
    const { deployments, unsupported } = read(pod(image, command));
    expect(deployments).toEqual([]);
    expect(unsupported.map(({ reason }) => reason)).toEqual([expect.stringContaining(title)]);
  });

  it('leaves a tritonserver without an engine of tokens alone', () => {
    expect(read(pod('nvcr.io/nvidia/tritonserver:24.02-py3', '[tritonserver]')).unsupported).toEqual([]);
  });
});

describe('GPUs of which a config allows several', () => {
  it('keeps the others of an affinity as alternatives', () => {
    const text = `apiVersion: v1
kind: Pod
metadata: { name: p }
spec:
  affinity:
    nodeAffinity:
      requiredDuringSchedulingIgnoredDuringExecution:
        nodeSelectorTerms:
          - matchExpressions:
              - { key: cloud.google.com/gke-accelerator, operator: In, values: [nvidia-h100-80gb, nvidia-l4] }
  containers:
    - name: vllm
      image: vllm/vllm-openai:v0.11.0
      args: [--model, Qwen/Qwen3-8B]
      resources: { limits: { nvidia.com/gpu: 1 } }
`;
    const [deployment] = read(text).deployments;
    expect(deployment?.gpuRequest.name?.value).toBe('nvidia-h100-80gb');
    expect(deployment?.gpuRequest.alternatives?.map(({ name, count }) => [name?.value, count?.value])).toEqual([
      ['nvidia-l4', 1],
    ]);
  });

  it('reads `gpus`, by which SkyPilot knows accelerators too', () => {
    const text =
      'resources:\n  gpus: H100:8\nnum_nodes: 2\nrun: |\n  vllm serve Qwen/Qwen3-8B -tp $SKYPILOT_NUM_GPUS_PER_NODE\n';
    const [deployment] = read(text).deployments;
    expect(deployment?.gpuRequest).toMatchObject({ name: { value: 'H100' }, count: { value: 8 }, nodes: 2 });
    expect(deployment?.arguments.get('tensor_parallel_size')?.value).toBe(8);
  });
});
