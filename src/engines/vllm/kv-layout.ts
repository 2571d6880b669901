import { split } from '../sharding.ts';
import type { CacheSpec } from './cache-specs.ts';
import { compressedLayout } from './compressed-layout.ts';
import type { KvLayout, KvRules, LayerGroup, LoneLayer, SpecCount } from './kv-cache.ts';
import { has, type EngineVersion } from './versions.ts';

/** Block of an attention layer when nothing asks for another (vLLM config/cache.py DEFAULT_BLOCK_SIZE). */
const DEFAULT_BLOCK_TOKENS = 16;

/**
 * Lays the caches of one stage out in blocks (vLLM v1/core/kv_cache_utils.py get_kv_cache_groups and
 * _project_kv_cache_groups_to_worker).
 * @param counts layers of the stage.
 * @param model layers of all stages, by which groups are made; the stage's own without pipeline parallelism.
 * @returns null when there is nothing to keep.
 */
export function kvLayout(
  counts: readonly SpecCount[],
  rules: KvRules,
  model: readonly SpecCount[] = counts,
): KvLayout | null {
  const own = mergeEqual(counts);
  if (own.length === 0) return null;
  const stage = managed(own, rules);
  const alike = model === counts || !has(rules.version, 'groupsOfWholeModel');
  const whole = alike ? stage : managed(mergeEqual(model), rules);
  // Without the hybrid manager even compressors' states keep every token.
  if (!rules.hybridDisabled && own.some(({ spec }) => spec.pageBytes !== undefined))
    return compressedLayout(mergeEqual(model), own, rules);
  const states = whole.filter(({ spec }) => spec.kind === 'state');
  const tokens = whole.filter(({ spec }) => spec.kind !== 'state');
  if (tokens.length === 0) return stateOnly(whole, stage, own);
  const least = Math.max(
    rules.blockSize ?? DEFAULT_BLOCK_TOKENS,
    ...tokens.filter(({ spec }) => spec.kind !== 'cross').map(({ spec }) => spec.blockTokens),
  );
  const covering = coveringBlock(tokens, least, rules);
  const kinds = new Set(tokens.map(({ spec }) => `${spec.kind}:${spec.spanTokens}`));
  if (states.length === 0 && kinds.size === 1) return uniform(whole, stage, own, covering ?? least);
  const blockTokens = states.length === 0 ? least : alignedBlock(tokens, states, rules);
  if (covering === null || states.length > 0) return grouped(whole, stage, own, blockTokens, rules);
  const shared = Math.ceil(narrowest(tokens) * covering);
  return grouped(whole, stage, own, blockTokens, rules, shared);
}

function narrowest(tokens: readonly SpecCount[]): number {
  return Math.min(...tokens.map(({ spec }) => spec.tokenBytes));
}

/**
 * Block of a narrow cache dtype whose page covers the smallest one of the layers that keep a wider dtype (vLLM
 * platforms/interface.py _align_heterogeneous_kv_block_size); null when all layers are equally wide.
 */
function coveringBlock(tokens: readonly SpecCount[], least: number, rules: KvRules): number | null {
  if (!rules.mixedDtypes || !has(rules.version, 'mixedCacheDtypes')) return null;
  const narrow = narrowest(tokens);
  const wide = Math.max(...tokens.map(({ spec }) => spec.tokenBytes));
  return wide > narrow ? least * Math.ceil((wide * DEFAULT_BLOCK_TOKENS) / (least * narrow)) : null;
}

/**
 * Whether layers with a window, and layers in chunks, get blocks for what they look back on only. Without the hybrid
 * manager they get blocks for every token once there are layers with full attention beside them
 * (unify_hybrid_kv_cache_specs); V0 always did that.
 */
function managed(counts: readonly SpecCount[], rules: KvRules): SpecCount[] {
  const v0 = rules.engine === 'v0';
  const full = v0 || counts.some(({ spec }) => spec.kind === 'full');
  const hybrid = !v0 && has(rules.version, 'hybridKvCache') && !rules.hybridDisabled;
  return mergeEqual(
    counts.map(({ spec, layers }) => {
      const keepsAll =
        (spec.kind === 'sliding' && full && !hybrid) ||
        (spec.kind === 'chunked' && full && !(hybrid && rules.chunkedLocalAllowed));
      return { layers, spec: keepsAll ? { ...spec, kind: 'full', spanTokens: 0 } : spec };
    }),
  );
}

