import { describe, expect, it } from 'vitest';
import { launched, type Asked } from './launches.ts';

/** The engine rounds to three decimals where it rounds at all. */
function fraction(asked: Asked): number {
  return Math.round(launched(asked).fraction * 1000) / 1000;
}

/**
 * MiB that nvidia-smi shows × the rule of srt/server_args.py at each tag, worked out by hand in the project's reference
 * (tables 1.2) for text models without drafting: [GPU, ranks, 0.4.5.post2, 0.5.1, 0.5.9, 0.5.10].
 */
const TABLE: readonly (readonly [string, number, number, number, number, number])[] = [
  ['t4', 1, 0.88, 0.807, 0.757, 0.735],
  ['l4', 1, 0.88, 0.871, 0.837, 0.822],
  ['rtx-4090', 1, 0.88, 0.879, 0.847, 0.833],
  ['rtx-5090', 1, 0.88, 0.909, 0.885, 0.874],
  ['a100-40gb', 1, 0.88, 0.75, 0.833, 0.823],
  ['l40s', 1, 0.88, 0.778, 0.851, 0.843],
  ['a100-80gb', 1, 0.88, 0.875, 0.836, 0.83],
  ['h100', 1, 0.88, 0.874, 0.835, 0.83],
  ['h20', 1, 0.88, 0.869, 0.863, 0.858],
  ['h200', 1, 0.88, 0.911, 0.907, 0.903],
  ['b200', 1, 0.88, 0.821, 0.857, 0.854],
  ['h100', 8, 0.81, 0.831, 0.818, 0.812],
  ['h200', 8, 0.81, 0.886, 0.897, 0.893],
  ['b200', 8, 0.81, 0.821, 0.852, 0.849],
  ['l4', 8, 0.81, 0.84, 0.793, 0.778],
];

