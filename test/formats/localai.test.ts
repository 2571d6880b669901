import { describe, expect, it } from 'vitest';
import { applyEdits } from '../../src/edit.ts';
import { engines } from '../../src/engines/index.ts';
import { editArgument, extractAll } from '../../src/formats/index.ts';

const context = { engines, read: () => null };
const read = (text: string) => extractAll([{ path: 'model.yaml', text }], context).deployments;

const LLAMA = `name: mine
backend: cuda12-llama-cpp
context_size: 8192
gpu_layers: 90
f16: true
flash_attention: "on"
cache_type_k: q8_0
parameters:
  model: Qwen3-8B-Q4_K_M.gguf
  temperature: 0.2
template:
  chat: |
    {{.Input}}
`;

describe('a model of LocalAI', () => {
  it('has llama-server’s arguments under its names', () => {
    const [one] = read(LLAMA);
    expect([one?.name, one?.engine.id, one?.model?.value]).toEqual(['mine', 'llamacpp', 'Qwen3-8B-Q4_K_M.gguf']);
    expect(Object.fromEntries([...(one?.arguments ?? [])].map(([name, { value }]) => [name, value]))).toEqual({
      ctx_size: 8192,
      n_gpu_layers: 90,
      flash_attn: 'on',
      cache_type_k: 'q8_0',
    });
  });

  it('without a length leaves it open, since LocalAI then chooses', () => {
    const [one] = read(LLAMA.replace('context_size: 8192\n', ''));
    expect(one?.unresolved).toMatchObject([{ name: 'ctx_size' }]);
  });

  it('without a backend is llama.cpp’s when it is a GGUF, and nobody’s otherwise', () => {
    expect(read(LLAMA.replace('backend: cuda12-llama-cpp\n', ''))[0]?.engine.id).toBe('llamacpp');
    expect(read(LLAMA.replace('backend: cuda12-llama-cpp\n', '').replace('.gguf', ''))).toEqual([]);
    expect(read(LLAMA.replace('cuda12-llama-cpp', 'whisper'))).toEqual([]);
  });

  it('is vLLM’s with vLLM’s keys, of which its own length goes before context_size', () => {
    const text =
      'name: v\nbackend: vllm\nparameters:\n  model: Qwen/Qwen3-8B\ncontext_size: 1\nmax_model_len: 4096\ngpu_memory_utilization: 0.5\n';
    const [one] = read(text);
    expect([one?.engine.id, one?.arguments.get('max_model_len')?.value]).toEqual(['vllm', 4096]);
    expect(one?.arguments.get('gpu_memory_utilization')?.value).toBe(0.5);
  });

  it('may be one of a list', () => {
    const text = `- name: a\n  backend: llama-cpp\n  context_size: 4096\n  parameters:\n    model: a-Q4_0.gguf\n- name: b\n  backend: llama-cpp\n  context_size: 2048\n  parameters:\n    model: b-Q4_0.gguf\n`;
    expect(read(text).map(({ name, arguments: args }) => [name, args.get('ctx_size')?.value])).toEqual([
      ['a', 4096],
      ['b', 2048],
    ]);
  });

  it('is edited by LocalAI’s own keys', () => {
    const file = { path: 'model.yaml', text: LLAMA };
    const [one] = read(LLAMA);
    const set = (argument: string, value: number | string): string => {
      const edits = one
        ? editArgument(one, argument, value, context, new Map([[file.path, file]]))
        : { reason: 'none' };
      return 'reason' in edits ? edits.reason : applyEdits(LLAMA, edits);
    };
    expect(set('ctx_size', 4096)).toBe(LLAMA.replace('8192', '4096'));
    expect(set('cache_type_v', 'q8_0')).toContain('\ncache_type_v: q8_0\n');
    expect(set('ubatch_size', 256)).toMatch(/no key for it/);
  });
});
