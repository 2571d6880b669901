import { describe, expect, it } from 'vitest';
import { cached, launched, refused, type Asked } from './launches.ts';
import { LLAMA_8B } from './models.ts';

const QWEN = 'Qwen/Qwen3.6-27B';
const NEMOTRON = 'nvidia/NVIDIA-Nemotron-Nano-9B-v2';
const GEMMA = 'google/gemma-3-27b-it';
const LLAMA_4 = 'meta-llama/Llama-4-Scout-17B-16E-Instruct';

describe('which states stay cached (model_executor/models/config.py MambaModelConfig)', () => {
  const mode = (model: string, version: string, args: NonNullable<Asked['args']>) =>
    launched({ model, version, args: { max_model_len: 8192, ...args } }).mambaCacheMode;
  const caching = { enable_prefix_caching: true };

  it.each([
    // v0.14.0 knows no aligned blocks; gated delta nets then go without prefix caching.
    [QWEN, '0.14.0', 'none'],
    [NEMOTRON, '0.14.0', 'all'],
    // v0.16.0, v0.18.0, v0.24.0: all for classes with SupportsMambaPrefixCaching, else aligned.
    [QWEN, '0.18.0', 'align'],
    [NEMOTRON, '0.18.0', 'all'],
    [NEMOTRON, '0.24.0', 'all'],
    // #50991, August 2026.
    [NEMOTRON, '0.28.0', 'align'],
    [QWEN, '0.28.0', 'align'],
  ] as const)('%s in %s: %s', (model, version, expected) => {
    expect(mode(model, version, caching)).toBe(expected);
  });

  it('is none without prefix caching, which is the default up to 0.25', () => {
    expect(mode(QWEN, '0.25.0', {})).toBe('none');
    expect(mode(QWEN, '0.26.0', {})).toBe('align');
    expect(mode(QWEN, '0.28.0', { enable_prefix_caching: false })).toBe('none');
    expect(mode(QWEN, '0.28.0', { enable_prefix_caching: false, mamba_cache_mode: 'align' })).toBe('none');
  });

  it('falls back to aligned blocks where not every state can be kept', () => {
    expect(mode(QWEN, '0.20.0', { ...caching, mamba_cache_mode: 'all' })).toBe('align');
    expect(mode(NEMOTRON, '0.28.0', { ...caching, mamba_cache_mode: 'all' })).toBe('all');
  });
});

describe('the hybrid KV cache manager (config/vllm.py, config/__init__.py)', () => {
  const disabled = (version: string, args: NonNullable<Asked['args']>, model = GEMMA) =>
    launched({ model, version, args: { max_model_len: 8192, ...args } }).hybridDisabled;
  const nixl = { kv_transfer_config: { kv_connector: 'NixlConnector', kv_role: 'kv_both' } };
  const lmcache = { kv_transfer_config: '{"kv_connector":"LMCacheConnectorV1","kv_role":"kv_both"}' };
  const both = {
    kv_transfer_config: {
      kv_connector: 'MultiConnector',
      kv_connector_extra_config: {
        connectors: [{ kv_connector: 'NixlConnector' }, { kv_connector: 'OffloadingConnector' }],
      },
    },
  };
  const mixed = {
    kv_transfer_config: {
      kv_connector: 'MultiConnector',
      kv_connector_extra_config: {
        connectors: [{ kv_connector: 'NixlConnector' }, { kv_connector: 'LMCacheConnectorV1' }],
      },
    },
  };
  const keep = { disable_hybrid_kv_cache_manager: false };

  it.each([
    // v0.9.1, v0.12.0: off with any connector. v0.13.0 to v0.22: unless asked for. v0.23.0: by what the connector can.
    ['0.12.0', nixl, true],
    ['0.12.0', { ...nixl, ...keep }, true],
    ['0.13.0', nixl, true],
    ['0.13.0', { ...nixl, ...keep }, false],
    ['0.20.0', nixl, true],
    ['0.23.0', nixl, false],
    ['0.23.0', lmcache, true],
    ['0.23.0', { ...lmcache, ...keep }, false],
    ['0.23.0', both, false],
    ['0.23.0', mixed, true],
    // KV events: off up to v0.19.0 (#37688).
    ['0.19.0', { kv_events_config: { enable_kv_cache_events: true } }, true],
    ['0.20.0', { kv_events_config: { enable_kv_cache_events: true } }, false],
    ['0.20.0', { disable_hybrid_kv_cache_manager: true }, true],
    ['0.20.0', {}, false],
  ])('%s %o: %s', (version, args, expected) => {
    expect(disabled(version, args)).toBe(expected);
  });

  it('refuses to be kept where it cannot be (v0.18.0 config/vllm.py)', () => {
    const message =
      'Hybrid KV cache manager was explicitly enabled but is not supported in this configuration. Consider omitting the ' +
      '--no-disable-hybrid-kv-cache-manager flag to let vLLM decide automatically.';
    const events = { ...keep, kv_events_config: { enable_kv_cache_events: true }, max_model_len: 8192 };
    expect(refused({ model: GEMMA, version: '0.18.0', args: events })).toBe(message);
    expect(refused({ model: GEMMA, version: '0.20.0', args: events })).toBeNull();
    const chunks = { ...keep, max_model_len: 8192, tensor_parallel_size: 8 };
    const environment = { VLLM_ALLOW_CHUNKED_LOCAL_ATTN_WITH_HYBRID_KV_CACHE: '1' };
    expect(refused({ model: LLAMA_4, version: '0.20.0', args: chunks })).toBe(message);
    expect(refused({ model: LLAMA_4, version: '0.20.0', args: chunks, environment })).toBeNull();
  });

  it('Llama 4: 48 full layers, or groups of twelve with the environment', () => {
    const args = { max_model_len: 8192, tensor_parallel_size: 8 };
    const groups = (environment: Record<string, string>) =>
      cached({ model: LLAMA_4, args, environment })
        .layout.groups.map((group) => group.groups)
        .toSorted();
    expect(groups({})).toEqual([1]);
    expect(groups({ VLLM_ALLOW_CHUNKED_LOCAL_ATTN_WITH_HYBRID_KV_CACHE: '1' })).toEqual([1, 3]);
  });
});

