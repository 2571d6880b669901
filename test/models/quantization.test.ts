import { describe, expect, it } from 'vitest';
import type { Quantization, Tensor } from '../../src/models/architecture.ts';
import { architectureOf } from '../../src/models/config/config.ts';
import { column, experts, vocabulary } from '../../src/models/tensors.ts';
import { allocationsOf, codeOf, precisionOf } from '../../src/engines/quantized-weight.ts';

const base = {
  model_type: 'llama',
  hidden_size: 64,
  intermediate_size: 128,
  num_hidden_layers: 2,
  num_attention_heads: 4,
  vocab_size: 1000,
};

function quantizationOf(quantization_config: unknown): Quantization {
  const architecture = architectureOf({ ...base, quantization_config });
  if ('problem' in architecture) throw new Error(architecture.problem);
  if (architecture.quantization === null) throw new Error('not quantized');
  return architecture.quantization;
}

/** Bytes of a linear layer of 4,096 × 8,192, without the rounding of the allocator. */
function bytesOf(config: unknown, name = 'mlp.up_proj', layer = 0): number {
  return bytesOfTensor(quantizationOf(config), column('mlp', name, ROWS, COLUMNS), layer);
}

function bytesOfTensor(quantization: Quantization, tensor: Tensor, layer = 0): number {
  const code = codeOf(tensor, `layers.${layer}.${tensor.name}`, precisionOf(quantization));
  const { stack, rows, columns } = tensor;
  return allocationsOf({ stack, rows, columns, biasElements: 0 }, 2, code).reduce((sum, bytes) => sum + bytes, 0);
}

const ROWS = 4096;
const COLUMNS = 8192;
const N = ROWS * COLUMNS;
const groups = (size: number): number => N / size;

function compressed(weights: object, format: string, rest: object = {}): object {
  const group = { targets: ['Linear'], weights, input_activations: null };
  return { quant_method: 'compressed-tensors', format, config_groups: { group_0: group }, ...rest };
}

