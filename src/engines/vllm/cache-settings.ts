import type { Architecture, Quantization } from '../../models/architecture.ts';
import { readArguments, type ArgumentReader } from '../argument-reader.ts';
import { keeps } from '../distinct-layers.ts';
import { knownDtype } from './dtypes.ts';
import type { Runner } from './runner.ts';
import { has, type EngineVersion } from './versions.ts';

/** How the KV cache is kept, with every default resolved. */
export interface CacheSettings {
  readonly kvCacheMemoryBytes: number | null;
  readonly blocksOverride: number | null;
  readonly blockSize: number | null;
  readonly kvCacheDtype: string;
  /** Layers with a window keep the model's dtype. */
  readonly skipSlidingDtype: boolean;
  /** Layers that keep the model's dtype, by number. */
  readonly skippedLayerIndices: readonly number[];
  readonly mambaCacheDtype: string | null;
  readonly mambaStateDtype: string | null;
  readonly mambaCacheMode: 'none' | 'align' | 'all';
  readonly hybridDisabled: boolean;
  readonly prefixCaching: boolean;
  /** Ranks over which the cached tokens of one request are spread. */
  readonly contextShards: number;
  readonly asyncScheduling: boolean;
  /** The index of sparse attention keeps four bits per element. */
  readonly narrowIndex: boolean;
}

interface CacheContext {
  readonly version: EngineVersion;
  readonly architecture: Architecture;
  readonly quantization: Quantization | null;
  readonly runner: Runner;
  /** Drafting by a model that reads the target's hidden states (EAGLE, MTP). */
  readonly eagle: boolean;
  readonly speculative: boolean;
}

export function cacheSettingsOf(reader: ArgumentReader, context: CacheContext): CacheSettings {
  const { version, architecture, quantization } = context;
  const states = keepsStates(architecture);
  const prefixCaching = reader.flag('enable_prefix_caching') ?? (!states || has(version, 'hybridPrefixCaching'));
  const skipped = skippedOf(reader);
  return {
    kvCacheMemoryBytes: has(version, 'kvCacheMemoryBytes') ? reader.integer('kv_cache_memory_bytes', 1) : null,
    blocksOverride: reader.integer('num_gpu_blocks_override', 1),
    blockSize: reader.integer('block_size', 1),
    kvCacheDtype: kvCacheDtypeOf(reader, quantization, version),
    skipSlidingDtype: skipped.includes('sliding_window'),
    skippedLayerIndices: skipped.filter((part) => /^\d{1,6}$/.test(part)).map(Number),
    mambaCacheDtype: knownDtype(reader.word('mamba_cache_dtype')),
    mambaStateDtype: knownDtype(reader.word('mamba_ssm_cache_dtype')),
    mambaCacheMode: states ? mambaModeOf(reader.word('mamba_cache_mode'), prefixCaching, context) : 'none',
    hybridDisabled: hybridDisabledOf(reader, context),
    prefixCaching,
    contextShards:
      (reader.integer('decode_context_parallel_size', 1) ?? 1) *
      (has(version, 'prefillContextUnsharded') ? 1 : (reader.integer('prefill_context_parallel_size', 1) ?? 1)),
    asyncScheduling: reader.flag('async_scheduling') !== false,
    narrowIndex: keepsNarrowIndex(reader),
  };
}

/** `--attention-config`, under its name and the one before (vLLM config/attention.py). */
function keepsNarrowIndex(reader: ArgumentReader): boolean {
  const attention = readArguments(reader.object('attention_config') ?? {});
  return attention.word('indexer_kv_dtype') === 'mxfp4' || attention.flag('use_fp4_indexer_cache') === true;
}

function skippedOf(reader: ArgumentReader): readonly string[] {
  return reader.words('kv_cache_dtype_skip_layers') ?? [];
}

