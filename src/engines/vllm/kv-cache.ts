import { split } from '../sharding.ts';
import type { CacheSpec } from './cache-specs.ts';
import { has, type EngineVersion } from './versions.ts';

/** Layers of one pipeline stage that share a spec. */
export interface SpecCount {
  readonly spec: CacheSpec;
  readonly layers: number;
}

/** A type of layer as it is laid out in the common pool of blocks. */
export interface LayerGroup {
  readonly spec: CacheSpec;
  /** Groups that this type is split into, each holding blocks of its own. */
  readonly groups: number;
  /** Tokens that one block of this type spans; 0 when nothing but states is kept. */
  readonly blockTokens: number;
}

/** The pool of blocks of one rank. */
export interface KvLayout {
  readonly groups: readonly LayerGroup[];
  /** Bytes that one block takes over all layers of a group. */
  readonly blockBytes: number;
  /** Smallest block of the groups, in tokens. */
  readonly blockTokens: number;
  /** Layers that pad the groups to equal size. */
  readonly paddingLayers: number;
}

export interface KvRules {
  readonly version: EngineVersion;
  readonly engine: 'v0' | 'v1' | 'v2';
  /** `--block-size`, or null. */
  readonly blockSize: number | null;
  /** Layers with a window are kept like full ones. */
  readonly hybridDisabled: boolean;
  readonly chunkedLocalAllowed: boolean;
  readonly decodeContext: number;
  /** Tokens that one request may have in flight beside its window. */
  readonly inFlightTokens: number;
  readonly speculativeTokens: number;
  readonly mambaCacheMode: 'none' | 'align' | 'all';
}

/** Lays the caches of one stage out in blocks (vLLM v1/core/kv_cache_utils.py get_kv_cache_groups); null: nothing to keep. */
export function kvLayout(counts: readonly SpecCount[], rules: KvRules): KvLayout | null {
  const merged = mergeEqual(counts.map((count) => ({ ...count, spec: asManaged(count.spec, rules) })));
  if (merged.length === 0) return null;
  const states = merged.filter((count) => count.spec.kind === 'state');
  const tokens = merged.filter((count) => count.spec.kind !== 'state');
  const least = Math.max(rules.blockSize ?? 16, ...tokens.map((count) => count.spec.blockTokens));
  if (tokens.length === 0) return stateOnly(states);
  const kinds = new Set(tokens.map((count) => `${count.spec.kind}:${count.spec.spanTokens}`));
  if (states.length === 0 && kinds.size === 1) return uniform(tokens, least);
  const blockTokens = states.length === 0 ? least : alignedBlock(tokens, states, least, rules);
  return grouped(tokens, states, blockTokens, rules);
}

function asManaged(spec: CacheSpec, rules: KvRules): CacheSpec {
  const windowed = spec.kind === 'sliding' || spec.kind === 'chunked';
  const managed = has(rules.version, 'hybridKvCache') && !rules.hybridDisabled && rules.engine !== 'v0';
  if (!windowed || (managed && (spec.kind === 'sliding' || rules.chunkedLocalAllowed))) return spec;
  return { ...spec, kind: 'full', spanTokens: 0 };
}

function mergeEqual(counts: readonly SpecCount[]): SpecCount[] {
  const merged: { spec: CacheSpec; layers: number }[] = [];
  for (const { spec, layers } of counts) {
    const same = merged.find((other) => equal(other.spec, spec));
    if (same) same.layers += layers;
    else merged.push({ spec, layers });
  }
  return merged.filter((count) => count.layers > 0 && count.spec.tokenBytes + count.spec.stateBytes > 0);
}

function equal(a: CacheSpec, b: CacheSpec): boolean {
  return (
    a.kind === b.kind &&
    a.shape === b.shape &&
    a.tokenBytes === b.tokenBytes &&
    a.stateBytes === b.stateBytes &&
    a.spanTokens === b.spanTokens
  );
}

/** One type of attention: one group in which every layer has its own page width. */
function uniform(counts: readonly SpecCount[], blockTokens: number): KvLayout {
  const tokenBytes = counts.reduce((sum, { spec, layers }) => sum + spec.tokenBytes * layers, 0);
  const [first] = counts;
  const spec = first ? first.spec : null;
  return {
    groups: spec ? [{ spec, groups: 1, blockTokens }] : [],
    blockBytes: Math.ceil(tokenBytes * blockTokens),
    blockTokens,
    paddingLayers: 0,
  };
}

function stateOnly(states: readonly SpecCount[]): KvLayout {
  const widest = Math.max(...states.map(({ spec }) => spec.stateBytes));
  const layers = states.reduce((sum, count) => sum + count.layers, 0);
  const [first] = states;
  return {
    groups: first ? [{ spec: first.spec, groups: 1, blockTokens: 0 }] : [],
    blockBytes: widest * layers,
    blockTokens: 0,
    paddingLayers: 0,
  };
}

