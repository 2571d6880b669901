import { capabilityOf } from '../../hardware/gpu.ts';
import type { Cache, Layer } from '../../models/architecture.ts';
import { countsOf } from '../distinct-layers.ts';
import { keepsStates } from './cache-settings.ts';
import { specsOf, type CacheContext } from './cache-specs.ts';
import { compressedStorageOf } from './compressed-specs.ts';
import type { KvRules, SpecCount } from './kv-cache.ts';
import { dtypeBytes } from './dtypes.ts';
import type { Launch } from './launch.ts';
import { stagesOf, type Stage } from './stages.ts';
import { has } from './versions.ts';

/** What the KV cache of a stage holds: the caches of its layers, the drafter's beside those of the last one. */
export function cachesOfStage(launch: Launch, stage: Stage): readonly SpecCount[] {
  const caches = specsOfStage(launch, stage);
  return launch.runner === 'v0' ? caches.filter(({ spec }) => spec.kind !== 'state') : caches;
}

/**
 * States of V0, in bytes. They are no part of its KV cache: the first pass, which is the profile's, makes one for every
 * sequence that may run at once, and keeps them (vLLM 0.10 model_executor/models/mamba_cache.py MambaCacheManager). Where
 * decoding is captured, their number is that of a captured batch (VllmConfig.pad_for_cudagraph).
 */
export function statesOfV0(launch: Launch, stage: Stage): number {
  const { runner, maxNumSeqs, graphs } = launch;
  if (runner !== 'v0') return 0;
  const sequences = graphs.fullSizes.find((size) => size >= maxNumSeqs) ?? maxNumSeqs;
  return specsOfStage(launch, stage).reduce((sum, { spec, layers }) => sum + sequences * layers * spec.stateBytes, 0);
}

/** Counted by equal layer. */
function specsOfStage(launch: Launch, stage: Stage): readonly SpecCount[] {
  const skipped = skippedLayers(launch);
  const context = cacheContext(launch);
  const isSkipped = (_: Layer, index: number): boolean => skipped.has(stage.start + index);
  const some = skipped.size > 0;
  const others = some ? stage.layers.filter((layer, index) => !isSkipped(layer, index)) : stage.layers;
  const plain = expand(others, launch, context);
  const kept = some ? expand(stage.layers.filter(isSkipped), launch, { ...context, kvDtype: 'auto' }) : [];
  const { speculation } = launch;
  if (!stage.last || !speculation?.keepsKvCache) return [...plain, ...kept];
  const { tensorParallelSize, kvCacheDtype } = speculation;
  const own = { ...context, tensorParallelSize, kvDtype: kvCacheDtype ?? context.kvDtype };
  return [...plain, ...kept, ...expand(speculation.layers, launch, own)];
}

/** Caches of all stages. */
export function cachesOfModel(launch: Launch): readonly SpecCount[] {
  return stagesOf(launch).flatMap((stage) => cachesOfStage(launch, stage));
}

function expand(layers: readonly Layer[], launch: Launch, context: CacheContext): SpecCount[] {
  const specs: SpecCount[] = [];
  for (const [layer, count] of countsOf(layers))
    for (const cache of layer.caches)
      for (const spec of specsOf(unfolded(likeOthers(cache, layer, launch), launch), context))
        specs.push({ spec, layers: count });
  return specs;
}

/** V0 gives every layer the same block, also one that attends across alone (worker/cache_engine.py). */
function likeOthers(cache: Cache, { caches }: Layer, { runner }: Launch): Cache {
  if (runner !== 'v0' || cache.kind !== 'cross' || caches.length > 1) return cache;
  const { kvHeads, keyDim, valueDim } = cache;
  return { kind: 'full', kvHeads, keyDim, valueDim };
}

/**
 * `VLLM_MLA_DISABLE` keeps whole keys and values of every head instead of the latent, values padded to the width of
 * keys (vLLM model_executor/models/deepseek_v2.py DeepseekV2Attention).
 */
