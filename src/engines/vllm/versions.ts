/** Newest release whose behaviour was read from source or logs; what an unknown or a newer version is taken for. */
export const NEWEST_VERSION = '0.31.0';
const NEWEST = code(0, 31, 0);

/**
 * First release of each change that moves memory. Exact up to 0.20 (release tags); later ones follow from branch
 * dates, downstream pins and log lines.
 */
export const CHANGES = {
  /** On AMD the growth of the whole device counts as weights (#12624, February 2025). */
  rocmDeviceGrowth: [0, 7, 3],
  /** Padding of weights on AMD (#13231, #14454). */
  rocmPadding: [0, 8, 2],
  /** V0's profiler tells PyTorch's memory from the rest (it took all that is used for the weights before). */
  torchMemoryApart: [0, 7, 0],
  /** V1 engine for most models (V0 before). */
  v1Engine: [0, 8, 0],
  /** Device memory decides the scheduler's defaults (H100 and H200 by name before). */
  defaultsByDeviceMemory: [0, 8, 5],
  /** A100 keeps the small defaults although it has 80 GB. */
  smallDefaultsOnA100: [0, 9, 0],
  /** Baseline snapshot and start-up check; the CUDA context is no longer charged to the budget. */
  memorySnapshot: [0, 9, 1],
  /** bitsandbytes' nested scales are written out while they load (#19742). */
  flatBitsandbytesScales: [0, 9, 2],
  /** Groups of layers share blocks; capacity is logged per group. */
  hybridKvCache: [0, 9, 1],
  /** V1 for models that only embed, for fp32 and for any cache dtype on AMD. */
  v1ForPooling: [0, 9, 2],
  /** Capture sizes follow `max_num_seqs`. */
  captureSizesBySeqs: [0, 10, 0],
  /** Classes of pooling models have a default pooling, mostly of the last token (config/__init__.py _init_pooler_config). */
  pooledByLast: [0, 10, 1],
  kvCacheMemoryBytes: [0, 10, 2],
  /** V1 also below compute capability 8.0, for states and for every cache dtype (V0 before). */
  v1ForOlderGpus: [0, 10, 2],
  /** The snapshot is taken after NCCL has started, so its buffers are no longer charged. */
  snapshotAfterNccl: [0, 11, 0],
  /** Groups are made of the layers of all pipeline stages. */
  groupsOfWholeModel: [0, 11, 0],
  v0Removed: [0, 11, 0],
  /** `mtp` is a method of its own, which takes the target's layers. */
  mtpMethod: [0, 11, 0],
  fullAndPiecewise: [0, 11, 0],
  /** Stride 16 above 256, `max_cudagraph_capture_size`, original length of LongRoPE models. */
  captureStride16: [0, 11, 1],
  /** Inductor benchmarks combo kernels on random arguments of the real size (commit ca683a2a72). */
  benchmarksCombos: [0, 11, 1],
  /** FlashInfer samples only when asked to; before, wherever its package was installed (commit e66d787bce). */
  flashInferSamplerOff: [0, 11, 1],
  suffixDecoding: [0, 11, 1],
  /** Drafters share the target's tables when the checkpoint ships none or equal ones (by shape before). */
  sharedByValue: [0, 11, 1],
  /** Objects in hf_overrides change nested configs; `--rope-scaling` and `--rope-theta` are gone (#25727). */
  nestedOverrides: [0, 11, 1],
  /** RoPE is read from `rope_parameters` (config/model.py _get_and_verify_max_len; from `rope_scaling` before). */
  ropeParameters: [0, 12, 0],
  layerGroupFactor125: [0, 12, 0],
  /** `-O` is an optimisation level (a compilation level before). */
  optimizationLevels: [0, 12, 0],
  /** Adapters no longer add tokens to the vocabulary (#28545, November 2025). */
  loraWithoutExtraTokens: [0, 12, 0],
  /** Speculative tokens multiply the largest capture size; the two start-up errors link to the documentation. */
  speculativeCaptureSizes: [0, 13, 0],
  /** The workspace of the modular MoE kernels stays allocated. */
  persistentMoeWorkspace: [0, 13, 0],
  /** More GPUs than the node has are refused at once (handed to Ray before). */
  worldSizeChecked: [0, 13, 0],
  autoMaxModelLen: [0, 14, 0],
  /** What one request needs is counted by groups, padding included (by single layers before). */
  needFromGroups: [0, 14, 0],
  /** A KV connector turns the hybrid manager off only when nobody says otherwise. */
  hybridKeptOnRequest: [0, 13, 0],
  budgetRoundsUp: [0, 14, 0],
  /** Pooling of sequences and of tokens are told apart, and the latter is chunked (config/pooler.py). */
  pooledByToken: [0, 14, 0],
  /** The rejection sampler works on a copy of the target's logits. */
  targetLogitsCopied: [0, 14, 0],
  /** Draft models on V1. */
  draftModelOnV1: [0, 15, 0],
  /** VLLM_ATTENTION_BACKEND is read no longer. */
  attentionBackendByFlag: [0, 15, 0],
  /** Prefix caching of states by aligned blocks; drafting adds state blocks (#30877). */
  mambaAlign: [0, 15, 0],
  /** MTP layers share the head that they hold with the target (#34385, February 2026). */
  sharedMtpHeads: [0, 16, 0],
  /** Online fp8 converts module by module while it loads (the whole model in 16 bits before). */
  streamedQuantization: [0, 16, 0],
  hiddenStateExtraction: [0, 17, 0],
  /** What one request needs is held against the layers of each stage (#33698). */
  needOfOneStage: [0, 17, 0],
  performanceMode: [0, 17, 0],
  ngramGpu: [0, 18, 0],
  dflash: [0, 20, 0],
  /** A batch without room for the slots that drafting adds is refused. */
  draftSlots: [0, 20, 0],
  customProposers: [0, 22, 0],
  /** Drafting adds state blocks in the cache mode 'all' too (#41233, May 2026). */
  mambaAllSpeculative: [0, 22, 0],
  /** TurboQuant beside states (#39931, May 2026). */
  turboQuantHybrid: [0, 22, 0],
  /** Start-up errors say that the utilization also holds on CPUs (#42479, May 2026). */
  cpuInErrors: [0, 22, 0],
  dspark: [0, 25, 0],
  /** Adapters of Qwen3's token table and head (#29816, February 2026). */
  loraTablesOfQwen3: [0, 16, 0],
  /** Towers that no item may use are not loaded: some families (#22299), Qwen3-VL (#26000), all (#32605). */
  firstUnusedTowers: [0, 10, 1],
  nextUnusedTowers: [0, 11, 0],
  unusedTowers: [0, 15, 0],
  /** Top-k and top-p in Triton: 14 bytes per logit in the profile run instead of 38. */
  tritonSampler: [0, 17, 0],
  /** AllReduce + RMSNorm fusion at the default optimisation level on SM90 and SM100. */
  allReduceFusion: [0, 17, 0],
  /** FlashInfer's fp8 experts are padded by whether they are gated (#33506, February 2026). */
  flashInferExpertPadding: [0, 17, 0],
  unlimitedMoeChunk: [0, 18, 0],
  graphProfiler: [0, 18, 0],
  layerGroupFactor15: [0, 18, 0],
  /** Sparse attention keeps bf16 unless fp8 is asked for (its packed fp8 before). */
  sparseCacheUnpacked: [0, 18, 0],
  /** `float16` as a cache dtype; blocks of any size that the backend takes. */
  cacheFloat16: [0, 18, 0],
  /** Images come with Transformers 5, in which `rope_scaling` is another name of `rope_parameters` (requirements at v0.20.0). */
  transformers5: [0, 20, 0],
  /** The graph profiler is on by default and `gpu_memory_utilization` defaults to 0.92. */
  graphProfilerDefault: [0, 20, 0],
  /** Fewer blocks than sequences are refused (captures were cut down to the blocks before; tag v0.20.0). */
  mambaBlockCheck: [0, 20, 0],
  /** The attention backend sets the step in which the blocks of models with states grow. */
  hybridBlockByBackend: [0, 20, 0],
  /** KV events leave the hybrid manager on (#37688). */
  hybridWithKvEvents: [0, 20, 0],
  /** TurboQuant, per-token-head and NVFP4 caches. */
  quantizedCaches: [0, 20, 0],
  /** 'GPU KV cache size' is `int(concurrency × max_model_len)` (#41069, which the tag v0.20.1 holds). */
  tokensFromConcurrency: [0, 20, 1],
  overrideInLengthCheck: [0, 20, 1],
  splitLimit: [0, 21, 0],
  /** FlashInfer samples by default, and the native sampler is warmed up beside it (commits b92ef9ec5a, c3e64696c7). */
  warmsBothSamplers: [0, 21, 0],
  runnerV2Qwen3: [0, 22, 0],
  runnerV2Llama: [0, 23, 0],
  /** A head that ModelOpt quantized stays so (#42124, May 2026). */
  modeloptHeads: [0, 23, 0],
  /** Connectors that can keep the hybrid manager on (#41847, May 2026). */
  hybridByConnector: [0, 23, 0],
  runnerV2SmallMoe: [0, 24, 0],
  runnerV2Quantized: [0, 24, 0],
  /** Pages that divide no larger one are padded instead of refused (#45181). */
  paddedPages: [0, 24, 0],
  /** Four-bit cache with a scale per token and head (#40835, June 2026). */
  int4Cache: [0, 25, 0],
  runnerV2Dense: [0, 25, 0],
  hybridPrefixCaching: [0, 26, 0],
  /** Sliding windows hold the tokens of every batch in flight. */
  windowHoldsBatches: [0, 26, 0],
  /** Blocks grow until a narrow page covers that of layers in a wider dtype (#42890, July 2026). */
  mixedCacheDtypes: [0, 26, 0],
  /** Everything that the free memory lost is charged, runner state included. */
  totalConsumed: [0, 27, 0],
  /** Prefill context parallelism no longer spreads the cache (#46570, July 2026). */
  prefillContextUnsharded: [0, 27, 0],
  captureSizes1024: [0, 28, 0],
  /** Blocks of latent attention beside states are multiples of 128 (#50000, July 2026). */
  latentHybridBlock128: [0, 28, 0],
  /** States are cached by aligned blocks whatever the family (#50991, August 2026). */
  mambaAlignEverywhere: [0, 28, 0],
  /** NVFP4 cache that chooses between two scales (#45187, August 2026). */
  fourOverSix: [0, 28, 0],
  defaults16384: [0, 28, 0],
  nullBlockReserved: [0, 29, 0],
  runnerV2GraphProfiler: [0, 29, 0],
} as const satisfies Record<string, readonly [number, number, number]>;

