import { describe, expect, it } from 'vitest';
import { engines } from '../../src/engines/index.ts';
import { extractAll } from '../../src/formats/index.ts';

function read(text: string, path = 'endpoint.json') {
  return extractAll([{ path, text }], { engines, read: () => null });
}

// Inference Endpoints API, POST /v2/endpoint/{namespace}: compute, model.image
describe('an inference endpoint', () => {
  const endpoint = (image: object): string =>
    JSON.stringify({
      name: 'chat',
      compute: { accelerator: 'gpu', instanceType: 'nvidia-l4', instanceSize: 'x4' },
      model: { repository: 'org/name', framework: 'pytorch', task: 'text-generation', image },
    });

  it('serves with the container that its image names', () => {
    const { deployments } = read(
      endpoint({
        vllm: { url: 'vllm/vllm-openai:v0.9.0', tensorParallelSize: 4, maxNumSeqs: 64, kvCacheDtype: 'fp8' },
      }),
    );
    expect(deployments).toMatchObject([
      {
        format: 'hf-endpoint',
        name: 'chat',
        engine: { id: 'vllm', version: '0.9.0' },
        model: { value: 'org/name' },
        gpuRequest: { name: { value: 'nvidia-l4' }, count: { value: 4 } },
      },
    ]);
    const values = [...(deployments[0]?.arguments ?? [])].map(([name, { value }]) => [name, value]);
    expect(Object.fromEntries(values)).toEqual({ tensor_parallel_size: 4, max_num_seqs: 64, kv_cache_dtype: 'fp8' });
  });

  // Inference Endpoints docs, pricing: `nvidia-a100` has 80 GB at every provider.
  it('means the A100 that its provider has', () => {
    const text = endpoint({ vllm: { url: 'vllm/vllm-openai:v0.9.0' } }).replace('nvidia-l4', 'nvidia-a100');
    expect(read(text).deployments[0]?.gpuRequest.name?.value).toBe('nvidia-a100-80gb');
  });

  it('takes what the engine reads from its variables', () => {
    const { deployments } = read(
      endpoint({
        llamacpp: { url: 'ghcr.io/ggml-org/llama.cpp:server-cuda-b9000', env: { LLAMA_ARG_CTX_SIZE: '8192' } },
      }),
    );
    expect(deployments[0]?.arguments.get('ctx_size')).toMatchObject({ value: 8192, source: 'environment' });
  });

  it('is no launch in the default container, or where it is only used again', () => {
    expect(read(endpoint({ huggingface: {} }))).toEqual({ deployments: [], unsupported: [] });
    const again =
      'model:\n  endpoint_name: chat\n  reuse_existing: true\n  instance_type: null\n  instance_size: null\n';
    expect(read(again, 'endpoint.yaml')).toEqual({ deployments: [], unsupported: [] });
  });
});