/** The layouts of vLLM's model_executor/layers/quantization, each worked out for one linear layer. */
describe('bytes of a linear layer of 4,096 × 8,192', () => {
  it.each([
    ['16 bits', null, 2 * N],
    [
      'AWQ, groups of 128: scales of 16 bits, zero points of 4',
      { quant_method: 'awq', bits: 4, group_size: 128 },
      N / 2 + groups(128) * 2.5,
    ],
    [
      'AWQ without zero points',
      { quant_method: 'awq', bits: 4, group_size: 128, zero_point: false },
      N / 2 + groups(128) * 2,
    ],
    [
      'GPTQ, symmetric: the kernel drops the zero points',
      { quant_method: 'gptq', bits: 4, group_size: 128, sym: true },
      N / 2 + groups(128) * 2,
    ],
    ['GPTQ, asymmetric', { quant_method: 'gptq', bits: 4, group_size: 128, sym: false }, N / 2 + groups(128) * 2.5],
    ['GPTQ with 8 bits, one group per row', { quant_method: 'gptq', bits: 8, group_size: -1, sym: true }, N + ROWS * 2],
    [
      'GPTQ in activation order: two numbers of 32 bits per column',
      { quant_method: 'gptq', bits: 4, group_size: 128, sym: true, desc_act: true },
      N / 2 + groups(128) * 2 + COLUMNS * 8,
    ],
    ['AutoRound', { quant_method: 'auto-round', bits: 4, group_size: 128, sym: true }, N / 2 + groups(128) * 2],
    ['fp8, one scale', { quant_method: 'fp8', activation_scheme: 'static' }, N + 4],
    ['fp8 in blocks of 128 × 128', { quant_method: 'fp8', weight_block_size: [128, 128] }, N + (N / 128 ** 2) * 4],
    ['FBGEMM fp8, a scale per row', { quant_method: 'fbgemm_fp8' }, N + ROWS * 4],
    [
      'W8A8 int8, a scale per row',
      compressed({ num_bits: 8, type: 'int', strategy: 'channel' }, 'int-quantized'),
      N + ROWS * 4,
    ],
    [
      'W4A16 in groups of 32',
      compressed({ num_bits: 4, type: 'int', strategy: 'group', group_size: 32, symmetric: true }, 'pack-quantized'),
      N / 2 + groups(32) * 2,
    ],
    [
      'W4A16 with zero points',
      compressed({ num_bits: 4, type: 'int', strategy: 'group', group_size: 128, symmetric: false }, 'pack-quantized'),
      N / 2 + groups(128) * 2.5,
    ],
    [
      'W4A16 in activation order',
      compressed({ num_bits: 4, type: 'int', strategy: 'group', group_size: 128, actorder: 'group' }, 'pack-quantized'),
      N / 2 + groups(128) * 2 + COLUMNS * 8,
    ],
    [
      'W8A16, packed',
      compressed({ num_bits: 8, type: 'int', strategy: 'channel', symmetric: true }, 'pack-quantized'),
      N + ROWS * 2,
    ],
    [
      'NVFP4 of compressed-tensors',
      compressed({ num_bits: 4, type: 'float', strategy: 'tensor_group', group_size: 16 }, 'nvfp4-pack-quantized'),
      N / 2 + groups(16),
    ],
    [
      'MXFP4 of compressed-tensors',
      compressed({ num_bits: 4, type: 'float', strategy: 'group', group_size: 32 }, 'mxfp4-pack-quantized'),
      N / 2 + groups(32),
    ],
    ['ModelOpt NVFP4', { quant_method: 'modelopt', quant_algo: 'NVFP4' }, N / 2 + groups(16)],
    ['ModelOpt fp8', { quant_method: 'modelopt', quant_algo: 'FP8' }, N + 4],
    ['ModelOpt MXFP8', { quant_method: 'modelopt', quant_algo: 'MXFP8' }, N + groups(32)],
    ['MXFP8', { quant_method: 'mxfp8' }, N + groups(32)],
    ['MXFP4 leaves what is no expert', { quant_method: 'mxfp4' }, 2 * N],
    [
      'bitsandbytes nf4: a scale of 32 bits per 64',
      { quant_method: 'bitsandbytes', load_in_4bit: true },
      N / 2 + groups(64) * 4,
    ],
    [
      'bitsandbytes nf4, scales of scales',
      { quant_method: 'bitsandbytes', load_in_4bit: true, bnb_4bit_use_double_quant: true },
      N / 2 + groups(64) + (groups(64) / 256) * 4,
    ],
    [
      'HQQ, scales and zero points of 16 bits',
      { quant_method: 'hqq', bits: 4, group_size: 64 },
      N / 2 + groups(64) * 4,
    ],
    [
      'torchao int4',
      {
        quant_method: 'torchao',
        quant_type: { default: { _type: 'Int4WeightOnlyConfig', _data: { group_size: 256 } } },
      },
      N / 2 + groups(256) * 4,
    ],
    [
      'Quark fp8',
      { quant_method: 'quark', global_quant_config: { weight: { dtype: 'fp8_e4m3', qscheme: 'per_tensor' } } },
      N + 4,
    ],
  ])('%s', (_, config, expected) => {
    const bytes = config === null ? 2 * N : bytesOf(config);
    expect(bytes).toBeCloseTo(expected, 0);
  });

  it('MXFP4 stores experts in 4 bits with a byte per 32', () => {
    const quantization = quantizationOf({ quant_method: 'mxfp4' });
    const tensor = experts('mlp.experts.w13', 8, ROWS, COLUMNS, 'column');
    expect(bytesOfTensor(quantization, tensor)).toBe(8 * (N / 2 + N / 32));
  });

  it('embeddings and head keep the model dtype', () => {
    const quantization = quantizationOf({ quant_method: 'awq', bits: 4, group_size: 128 });
    expect(bytesOfTensor(quantization, vocabulary('embedding', 'embed_tokens', ROWS, COLUMNS))).toBe(2 * N);
    expect(bytesOfTensor(quantization, vocabulary('lm_head', 'lm_head', ROWS, COLUMNS, { linear: true }))).toBe(2 * N);
  });
});

