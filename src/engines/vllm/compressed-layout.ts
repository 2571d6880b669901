import { roundUp } from '../caching-allocator.ts';
import { split } from '../sharding.ts';
import type { CacheSpec } from './cache-specs.ts';
import type { KvLayout, KvRules, SpecCount } from './kv-cache.ts';
import { has } from './versions.ts';

/** Types of layer whose blocks span the same tokens and are freed alike; each is made of tuples, one layer of every page size. */
interface Kind {
  readonly spec: CacheSpec;
  readonly counts: readonly SpecCount[];
}

/**
 * Lays out caches that come in pages of their own (DeepSeek V4): one group of what keeps every token, and the windows in
 * groups of about as many layers, all in blocks of one pool (vLLM v1/core/kv_cache_utils.py
 * _get_kv_cache_groups_uniform_groups).
 */
export function compressedLayout(whole: readonly SpecCount[], stage: readonly SpecCount[], rules: KvRules): KvLayout {
  const kinds = kindsOf(whole, rules);
  const tuples = kinds.map(({ counts }) => Math.max(...counts.map(({ layers }) => layers)));
  const perGroup = leastPadding(tuples);
  const splits = tuples.map((layers, index) => (index === 0 ? 1 : split(layers, perGroup)));
  const blocks = (counts: readonly SpecCount[]): BlockBytes =>
    blockBytesOf(kindsOf(counts, rules), kinds, splits, rules);
  const own = blocks(stage);
  const groups = kinds.map(({ spec }, index) => ({ spec, groups: splits[index] ?? 1, blockTokens: spec.blockTokens }));
  const most = kinds[0]?.spec.blockTokens ?? 0;
  const least = Math.min(...kinds.map(({ spec }) => spec.blockTokens));
  return {
    groups,
    alone: [],
    blockBytes: own.pooled,
    modelBlockBytes: blocks(whole).pooled,
    // The first release logged tokens by the smallest block.
    blockTokens: has(rules.version, 'tokensFromConcurrency') ? most : least,
    paddingLayers: 0,
    refusal: rules.decodeContext > 1 ? 'DCP not support sliding window.' : null,
    uneven: { checkedBlockBytes: own.checked, groupBytes: own.byGroup },
  };
}

/** Kinds by tokens of a block and span, what keeps every token first. */
function kindsOf(counts: readonly SpecCount[], rules: KvRules): readonly Kind[] {
  const full = counts.filter(({ spec }) => spec.kind === 'full');
  const pages = [...new Set(full.map(({ spec }) => pageOf(spec)))].toSorted((a, b) => a - b);
  const kinds = new Map<string, { spec: CacheSpec; counts: SpecCount[] }>();
  for (const { spec, layers } of [...full, ...counts.filter(({ spec: { kind } }) => kind !== 'full')]) {
    const key = spec.kind === 'full' ? 'full' : `${spec.blockTokens}:${spec.spanTokens}`;
    const kind = kinds.get(key) ?? { spec, counts: [] };
    const page =
      spec.kind === 'full' || has(rules.version, 'denseBlocks') ? pageOf(spec) : nextPage(pages, pageOf(spec));
    const same = kind.counts.findIndex(({ spec: other }) => other.pageBytes === page);
    const before = kind.counts[same];
    if (before) kind.counts[same] = { spec: before.spec, layers: before.layers + layers };
    else kind.counts.push({ spec: { ...spec, pageBytes: page }, layers });
    kinds.set(key, kind);
  }
  return [...kinds.values()];
}

/** Before 0.27 windows were padded to the pages of what keeps every token. */
function nextPage(pages: readonly number[], page: number): number {
  return pages.find((one) => one >= page) ?? page;
}

function pageOf({ pageBytes }: CacheSpec): number {
  return pageBytes ?? 0;
}

interface BlockBytes {
  /** One block of the pool. */
  readonly pooled: number;
  /** What a block counts as in the check of one request. */
  readonly checked: number;
  /** One block of each kind in all its groups together. */
  readonly byGroup: readonly number[];
}

function blockBytesOf(
  own: readonly Kind[],
  all: readonly Kind[],
  splits: readonly number[],
  { version }: KvRules,
): BlockBytes {
  // Layers of a kind go to its groups in turn, so that a stage holds at most an even share of them, rounded up.
  const held = all.map(({ spec }, index) => {
    const mine = own.find((kind) => kind.spec.kind === spec.kind && sameKind(kind.spec, spec));
    return (mine?.counts ?? []).map((count) => ({
      page: pageOf(count.spec),
      layers: count.layers,
      part: split(count.layers, splits[index] ?? 1),
    }));
  });
  const first = held[0] ?? [];
  const tuple = first.reduce((sum, { page }) => sum + page, 0);
  const tuples = Math.max(0, ...held.flatMap((pages) => pages.map(({ part }) => part)));
  const byGroup = held.map((pages) => pages.reduce((sum, { page, layers }) => sum + page * layers, 0));
  const checked = tuple * tuples;
  if (has(version, 'denseBlocks')) {
    const dense = held.map((pages) => pages.reduce((sum, { page, part }) => sum + page * part, 0));
    return { pooled: Math.max(...dense), checked, byGroup };
  }
  if (!has(version, 'packedBlocks')) return { pooled: checked, checked, byGroup };
  const widest = new Map<number, number>();
  for (const { page, part } of held.flat()) widest.set(page, Math.max(part, widest.get(page) ?? 0));
  return { pooled: [...widest].reduce((sum, [page, part]) => sum + page * part, 0), checked, byGroup };
}

function sameKind(a: CacheSpec, b: CacheSpec): boolean {
  return a.kind === 'full' || (a.blockTokens === b.blockTokens && a.spanTokens === b.spanTokens);
}

/** Size of the groups, at least that of the first, that pads the fewest tuples; the larger of two (_approximate_gcd). */
function leastPadding(tuples: readonly number[]): number {
  const least = Math.max(1, tuples[0] ?? 1);
  const most = Math.max(least, ...tuples);
  let [best, padding] = [least, Number.POSITIVE_INFINITY];
  for (let size = least; size <= most; size++) {
    const padded = tuples.reduce((sum, count) => sum + roundUp(count, size) - count, 0);
    if (padded <= padding) [best, padding] = [size, padded];
  }
  return best;
}
