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

/** Equal layers of a stage as they are before they are put into groups. */
export interface LoneLayer extends SpecCount {
  readonly blockTokens: number;
  readonly pageBytes: number;
}

/** The pool of blocks of one rank. */
export interface KvLayout {
  readonly groups: readonly LayerGroup[];
  readonly alone: readonly LoneLayer[];
  /** Bytes that one block takes over all layers of a group that the stage holds. */
  readonly blockBytes: number;
  /** The same over the layers of all stages. */
  readonly modelBlockBytes: number;
  /** Smallest block of the groups, in tokens. */
  readonly blockTokens: number;
  /** Layers that pad the groups to equal size. */
  readonly paddingLayers: number;
  /** Why the engine cannot lay the layers out, in its words, or null. */
  readonly refusal: string | null;
  /** Where blocks of the groups are not equally wide (compressed caches); absent elsewhere. */
  readonly uneven?: UnevenBlocks;
}

export interface UnevenBlocks {
  /** Bytes that a block counts as when one request is held against the memory. */
  readonly checkedBlockBytes: number;
  /** Bytes of one block of each entry of `groups`, over all its groups. */
  readonly groupBytes: readonly number[];
}

export interface KvRules {
  readonly version: EngineVersion;
  readonly engine: 'v0' | 'v1' | 'v2';
  /** `--block-size`, or null. */
  readonly blockSize: number | null;
  /** Layers with a window are kept like full ones. */
  readonly hybridDisabled: boolean;
  readonly chunkedLocalAllowed: boolean;
  /** Ranks over which the tokens of one request are spread. */
  readonly decodeContext: number;
  /** Tokens that one request may have in flight beside its window. */
  readonly inFlightTokens: number;
  /** Encoder tokens that every request counts with; null for what its layers keep. */
  readonly crossTokens: number | null;
  readonly speculativeTokens: number;
  readonly mambaCacheMode: 'none' | 'align' | 'all';
  /** Some layers keep the model's dtype beside a narrower one. */
  readonly mixedDtypes: boolean;
}

/** Blocks that one request of `lengthTokens` holds, over all groups. */
export function blocksPerRequest(layout: KvLayout, lengthTokens: number, rules: KvRules): number {
  let blocks = 0;
  for (const { spec, groups, blockTokens } of layout.groups) {
    blocks += groups * blocksOf(spec, blockTokens, lengthTokens, rules);
  }
  return blocks;
}

/** Blocks of one layer for one request (vLLM v1/kv_cache_interface.py max_memory_usage_bytes, per page). */
function blocksOf(spec: CacheSpec, blockTokens: number, length: number, rules: KvRules): number {
  switch (spec.kind) {
    case 'full':
      return split(split(length, rules.decodeContext), blockTokens);
    case 'sliding':
      return split(Math.min(spec.spanTokens - 1 + rules.inFlightTokens, length), blockTokens) + 1;
    case 'chunked':
      return split(Math.min(spec.spanTokens + rules.inFlightTokens, length), blockTokens);
    case 'cross':
      return split(rules.crossTokens ?? spec.spanTokens, blockTokens);
    case 'state':
      return stateBlocks(length, blockTokens, rules);
  }
}

function stateBlocks(length: number, blockTokens: number, rules: KvRules): number {
  const { version, mambaCacheMode, speculativeTokens } = rules;
  if (mambaCacheMode === 'all' && blockTokens > 0) {
    return split(length, blockTokens) + (has(version, 'mambaAllSpeculative') ? speculativeTokens : 0);
  }
  if (!has(version, 'mambaAlign')) return 1;
  return (mambaCacheMode === 'align' ? 2 : 1) + speculativeTokens;
}

/** Blocks of one request as concurrency counts them: those of uneven groups in units of the first group's before 0.27 (#48317). */
function countedBlocks(layout: KvLayout, lengthTokens: number, rules: KvRules): number {
  const { groups, uneven } = layout;
  const unit = uneven?.groupBytes[0] ?? 0;
  if (!uneven || unit === 0 || has(rules.version, 'unevenGroupsCounted'))
    return blocksPerRequest(layout, lengthTokens, rules);
  const bytes = groups.reduce(
    (sum, { spec, blockTokens }, index) =>
      sum + blocksOf(spec, blockTokens, lengthTokens, rules) * (uneven.groupBytes[index] ?? 0),
    0,
  );
  return Math.ceil(bytes / unit);
}

export interface KvCapacity {
  readonly blocks: number;
  readonly tokens: number;
  readonly concurrency: number;
}

/**
 * Blocks, 'GPU KV cache size' and 'Maximum concurrency' as the version logs them. Releases before 0.27 count blocks
 * through bytes, which is the same because the pages of all groups are equal.
 */
export function kvCapacity(layout: KvLayout, blocks: number, lengthTokens: number, rules: KvRules): KvCapacity {
  const { version, decodeContext } = rules;
  const perRequest = countedBlocks(layout, lengthTokens, rules);
  const pooled = blocks * layout.blockTokens;
  const byBlocks = has(version, 'concurrencyByBlocks') && rules.engine !== 'v0';
  const concurrency = byBlocks ? blocks / perRequest : pooled / lengthTokens;
  if (has(version, 'tokensFromConcurrency') || layout.blockTokens === 0) {
    return { blocks, concurrency, tokens: Math.floor(concurrency * lengthTokens) };
  }
  const groups = layout.groups.reduce((sum, group) => sum + group.groups, 0);
  return { blocks, concurrency, tokens: Math.floor(blocks / groups) * layout.blockTokens * decodeContext };
}

/**
 * Bytes of KV cache that one request needs before the engine starts (v1/core/kv_cache_utils.py
 * check_enough_kv_cache_memory). V1 before 0.14 asked every layer by itself, so that neither padding nor the switch of
 * the hybrid manager counted; 0.14 to 0.16 held the layers of all pipeline stages against one worker.
 */
export function neededBytes(layout: KvLayout, lengthTokens: number, rules: KvRules): number {
  const { version, engine } = rules;
  if (engine !== 'v0' && !has(version, 'needFromGroups')) {
    return layout.alone.reduce((sum, { spec, layers, blockTokens, pageBytes }) => {
      return sum + layers * pageBytes * blocksOf(spec, blockTokens, lengthTokens, rules);
    }, 0);
  }
  const wholeModel = engine !== 'v0' && !has(version, 'needOfOneStage');
  const reserved = has(version, 'nullBlockReserved') ? 1 : 0;
  const blockBytes = wholeModel ? layout.modelBlockBytes : layout.blockBytes;
  const checked = layout.uneven?.checkedBlockBytes ?? blockBytes;
  return checked * blocksPerRequest(layout, lengthTokens, rules) + blockBytes * reserved;
}

/** Longest request, up to `limitTokens`, whose need fits into `bytes`; 0 when not even one token does. */
export function longestThatFits(layout: KvLayout, bytes: number, limitTokens: number, rules: KvRules): number {
  if (neededBytes(layout, limitTokens, rules) <= bytes) return limitTokens;
  let fits = 0;
  let beyond = limitTokens;
  while (beyond - fits > 1) {
    const middle = Math.floor((fits + beyond) / 2);
    if (neededBytes(layout, middle, rules) <= bytes) fits = middle;
    else beyond = middle;
  }
  return fits;
}
