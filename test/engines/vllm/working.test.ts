import { describe, expect, it } from 'vitest';
import { stagesOf } from '../../../src/engines/vllm/stages.ts';
import { weightsOf } from '../../../src/engines/vllm/weights.ts';
import { estimateOf } from './catalogue.ts';
import { launched } from './launches.ts';
import { LLAMA_8B } from './models.ts';

describe('the working of the weights', () => {
  it('names the parts that the model is made of', () => {
    const { working } = estimateOf({ model: 'meta-llama/Llama-3.1-8B-Instruct', gpu: 'h100', version: '0.19.0' });
    // Two tables of 128,256 × 4,096 × 2 bytes are 0.978 GiB each; the 32 layers hold 6,979,584,000 parameters, 13.00 GiB.
    expect(working.weightsBytes).toContain('13.00 GiB layers + 0.98 GiB embeddings + 0.98 GiB head + ');
  });

  it.each([{}, { enable_lora: true }, { cpu_offload_gb: 2 }, { pipeline_parallel_size: 2 }])(
    'has parts that add up with %o',
    (args) => {
      const launch = launched({ model: LLAMA_8B, args });
      for (const stage of stagesOf(launch)) {
        const { model, offloaded, parts } = weightsOf(launch, stage);
        expect(parts.reduce((sum, [, bytes]) => sum + bytes, 0)).toBe(model + offloaded);
      }
    },
  );
});

describe('the working of CUDA graphs', () => {
  const asked = { model: 'meta-llama/Llama-3.1-8B-Instruct', gpu: 'h100', version: '0.19.0' };

  it('counts the captures behind the first: 51 sizes up to 512 of each kind (vLLM config/vllm.py)', () => {
    expect(estimateOf(asked).working.cudaGraphBytes).toMatch(
      /^FULL_AND_PIECEWISE up to 512 tokens: [\d.]+ MiB first capture \+ 50 piecewise × [\d.]+ MiB \+ 50 full × [\d.]+ MiB/,
    );
  });

  it('says that there are none', () => {
    expect(estimateOf({ ...asked, args: { enforce_eager: true } }).working.cudaGraphBytes).toBe('no CUDA graphs');
  });
});

describe('the working of memory outside PyTorch', () => {
  it('says on how many logs of which class it rests', () => {
    const { working } = estimateOf({ model: 'meta-llama/Llama-3.1-8B-Instruct', gpu: 'h100', version: '0.19.0' });
    expect(working.nonTorchBytes).toMatch(/as \d+ logs of \d+ setups \(growth and graphs, Hopper, 1\) show$/);
  });

  it('says where no log is of the setup', () => {
    const args = { tensor_parallel_size: 2, max_model_len: 8192 };
    const { working } = estimateOf({
      model: 'meta-llama/Llama-3.1-8B-Instruct',
      gpu: 'h100:2',
      version: '0.6.6',
      args,
    });
    expect(working.nonTorchBytes).toContain('which no log of such a setup covers');
  });
});
