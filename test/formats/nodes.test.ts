import { describe, expect, it } from 'vitest';
import { engines } from '../../src/engines/index.ts';
import { extractAll } from '../../src/formats/index.ts';

function requests(text: string) {
  return extractAll([{ path: 'serving.yaml', text }], { engines, read: () => null }).deployments.map(
    ({ name, gpuRequest }) => [name, gpuRequest.count?.value, gpuRequest.nodes],
  );
}

describe('the nodes that serve one replica together', () => {
  // sgl-project/sglang, docs/references/multi_node_deployment: a StatefulSet of two pods with 8 GPUs each, `--tp 16 --nnodes 2`.
  it('are as many as the engine is told', () => {
    const statefulSet = (nnodes: string) => `apiVersion: apps/v1
kind: StatefulSet
metadata: { name: two }
spec:
  replicas: 2
  template:
    spec:
      containers:
        - name: sglang
          image: lmsysorg/sglang:v0.5.9
          command: [python3, -m, sglang.launch_server, --model-path, deepseek-ai/DeepSeek-V3, --tp, "16", ${nnodes}]
          resources: { limits: { nvidia.com/gpu: 8 } }
`;
    expect(requests(statefulSet('--nnodes, "2"'))).toEqual([['two', 8, 2]]);
    expect(requests(statefulSet('--nnodes, "1"'))).toEqual([['two', 8, 1]]);
    expect(requests(statefulSet('--nnodes, $(NODES)'))).toEqual([['two', 8, 1]]);
  });

  const container = (indent: string) =>
    [
      'containers:',
      '  - name: engine',
      '    image: vllm/vllm-openai:v0.10.0',
      '    args: [--model, Qwen/Qwen3-8B, -pp, "2"]',
      '    resources: { limits: { nvidia.com/gpu: 1 } }',
    ]
      .map((line) => `${indent}${line}\n`)
      .join('');

  // Kthena, docs/user-guide/multi-node-inference: a role is one entry pod and `workerReplicas` more.
  it('are the entry and the workers of a role of Kthena', () => {
    expect(
      requests(`apiVersion: workload.serving.volcano.sh/v1alpha1
kind: ModelServing
metadata: { name: model }
spec:
  template:
    roles:
      - name: prefill
        entryTemplate:
          spec:
${container('            ')}        workerReplicas: 1
        workerTemplate:
          spec:
            containers:
              - { name: worker, image: "vllm/vllm-openai:v0.10.0", command: [sh, -c, "ray start --block"] }
      - name: decode
        entryTemplate:
          spec:
${container('            ')}        workerReplicas: 0
`),
    ).toEqual([
      ['model/prefill', 1, 2],
      ['model/decode', 1, 1],
    ]);
  });

  // sgl-project/rbg, examples/inference/agg-leader-worker.yaml: “size: 2 # 1 leader + 1 workers per instance”.
  it('are the size of a group with a leader', () => {
    expect(
      requests(`apiVersion: workloads.x-k8s.io/v1alpha2
kind: RoleBasedGroup
metadata: { name: group }
spec:
  roles:
    - name: backend
      leaderWorkerPattern:
        size: 2
        template:
          spec:
${container('            ')}`),
    ).toEqual([['group/backend', 1, 2]]);
  });
});

describe('a variable of a container that holds another', () => {
  const reading = (value: string) =>
    extractAll(
      [
        {
          path: 'pod.yaml',
          text: `apiVersion: v1
kind: Pod
metadata: { name: one }
spec:
  containers:
    - name: engine
      image: vllm/vllm-openai:v0.10.0
      args: [--model, Qwen/Qwen3-8B, --max-model-len, $(LENGTH)]
      env: [{ name: BASE, value: "4096" }, { name: LENGTH, value: ${value} }]
      resources: { limits: { nvidia.com/gpu: 1 } }
`,
        },
      ],
      { engines, read: () => null },
    ).deployments[0];

  it('has its value', () => {
    expect(reading('$(BASE)')?.arguments.get('max_model_len')).toMatchObject({ value: 4096 });
  });

  it('is open where the other is not in the file', () => {
    const found = reading('$(LWS_GROUP_SIZE)');
    expect(found?.problems).toEqual([]);
    expect(found?.unresolved.map(({ name, reason }) => [name, reason])).toEqual([
      ['max_model_len', 'LWS_GROUP_SIZE is not set in this file'],
    ]);
  });
});
