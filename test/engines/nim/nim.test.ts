import { describe, expect, it } from 'vitest';
import type { Setting } from '../../../src/engines/engine.ts';
import { nim } from '../../../src/engines/nim/index.ts';
import { isSameModel } from '../../../src/engines/nim/model-names.ts';
import { vllm } from '../../../src/engines/vllm/index.ts';
import { estimateOf, valuesOf } from '../other-engines.ts';
import { models } from '../vllm/catalogue.ts';

function setting(key: string, value: string): Setting {
  return { key, value, place: { file: 'x.yaml', start: 0, end: 0, line: 1 }, unresolved: null };
}

describe('NIM’s images', () => {
  // catalog.ngc.nvidia.com
  it.each([
    ['nvcr.io/nim/meta/llama-3.1-8b-instruct:1.8.4', 'meta/llama-3.1-8b-instruct'],
    ['registry.example.com/nim/mistralai/mixtral-8x7b-instruct-v01:1.2.1', 'mistralai/mixtral-8x7b-instruct-v01'],
    ['nvcr.io/nim/nvidia/llm-nim:1.14', null],
  ])('%s serves %s', (image, model) => {
    expect(nim.ownsImage(image)).toBe(true);
    expect(nim.modelOfImage?.(image)).toBe(model);
  });

  it.each([
    'nvcr.io/nim/nvidia/llama-3.2-nv-embedqa-1b-v2:1.5.0',
    'nvcr.io/nim/nvidia/llama-3.2-nv-rerankqa-1b-v2:1.3.0',
    'nvcr.io/nim/nvidia/nemoretriever-page-elements-v2:1.2.0',
    'nvcr.io/nim/baidu/paddleocr:1.2.0',
    'nvcr.io/nim/nvidia/parakeet-1-1b-ctc-en-us:1.0',
    'docker.io/arizephoenix/phoenix:latest',
  ])('%s generates no text', (image) => {
    expect(nim.ownsImage(image)).toBe(false);
  });
});

describe('NIM’s variables', () => {
  // docs.nvidia.com/nim/large-language-models, "Configuration"
  it.each([
    ['NIM_MAX_MODEL_LEN', 'max_model_len'],
    ['NIM_TENSOR_PARALLEL_SIZE', 'tensor_parallel_size'],
    ['NIM_KVCACHE_PERCENT', 'gpu_memory_utilization'],
    ['NGC_API_KEY', null],
  ])('%s stands for %s', (variable, name) => {
    expect(nim.argumentOfVariable(variable)).toBe(name);
  });

  it('let passed options go before them', () => {
    const parsed = nim.parseSettings(
      [
        setting('max_model_len', '4096'),
        setting('passthrough_args', '--max-model-len 8192 --gpu-memory-utilization=0.8'),
      ],
      false,
    );
    expect(valuesOf(parsed)).toEqual({ max_model_len: 8192, gpu_memory_utilization: 0.8 });
  });

  it('name a model of the Hub by its address', () => {
    expect(nim.parseSettings([setting('model', 'hf://google/gemma-3-27b-it')], false).model?.value).toBe(
      'google/gemma-3-27b-it',
    );
  });
});

describe('names of models', () => {
  // Model cards on build.nvidia.com name the checkpoint on the Hub.
  it.each([
    ['meta/llama3-8b-instruct', 'meta-llama/Meta-Llama-3-8B-Instruct'],
    ['meta/llama-3.1-70b-instruct', 'meta-llama/Llama-3.1-70B-Instruct'],
    ['nvidia-nim-llama3-70b-instruct', 'meta-llama/Meta-Llama-3-70B-Instruct'],
    ['nvidia/llama-3.3-nemotron-super-49b-v1.5', 'nvidia/Llama-3_3-Nemotron-Super-49B-v1_5'],
    ['mistralai/mixtral-8x7b-instruct-v01', 'mistralai/Mixtral-8x7B-Instruct-v0.1'],
  ])('%s is %s, and nothing else of the catalogue', (name, id) => {
    expect(isSameModel(name, id)).toBe(true);
    const rows = models.ids.filter((one) => isSameModel(name, one)).map((one) => models.find(one)?.source);
    expect(new Set(rows).size).toBeLessThanOrEqual(1);
  });

  it('of other owners are others', () => {
    expect(isSameModel('meta/llama3-8b-instruct', 'unsloth/llama-3-8b-Instruct')).toBe(false);
    expect(isSameModel('meta/llama-3.1-8b-instruct', 'meta-llama/Llama-3.1-8B')).toBe(false);
  });
});

describe('the estimate', () => {
  it('of 2.x is vLLM’s with a share of 0.9', () => {
    const asked = { args: { max_model_len: 8192 }, gpu: 'h100' } as const;
    const own = estimateOf(nim, { ...asked, version: '2.0.3' });
    const inside = estimateOf(vllm, {
      ...asked,
      args: { ...asked.args, gpu_memory_utilization: 0.9, tensor_parallel_size: 1 },
    });
    expect(own.memory).toEqual(inside.memory);
    expect(own.verdict).toBe(inside.verdict);
  });

  it('takes the GPUs that it sees', () => {
    expect(estimateOf(nim, { gpu: 'h100:8', version: '2.0.3' }).effective['tensor_parallel_size']).toBe(8);
    const args = { tensor_parallel_size: 2 };
    expect(estimateOf(nim, { gpu: 'h100:8', version: '2.0.3', args }).effective['tensor_parallel_size']).toBe(2);
  });

  it('of 1.x is unknown where a choice of NIM’s own decides', () => {
    expect(
      estimateOf(nim, {
        version: '1.8.4',
        args: { model_profile: '4f904d571fe60ff24695b5ee2aa42da58cb460787a968f1e8a09f5a7e862728d' },
      }).verdict,
    ).toBe('unknown');
    // 15 GiB of weights in 16 bits on a card of 16 GB: a build in FP8 has half.
    expect(
      estimateOf(nim, { version: '1.8.4', gpu: 'l4', visibleGib: 15, args: { max_model_len: 4096 } }).verdict,
    ).toBe('unknown');
    // No precision makes 70 B parameters fit 22 GiB.
    expect(estimateOf(nim, { version: '1.8.4', gpu: 'l4', model: 'meta-llama/Llama-3.1-70B' }).verdict).toBe('fails');
  });
});
