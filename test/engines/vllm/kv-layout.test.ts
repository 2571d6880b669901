import { describe, expect, it } from 'vitest';
import type { CacheSpec } from '../../../src/engines/vllm/cache-specs.ts';
import { blocksPerRequest, type KvRules, type SpecCount } from '../../../src/engines/vllm/kv-cache.ts';
import { kvLayout } from '../../../src/engines/vllm/kv-layout.ts';
import { parseVersion } from '../../../src/engines/vllm/versions.ts';

const SPEC: CacheSpec = {
  kind: 'full',
  shape: 'a',
  latent: false,
  tokenBytes: 4096,
  stateBytes: 0,
  spanTokens: 0,
  blockTokens: 16,
  chunkTokens: 0,
};
const full = (layers: number, spec: Partial<CacheSpec> = {}): SpecCount => ({ layers, spec: { ...SPEC, ...spec } });
const sliding = (layers: number, spec: Partial<CacheSpec> = {}): SpecCount =>
  full(layers, { kind: 'sliding', spanTokens: 1024, ...spec });
const chunked = (layers: number): SpecCount => full(layers, { kind: 'chunked', spanTokens: 8192 });
const state = (layers: number, stateBytes: number, spec: Partial<CacheSpec> = {}): SpecCount =>
  full(layers, { kind: 'state', shape: 'state', tokenBytes: 0, stateBytes, ...spec });

function rules(version: string, extra: Partial<KvRules> = {}): KvRules {
  return {
    version: parseVersion(version),
    engine: 'v1',
    blockSize: null,
    hybridDisabled: false,
    chunkedLocalAllowed: false,
    decodeContext: 1,
    inFlightTokens: 2048,
    crossTokens: null,
    speculativeTokens: 0,
    mambaCacheMode: 'none',
    mixedDtypes: false,
    ...extra,
  };
}

function laidOut(counts: readonly SpecCount[], given: KvRules, model: readonly SpecCount[] = counts) {
  const layout = kvLayout(counts, given, model);
  if (layout === null) throw new Error('nothing to keep');
  return layout;
}

function shape(counts: readonly SpecCount[], given: KvRules, model: readonly SpecCount[] = counts) {
  const { groups, blockBytes, blockTokens, paddingLayers } = laidOut(counts, given, model);
  return { groups: groups.map((group) => group.groups), blockBytes, blockTokens, paddingLayers };
}

const PAGE = 16 * 4096;

describe('layers of one type', () => {
  it('share one group, each with its own width (UniformTypeKVCacheSpecs)', () => {
    const counts = [full(30), full(2, { shape: 'b', tokenBytes: 1024 })];
    expect(shape(counts, rules('0.19.0'))).toEqual({
      groups: [1],
      blockBytes: 30 * PAGE + (2 * PAGE) / 4,
      blockTokens: 16,
      paddingLayers: 0,
    });
  });

  it('take the block of the attention backend, or the one asked for', () => {
    expect(laidOut([full(4, { blockTokens: 64 })], rules('0.19.0')).blockTokens).toBe(64);
    expect(laidOut([full(4)], rules('0.19.0', { blockSize: 128 })).blockTokens).toBe(128);
  });

  it('with one window are one group, and stay so without the hybrid manager', () => {
    for (const given of [rules('0.19.0'), rules('0.19.0', { hybridDisabled: true })]) {
      expect(laidOut([sliding(32)], given).groups.map(({ spec }) => spec.kind)).toEqual(['sliding']);
    }
  });

  it('nothing cached is no layout', () => {
    expect(kvLayout([], rules('0.19.0'))).toBeNull();
    expect(kvLayout([full(3, { tokenBytes: 0 })], rules('0.19.0'))).toBeNull();
  });
});