function unfolded(cache: Cache, { architecture, environment }: Launch): Cache {
  const { latentAttention, attentionHeads } = architecture;
  if (cache.kind !== 'latent' || !latentAttention || environment['VLLM_MLA_DISABLE'] !== '1') return cache;
  const width = latentAttention.nopeDim + latentAttention.ropeDim;
  return { kind: 'full', kvHeads: attentionHeads, keyDim: width, valueDim: width };
}

/**
 * Layers that keep the model's dtype: those named by index, and the first and last two under TurboQuant, which leaves
 * models with states alone (vLLM quantization/turboquant/config.py get_boundary_skip_layers).
 */
function skippedLayers({ architecture, kvCacheDtype, skippedLayerIndices }: Launch): ReadonlySet<number> {
  const skipped = new Set(skippedLayerIndices);
  const count = architecture.layers.length;
  if (kvCacheDtype.startsWith('turboquant_') && !keepsStates(architecture)) {
    for (let index = 0; index < Math.min(2, Math.floor(count / 2)); index++) {
      skipped.add(index).add(count - 1 - index);
    }
  }
  return skipped;
}

function cacheContext(launch: Launch): CacheContext {
  const capability = capabilityOf(launch.gpu);
  const quantizedCache = launch.kvCacheDtype.startsWith('fp8');
  return {
    tensorParallelSize: launch.parallelism.tensor,
    elementBytes: launch.elementBytes,
    kvDtype: launch.kvCacheDtype,
    convElementBytes: dtypeBytes(launch.mambaCacheDtype),
    stateElementBytes: dtypeBytes(launch.mambaStateDtype),
    speculativeTokens: launch.speculation?.tokens ?? 0,
    latentBlockTokens: capability >= 10 && capability < 12 ? 128 : capability === 9 && quantizedCache ? 64 : 16,
    skipSliding: launch.skipSlidingDtype,
    packedSparse: packedSparse(launch, capability),
    compressed: compressedStorageOf(launch),
  };
}

/**
 * Whether sparse latent attention keeps its packed fp8 entries: by default before 0.18; since then when fp8 is asked
 * for, but not on Blackwell data-centre GPUs, whose backend keeps plain fp8 (vLLM model_executor/models/config.py,
 * layers/attention/mla_attention.py).
 */
function packedSparse({ version, kvCacheDtype }: Launch, capability: number): boolean {
  if (kvCacheDtype === 'fp8_ds_mla') return true;
  const quantized = kvCacheDtype.startsWith('fp8');
  if (!has(version, 'sparseCacheUnpacked')) return quantized || kvCacheDtype === 'auto';
  return quantized && !(capability >= 10 && capability < 12);
}

/** How this launch's version lays out and counts the KV cache. */
export function kvRules(launch: Launch): KvRules {
  const { version, runner, parallelism, maxNumBatchedTokens: batch } = launch;
  const { pipeline } = parallelism;
  const batches = !launch.asyncScheduling ? pipeline : runner === 'v2' ? pipeline + 1 : pipeline === 1 ? 2 : pipeline;
  return {
    version,
    engine: runner,
    blockSize: launch.blockSize,
    hybridDisabled: launch.hybridDisabled,
    chunkedLocalAllowed: launch.environment['VLLM_ALLOW_CHUNKED_LOCAL_ATTN_WITH_HYBRID_KV_CACHE'] === '1',
    decodeContext: launch.contextShards,
    inFlightTokens: has(version, 'windowHoldsBatches') ? batches * batch : batch,
    crossTokens: has(version, 'crossHoldsBatch') ? batch : null,
    speculativeTokens: launch.speculation?.tokens ?? 0,
    mambaCacheMode: launch.mambaCacheMode,
    mixedDtypes: launch.skipSlidingDtype || skippedLayers(launch).size > 0,
  };
}