/** Attention blocks grow until their page holds the widest state (vLLM model_executor/models/config.py). */
function alignedBlock(
  tokens: readonly SpecCount[],
  states: readonly SpecCount[],
  least: number,
  rules: KvRules,
): number {
  const tokenBytes = Math.max(...tokens.map(({ spec }) => spec.tokenBytes));
  const state = Math.max(...states.map(({ spec }) => spec.stateBytes));
  const chunk = rules.mambaCacheMode === 'all' ? Math.max(...states.map(({ spec }) => spec.chunkTokens)) : 0;
  const step = chunk > 0 ? leastCommonMultiple(chunk, least) : least;
  return step * Math.max(1, Math.ceil(state / (step * tokenBytes)));
}

function grouped(
  tokens: readonly SpecCount[],
  states: readonly SpecCount[],
  blockTokens: number,
  rules: KvRules,
): KvLayout {
  const page = Math.ceil(Math.max(...tokens.map(({ spec }) => spec.tokenBytes)) * blockTokens);
  const types = [...tokens, ...states];
  const size = layersPerGroup(
    types.map((count) => count.layers),
    rules.version,
  );
  const groups = types.map(({ spec, layers }): LayerGroup => {
    const pages = spec.kind === 'state' ? 1 : Math.max(1, Math.floor(page / (spec.tokenBytes * blockTokens)));
    return { spec, groups: Math.ceil(layers / size), blockTokens: blockTokens * pages };
  });
  const held = types.reduce((sum, count) => sum + count.layers, 0);
  const slots = groups.reduce((sum, group) => sum + group.groups * size, 0);
  return { groups, blockBytes: page * size, blockTokens, paddingLayers: slots - held };
}

/** The smallest type sets the size of the groups, unless the largest is nearly as small. */
function layersPerGroup(layers: readonly number[], version: EngineVersion): number {
  const least = Math.min(...layers);
  const most = Math.max(...layers);
  const factor = has(version, 'layerGroupFactor15') ? 1.5 : has(version, 'layerGroupFactor125') ? 1.25 : 1;
  return most < factor * least ? most : least;
}

/** Blocks that one request of `lengthTokens` holds, over all groups. */
export function blocksPerRequest(layout: KvLayout, lengthTokens: number, rules: KvRules): number {
  let blocks = 0;
  for (const group of layout.groups) blocks += group.groups * blocksOfGroup(group, lengthTokens, rules);
  return blocks;
}

function blocksOfGroup({ spec, blockTokens }: LayerGroup, length: number, rules: KvRules): number {
  switch (spec.kind) {
    case 'full':
      return split(split(length, rules.decodeContext), blockTokens);
    case 'sliding':
      return split(Math.min(spec.spanTokens - 1 + rules.inFlightTokens, length), blockTokens) + 1;
    case 'chunked':
      return split(Math.min(spec.spanTokens + rules.inFlightTokens, length), blockTokens);
    case 'cross':
      return split(spec.spanTokens, blockTokens);
    case 'state':
      return stateBlocks(length, blockTokens, rules);
  }
}

function stateBlocks(length: number, blockTokens: number, rules: KvRules): number {
  const running = rules.mambaCacheMode === 'align' ? 2 : 1;
  if (rules.mambaCacheMode !== 'all' || blockTokens === 0) return running + rules.speculativeTokens;
  return split(length, blockTokens) + rules.speculativeTokens;
}

export interface KvCapacity {
  readonly blocks: number;
  readonly tokens: number;
  readonly concurrency: number;
}

/** Blocks, 'GPU KV cache size' and 'Maximum concurrency' as the version logs them. */
export function kvCapacity(layout: KvLayout, blocks: number, lengthTokens: number, rules: KvRules): KvCapacity {
  const { version, decodeContext } = rules;
  const perRequest = blocksPerRequest(layout, lengthTokens, rules);
  const pooled = blocks * layout.blockTokens;
  const byBlocks = has(version, 'hybridKvCache') && rules.engine !== 'v0';
  const concurrency = byBlocks ? blocks / perRequest : pooled / lengthTokens;
  if (has(version, 'tokensFromConcurrency') || layout.blockTokens === 0) {
    return { blocks, concurrency, tokens: Math.floor(concurrency * lengthTokens) };
  }
  const groups = layout.groups.reduce((sum, group) => sum + group.groups, 0);
  return { blocks, concurrency, tokens: Math.floor(blocks / groups) * layout.blockTokens * decodeContext };
}

/** Bytes of KV cache that one request needs before the engine starts (v1/core/kv_cache_utils.py). */
export function neededBytes(layout: KvLayout, lengthTokens: number, rules: KvRules): number {
  const reserved = has(rules.version, 'nullBlockReserved') && rules.engine !== 'v0' ? 1 : 0;
  return layout.blockBytes * (blocksPerRequest(layout, lengthTokens, rules) + reserved);
}

/** Longest request, up to `limitTokens`, whose need fits into `bytes`; 0 when not even one token does. */
export function longestThatFits(layout: KvLayout, bytes: number, limitTokens: number, rules: KvRules): number {
  let fits = 0;
  let beyond = limitTokens + 1;
  while (beyond - fits > 1) {
    const middle = Math.floor((fits + beyond) / 2);
    if (neededBytes(layout, middle, rules) <= bytes) fits = middle;
    else beyond = middle;
  }
  return fits;
}

function leastCommonMultiple(a: number, b: number): number {
  let [x, y] = [a, b];
  while (y > 0) [x, y] = [y, x % y];
  return x === 0 ? b : (a / x) * b;
}