describe('groups of layers with and without a window (_get_kv_cache_groups_uniform_page_size)', () => {
  it.each([
    // gpt-oss-20b, Gemma 3 27B, gpt-oss with one EAGLE layer.
    ['0.19.0', 12, 12, [1, 1], 12, 0],
    ['0.19.0', 10, 52, [1, 6], 10, 8],
    ['0.19.0', 13, 12, [1, 1], 13, 1],
    // Nearly equal numbers pad up to the larger one: never before 0.12, below 1.25 times, below 1.5 times from 0.18 on.
    ['0.11.0', 13, 12, [2, 1], 12, 11],
    ['0.12.0', 13, 12, [1, 1], 13, 1],
    ['0.17.0', 10, 13, [1, 2], 10, 7],
    ['0.18.0', 10, 13, [1, 1], 13, 3],
    ['0.18.0', 10, 15, [1, 2], 10, 5],
  ])('%s: %i full and %i with a window', (version, fulls, windows, groups, size, paddingLayers) => {
    const blockBytes = size * PAGE;
    expect(shape([full(fulls), sliding(windows)], rules(version))).toMatchObject({ groups, blockBytes, paddingLayers });
  });

  it('longer blocks make narrower pages equal', () => {
    const { groups, blockBytes } = laidOut([full(4), sliding(4, { tokenBytes: 1024 })], rules('0.19.0'));
    expect(groups.map((group) => group.blockTokens)).toEqual([16, 64]);
    expect(blockBytes).toBe(4 * PAGE);
  });

  it('pages that divide no larger one are refused before 0.24 and padded since', () => {
    const counts = [full(4), sliding(4, { tokenBytes: 3072 })];
    // vLLM v0.20.0 v1/core/kv_cache_utils.py unify_kv_cache_spec_page_size.
    expect(laidOut(counts, rules('0.20.0')).refusal).toBe(
      'The page size of the layer is not divisible by the maximum page size. Cannot unify by adjusting block_size.',
    );
    const padded = laidOut(counts, rules('0.24.0'));
    expect(padded.refusal).toBeNull();
    expect(padded.groups.map((group) => group.blockTokens)).toEqual([16, 16]);
  });

  it('decoder and encoder caches of a transcriber are two groups', () => {
    const counts = [full(32), full(32, { kind: 'cross', spanTokens: 1500 })];
    const given = rules('0.19.0');
    const layout = laidOut(counts, given);
    expect(layout.groups.map((group) => group.groups)).toEqual([1, 1]);
    expect(blocksPerRequest(layout, 448, given)).toBe(28 + 94);
  });
});

describe('without the hybrid manager (unify_hybrid_kv_cache_specs)', () => {
  it.each([
    ['0.19.0', { hybridDisabled: true }],
    ['0.9.0', {}],
    ['0.8.5', { engine: 'v0' }],
  ] as const)('%s %o keeps every token in every layer', (version, extra) => {
    const given = rules(version, extra);
    const layout = laidOut([full(10), sliding(52)], given);
    expect(layout).toMatchObject({ blockBytes: 62 * PAGE, paddingLayers: 0, refusal: null });
    expect(blocksPerRequest(layout, 131_072, given)).toBe(8192);
  });

  it('layers in chunks (Llama 4) need the environment to be kept by chunks', () => {
    const counts = [full(12), chunked(36)];
    expect(shape(counts, rules('0.19.0'))).toMatchObject({ groups: [1], blockBytes: 48 * PAGE });
    expect(shape(counts, rules('0.19.0', { chunkedLocalAllowed: true }))).toMatchObject({
      groups: [1, 3],
      blockBytes: 12 * PAGE,
    });
  });

  it('models with states cannot be laid out', () => {
    const counts = [full(16), state(48, 1_000_000)];
    // vLLM v0.20.0 and main of August 2026, v1/core/kv_cache_utils.py.
    expect(laidOut(counts, rules('0.20.0', { hybridDisabled: true })).refusal).toBe(
      'Hybrid KV cache manager is disabled but failed to convert the KV cache specs to one unified type.',
    );
    expect(laidOut(counts, rules('0.28.0', { hybridDisabled: true })).refusal).toBe(
      'Failed to promote local KV cache specs to one unified type.',
    );
    expect(laidOut(counts, rules('0.20.0')).refusal).toBeNull();
  });
});

describe('layers that keep the model dtype beside a narrower one (_align_heterogeneous_kv_block_size)', () => {
  const mixed = { mixedDtypes: true };

  it('NVFP4 with windows in bf16: blocks of 64 beside blocks of 16 in pages of 73,728 bytes', () => {
    // 8 heads of 128: 1,152 bytes against 4,096; 64 × 1,152 is the first page in steps of 16 that holds 16 × 4,096.
    const counts = [full(10, { tokenBytes: 1152 }), sliding(10)];
    const layout = laidOut(counts, rules('0.26.0', mixed));
    expect(layout.groups.map((group) => group.blockTokens)).toEqual([64, 16]);
    expect(layout.blockBytes).toBe(10 * 73_728);
  });

  it('fp8 with windows in bf16: 32 beside 16, as pages were made equal before', () => {
    const counts = [full(10, { tokenBytes: 2048 }), sliding(10)];
    for (const version of ['0.20.0', '0.26.0']) {
      const layout = laidOut(counts, rules(version, mixed));
      expect(layout.groups.map((group) => group.blockTokens)).toEqual([32, 16]);
      expect(layout.blockBytes).toBe(10 * PAGE);
    }
  });

  it('without windows only the block grows', () => {
    const counts = [full(30, { tokenBytes: 1152 }), full(2)];
    expect(shape(counts, rules('0.26.0', mixed))).toMatchObject({
      groups: [1],
      blockTokens: 64,
      blockBytes: 64 * (30 * 1152 + 2 * 4096),
    });
    expect(laidOut(counts, rules('0.24.0', mixed)).blockTokens).toBe(16);
  });
});

