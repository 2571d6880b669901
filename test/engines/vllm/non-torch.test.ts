import { describe, expect, it } from 'vitest';
import { GIB } from '../../../src/bytes.ts';
import { initialBytes, nonTorchGrowth } from '../../../src/engines/vllm/non-torch.ts';
import { estimateOf } from './catalogue.ts';
import { launched } from './launches.ts';

describe('what V0 charges beside torch (worker/worker.py determine_num_available_blocks)', () => {
  const at = (version: string): [baseline: number, charged: number] => {
    const launch = launched({ model: 'Qwen/Qwen2.5-7B-Instruct', version, gpu: 'l40s', args: { max_model_len: 4096 } });
    return [initialBytes(launch).value / GIB, nonTorchGrowth(launch, true).value / GIB];
  };

  it.each(['0.6.4', '0.6.4.post1'])('%s charges all that is used on the card, the CUDA context too', (version) => {
    const [baseline, charged] = at(version);
    expect(baseline).toBe(0);
    // 0.6.4 logs of one GPU print non_torch_memory of 0.43 to 0.47 GiB.
    expect(charged).toBeGreaterThan(0.4);
    expect(charged).toBeLessThan(0.55);
  });

  it.each(['0.6.3', '0.6.5'])('%s charges what is added to the baseline', (version) => {
    const [baseline, charged] = at(version);
    expect(baseline).toBeGreaterThan(0.3);
    expect(charged).toBeLessThan(0.1);
  });

  // vllm-project/vllm#13061 prints 0.25 GiB, and five more logs from 0.2 to 0.36.
  it('two cards without NVLink take a quarter of a GiB', () => {
    const launch = launched({
      model: 'deepseek-ai/DeepSeek-R1-Distill-Qwen-14B',
      version: '0.7.2',
      gpu: 'rtx-4090:2',
      args: { tensor_parallel_size: 2, max_model_len: 4096 },
    });
    const { low, value, high } = nonTorchGrowth(launch, true);
    expect(value / GIB).toBeCloseTo(0.25, 1);
    expect(low / GIB).toBeLessThanOrEqual(0.2);
    expect(high / GIB).toBeGreaterThanOrEqual(0.36);
  });
});

// Gemma 3 1B runs on seven slices of 5 GiB with 86 % of each (gbrayut/cloud-examples, vLLM 0.10.1.1).
describe('the context of a MIG slice', () => {
  it('may be as small as its share of the multiprocessors', () => {
    const on = (gpu: string) =>
      initialBytes(launched({ model: 'google/gemma-3-1b-it', version: '0.10.1', gpu, args: { max_model_len: 4096 } }));
    const [slice, card] = [on('a100-40gb-sxm-mig-1g.5gb'), on('a100-40gb-sxm')];
    expect(slice.low).toBeLessThan(card.low / 5);
    expect(slice.value).toBeLessThan(card.value);
    expect(slice.high).toBe(card.high);
  });

  it('is no reason to say that a launch fails that runs', () => {
    const args = { gpu_memory_utilization: 0.86 };
    const found = estimateOf({
      model: 'google/gemma-3-1b-it',
      version: '0.10.1',
      gpu: 'a100-40gb-sxm-mig-1g.5gb',
      args,
    });
    expect(found.verdict).toBe('tight');
  });
});

// vllm-project/vllm#36973 and #37088: one model on an RTX 5090, before and after the profile run warmed its kernels.
describe("the driver's memory for tensor descriptors", () => {
  const at = (version: string, gpu = 'rtx-5090', model = 'Qwen/Qwen3.5-35B-A3B-GPTQ-Int4') => {
    const args = { kv_cache_dtype: 'fp8', max_model_len: 32_768, gpu_memory_utilization: 0.9 };
    const estimate = estimateOf({ model, version, gpu, args });
    return { ...estimate, kv: (estimate.memory?.kvCacheBytes.value ?? 0) / GIB };
  };

  it('is taken off the KV cache from 0.18 on, and gone in 0.20', () => {
    // The log states 5.18 GiB without it and 1.76 with it.
    expect(at('0.17.1').kv - at('0.18.0').kv).toBeCloseTo(3.42, 0);
    expect(at('0.19.1').kv).toBeLessThan(2);
    expect(at('0.20.2').kv).toBeGreaterThan(3.5);
  });

  it('comes with the first prompt before', () => {
    const { verdict, stage, message } = at('0.17.1');
    expect([verdict, stage]).toEqual(['fails', 'serving']);
    expect(message).toContain('when the first prompt runs');
  });

  it('is nothing to other cards and other models', () => {
    const hopper = at('0.18.0', 'h100').kv;
    expect(at('0.17.1', 'h100').kv - hopper).toBeLessThan(1);
    const dense = 'Qwen/Qwen3-8B';
    expect(at('0.17.1', 'rtx-5090', dense).kv - at('0.18.0', 'rtx-5090', dense).kv).toBeLessThan(1);
  });
});