describe('cache dtypes of single layers', () => {
  const bytes = (args: NonNullable<Asked['args']>) =>
    cached({ model: LLAMA_8B, version: '0.20.0', args: { max_model_len: 8192, ...args } }).layout.blockBytes;
  const page = 16 * 4096;

  it('--kv-cache-dtype-skip-layers keeps them in the model dtype', () => {
    expect(bytes({ kv_cache_dtype: 'fp8' })).toBe((32 * page) / 2);
    expect(bytes({ kv_cache_dtype: 'fp8', kv_cache_dtype_skip_layers: ['0', '31'] })).toBe(2 * page + (30 * page) / 2);
    expect(bytes({ kv_cache_dtype: 'fp8', kv_cache_dtype_skip_layers: '0 31' })).toBe(2 * page + (30 * page) / 2);
  });

  it('TurboQuant keeps the first and last two (quantization/turboquant/config.py get_boundary_skip_layers)', () => {
    const slot = 8 * (128 + 64 + 4);
    expect(bytes({ kv_cache_dtype: 'turboquant_k8v4' })).toBe(4 * page + 28 * 16 * slot);
  });

  it('the checkpoint’s own KV dtype counts from 0.14 on', () => {
    const quantized = {
      ...LLAMA_8B,
      architecture: {
        ...LLAMA_8B.architecture,
        quantization: {
          method: 'fp8',
          weightBits: 8,
          groupSize: -1,
          block: null,
          scaleBits: 32,
          zeroPointBits: 0,
          indexBits: 0,
          quantizesActivations: true,
          quantizesHead: false,
          onlyRoles: null,
          ignore: [],
          kvCacheDtype: 'FP8',
          groups: [],
        },
      },
    };
    const dtype = (version: string, args = {}) => launched({ model: quantized, version, args }).kvCacheDtype;
    expect(dtype('0.13.0')).toBe('auto');
    expect(dtype('0.14.0')).toBe('fp8');
    expect(dtype('0.14.0', { kv_cache_dtype: 'bfloat16' })).toBe('bfloat16');
  });
});

describe('the environment and the attention backend', () => {
  it('VLLM_MLA_DISABLE keeps keys and values of every head (models/deepseek_v2.py DeepseekV2Attention)', () => {
    const asked = { model: 'deepseek-ai/DeepSeek-V2-Lite', args: { max_model_len: 8192 } };
    expect(cached(asked).layout.blockBytes).toBe(16 * 27 * 1152);
    // 16 heads, keys of 128 + 64, values padded to as much.
    const environment = { VLLM_MLA_DISABLE: '1' };
    expect(cached({ ...asked, environment }).layout.blockBytes).toBe(16 * 27 * 16 * 2 * 192 * 2);
  });

  it.each([
    ['0.14.0', {}, 'FLASHINFER'],
    ['0.15.0', {}, null],
    ['0.20.0', { attention_backend: 'FLASH_ATTN' }, 'FLASH_ATTN'],
    ['0.20.0', { attention_config: { backend: 'TRITON_ATTN' } }, 'TRITON_ATTN'],
  ])('%s %o: %s', (version, args, backend) => {
    const environment = { VLLM_ATTENTION_BACKEND: 'FLASHINFER' };
    expect(launched({ model: LLAMA_8B, version, args, environment }).attentionBackend).toBe(backend);
  });
});
