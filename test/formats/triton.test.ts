import { describe, expect, it } from 'vitest';
import { engines } from '../../src/engines/index.ts';
import { extractAll } from '../../src/formats/index.ts';
import type { SourceFile } from '../../src/text.ts';

const PATH = 'model_repository/llama/1/model.json';
const CONFIG = 'model_repository/llama/config.pbtxt';

function launches(json: unknown, config: string | null = null) {
  const read = (path: string): SourceFile | null =>
    path === CONFIG && config !== null ? { path, text: config } : null;
  const text = JSON.stringify(json, null, 2);
  const { deployments } = extractAll([{ path: PATH, text }], { engines, read });
  return deployments.filter(({ format }) => format === 'triton');
}

describe('model.json of Triton’s vLLM backend', () => {
  it('holds the engine’s arguments, and Triton adds none', () => {
    const [only] = launches({
      model: 'org/m',
      tensor_parallel_size: 2,
      enforce_eager: true,
      disable_log_requests: true,
    });
    expect(only).toMatchObject({ format: 'triton', name: 'llama', model: { value: 'org/m' } });
    expect(only?.arguments.has('gpu_memory_utilization')).toBe(false);
    expect(only?.arguments.get('tensor_parallel_size')?.value).toBe(2);
  });

  it('may hold a model alone where the config beside it says the backend', () => {
    expect(launches({ model: 'org/m' }, 'backend: "vllm"\n')).toHaveLength(1);
    expect(launches({ model: 'org/m' })).toEqual([]);
  });

  it('of another backend is left alone', () => {
    expect(launches({ model: 'org/m', tensor_parallel_size: 2 }, 'backend: "python"\n')).toEqual([]);
  });

  it.each([
    ['a request', { model: 'org/m', messages: [], max_tokens: 10, tensor_parallel_size: 1 }],
    ['a card', { model: 'org/m', dtype: 'bfloat16', license: 'mit' }],
    ['a client', { model: 'org/m', seed: 1 }],
  ])('%s is none', (_what, json) => {
    expect(launches(json)).toEqual([]);
  });

  it('is open where several instances share the GPU', () => {
    const config = 'backend: "vllm"\ninstance_group [\n  {\n    count: 2\n    kind: KIND_MODEL\n  }\n]\n';
    const [only] = launches({ model: 'org/m', gpu_memory_utilization: 0.4 }, config);
    expect(only?.unresolved.map(({ reason }) => reason)).toEqual([
      'config.pbtxt asks for 2 instances, each an engine of its own on the same GPU',
    ]);
  });
});
