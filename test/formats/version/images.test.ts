import { describe, expect, it } from 'vitest';
import { vllm } from '../../../src/engines/vllm/index.ts';

/** Tags as public repositories write them; the version is what the tag says in vLLM's own numbers. */
const NUMBERED: readonly (readonly [string, string])[] = [
  ['vllm/vllm-openai:v0.19.0', '0.19.0'],
  ['docker.io/vllm/vllm-openai:v0.9.0.1', '0.9.0.1'],
  ['vllm/vllm-openai:v0.27.1-aarch64', '0.27.1'],
  ['vllm/vllm-openai:v0.11.0-x86_64', '0.11.0'],
  ['vllm/vllm-openai:v0.19.0-cu129', '0.19.0'],
  ['vllm/vllm-openai:v0.20.0-cu130-ubuntu2404', '0.20.0'],
  ['vllm/vllm-openai:v0.9.2rc1', '0.9.2rc1'],
  ['vllm/vllm-openai:v0.6.3.post1', '0.6.3.post1'],
  ['vllm/vllm-openai:0.3.0', '0.3.0'],
  ['vllm/vllm-openai-rocm:v0.14.1', '0.14.1'],
  ['vllm/vllm-openai:v0.9.1@sha256:3f5ad92f63e3f4b0073cca935a976d4cbf2a21e22cf06a95fd6df47759e10e04', '0.9.1'],
  ['registry.acme.example:5000/mirror/vllm-openai:v0.10.2', '0.10.2'],
  ['aibrix-container-registry-cn-beijing.cr.volces.com/aibrix/vllm-openai:v0.6.2-distributed', '0.6.2'],
  ['quay.io/rh-aiservices-bu/vllm-openai-ubi9:0.4.2', '0.4.2'],
  ['intel/vllm:0.10.0-xpu', '0.10.0'],
  ['763104351884.dkr.ecr.us-west-2.amazonaws.com/vllm:0.22.0-gpu-py312-cu130-ubuntu22.04-ec2', '0.22.0'],
  ['763104351884.dkr.ecr.us-west-2.amazonaws.com/vllm:0.11.2-gpu-sagemaker', '0.11.2'],
  ['692474966980.dkr.ecr.us-west-2.amazonaws.com/vllm:0.10.1.1-rc2', '0.10.1.1'],
  ['rocm/vllm:rocm6.4.1_vllm_0.9.1_20250702', '0.9.1'],
  ['rocm/vllm:rocm7.0.0_vllm_0.11.1_20251103', '0.11.1'],
  ['rocm/vllm-dev:rocm7.2_navi_ubuntu22.04_py3.10_pytorch_2.9_vllm_0.14.0rc0', '0.14.0rc0'],
  ['public.ecr.aws/data-on-eks/neuron-sdk2.20-vllm0.5.0-neuron:v8', '0.5.0'],
  ['gpustack/runner:cuda12.8-vllm0.10.2', '0.10.2'],
];

/** Publishers with numbers of their own, by the lists that image-version.ts names. */
const LISTED: readonly (readonly [string, string])[] = [
  ['nvcr.io/nvidia/vllm:25.09-py3', '0.10.1.1'],
  ['nvcr.io/nvidia/vllm:25.10-py3', '0.10.2'],
  ['nvcr.io/nvidia/vllm:25.12.post1-py3', '0.12.0'],
  ['nvcr.io/nvidia/ai-dynamo/vllm-runtime:0.8.0', '0.12.0'],
  ['ghcr.io/llm-d/llm-d-cuda:v0.8.0', '0.23.0'],
  ['763104351884.dkr.ecr.us-west-2.amazonaws.com/vllm:server-cuda-v2.1', '0.24.0'],
  ['registry.redhat.io/rhaiis/vllm-cuda-rhel9:3.2.2', '0.10.1.1'],
];

/** Published images whose tag names no release of vLLM. */
const OPEN = [
  'vllm/vllm-openai',
  'vllm/vllm-openai:latest',
  'vllm/vllm-openai:nightly',
  'vllm/vllm-openai:nightly-d00df624f313a6a5a7a6245b71448b068b080cd7',
  'vllm/vllm-openai:gptoss',
  'vllm/vllm-openai-rocm@sha256:e68d18b2ba50298661bfc49baf01158fbf036645c2362cccf3e8a7a79fe6c69a',
  'rocm/vllm-dev:nightly_main_20251005',
  'rocm/vllm:instinct_main',
  'nvcr.io/nvidia/vllm:24.01-py3',
  'nvcr.io/nvidia/ai-dynamo/vllm-runtime:my-tag',
  // numbers of their own that look like vLLM's
  'ghcr.io/llm-d/llm-d-cuda:v0.5.1',
  'docker.io/lmcache/vllm-openai:v0.3.15',
  'kserve/huggingfaceserver:v0.15.0-gpu',
  '763104351884.dkr.ecr.us-east-2.amazonaws.com/djl-inference:0.32.0-lmi14.0.0-cu124',
  'registry.redhat.io/rhaiis/vllm-cuda-rhel9:3.2.5',
  'quay.io/modh/vllm:rhoai-2.25-cuda',
  'opea/vllm-gaudi:1.22.0',
  // one of two patches that take different memory
  '763104351884.dkr.ecr.us-west-2.amazonaws.com/vllm:0.11-gpu-py312',
];

/** Images of a team's own: their numbers are the team's. */
const OWN = [
  'acme/llm:v0.9.1',
  'acme/vllm-server:0.3.1',
  'acme/vllm:latest',
  'acme/vllm:0.1.4',
  'python:3.12',
  '$IMAGE',
  '',
];

describe('the version in an image', () => {
  it.each(NUMBERED)('%s', (image, version) => {
    expect(vllm.versionOfImage(image)).toMatchObject({ version, by: null });
  });

  it.each(LISTED)('%s, by the publisher’s list', (image, version) => {
    expect(vllm.versionOfImage(image)?.version).toBe(version);
    expect(vllm.versionOfImage(image)?.by).toMatch(/list|matrix|notes/);
  });

  it('a tag without a patch counts where every patch takes the same memory', () => {
    expect(vllm.versionOfImage('763104351884.dkr.ecr.us-west-2.amazonaws.com/vllm:0.13-gpu-py312-ec2')?.version).toBe(
      '0.13',
    );
  });

  it.each(OPEN)('%s leaves it open, and no file beside can tell', (image) => {
    expect(vllm.versionOfImage(image)).toEqual({ version: null, by: null, published: true });
  });

  it.each(OWN)('%s says nothing', (image) => {
    expect(vllm.versionOfImage(image)).toBeNull();
  });
});