/** The checkpoint's own KV quantization counts from 0.14 on, when nobody asks for another dtype. */
function kvCacheDtypeOf(reader: ArgumentReader, quantization: Quantization | null, version: EngineVersion): string {
  const asked = reader.word('kv_cache_dtype') ?? 'auto';
  if (asked !== 'auto') return asked;
  const own = quantization?.kvCacheDtype ?? null;
  return own !== null && has(version, 'checkpointCacheDtype') ? own.toLowerCase() : 'auto';
}

/**
 * Which states stay cached (vLLM model_executor/models/config.py MambaModelConfig): none without prefix caching; else
 * the mode asked for, or by default every block's state for Mamba layers and aligned blocks for the others. From 0.28
 * on aligned blocks are everybody's default, in 0.20 and 0.21 that of Mamba layers with drafting.
 */
function mambaModeOf(asked: string | null, prefixCaching: boolean, context: CacheContext): 'none' | 'align' | 'all' {
  const { version, architecture } = context;
  if (!prefixCaching || !has(version, 'statePrefixCaching')) return 'none';
  const every = supportsEveryState(architecture);
  if (!has(version, 'mambaAlign')) return every ? 'all' : 'none';
  if (asked === 'align') return 'align';
  if (asked === 'all') return every ? 'all' : 'align';
  const drafting = has(version, 'alignedWithDrafting') && !has(version, 'mambaAllSpeculative') && context.speculative;
  return every && !drafting && !has(version, 'mambaAlignEverywhere') ? 'all' : 'align';
}

/** Families whose kernels can resume from the state of any block (classes with SupportsMambaPrefixCaching). */
function supportsEveryState(architecture: Architecture): boolean {
  return architecture.layers.every(({ caches }) =>
    caches.every((cache) => cache.kind !== 'state' || cache.family === 'mamba1' || cache.family === 'mamba2'),
  );
}

/** Connectors that can hand over groups of their own (subclasses of SupportsHMA in vLLM's kv_connector/v1, 0.23). */
const HYBRID_CONNECTORS: ReadonlySet<string> = new Set([
  'NixlConnector',
  'NixlPullConnector',
  'NixlPushConnector',
  'MooncakeConnector',
  'MooncakeStoreConnector',
  'OffloadingConnector',
  'SimpleCPUOffloadConnector',
  'DecodeBenchConnector',
  'ExampleHiddenStatesConnector',
]);

/**
 * Whether layers with a window are kept like full ones (vLLM config/vllm.py, hybrid KV cache manager rules): asked for,
 * or because of KV events (before 0.20), a KV connector that cannot do without (any connector before 0.23, unless the
 * manager is asked for from 0.13 on), or chunks together with EAGLE.
 */
function hybridDisabledOf(reader: ArgumentReader, { version, architecture, eagle }: CacheContext): boolean {
  const asked = reader.flag('disable_hybrid_kv_cache_manager');
  if (asked === true) return true;
  if (reader.object('kv_events_config') !== null && !has(version, 'hybridWithKvEvents')) return true;
  if (eagle && keeps(architecture.layers, 'chunked')) return true;
  const transfer = reader.object('kv_transfer_config');
  if (transfer === null) return false;
  if (!has(version, 'hybridKeptOnRequest')) return true;
  if (asked === false) return false;
  return !has(version, 'hybridByConnector') || !connectorsOf(transfer).every((name) => HYBRID_CONNECTORS.has(name));
}

/** Names of a connector, or of those that a MultiConnector joins. */
function connectorsOf(transfer: NonNullable<ReturnType<ArgumentReader['object']>>): readonly string[] {
  const name = transfer['kv_connector'];
  if (name !== 'MultiConnector') return [String(name)];
  const extra = transfer['kv_connector_extra_config'];
  const inner = typeof extra === 'object' && extra !== null && 'connectors' in extra ? extra['connectors'] : null;
  if (!Array.isArray(inner)) return [name];
  return inner.map((connector: unknown) =>
    typeof connector === 'object' && connector !== null && 'kv_connector' in connector
      ? String(connector.kv_connector)
      : '',
  );
}

/** Whether any layer keeps a state per request. */
export function keepsStates(architecture: Architecture): boolean {
  return keeps(architecture.layers, 'state');
}
