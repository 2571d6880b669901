import { describe, expect, it } from 'vitest';
import { engines } from '../../src/engines/index.ts';
import { extractAll } from '../../src/formats/index.ts';

/** Names and counts that a file's first launch asks for, the alternatives behind the first. */
function gpusOf(path: string, text: string) {
  const [found] = extractAll([{ path, text }], { engines, read: () => null }).deployments;
  const { gpuRequest } = found ?? {};
  return [gpuRequest, ...(gpuRequest?.alternatives ?? [])].map((one) => [
    one?.name?.value ?? null,
    one?.count?.value ?? null,
  ]);
}

// dstack docs, reference of `resources.gpu`: vendor, names, memory and count between colons, or a mapping; the least of a range.
describe('dstack’s gpu', () => {
  const service = (gpu: string): string => `type: service
image: vllm/vllm-openai:v0.19.0
commands:
  - vllm serve Qwen/Qwen3-8B --max-model-len 8192
resources:
  gpu: ${gpu}
`;

  it.each([
    ['H100:80GB:2', [['H100 80GB', 2]]],
    ['nvidia:A100:40GB..:1..4', [['A100 40GB', 1]]],
    ['MI300X:8', [['MI300X', 8]]],
    [
      'L40S,A6000:48GB:2',
      [
        ['L40S 48GB', 2],
        ['A6000 48GB', 2],
      ],
    ],
    [
      '{ vendor: nvidia, name: [L4, A10G], count: 1 }',
      [
        ['L4', 1],
        ['A10G', 1],
      ],
    ],
    ['{ name: A100, memory: 80GB, count: 4 }', [['A100 80GB', 4]]],
    // Which card has 24 GB, the cloud decides.
    ['24GB..48GB', [[null, null]]],
  ])('%s', (gpu, asked) => expect(gpusOf('serve.dstack.yml', service(gpu))).toEqual(asked));

  it('says where a count stands', () => {
    const [found] = extractAll([{ path: 'serve.dstack.yml', text: service('H100:80GB:2') }], {
      engines,
      read: () => null,
    }).deployments;
    const place = found?.gpuRequest.count?.place;
    expect(service('H100:80GB:2').slice(place?.start, place?.end)).toBe('2');
  });
});

// Modal docs, "GPU acceleration": `!` forbids a newer card, `+` allows one, and of a list any that is free will do.
describe('Modal’s gpu', () => {
  const app = (gpu: string): string => `import modal, subprocess
app = modal.App("x")
@app.function(gpu=${gpu})
@modal.web_server(8000)
def serve():
    subprocess.Popen("vllm serve Qwen/Qwen3-8B --max-model-len 8192", shell=True)
`;

  it.each([
    ['"H100!"', [['H100', 1]]],
    ['"B200+:2"', [['B200', 2]]],
    [
      '["H100!:2", "A100-80GB:2"]',
      [
        ['H100', 2],
        ['A100-80GB', 2],
      ],
    ],
    ['["L4", "any"]', [[null, null]]],
  ])('%s', (gpu, asked) => expect(gpusOf('app.py', app(gpu))).toEqual(asked));
});

// ROCm/k8s-device-plugin, cmd/k8s-node-labeller: `amd.com/gpu.…`, and `beta.amd.com/gpu.…` before.
it.each([
  'amd.com/gpu.product-name',
  'beta.amd.com/gpu.product-name',
  'amd.com/gpu.device-id',
  'beta.amd.com/gpu.device-id',
])('reads the node label %s', (label) => {
  const text = `apiVersion: v1
kind: Pod
metadata: {name: vllm}
spec:
  nodeSelector: {${label}: "74a1"}
  containers:
  - name: vllm
    image: vllm/vllm-openai:v0.19.0
    args: [--model, Qwen/Qwen3-8B]
    resources: {limits: {amd.com/gpu: 8}}
`;
  expect(gpusOf('pod.yaml', text)).toEqual([['74a1', 8]]);
});
