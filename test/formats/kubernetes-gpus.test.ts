import { describe, expect, it } from 'vitest';
import { engines } from '../../src/engines/index.ts';
import { extractAll } from '../../src/formats/index.ts';

const found = (text: string) => {
  return extractAll([{ path: 'a.yaml', text }], { engines, read: () => null }).deployments[0];
};

const gpus = (text: string) => {
  const request = found(text)?.gpuRequest;
  return request && [request.name?.value ?? null, request.count?.value ?? null];
};

const pod = (spec: string, resources: string): string => `apiVersion: v1
kind: Pod
metadata: {name: vllm}
spec:
${spec}  containers:
  - name: vllm
    image: vllm/vllm-openai:v0.11.0
    args: [--model, org/name, --max-num-seqs, "4"]
    resources: ${resources}
`;

describe('the GPUs that a pod asks for', () => {
  it.each([
    ['a MIG slice', '', '{limits: {nvidia.com/mig-1g.10gb: 1}}', ['nvidia.com/mig-1g.10gb', 1]],
    ['AMD', '  nodeSelector: {amd.com/gpu.product-name: MI300X}\n', '{limits: {amd.com/gpu: 8}}', ['MI300X', 8]],
    [
      'GKE',
      '  nodeSelector: {cloud.google.com/gke-accelerator: nvidia-l4}\n',
      '{limits: {nvidia.com/gpu: "2"}}',
      ['nvidia-l4', 2],
    ],
    // robertgshaw2-neuralmagic/vllm-k8s labels its nodes so.
    [
      'a label of the team',
      '  nodeSelector: {gpuspecs: A100_40GB}\n',
      '{limits: {nvidia.com/gpu: 2}}',
      ['A100_40GB', 2],
    ],
    [
      'EKS Auto Mode',
      '  nodeSelector: {eks.amazonaws.com/instance-gpu-name: l40s}\n',
      '{limits: {nvidia.com/gpu: 1}}',
      ['l40s', 1],
    ],
    [
      'Karpenter',
      '  nodeSelector: {karpenter.k8s.aws/instance-gpu-name: h100}\n',
      '{limits: {nvidia.com/gpu: 1}}',
      ['h100', 1],
    ],
    [
      'an instance type',
      '  nodeSelector: {node.kubernetes.io/instance-type: p5.48xlarge}\n',
      '{limits: {nvidia.com/gpu: 8}}',
      ['p5.48xlarge', 8],
    ],
    [
      'Alibaba Cloud',
      '  nodeSelector: {aliyun.accelerator/nvidia_name: NVIDIA-A10}\n',
      '{limits: {nvidia.com/gpu: 1}}',
      ['NVIDIA-A10', 1],
    ],
  ])('by the labels and resources of %s', (_title, spec, resources, expected) => {
    expect(gpus(pod(spec, resources))).toEqual(expected);
  });

  // GKE: "Run multi-instance GPUs": the pod asks for `nvidia.com/gpu`, and a label of its node says how that is cut.
  it('by the slices that GKE cuts the GPUs of a node into', () => {
    const labels = (more: string): string =>
      `  nodeSelector: {cloud.google.com/gke-gpu-partition-size: 1g.5gb${more}}\n`;
    const accelerator = ', cloud.google.com/gke-accelerator: nvidia-tesla-a100';
    expect(gpus(pod(labels(accelerator), '{limits: {nvidia.com/gpu: 1}}'))).toEqual(['nvidia-tesla-a100 1g.5gb', 1]);
    expect(gpus(pod(labels(''), '{limits: {nvidia.com/gpu: 1}}'))).toEqual(['1g.5gb', 1]);
  });

  // NVIDIA k8s-device-plugin, "Shared Access to GPUs"; GPU Feature Discovery's labels; GKE: "Share GPUs with time-sharing"
  it.each([
    ['the name of the resource', '', '{limits: {nvidia.com/gpu.shared: 1}}', 'nvidia.com/gpu.shared'],
    ['the name of a slice', '', '{limits: {nvidia.com/mig-1g.10gb.shared: 1}}', 'nvidia.com/mig-1g.10gb.shared'],
    [
      "NVIDIA's label",
      '  nodeSelector: {nvidia.com/gpu.sharing-strategy: time-slicing}\n',
      '{limits: {nvidia.com/gpu: 1}}',
      'time-slicing',
    ],
    [
      "GKE's label",
      '  nodeSelector: {cloud.google.com/gke-gpu-sharing-strategy: time-sharing}\n',
      '{limits: {nvidia.com/gpu: 1}}',
      'time-sharing',
    ],
    [
      'no sharing',
      '  nodeSelector: {nvidia.com/gpu.sharing-strategy: none}\n',
      '{limits: {nvidia.com/gpu: 1}}',
      undefined,
    ],
  ])('in turns with other pods, by %s', (_title, spec, resources, expected) => {
    expect(found(pod(spec, resources))?.gpuRequest.shared?.value).toBe(expected);
  });

  // KAI Scheduler docs/gpu-sharing; AMD k8s-device-plugin, resource_naming_strategy mixed; nebuly nos, MPS partitioning.
  it.each([
    [
      'an annotation',
      pod('', '{limits: {cpu: 4}}').replace('{name: vllm}', '{name: vllm, annotations: {gpu-fraction: "0.5"}}'),
    ],
    ["a partition of AMD's", pod('', '{limits: {amd.com/cpx_nps4: 1}}')],
    ['a name with the memory', pod('', '{limits: {nvidia.com/gpu-10gb: 1}}')],
  ])('of which it gets a part, by %s', (_title, text) => {
    expect(found(text)?.unresolved).toMatchObject([{ name: 'gpu_memory' }]);
  });

  it("counted by Intel's cards and not by parts of them", () => {
    expect(gpus(pod('', '{limits: {gpu.intel.com/millicores: 500, gpu.intel.com/i915: 1}}'))).toEqual([null, 1]);
  });

  it('of which the multi-process service gives a part of the memory', () => {
    const spec = '  nodeSelector: {cloud.google.com/gke-gpu-sharing-strategy: mps}\n';
    expect(found(pod(spec, '{limits: {nvidia.com/gpu: 1}}'))?.unresolved).toMatchObject([{ name: 'gpu_memory' }]);
  });

  // Kubernetes: dynamic resource allocation, `resource.k8s.io/v1`, DeviceRequest.exactly
  it('by a claim of devices', () => {
    const claim = `---
apiVersion: resource.k8s.io/v1
kind: ResourceClaimTemplate
metadata: {name: two-gpus}
spec:
  spec:
    devices:
      requests:
      - name: gpu
        exactly:
          deviceClassName: gpu.nvidia.com
          count: 2
          selectors:
          - cel:
              expression: "device.attributes['gpu.nvidia.com'].productName == 'NVIDIA A100-SXM4-80GB'"
`;
    const text = pod(
      '  resourceClaims:\n  - {name: gpus, resourceClaimTemplateName: two-gpus}\n',
      '{claims: [{name: gpus}]}',
    );
    expect(gpus(text + claim)).toEqual(['NVIDIA A100-SXM4-80GB', 2]);
    expect(gpus(text)).toEqual([null, null]);
  });
});