describe('a quantized head', () => {
  const head = vocabulary('lm_head', 'lm_head', ROWS, COLUMNS, { linear: true });

  it('is what GPTQ says with lm_head, and ModelOpt with the layer', () => {
    const gptq = { quant_method: 'gptq', bits: 4, group_size: 128, sym: true, lm_head: true };
    expect(bytesOfTensor(quantizationOf(gptq), head)).toBe(N / 2 + groups(128) * 2);
    const modelopt = {
      quant_method: 'modelopt',
      quant_algo: 'MIXED_PRECISION',
      quantized_layers: { lm_head: { quant_algo: 'W4A16_NVFP4', group_size: 16 } },
    };
    expect(bytesOfTensor(quantizationOf(modelopt), head)).toBe(N / 2 + groups(16));
  });
});

// vLLM utils/torch_utils.py get_kv_cache_quant_algo_string. nvidia/Qwen3.6-27B-NVFP4 writes the scheme, and v0.24 holds
// 7,542,388 tokens of it on four H100, twice what 16-bit keys and values would leave room for.
describe('the cache that a ModelOpt checkpoint asks for', () => {
  it.each([
    ['a name', { kv_cache_quant_algo: 'FP8' }, 'fp8'],
    ['no name', { kv_cache_quant_algo: null }, null],
    ['a scheme', { kv_cache_scheme: { dynamic: false, num_bits: 8, type: 'float' } }, 'fp8'],
    ['a scheme of four bits', { kv_cache_scheme: { dynamic: false, num_bits: 4, type: 'float' } }, 'nvfp4'],
    ['a scheme that scales as it goes', { kv_cache_scheme: { dynamic: true, num_bits: 8, type: 'float' } }, null],
    ['a scheme of integers', { kv_cache_scheme: { dynamic: false, num_bits: 8, type: 'int' } }, null],
  ])('%s', (_, cache, dtype) => {
    expect(quantizationOf({ quant_method: 'modelopt', quant_algo: 'NVFP4', ...cache })?.kvCacheDtype).toBe(dtype);
  });
});

describe('modules that a quantization leaves out', () => {
  it.each([
    ['a name', ['lm_head', 'model.layers.0.mlp.up_proj'], 0, true],
    ['a name of another layer', ['model.layers.1.mlp.up_proj'], 0, false],
    ['part of a path', ['model.layers.0'], 0, true],
    ['a regular expression', ['re:.*mlp\\.(gate|up|down)_proj$'], 3, true],
    ['a glob of ModelOpt', ['language_model.model.layers.*.mlp*'], 3, true],
    ['a glob of one layer', ['model.language_model.layers.0*'], 3, false],
    ['a glob whose number another one starts with', ['model.layers.1*'], 10, true],
    ['a glob with the dot', ['model.layers.1.*'], 10, false],
  ])('%s', (_, ignore, layer, left) => {
    const config = compressed({ num_bits: 8, type: 'int', strategy: 'channel' }, 'int-quantized', { ignore });
    expect(bytesOf(config, 'mlp.up_proj', layer)).toBe(left ? 2 * N : N + ROWS * 4);
  });

  it('a part of a fused module leaves the whole one out', () => {
    const config = { quant_method: 'awq', bits: 4, group_size: 128, modules_to_not_convert: ['self_attn.k_proj'] };
    expect(bytesOf(config, 'self_attn.qkv_proj')).toBe(2 * N);
  });

  it('AutoRound names modules with 16 or other bits', () => {
    const extra = {
      'model.layers.0.mlp.up_proj': { bits: 16 },
      'model.layers.1.mlp.up_proj': { bits: 8, group_size: 128 },
    };
    const config = { quant_method: 'auto-round', bits: 4, group_size: 128, sym: true, extra_config: extra };
    expect([0, 1, 2].map((layer) => bytesOf(config, 'mlp.up_proj', layer))).toEqual([
      2 * N,
      N + groups(128) * 2,
      N / 2 + groups(128) * 2,
    ]);
  });

  it('ModelOpt gives each module an algorithm; what it does not name stays in 16 bits', () => {
    const config = {
      quant_method: 'modelopt',
      quant_algo: 'MIXED_PRECISION',
      quantized_layers: {
        'model.language_model.layers.0.linear_attn.in_proj_qkv': { quant_algo: 'FP8' },
        'model.language_model.layers.0.mlp.up_proj': { quant_algo: 'W4A16_NVFP4', group_size: 16 },
        'model.language_model.layers.0.mlp.experts.17.down_proj': { quant_algo: 'NVFP4', group_size: 16 },
      },
    };
    expect(bytesOf(config, 'linear_attn.in_proj_qkvz')).toBe(N + 4);
    expect(bytesOf(config, 'mlp.up_proj')).toBe(N / 2 + groups(16));
    expect(bytesOf(config, 'mlp.up_proj', 1)).toBe(2 * N);
    expect(bytesOf(config, 'self_attn.o_proj')).toBe(2 * N);
    const tensor = experts('mlp.experts.w2', 4, ROWS, COLUMNS, 'row');
    expect(bytesOfTensor(quantizationOf(config), tensor)).toBe(4 * (N / 2 + groups(16)));
  });
});

