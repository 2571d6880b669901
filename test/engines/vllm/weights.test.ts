import { describe, expect, it } from 'vitest';
import { vllm } from '../../../src/engines/vllm/index.ts';
import { inGib, memoryOf, modelOf, targetOf, type Launch } from './catalogue.ts';

function weightsOf(launch: Launch): number {
  return memoryOf(launch).weightsBytes.value;
}

/** What start-up logs of calibration.jsonl print as 'Model loading took', for models whose weights are special. */
describe('weights that logs state', () => {
  it.each([
    [
      'a small model, whose tensors share segments',
      { model: 'facebook/opt-125m', version: '0.8.1', gpu: 'h200' },
      0.2389,
    ],
    [
      // myoceane.fr, 'ai-vllm-a100-gemma-4'; on an H100 the calibration log says 13.64.
      'MXFP4 experts in Marlin, whose inner side is a multiple of 128',
      { model: 'openai/gpt-oss-20b', version: '0.19.0', gpu: 'a100-80gb-sxm', args: { max_model_len: 131_072 } },
      13.72,
    ],
    [
      // vllm-project/vllm#23278, whose installation has no triton_kernels: Marlin on Hopper.
      'MXFP4 experts on Hopper where Marlin is asked for',
      {
        model: 'openai/gpt-oss-120b',
        version: '0.11.0',
        gpu: 'h100',
        args: { gpu_memory_utilization: 0.95 },
        environment: { VLLM_MXFP4_USE_MARLIN: '1' },
      },
      65.9651,
    ],
    [
      // ai-coding.wiselychen.com, Qwen 3.6 27B on an RTX 5090: the same tensors, and the same patterns that take attention out.
      'a GPTQ checkpoint that keeps attention in 16 bits',
      { model: 'Qwen/Qwen3.5-27B-GPTQ-Int4', version: '0.20.0', gpu: 'rtx-5090', args: { max_model_len: 4096 } },
      27.51,
    ],
    [
      // jevemu docs, 'Candidate models that fit one RTX 3090': attention q, k, v and the first layer in 16 bits.
      'an AWQ checkpoint that keeps the first layer in 16 bits',
      {
        model: 'QuantTrio/Qwen3.6-27B-AWQ',
        version: '0.30.0',
        gpu: 'rtx-3090',
        args: { max_model_len: 8192, language_model_only: true, max_num_seqs: 16, max_num_batched_tokens: 512 },
      },
      19.05,
    ],
    [
      // jevemu docs, its quantization report.
      'an AWQ checkpoint that keeps all but the MLPs in 16 bits',
      {
        model: 'QuantTrio/Qwen3.5-9B-AWQ',
        version: '0.30.0',
        gpu: 'rtx-3090',
        args: { max_model_len: 8192, language_model_only: true, max_num_seqs: 16 },
      },
      10.35,
    ],
    [
      'Llama 4 with its shared expert',
      {
        model: 'meta-llama/Llama-4-Scout-17B-16E-Instruct',
        version: '0.19.0',
        gpu: 'h100:4',
        args: { tensor_parallel_size: 4, max_model_len: 8192 },
      },
      53.12,
    ],
    [
      'a hybrid without positions',
      { model: 'nvidia/NVIDIA-Nemotron-3-Nano-4B-BF16', version: '0.19.1', gpu: 'h100' },
      7.43,
    ],
    [
      'Qwen3-VL with the long table of M-RoPE and DeepStack buffers',
      { model: 'Qwen/Qwen3-VL-30B-A3B-Instruct', version: '0.18.0', gpu: 'h200' },
      58.23,
    ],
    [
      'a tower that no item may use',
      {
        model: 'google/gemma-4-31B-it-qat-w4a16-ct',
        version: '0.28.0',
        gpu: 'l4',
        args: { max_model_len: 4125, limit_mm_per_prompt: { image: 0, video: 0, audio: 0 } },
      },
      18.7,
    ],
    [
      'Gemma 4 without towers',
      {
        model: 'google/gemma-4-12B-it-qat-w4a16-ct',
        version: '0.28.0',
        gpu: 't4',
        args: { max_model_len: 33000, limit_mm_per_prompt: { image: 0, video: 0, audio: 0 } },
      },
      8.28,
    ],
    [
      'layers on the CPU, and what is made of them',
      {
        model: 'deepseek-ai/DeepSeek-Coder-V2-Lite-Instruct',
        version: '0.7.2',
        gpu: 'l40s',
        args: { cpu_offload_gb: 30, max_model_len: 100_000, enforce_eager: true },
      },
      0.8008,
    ],
    [
      'adapters of layers, token table and head',
      {
        model: 'unsloth/Llama-3.2-1B-Instruct-FP8-Block',
        version: '0.11.2',
        gpu: 'l4',
        args: { enable_lora: true, max_lora_rank: 32, max_model_len: 2048 },
      },
      1.4721,
    ],
  ] as const)('%s', (_, launch, logged) => {
    expect(Math.abs(inGib(weightsOf(launch)) / logged - 1)).toBeLessThan(0.005);
  });
});