describe('states beside attention (_align_hybrid_block_size)', () => {
  /** Qwen3.6-27B on one GPU: 16 attention and 48 state layers. */
  const qwen = [full(16), state(48, 3_207_168)];
  const drafted = [full(17), state(48, 3_207_168)];

  it('blocks grow until a page holds the state', () => {
    expect(shape(qwen, rules('0.28.0'))).toEqual({
      groups: [1, 3],
      blockBytes: 16 * 3_211_264,
      blockTokens: 784,
      paddingLayers: 0,
    });
    expect(shape(drafted, rules('0.28.0'))).toMatchObject({
      groups: [1, 3],
      blockBytes: 17 * 3_211_264,
      paddingLayers: 3,
    });
  });

  it.each([
    // Too small a block is replaced; a larger one stays as it is up to 0.19, and is the step of the search from 0.20 on.
    ['0.19.0', 16, 784],
    ['0.19.0', 256, 784],
    ['0.19.0', 1024, 1024],
    ['0.20.0', 16, 784],
    ['0.20.0', 256, 1024],
    ['0.20.0', 1024, 1024],
  ])('%s with --block-size %i: blocks of %i', (version, blockSize, blockTokens) => {
    expect(laidOut(qwen, rules(version, { blockSize })).blockTokens).toBe(blockTokens);
  });

  it.each([
    // Latent attention: steps of 64 up to 0.19, of the backend since, at least 128 from 0.28 on. 1,152 bytes a token.
    ['0.19.0', 16, 64 * 14],
    ['0.20.0', 16, 16 * 55],
    ['0.20.0', 128, 128 * 7],
    ['0.28.0', 16, 128 * 7],
  ])('latent attention in %s with a backend block of %i', (version, backend, blockTokens) => {
    const counts = [full(7, { latent: true, tokenBytes: 1152, blockTokens: backend }), state(20, 1_000_000)];
    expect(laidOut(counts, rules(version)).blockTokens).toBe(blockTokens);
  });

  it('every cached state rounds blocks to whole chunks', () => {
    const counts = [full(4), state(28, 1_000_000, { chunkTokens: 256 })];
    expect(laidOut(counts, rules('0.19.0')).blockTokens).toBe(256);
    expect(laidOut([full(4), state(28, 1_100_000)], rules('0.19.0')).blockTokens).toBe(272);
    const all = rules('0.19.0', { mambaCacheMode: 'all' });
    expect(laidOut([full(4), state(28, 1_100_000, { chunkTokens: 256 })], all).blockTokens).toBe(512);
  });

  it.each([
    // 1 + drafts without prefix caching, 2 + drafts aligned, one a block with every state; drafts count there from 0.22 on.
    ['0.19.0', 'none', 1 + 3],
    ['0.19.0', 'align', 2 + 3],
    ['0.19.0', 'all', 6],
    ['0.22.0', 'all', 6 + 3],
    // Before 0.15 a request held one state.
    ['0.14.0', 'none', 1],
  ] as const)('%s, mode %s: %i states', (version, mambaCacheMode, states) => {
    const given = rules(version, { mambaCacheMode, speculativeTokens: 3 });
    const counts = [full(4), state(4, 3_207_168, { chunkTokens: 16 })];
    const layout = laidOut(counts, given);
    expect(blocksPerRequest(layout, 4096, given)).toBe(Math.ceil(4096 / 784) + states);
  });

  it('layers of nothing but states are one group of their sizes', () => {
    const layout = laidOut([state(24, 1000), state(2, 3000, { shape: 'wide' })], rules('0.19.0'));
    expect(layout).toMatchObject({ blockBytes: 24 * 1000 + 2 * 3000, blockTokens: 0 });
  });
});

describe('pipeline stages (_project_kv_cache_groups_to_worker)', () => {
  /** Gemma 3 4B: 5 full layers and 29 with a window; the first of two stages holds 2 and 15. */
  const model = [full(5), sliding(29)];
  const first = [full(2), sliding(15)];

  it('groups follow the whole model from 0.11 on', () => {
    // 29 in six groups of five; a stage's fifteen are three in each.
    expect(shape(first, rules('0.19.0'), model)).toMatchObject({ groups: [1, 6], blockBytes: 3 * PAGE });
    expect(shape(first, rules('0.10.2'), model)).toMatchObject({ groups: [1, 8], blockBytes: 2 * PAGE });
  });

  it('a type that a stage has no layer of still has its blocks', () => {
    expect(shape([sliding(5)], rules('0.19.0'), [full(5), sliding(10)])).toMatchObject({
      groups: [1, 2],
      blockBytes: 3 * PAGE,
    });
  });
});

describe('layers that attend to an encoder', () => {
  const whisper = [full(32), full(32, { kind: 'cross', spanTokens: 1500 })];

  it.each([
    // Blocks of 16 tokens: 28 for 448 of the decoder, 94 for 1,500 of the encoder (#24989), or 128 for a batch of 2,048 (#29421).
    { crossTokens: null, blocks: 28 + 94 },
    { crossTokens: 2048, blocks: 28 + 128 },
  ])('count with $crossTokens tokens of it per request', ({ crossTokens, blocks }) => {
    const given = rules('0.20.0', { crossTokens });
    expect(blocksPerRequest(laidOut(whisper, given), 448, given)).toBe(blocks);
  });
});