describe('mem_fraction_static where it is not given', () => {
  it.each(
    TABLE.flatMap(([gpu, ranks, ...by]) =>
      ['0.4.5.post2', '0.5.1', '0.5.9', '0.5.10'].map((version, index) => [gpu, ranks, version, by[index]] as const),
    ),
  )('%s × %i, %s: %f', (gpu, ranks, version, expected) => {
    expect(fraction({ gpu: `${gpu}:${ranks}`, version, args: { tp_size: ranks } })).toBeCloseTo(expected ?? 0, 3);
  });

  const base: Asked = { gpu: 'h100:8', version: '0.5.9', args: { tp_size: 8 } };
  const more = (args: Asked['args'], version = '0.5.9'): number =>
    fraction({ ...base, version, args: { ...base.args, ...args } });

  // H100: 81559 MiB. 0.5.9 with 8 ranks: 512 + 1.5·8192 + 2·512 + 1024 = 14848; (81559 − 14848)/81559 = .818.
  it('follows the chunk, which is 2048 at least', () => {
    expect(more({ chunked_prefill_size: 16_384 })).toBeCloseTo((81_559 - 27_136) / 81_559, 3);
    expect(more({ chunked_prefill_size: 512 })).toBe(more({ chunked_prefill_size: 2048 }));
  });

  it('follows max_prefill_tokens where prompts are not cut', () => {
    expect(more({ chunked_prefill_size: -1, max_prefill_tokens: 16_384 })).toBe(more({ chunked_prefill_size: 16_384 }));
  });

  it('keeps 10 GiB free on cards above 60 GiB', () => {
    const small = { chunked_prefill_size: 2048, cuda_graph_max_bs: 8 };
    expect(fraction({ gpu: 'h100', version: '0.5.9', args: small })).toBeCloseTo((81_559 - 10_240) / 81_559, 3);
  });

  // 3 MiB per request of the largest graph and replica, 4.5 above 300: 8·(2 + 8·3) of 160 requests.
  it('reserves for DP attention, and cuts the chunk by its size first', () => {
    const args = { dp_size: 8, enable_dp_attention: true, cuda_graph_max_bs: 160 };
    const reserved = 512 + 2048 * 1.5 + 1024 + 160 * 2 + 160 * 8 * 3;
    expect(more(args)).toBeCloseTo((81_559 - Math.max(reserved, 10_240)) / 81_559, 3);
    const large = { ...args, cuda_graph_max_bs: 512 };
    expect(more(large)).toBeCloseTo((81_559 - (512 + 3072 + 1024 + 1024 + 512 * 8 * 4.5)) / 81_559, 3);
  });

  const drafting: Asked['args'] = {
    speculative_algorithm: 'EAGLE3',
    speculative_num_steps: 3,
    speculative_eagle_topk: 1,
    speculative_num_draft_tokens: 4,
  };
  it('reserves for drafting up to 0.5.13 only', () => {
    const plain = { disable_piecewise_cuda_graph: true, cuda_graph_max_bs: 64 };
    const drafter = 'lmsys/SGLang-EAGLE3-Qwen3-30B-A3B-Instruct-2507-SpecForge-Nex';
    const drafted = (version: string): number =>
      fraction({
        model: 'Qwen/Qwen3-30B-A3B-Instruct-2507',
        version,
        drafter,
        args: { ...plain, ...drafting, speculative_draft_model_path: drafter },
      });
    const without = (version: string): number => fraction({ version, args: plain });
    expect(without('0.5.9') - drafted('0.5.9')).toBeCloseTo(2048 / 81_559, 2);
    expect(without('0.5.12') - drafted('0.5.12')).toBeCloseTo(4096 / 81_559, 2);
    expect(drafted('0.5.14')).toBe(without('0.5.14'));
  });

  // Kimi-K2.5 (27 layers of 1152 in its tower): .908 · .95 · .9576 = .826 in the log of 0.5.9 on 8 MI355X.
  it('is lowered for a vision tower larger than CLIP’s', () => {
    const kimi = { model: 'moonshotai/Kimi-K2.5', gpu: 'mi355x:8', version: '0.5.9', args: { tp_size: 8 } };
    expect(fraction(kimi)).toBeCloseTo(0.826, 3);
    expect(fraction({ ...kimi, args: { tp_size: 8, language_only: true } })).toBeCloseTo(0.908, 3);
  });

  // `self.mem_fraction_static *= 0.85`, whoever chose it: model_runner.py 0.4.7 to 0.5.4, srt/server_args.py after, with 0.9 in
  // 0.5.4.post1 alone.
  it('is shortened by AITER attention above 8192 tokens, a written one too', () => {
    const amd = { gpu: 'mi300x', args: { mem_fraction_static: 0.8 } };
    expect(fraction({ ...amd, version: '0.4.6' })).toBe(0.8);
    for (const version of ['0.4.7', '0.5.4', '0.5.4.post2', '0.5.18']) expect(fraction({ ...amd, version })).toBe(0.68);
    expect(fraction({ ...amd, version: '0.5.4.post1' })).toBe(0.72);
    expect(fraction({ ...amd, version: '0.5.5', args: { ...amd.args, context_length: 8192 } })).toBe(0.8);
    expect(fraction({ ...amd, version: '0.5.5', args: { ...amd.args, attention_backend: 'triton' } })).toBe(0.8);
  });

  // get_num_kv_heads(tp_size) of 16 or 128: DeepSeek-R1 has 128 heads.
  it('is shortened for latent attention by the heads of one rank', () => {
    const latent = (ranks: number): number =>
      fraction({
        model: 'deepseek-ai/DeepSeek-R1',
        gpu: `mi300x:${ranks}`,
        version: '0.5.9',
        args: { tp_size: ranks, mem_fraction_static: 0.8 },
      });
    expect(latent(8)).toBe(0.68);
    expect(latent(4)).toBe(0.8);
  });

  // Printed by a launch of 2025-11-30 (sgl-project/sglang#11830): 183359 MiB less 26240 and 4096 / 4, × 0.95 × 0.94375 for the
  // tower; an eighth in 0.5.7, and 8 MiB for each of 50 sizes since.
  it('reserves for prefill graphs that are asked for by their tokens, then by their number', () => {
    const graphs = (version: string): number =>
      launched({
        model: 'Qwen/Qwen2.5-VL-7B-Instruct',
        gpu: 'b200',
        version,
        args: { enable_piecewise_cuda_graph: true },
      }).fraction;
    expect(graphs('0.5.5.post3')).toBeCloseTo(0.7629746875, 10);
    expect(graphs('0.5.7')).toBeCloseTo((Math.round((1 - 26_752 / 183_359) * 1000) / 1000) * 0.95 * 0.94375, 10);
    expect(graphs('0.5.8')).toBeCloseTo((Math.round((1 - 26_640 / 183_359) * 1000) / 1000) * 0.95 * 0.94375, 10);
  });

  it('is what is written, on every version', () => {
    for (const version of ['0.4.0', '0.4.9', '0.5.2', '0.5.18'])
      expect(fraction({ version, args: { mem_fraction_static: 0.55 } })).toBe(0.55);
  });

  it('of a role reserves what the role uses, from 0.5.15 on', () => {
    const role = (mode: string, version: string): number =>
      more({ disaggregation_mode: mode, disable_prefill_cuda_graph: true, max_running_requests: 64 }, version);
    // A decoding role has 2048 tokens of activations instead of 8192, a prefilling one no 2 MiB per captured request.
    expect(role('decode', '0.5.15')).toBeCloseTo((81_559 - Math.max(512 + 3072 + 1024 + 1024, 10_240)) / 81_559, 3);
    expect(role('prefill', '0.5.15')).toBeCloseTo((81_559 - (512 + 12_288 + 1024)) / 81_559, 3);
    expect(role('decode', '0.5.14')).toBe(role('null', '0.5.14'));
  });

  // From 0.5.15 2 GiB after the floor, from 0.5.16 another beside graphs of prefill.
  it('reserves for DeepEP', () => {
    const on = { chunked_prefill_size: 16_384, moe_a2a_backend: 'deepep' };
    const off = { chunked_prefill_size: 16_384 };
    const moe = (args: Asked['args'], version: string): number =>
      launched({ gpu: 'h100:8', model: 'Qwen/Qwen3-30B-A3B', version, args: { tp_size: 4, ...args } }).fraction;
    const plain = { disable_prefill_cuda_graph: true };
    // Of two fractions of three decimals.
    const reserves = (version: string, mib: number, args: Asked['args'] = {}): void => {
      const less = moe({ ...off, ...args }, version) - moe({ ...on, ...args }, version);
      expect(Math.abs(less - mib / 81_559), version).toBeLessThanOrEqual(0.001);
    };
    reserves('0.5.14', 0);
    reserves('0.5.15', 2048);
    reserves('0.5.16', 3072);
    reserves('0.5.16', 2048, plain);
  });
});
