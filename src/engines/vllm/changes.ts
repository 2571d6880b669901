import { REFUSAL_CHANGES } from './refusal-changes.ts';

/**
 * First release of each change that moves memory. Exact up to 0.20 (release tags); later ones follow from branch
 * dates, downstream pins and log lines.
 */
export const CHANGES = {
  /** V0 charges all that is used on the card, the CUDA context too (worker/worker.py; until `baselineOfV0`). */
  wholeCardOfV0: [0, 6, 4],
  baselineOfV0: [0, 6, 5],
  /** V0's profiler tells PyTorch's memory from the rest (it took all that is used for the weights before). */
  torchMemoryApart: [0, 7, 0],
  /** On AMD the growth of the whole device counts as weights (#12624, February 2025). */
  rocmDeviceGrowth: [0, 7, 3],
  /** V1 engine for most models (V0 before). */
  v1Engine: [0, 8, 0],
  /** Padding of weights on AMD (#13231, #14454). */
  rocmPadding: [0, 8, 2],
  /** Device memory decides the scheduler's defaults (H100 and H200 by name before). */
  defaultsByDeviceMemory: [0, 8, 5],
  /** A100 keeps the small defaults although it has 80 GB. */
  smallDefaultsOnA100: [0, 9, 0],
  /** V1 takes n-grams, EAGLE and Medusa when they are asked for by name (engine/arg_utils.py). */
  draftsOnV1: [0, 9, 0],
  /** V1 for GGUF checkpoints (engine/arg_utils.py). */
  ggufOnV1: [0, 9, 0],
  /** Drafters share token tables of the target's shape (v1/spec_decode/eagle.py; EAGLE kept its copy before). */
  sharedByShape: [0, 9, 0],
  /** Baseline snapshot and start-up check; the CUDA context is no longer charged to the budget. */
  memorySnapshot: [0, 9, 1],
  /** Groups of layers share blocks. */
  hybridKvCache: [0, 9, 1],
  /** Concurrency is counted in blocks, not in tokens (v1/core/kv_cache_utils.py). */
  concurrencyByBlocks: [0, 9, 1],
  /** bitsandbytes' nested scales are written out while they load (#19742). */
  flatBitsandbytesScales: [0, 9, 2],
  /** V1 for models that only embed, and for fp32. */
  v1ForPooling: [0, 9, 2],
  /** V1 for every cache dtype on AMD (engine/arg_utils.py). */
  amdCachesOnV1: [0, 9, 2],
  /** Capture sizes follow `max_num_seqs`. */
  captureSizesBySeqs: [0, 10, 0],
  /** Drafting no longer sends a launch to V0. */
  draftsOnV1Always: [0, 10, 0],
  /** V1 for fp8 caches on compute capability 10.0 (engine/arg_utils.py). */
  blackwellCachesOnV1: [0, 10, 0],
  /** Classes of pooling models have a default pooling, mostly of the last token (config/__init__.py _init_pooler_config). */
  pooledByLast: [0, 10, 1],
  /** Towers that no item may use are not loaded: some families (#22299), Qwen3-VL (#26000), all (#32605). */
  firstUnusedTowers: [0, 10, 1],
  kvCacheMemoryBytes: [0, 10, 2],
  /** `--eplb-config`, and what balancing needs is checked (config/parallel.py). */
  balancingConfig: [0, 10, 2],
  /** V1 also below compute capability 8.0, for states and for every cache dtype (V0 before). */
  v1ForTheRest: [0, 10, 2],
  /** V1 for Whisper (#21088). */
  encoderDecoderOnV1: [0, 10, 2],
  /** The snapshot is taken after NCCL has started, so its buffers are no longer charged. */
  snapshotAfterNccl: [0, 11, 0],
  /** Groups are made of the layers of all pipeline stages. */
  groupsOfWholeModel: [0, 11, 0],
  v0Removed: [0, 11, 0],
  /** `mtp` is a method of its own, which takes the target's layers. */
  mtpMethod: [0, 11, 0],
  fullAndPiecewise: [0, 11, 0],
  /** The output of every profiled item is laid out to the whole encoder budget (#25810; until `itemsAsEmbeddings`). */
  itemsAcrossBudget: [0, 11, 0],
  nextUnusedTowers: [0, 11, 0],
  /** EAGLE-3 shares a head of the target's shape (until drafters compare values). */
  eagle3HeadsByShape: [0, 11, 0],
  /** Capture sizes above 256 are multiples of 16 (of 8 before; config/vllm.py). */
  captureStride16: [0, 11, 1],
  /** Inductor benchmarks combo kernels on random arguments of the real size (commit ca683a2a72). */
  benchmarksCombos: [0, 11, 1],
  /** FlashInfer samples only when asked to; before, wherever its package was installed (commit e66d787bce). */
  flashInferSamplerOff: [0, 11, 1],
  /** The package depends on FlashInfer's (requirements/cuda.txt). */
  flashInferRequired: [0, 11, 1],
  suffixDecoding: [0, 11, 1],
  /** Drafters share the target's tables when the checkpoint ships none or equal ones (by shape before). */
  sharedByValue: [0, 11, 1],
  /** Objects in hf_overrides change nested configs; `--rope-scaling` and `--rope-theta` are gone (#25727). */
  nestedOverrides: [0, 11, 1],
  /** `max_cudagraph_capture_size`; a written list of sizes is taken as it is (commit 284cc922757). */
  maxCaptureSize: [0, 11, 1],
  /** The first runner rounds capture sizes up to whole decode steps (adjust_cudagraph_sizes_for_spec_decode). */
  drafterCaptureSizes: [0, 11, 1],
  /** LongRoPE models default to their original length (config/model.py). */
  longRopeOriginal: [0, 11, 1],
  /** Prefix caching can keep states (model_executor/models/config.py MambaModelConfig). */
  statePrefixCaching: [0, 11, 1],
  /** Kernels of delta attention use tensor descriptors (model_executor/layers/fla/ops/solve_tril.py). */
  deltaDescriptors: [0, 11, 1],
  /** The rejection sampler keeps the bonus token's logits in fp32 beside the target's (v1/sample/rejection_sampler.py). */
  rejectionOnBonusLogits: [0, 11, 1],
  /** At most 16,384 tokens in one call of the fused kernel (32,768 before; envs.py). */
  moeChunk16384: [0, 12, 0],
  /** Data-parallel experts are profiled with a whole chunk (#27426, November 2025). */
  wholeMoeChunk: [0, 12, 0],
  /** NVFP4 experts without a gate run, padded to tiles of their scales. */
  nvfp4ScaleTiles: [0, 12, 0],
  /** RoPE is read from `rope_parameters` (config/model.py _get_and_verify_max_len; from `rope_scaling` before). */
  ropeParameters: [0, 12, 0],
  layerGroupFactor125: [0, 12, 0],
  /** `-O` is an optimisation level (a compilation level before). */
  optimizationLevels: [0, 12, 0],
  /** Adapters no longer add tokens to the vocabulary (#28545, November 2025). */
  loraWithoutExtraTokens: [0, 12, 0],
  /** Speculative tokens multiply the largest capture size (config/vllm.py). */
  speculativeCaptureSizes: [0, 13, 0],
  /** A request of an encoder–decoder counts with a whole batch of encoder tokens (config/scheduler.py, #29421). */
  crossHoldsBatch: [0, 13, 0],
  /** V0 profiles its made-up items also where they are longer than the batch (multimodal/profiling.py; text alone before). */
  itemsBeyondBatch: [0, 8, 3],
  /** An item counts as what its encoder puts out, without the text around its parts (#30475). */
  itemsAsEmbeddings: [0, 13, 0],
  /** Data-parallel experts run in modular kernels, whose workspace stays allocated (v1/worker/workspace.py). */
  workspaceOfExchanges: [0, 13, 0],
  /** A KV connector turns the hybrid manager off only when nobody says otherwise. */
  hybridKeptOnRequest: [0, 13, 0],
  autoMaxModelLen: [0, 14, 0],
  /** So do the experts of one rank in 16 bits and in fp8; what AWQ, GPTQ and their like call has buffers of its own. */
  persistentMoeWorkspace: [0, 14, 0],
  /** What one request needs is counted by groups, padding included (by single layers before). */
  needFromGroups: [0, 14, 0],
  budgetRoundsUp: [0, 14, 0],
  /** Pooling of sequences and of tokens are told apart, and the latter is chunked (config/pooler.py). */
  pooledByToken: [0, 14, 0],
  /** The rejection sampler works on a copy of the target's logits. */
  targetLogitsCopied: [0, 14, 0],
  /** The checkpoint's own KV quantization decides the cache dtype when nobody asks for one. */
  checkpointCacheDtype: [0, 14, 0],
  /** Draft models on V1. */
  draftModelOnV1: [0, 15, 0],
  /** VLLM_ATTENTION_BACKEND is read no longer. */
  attentionBackendByFlag: [0, 15, 0],
  /** Prefix caching of states by aligned blocks; drafting adds state blocks (#30877). */
  mambaAlign: [0, 15, 0],
  unusedTowers: [0, 15, 0],
  /** MTP layers share the head that they hold with the target (#34385, February 2026). */
  sharedMtpHeads: [0, 16, 0],
  /** Online fp8 converts module by module while it loads (the whole model in 16 bits before). */
  streamedQuantization: [0, 16, 0],
  /** Adapters of Qwen3's token table and head (#29816, February 2026). */
  loraTablesOfQwen3: [0, 16, 0],
  /** Layers of each group in host memory, fetched ahead (model_executor/offloader/prefetch.py). */
  prefetchOffload: [0, 17, 0],
  hiddenStateExtraction: [0, 17, 0],
  /** What one request needs is held against the layers of each stage (#33698). */
  needOfOneStage: [0, 17, 0],
  performanceMode: [0, 17, 0],
  /** Top-k and top-p in Triton: 14 bytes per logit in the profile run instead of 38. */
  tritonSampler: [0, 17, 0],
  /** AllReduce + RMSNorm fusion at the default optimisation level on SM90 and SM100. */
  allReduceFusion: [0, 17, 0],
  /** FlashInfer's fp8 experts are padded by whether they are gated (#33506, February 2026). */
  flashInferExpertPadding: [0, 17, 0],
  ngramGpu: [0, 18, 0],
  /** The profile run warms the kernels of gated delta nets (#36599, March 2026). */
  warmsDelta: [0, 18, 0],
  unlimitedMoeChunk: [0, 18, 0],
  graphProfiler: [0, 18, 0],
  layerGroupFactor15: [0, 18, 0],
  /** Sparse attention keeps bf16 unless fp8 is asked for (its packed fp8 before). */
  sparseCacheUnpacked: [0, 18, 0],
  dflash: [0, 20, 0],
  /** A batch without room for the slots that drafting adds is refused. */
  draftSlots: [0, 20, 0],
  /** Room for balancing experts is made while the weights load (v1/worker/gpu_model_runner.py). */
  balancingWhileLoading: [0, 20, 0],
  /** Images come with Transformers 5, in which `rope_scaling` is another name of `rope_parameters` (requirements at v0.20.0). */
  transformers5: [0, 20, 0],
  /** The graph profiler is on by default. */
  graphProfilerDefault: [0, 20, 0],
  /** The attention backend sets the step in which the blocks of models with states grow. */
  hybridBlockByBackend: [0, 20, 0],
  /** KV events leave the hybrid manager on (#37688). */
  hybridWithKvEvents: [0, 20, 0],
  /** `gpu_memory_utilization` defaults to 0.92 (0.9 before; config/cache.py). */
  utilization092: [0, 20, 0],
  /** Tensor descriptors of delta attention on Hopper alone, and on demand (#37088). */
  noDeltaDescriptors: [0, 20, 0],
  /** Exchanges of experts in batches of a fixed size lower the default batch (use_batched_dp_moe). */
  exchangeBatches: [0, 20, 0],
  /** Drafting keeps states by aligned blocks (config.py MambaModelConfig; until `mambaAllSpeculative`). */
  alignedWithDrafting: [0, 20, 0],
  /** 'GPU KV cache size' is `int(concurrency × max_model_len)` (#41069, which the tag v0.20.1 holds). */
  tokensFromConcurrency: [0, 20, 1],
  overrideInLengthCheck: [0, 20, 1],
  /** Weights load with blocks that are not split below 20 MiB, `max_split_size_mb` (commit f03d82efdd8). */
  splitLimit: [0, 21, 0],
  /** AWQ, GPTQ and their like among experts run in modular kernels too (assumed of what is newer than 0.20). */
  modularFourBitExperts: [0, 21, 0],
  /** Memory pools beside expandable segments (#40812, April 2026). */
  poolsBesideExpandable: [0, 21, 0],
  /** FlashInfer samples by default, and the native sampler is warmed up beside it (commits b92ef9ec5a, c3e64696c7). */
  warmsBothSamplers: [0, 21, 0],
  /** `max_num_batched_tokens` is captured when it lies within the sizes (config/vllm.py). */
  captureWholeBatch: [0, 21, 0],
  /** Gemma 4's tower takes images and frames in chunks (#43169, May 2026; one at a time before). */
  chunkedTowers: [0, 22, 0],
  customProposers: [0, 22, 0],
  /** Drafting adds state blocks in the cache mode 'all' too (#41233, May 2026). */
  mambaAllSpeculative: [0, 22, 0],
  runnerV2Qwen3: [0, 22, 0],
  /** TensorRT-LLM's MXFP4 experts are padded to 128 (256 before; layers/fused_moe/oracle/mxfp4.py). */
  mxfp4Inner128: [0, 22, 0],
  runnerV2Llama: [0, 23, 0],
  /** A head that ModelOpt quantized stays so (#42124, May 2026). */
  modeloptHeads: [0, 23, 0],
  /** Connectors that can keep the hybrid manager on (#41847, May 2026). */
  hybridByConnector: [0, 23, 0],
  runnerV2SmallMoe: [0, 24, 0],
  runnerV2Quantized: [0, 24, 0],
  /** Pages that divide no larger one are padded instead of refused (#45181). */
  paddedPages: [0, 24, 0],
  /** A pool of blocks as wide as the most layers of every page size (#44454, June 2026); of whole tuples before. */
  packedBlocks: [0, 24, 0],
  dspark: [0, 25, 0],
  runnerV2Dense: [0, 25, 0],
  /** `VLLM_ENABLE_STARTUP_PLAN` (#47388, July 2026). */
  startupPlan: [0, 25, 0],
  /** Media that API servers decode on the GPU are taken off the cache (#44465, June 2026). */
  frontendMemory: [0, 25, 0],
  hybridPrefixCaching: [0, 26, 0],
  /** Sliding windows hold the tokens of every batch in flight. */
  windowHoldsBatches: [0, 26, 0],
  /** Blocks grow until a narrow page covers that of layers in a wider dtype (#42890, July 2026). */
  mixedCacheDtypes: [0, 26, 0],
  /** DFlash with windows and full attention needs the second runner (config/vllm.py use_v2_model_runner). */
  dflashOnRunnerV2: [0, 26, 0],
  /** Everything that the free memory lost is charged, runner state included. */
  totalConsumed: [0, 27, 0],
  /** Groups of one pool overlay each other without padding (#48993), and are counted each by its own blocks (#48317, July 2026). */
  denseBlocks: [0, 27, 0],
  unevenGroupsCounted: [0, 27, 0],
  /** The graph profiler runs on ROCm again (commits e8f9dbc36c, 05eed72ae0). */
  rocmGraphProfiler: [0, 27, 0],
  /** Prefill context parallelism no longer spreads the cache (#46570, July 2026). */
  prefillContextUnsharded: [0, 27, 0],
  captureSizes1024: [0, 28, 0],
  /** Blocks of latent attention beside states are multiples of 128 (#50000, July 2026). */
  latentHybridBlock128: [0, 28, 0],
  /** States are cached by aligned blocks whatever the family (#50991, August 2026). */
  mambaAlignEverywhere: [0, 28, 0],
  defaults16384: [0, 28, 0],
  /** The second runner returns raw logits and routed experts and takes encoders elsewhere (config/vllm.py). */
  runnerV2Logits: [0, 28, 0],
  /** Its sampler copies logits to fp32 only when a request changes them (#47711, July 2026). */
  runnerV2RawLogits: [0, 28, 0],
  runnerV2KimiK3: [0, 28, 0],
  runnerV2DeepseekV4: [0, 28, 0],
  nullBlockReserved: [0, 29, 0],
  runnerV2GraphProfiler: [0, 29, 0],
  /** The second runner takes every model whose features it has (#53183, August 2026). */
  runnerV2Everywhere: [0, 29, 0],
  ...REFUSAL_CHANGES,
} as const satisfies Record<string, readonly [number, number, number]>;

export type Change = keyof typeof CHANGES;