describe('padding of kernels', () => {
  it('FlashInfer takes fp8 experts without a gate in steps of 128, since 0.17', () => {
    const launch = {
      model: 'nvidia/NVIDIA-Nemotron-3-Super-120B-A12B-FP8',
      gpu: 'h200:2',
      args: { tensor_parallel_size: 2 },
    };
    // 40 layers of 512 experts over 1,024 channels, two matrices each; 2,688 ÷ 2 = 1,344 becomes 1,408.
    const padded = 40 * 512 * 1024 * 2 * (1408 - 1344);
    expect(weightsOf({ ...launch, version: '0.17.1' }) - weightsOf({ ...launch, version: '0.16.0' })).toBe(padded);
  });

  it('AMD pads rows of experts by 256 bytes where they are multiples of 512, unless told not to', () => {
    const weights = (environment: Readonly<Record<string, string>>): number =>
      vllm.estimate({
        engineVersion: '0.11.2',
        arguments: { tensor_parallel_size: 4, max_model_len: 8192 },
        environment,
        model: modelOf('Qwen/Qwen3-235B-A22B-Instruct-2507'),
        drafter: null,
        target: targetOf('mi300x:4'),
      }).memory?.weightsBytes.value ?? 0;
    // Gate and up: 94 layers, 128 experts, 2 × 1,536 ÷ 4 rows of 8,192 bytes. Down: rows of 768 bytes stay.
    const padded = 94 * 128 * 768 * 256;
    expect(weights({}) - weights({ VLLM_ROCM_MOE_PADDING: '0' })).toBe(padded);
  });
});

describe('adapters', () => {
  const launch = { model: 'meta-llama/Llama-3.2-1B-Instruct', gpu: 'l4', args: { max_model_len: 2048 } };
  const adapters = (version: string): number =>
    weightsOf({ ...launch, version, args: { ...launch.args, enable_lora: true, max_lora_rank: 32 } }) -
    weightsOf({ ...launch, version });
  // Per layer A and B of q, k, v, o, gate, up and down: 2,048 wide, 512 for keys and values, 8,192 inside.
  const layer = 3 * 2048 + (2048 + 2 * 512) + (2048 + 2048) + (2 * 2048 + 2 * 8192) + (8192 + 2048);
  const layers = 16 * layer * 32;

  it('hold A and B of every layer, the token table and the head', () => {
    const table = 128_256 * 32 + 2048 * 32;
    expect(adapters('0.12.0')).toBe(2 * (layers + 2 * table));
  });

  it('could add 256 tokens before 0.12', () => {
    const table = (128_256 + 256) * 32 + 2048 * 32 + 256 * 2048;
    expect(adapters('0.11.2')).toBe(2 * (layers + 2 * table));
  });
});

describe('quantization by version', () => {
  // vllm-project/vllm#33333 loads 9.83 GiB: scales of experts without a gate are padded to tiles of 128 rows (modelopt.py).
  it('experts without a gate are padded in NVFP4 where the card multiplies it', () => {
    const model = 'nvidia/NVIDIA-Nemotron-3-Nano-30B-A3B-NVFP4';
    const args = { tensor_parallel_size: 2, max_model_len: 131_072, max_num_seqs: 8, kv_cache_dtype: 'fp8' };
    const on = (gpu: string): number => inGib(weightsOf({ model, version: '0.13.0', gpu, args }));
    expect(Math.abs(on('rtx-5080:2') - 9.83)).toBeLessThan(0.03);
    expect(on('h100:2')).toBeLessThan(9.2);
  });

  it('a head that ModelOpt quantized stays so since 0.23', () => {
    const launch = { model: 'nvidia/Qwen3.6-27B-NVFP4', gpu: 'h100', args: { max_model_len: 8192 } };
    const saved = weightsOf({ ...launch, version: '0.22.0' }) - weightsOf({ ...launch, version: '0.23.0' });
    // 248,320 tokens of 5,120: half a byte and a scale per 16 instead of two bytes; the allocator rounds to 2 MiB.
    expect(Math.abs(saved - 248_320 * 5120 * (2 - 0.5 - 1 / 16))).toBeLessThan(3 * 2 ** 20);
  });

  it("bitsandbytes' scales of scales are written out since 0.9.2", () => {
    const launch = { model: 'Qwen/Qwen3-8B', gpu: 'l4', args: { quantization: 'bitsandbytes', max_model_len: 2048 } };
    // 36 layers: q, k, v 6,144, o 4,096, gate and up 24,576 rows of 4,096; down 4,096 rows of 12,288.
    const elements = 36 * 4096 * (6144 + 4096 + 24_576 + 12_288);
    const scales = elements / 64;
    const difference = weightsOf({ ...launch, version: '0.9.2' }) - weightsOf({ ...launch, version: '0.9.1' });
    // Four bytes instead of one and the 256th part of four; the allocator rounds each tensor.
    expect(difference / (scales * (4 - 1 - 4 / 256))).toBeCloseTo(1, 1);
  });
});

describe('fully sharded LoRA (lora/layers create_lora_weights)', () => {
  it('cuts the factor that layers leave whole', () => {
    const of = (fully_sharded_loras: boolean): number => {
      const args = { enable_lora: true, max_lora_rank: 64, tensor_parallel_size: 2, fully_sharded_loras };
      return weightsOf({ model: 'Qwen/Qwen3-8B', version: '0.15.0', gpu: 'h100:2', args });
    };
    // 36 layers; A of q, k, v, gate and up: 5 × 4096, B of o and down: 2 × 4096; rank 64, 16 bits, one half saved.
    expect((of(false) - of(true)) / (36 * 64 * 2 * 7 * 4096 * 0.5)).toBeCloseTo(1, 1);
  });
});