function mergeEqual(counts: readonly SpecCount[]): SpecCount[] {
  const merged: { spec: CacheSpec; layers: number }[] = [];
  for (const { spec, layers } of counts) {
    const same = merged.find((other) => equal(other.spec, spec));
    if (same) same.layers += layers;
    else merged.push({ spec, layers });
  }
  return merged.filter(({ spec, layers }) => layers > 0 && spec.tokenBytes + spec.stateBytes > 0);
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

/** Every layer by itself, with pages that nothing has made equal yet. */
function alone(own: readonly SpecCount[], blockTokens: number, statePageBytes: number): readonly LoneLayer[] {
  return own.map(({ spec, layers }) => {
    const pageBytes =
      spec.kind === 'state' ? Math.max(statePageBytes, spec.stateBytes) : Math.ceil(spec.tokenBytes * blockTokens);
    return { spec, layers, blockTokens, pageBytes };
  });
}

/** One type of attention: one group in which every layer has its own page width. */
function uniform(
  whole: readonly SpecCount[],
  stage: readonly SpecCount[],
  own: readonly SpecCount[],
  blockTokens: number,
): KvLayout {
  const bytesOfBlock = (counts: readonly SpecCount[]): number =>
    Math.ceil(counts.reduce((sum, { spec, layers }) => sum + spec.tokenBytes * layers, 0) * blockTokens);
  return {
    groups: stage.slice(0, 1).map(({ spec }) => ({ spec, groups: 1, blockTokens })),
    alone: alone(own, blockTokens, 0),
    blockBytes: bytesOfBlock(stage),
    modelBlockBytes: bytesOfBlock(whole),
    blockTokens,
    paddingLayers: 0,
    refusal: null,
  };
}

function stateOnly(whole: readonly SpecCount[], stage: readonly SpecCount[], own: readonly SpecCount[]): KvLayout {
  const bytesOfStates = (counts: readonly SpecCount[]): number =>
    counts.reduce((sum, { spec, layers }) => sum + spec.stateBytes * layers, 0);
  return {
    groups: stage.slice(0, 1).map(({ spec }) => ({ spec, groups: 1, blockTokens: 0 })),
    alone: alone(own, 0, 0),
    blockBytes: bytesOfStates(stage),
    modelBlockBytes: bytesOfStates(whole),
    blockTokens: 0,
    paddingLayers: 0,
    refusal: null,
  };
}

/**
 * Attention blocks grow until their page holds the widest state (vLLM platforms/interface.py
 * _align_hybrid_block_size; model_executor/models/config.py before 0.20, which took a `--block-size` that is large
 * enough as it is and counted latent attention in steps of 64).
 */
function alignedBlock(tokens: readonly SpecCount[], states: readonly SpecCount[], rules: KvRules): number {
  const byBackend = has(rules.version, 'hybridBlockByBackend');
  const asked = rules.blockSize ?? DEFAULT_BLOCK_TOKENS;
  const latent = tokens.some(({ spec }) => spec.latent);
  const backend = Math.max(...tokens.map(({ spec }) => spec.blockTokens));
  const kernel = byBackend ? backend : latent ? 64 : DEFAULT_BLOCK_TOKENS;
  const least = latent && has(rules.version, 'latentHybridBlock128') ? Math.max(kernel, 128) : kernel;
  const step = byBackend ? Math.max(least, asked) : least;
  const tokenBytes = Math.max(...tokens.map(({ spec }) => spec.tokenBytes));
  const state = Math.max(...states.map(({ spec }) => spec.stateBytes));
  const chunk = rules.mambaCacheMode === 'all' ? Math.max(...states.map(({ spec }) => spec.chunkTokens)) : 0;
  const unit = chunk > 0 ? leastCommonMultiple(chunk, step) : step;
  return Math.max(asked, unit * Math.max(1, Math.ceil(state / (unit * tokenBytes))));
}

function grouped(
  whole: readonly SpecCount[],
  stage: readonly SpecCount[],
  own: readonly SpecCount[],
  blockTokens: number,
  rules: KvRules,
  sharedPage: number | null = null,
): KvLayout {
  const page = sharedPage ?? Math.ceil(Math.max(...whole.map(({ spec }) => spec.tokenBytes)) * blockTokens);
  const size = layersPerGroup(
    whole.map(({ layers }) => layers),
    rules.version,
  );
  const groups = whole.map(({ spec, layers }): LayerGroup => {
    const pages = spec.kind === 'state' ? 1 : wholeMultiple(page, spec.tokenBytes * blockTokens);
    return { spec, groups: Math.ceil(layers / size), blockTokens: blockTokens * pages };
  });
  // Layers of a type go to its groups in turn, so a stage holds at most an even share of them, rounded up, per group.
  const held = groups.map((group) => {
    const layers = stage.find(({ spec }) => equal(spec, group.spec))?.layers ?? 0;
    return split(layers, group.groups);
  });
  const total = whole.reduce((sum, { layers }) => sum + layers, 0);
  return {
    groups,
    alone: alone(own, blockTokens, page),
    blockBytes: page * Math.max(...held),
    modelBlockBytes: page * size,
    blockTokens,
    paddingLayers: groups.reduce((sum, group) => sum + group.groups * size, 0) - total,
    refusal: refusalOf(whole, page, blockTokens, rules),
  };
}

/** Layers that the hybrid manager would be needed for, and pages that fill no larger one and were not padded before 0.24. */
function refusalOf(whole: readonly SpecCount[], page: number, blockTokens: number, rules: KvRules): string | null {
  const { version, engine, hybridDisabled } = rules;
  if (engine === 'v0' || !has(version, 'hybridKvCache')) return null;
  if (hybridDisabled) {
    return has(version, 'unifiedTypeError')
      ? 'Failed to promote local KV cache specs to one unified type.'
      : 'Hybrid KV cache manager is disabled but failed to convert the KV cache specs to one unified type.';
  }
  const uneven = whole.some(({ spec }) => spec.kind !== 'state' && page % (spec.tokenBytes * blockTokens) !== 0);
  if (!uneven || has(version, 'paddedPages') || !has(version, 'unevenPagesRefused')) return null;
  return 'The page size of the layer is not divisible by the maximum page size. Cannot unify by adjusting block_size.';
}

/** How many smaller pages fill a page exactly; 1 when none do, for then the smaller one is padded. */
function wholeMultiple(page: number, smaller: number): number {
  return page % smaller === 0 ? page / smaller : 1;
}

/** The smallest type sets the size of the groups, unless the largest is nearly as small. */
function layersPerGroup(layers: readonly number[], version: EngineVersion): number {
  const least = Math.min(...layers);
  const most = Math.max(...layers);
  const factor = has(version, 'layerGroupFactor15') ? 1.5 : has(version, 'layerGroupFactor125') ? 1.25 : 1;
  return most < factor * least ? most : least;
}

function leastCommonMultiple(a: number, b: number): number {
  let [x, y] = [a, b];
  while (y > 0) [x, y] = [y, x % y];
  return x === 0 ? b : (a / x) * b;
}