/** vLLM 0.11 layers/quantization/utils/gptq_utils.py: get_dynamic_override, is_layer_gptq_quantized. */
describe('modules of a GPTQ checkpoint with settings of their own', () => {
  const four = N / 2 + groups(128) * 2;
  const gptq = { quant_method: 'gptq', bits: 4, group_size: 128, sym: true };

  it('are left in 16 bits where a pattern takes them out', () => {
    const config = { ...gptq, dynamic: { lm_head: {}, '-:.*attn.*': {}, '-:.*shared_expert.*': {} } };
    expect(bytesOf(config, 'self_attn.o_proj')).toBe(2 * N);
    expect(bytesOf(config, 'linear_attn.in_proj_qkvz')).toBe(2 * N);
    expect(bytesOf(config, 'mlp.shared_experts.down_proj')).toBe(2 * N);
    expect(bytesOf(config, 'mlp.down_proj')).toBe(four);
  });

  it('have the bits and groups that a pattern gives them', () => {
    const config = {
      ...gptq,
      dynamic: { '+:.*\\.down_proj': { bits: 8 }, '.*\\.o_proj': { group_size: 64 }, '-:model\\.layers\\.0\\..*': {} },
    };
    expect(bytesOf(config, 'mlp.down_proj', 1)).toBe(N + groups(128) * 2);
    expect(bytesOf(config, 'self_attn.o_proj', 1)).toBe(N / 2 + groups(64) * 2);
    expect(bytesOf(config, 'mlp.up_proj', 1)).toBe(four);
    expect(bytesOf(config, 'mlp.down_proj', 0)).toBe(2 * N);
  });

  it('are those alone that it lists as quantized, flat or by steps', () => {
    const flat = { ...gptq, modules_in_block_to_quantize: ['mlp.gate_proj', 'mlp.up_proj', 'mlp.down_proj'] };
    const steps = { ...gptq, modules_in_block_to_quantize: [['mlp.up_proj'], ['mlp.down_proj']] };
    for (const config of [flat, steps]) {
      expect(bytesOf(config, 'mlp.down_proj')).toBe(four);
      expect(bytesOf(config, 'self_attn.o_proj')).toBe(2 * N);
    }
    expect(bytesOf({ ...flat, quant_method: 'auto-round' }, 'self_attn.o_proj')).toBe(four);
    expect(bytesOf({ ...gptq, modules_in_block_to_quantize: [7, {}] }, 'self_attn.o_proj')).toBe(four);
  });
});