export type Change = keyof typeof CHANGES;

export interface EngineVersion {
  /** As a reader should see it: the release that the figures are for. */
  readonly text: string;
  readonly release: number;
  /** A build on the way to that release: what is new in it may or may not be in yet. */
  readonly development: boolean;
  /** The version itself is newer than the release that it is judged as. */
  readonly newer: boolean;
  /** What was assumed about it, or null. */
  readonly note: string | null;
}

/**
 * Reads a release, a tag or a development version. Builds between releases (`0.19.2rc1.dev134+g…`) come from the main
 * branch, on which release candidates of a patch are only markers, so they count as the next minor release. What states
 * no release (`nightly`, `0.1.dev1`) counts as the newest.
 */
export function parseVersion(text: string | null): EngineVersion {
  if (text === null) return newest(`vLLM's version is not stated; assumed the newest known, ${NEWEST_VERSION}`);
  const match = /^\s*v?(\d{1,4})\.(\d{1,4})(?:\.(\d{1,4}))?((?:rc\d{1,3})?(?:\.?dev\d{1,6})?)/i.exec(text);
  const [major, minor, patch] = [Number(match?.[1]), Number(match?.[2]), Number(match?.[3] ?? 0)];
  if (!match || (major === 0 && minor < 2)) {
    return newest(`'${text.slice(0, 60)}' names no vLLM release; assumed the newest known, ${NEWEST_VERSION}`);
  }
  const suffix = match[4]?.toLowerCase() ?? '';
  if (suffix.includes('rc') && suffix.includes('dev')) {
    const next = `${major}.${minor + 1}.0`;
    const build = `development build ${text.trim().slice(0, 60)}`;
    const release = code(major, minor + 1, 0);
    const note = `${build} is judged as ${next}`;
    return release > NEWEST ? beyond(build) : { text: next, release, development: true, newer: false, note };
  }
  const release = code(major, minor, patch);
  const plain = `${major}.${minor}.${patch}`;
  return release > NEWEST
    ? beyond(`vLLM ${plain}`)
    : { text: plain, release, development: false, newer: false, note: null };
}

/** Whether a version behaves as after a change. */
export function has(version: EngineVersion, change: Change): boolean {
  const [major, minor, patch] = CHANGES[change];
  return version.release >= code(major, minor, patch);
}

/** Whether a version is older than a release. */
export function isBefore(version: EngineVersion, [major, minor, patch]: readonly [number, number, number]): boolean {
  return version.release < code(major, minor, patch);
}

/** Whether a change came with the very release that a development build leads to, so that it may be missing. */
export function mayMiss(version: EngineVersion, change: Change): boolean {
  const [major, minor, patch] = CHANGES[change];
  return version.development && version.release === code(major, minor, patch);
}

function newest(note: string): EngineVersion {
  return { text: NEWEST_VERSION, release: NEWEST, development: false, newer: false, note };
}

/** Nobody has read what it does: it behaves as the newest known release does. */
function beyond(what: string): EngineVersion {
  const note = `${what} is newer than what Headroom knows; judged as ${NEWEST_VERSION}`;
  return { ...newest(note), newer: true };
}

function code(major: number, minor: number, patch: number): number {
  return (major * 10_000 + minor) * 10_000 + patch;
}
