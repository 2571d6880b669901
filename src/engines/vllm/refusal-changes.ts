/** First release of each change of what vLLM takes, refuses and says while it refuses; as in changes.ts. */
export const REFUSAL_CHANGES = {
  /** The refusal of a length states the longest that fits (v1/core/kv_cache_utils.py). */
  estimatedLengthInError: [0, 8, 5],
  /** The longest length is a number in that refusal (lost before). */
  lengthFilledIn: [0, 9, 1],
  /** `image=4` in place of JSON is refused (vllm-project/vllm#21615). */
  pairsRefused: [0, 10, 0],
  /** `--compilation-config 3` is refused (seen of 0.11.0; see shorthands.ts). */
  levelRefused: [0, 10, 0],
  /** `fp8_inc` as a cache dtype (config/cache.py). */
  cacheFp8Inc: [0, 10, 0],
  /** The refusal of a length beyond the model's warns of nan and out-of-bounds reads (config/model.py). */
  extremeCaution: [0, 10, 2],
  /** `bfloat16` as a cache dtype (config/cache.py). */
  cacheBfloat16: [0, 11, 0],
  /** Bounds of single options are pydantic's (config/cache.py; checks of its own before). */
  boundsByPydantic: [0, 11, 1],
  /** Methods of speculation are a literal of pydantic's (the worker found out before). */
  methodsByPydantic: [0, 11, 1],
  /** The parser lists the ranks of adapters, 1 among them (config/lora.py checked them before). */
  loraRanksByParser: [0, 11, 1],
  /** Blocks of 256 tokens (config/cache.py BlockSize). */
  blockSize256: [0, 11, 1],
  /** `fp8_ds_mla` as a cache dtype (config/cache.py). */
  cacheFp8DsMla: [0, 11, 1],
  /** Pages that divide no larger one are refused (v1/core/kv_cache_utils.py). */
  unevenPagesRefused: [0, 12, 0],
  /** More GPUs than the node has are refused at once (handed to Ray before). */
  worldSizeChecked: [0, 13, 0],
  /** The refusals for want of cache link to the documentation. */
  errorsLinkDocs: [0, 13, 0],
  /** `float16` as a dtype of states (config/cache.py MambaDType). */
  stateFloat16: [0, 13, 0],
  /** Weight-only compressed-tensors from compute capability 7.5 on (compressed_tensors_wNa16.py). */
  weightOnlyOnTuring: [0, 13, 0],
  /** The refusal for want of free memory names the device (v1/worker/utils.py). */
  deviceInError: [0, 14, 0],
  /** Refusals of a length state GiB as Python's `round` does, `4.0` (two places before, `4.00`). */
  roundedErrors: [0, 14, 0],
  /** The refusal of a length has one space where no length fits (two before). */
  lengthErrorSpaced: [0, 14, 0],
  /** fp8 from compute capability 7.5 on (Fp8Config.get_min_capability). */
  fp8OnTuring: [0, 14, 0],
  /** NVFP4 of ModelOpt from compute capability 7.5 on (ModelOptNvFp4Config.get_min_capability). */
  nvfp4OnTuring: [0, 14, 0],
  /** Offloading has a configuration of its own, UVAOffloadConfig (config/offload.py). */
  offloadConfig: [0, 17, 0],
  /** `float16` as a cache dtype (config/cache.py). */
  cacheFloat16: [0, 18, 0],
  /** Blocks of any size that the attention backend takes (a list before). */
  anyBlockSize: [0, 18, 0],
  /** Fewer blocks than sequences are refused (captures were cut down to the blocks before; tag v0.20.0). */
  mambaBlockCheck: [0, 20, 0],
  /** TurboQuant, per-token-head and NVFP4 caches. */
  quantizedCaches: [0, 20, 0],
  /** TurboQuant beside states (#39931, May 2026). */
  turboQuantHybrid: [0, 22, 0],
  /** Start-up errors say that the utilization also holds on CPUs (#42479, May 2026). */
  cpuInErrors: [0, 22, 0],
  /** `bfloat16` as a dtype of states (config/cache.py MambaDType). */
  stateBfloat16: [0, 23, 0],
  /** Four-bit cache with a scale per token and head (#40835, June 2026). */
  int4Cache: [0, 25, 0],
  /** Refusals of decode context parallelism in new words (config/parallel.py, config/model.py). */
  contextShardErrors: [0, 27, 0],
  /** NVFP4 cache that chooses between two scales (#45187, August 2026). */
  fourOverSix: [0, 28, 0],
  /** The refusal of caches of several types without the hybrid manager in new words (kv_cache_utils.py). */
  unifiedTypeError: [0, 28, 0],
  /** The refusal of a batch without room for draft slots no longer advises fewer sequences. */
  slotsErrorWithoutSeqs: [0, 28, 0],
} as const satisfies Record<string, readonly [number, number, number]>;
