import { describe, expect, it } from 'vitest';
import modelData from '../../../src/catalogue/models.json' with { type: 'json' };
import { compressedSpecs, USUAL_STORAGE } from '../../../src/engines/vllm/compressed-specs.ts';
import {
  kvCapacity,
  longestThatFits,
  neededBytes,
  type KvLayout,
  type KvRules,
} from '../../../src/engines/vllm/kv-cache.ts';
import { kvLayout } from '../../../src/engines/vllm/kv-layout.ts';
import { parseVersion } from '../../../src/engines/vllm/versions.ts';
import { makeModelCatalogue } from '../../../src/models/catalogue.ts';
import { estimateOf, memoryOf } from './catalogue.ts';

const GIB = 2 ** 30;
const models = makeModelCatalogue(modelData);

function rules(version: string, extra: Partial<KvRules> = {}): KvRules {
  return {
    version: parseVersion(version),
    engine: 'v1',
    blockSize: 256,
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

function layoutOf(id: string, given: KvRules, storage = USUAL_STORAGE): KvLayout {
  const layers = models.find(id)?.architecture.layers ?? [];
  const counts = layers.flatMap(({ caches }) =>
    caches.flatMap((cache) =>
      cache.kind === 'compressed' ? compressedSpecs(cache, storage).map((spec) => ({ spec, layers: 1 })) : [],
    ),
  );
  const layout = kvLayout(counts, given);
  if (layout === null) throw new Error('nothing to keep');
  return layout;
}

const FLASH = 'deepseek-ai/DeepSeek-V4-Flash';

describe('compressed caches as public start-up logs of DeepSeek-V4-Flash show them', () => {
  it('need 6.66 GiB for 30,000 tokens, of which 5.44 GiB hold 13,528 (vllm#44376, v0.22, two GH200, a batch of 16,384)', () => {
    const given = rules('0.22.0', { inFlightTokens: 16_384 });
    const layout = layoutOf(FLASH, given);
    expect((neededBytes(layout, 30_000, given) / GIB).toFixed(2)).toBe('6.66');
    // The log rounds the memory to 0.01 GiB, which is some blocks of four tokens.
    const longest = longestThatFits(layout, 5.44 * GIB, 30_000, given);
    expect(Math.abs(longest - 13_528)).toBeLessThan(40);
  });

  it('hold about 150,000 tokens in 7.7 GiB (vllm#51041, v0.26, two H20, 121,344 tokens, batches of 8,192)', () => {
    const given = rules('0.26.0', { inFlightTokens: 2 * 8192 });
    const layout = layoutOf(FLASH, given);
    const { tokens } = kvCapacity(layout, Math.floor((7.7 * GIB) / layout.blockBytes), 121_344, given);
    expect(tokens / 150_000).toBeGreaterThan(0.98);
    expect(tokens / 150_000).toBeLessThan(1.02);
  });

  it('come in five groups (the "5-group hybrid layout" of vllm#51041)', () => {
    const { groups } = layoutOf(FLASH, rules('0.26.0'));
    expect(groups.reduce((sum, group) => sum + group.groups, 0)).toBe(5);
    expect(groups.map(({ blockTokens }) => blockTokens)).toEqual([256, 64, 4, 8]);
  });
});

describe('a whole launch of DeepSeek-V4-Flash', () => {
  const h20 = {
    model: FLASH,
    gpu: 'h20:2',
    version: '0.26.0',
    args: { tensor_parallel_size: 2, max_model_len: 121_344, max_num_batched_tokens: 8192, max_num_seqs: 32 },
  };

  it('leaves what the log of vllm#51041 says is available, 7.7 GiB, within its interval', () => {
    const { kvCacheBytes } = memoryOf({ ...h20, args: { ...h20.args, kv_cache_dtype: 'fp8' } });
    expect(kvCacheBytes.low).toBeLessThan(7.7 * GIB);
    expect(kvCacheBytes.high).toBeGreaterThan(7.7 * GIB);
  });

  it('is refused without an fp8 cache, which its entries are by nature (_resolve_dsv4_kv_cache_dtype)', () => {
    const { verdict, message } = estimateOf(h20);
    expect(verdict).toBe('fails');
    expect(message).toContain('only supports fp8 kv-cache, got auto');
  });
});

/** Pages by hand: 64 and 2 entries of 584 bytes, 64 index keys of 132, rounded up to multiples of 576. */
const [C4, C128, INDEX] = [37_440, 1728, 8640];

describe('blocks of the pool', () => {
  it.each([
    // 22 tuples of one layer of every page (kv_cache_utils.py _get_kv_cache_config_deepseek_v4 at v0.20.0).
    ['0.20.0', 22 * (C4 + C128 + INDEX)],
    // As many of every page as some group has (_bucket_layers_by_page_size, #44454).
    ['0.24.0', 22 * C4 + 21 * INDEX + 20 * C128],
    // The widest group (_get_packed_kv_cache_layout, #48993).
    ['0.27.0', 21 * C4 + 21 * INDEX + 20 * C128],
  ])('of %s take %i bytes', (version, bytes) => {
    expect(layoutOf(FLASH, rules(version)).blockBytes).toBe(bytes);
  });

  it('shrink with an index of four bits: 68 bytes a key (models/deepseek_v4/attention.py, MXFP4)', () => {
    const given = rules('0.27.0');
    const wide = layoutOf(FLASH, given).blockBytes;
    const narrow = layoutOf(FLASH, given, { ...USUAL_STORAGE, narrowIndex: true }).blockBytes;
    expect(wide - narrow).toBe(21 * (INDEX - 8 * 576));
  });

  it('keep every token of the compressors where the hybrid manager is off', () => {
    const { groups, blockBytes } = layoutOf(FLASH, rules('0.24.0', { hybridDisabled: true }));
    expect(groups).toHaveLength(1);
    const states = 21 * (8192 + 2048) + 20 * 4096;
    const entries = 43 * 584 + (21 * (584 + 132)) / 4 + (20 * 584) / 128;
    expect(blockBytes).toBe(Math.ceil(256 * (states + entries)));
  });

  it('are refused with the tokens of a request spread over ranks', () => {
    expect(layoutOf(FLASH, rules('0.27.0', { decodeContext: 2 })).refusal).toBe('DCP not support sliding window.');
  });
});
