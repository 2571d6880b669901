import { describe, expect, it } from 'vitest';
import { GIB } from '../../../src/bytes.ts';
import { initialBytes, nonTorchGrowth } from '../../../src/engines/vllm/non-torch.ts';
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
