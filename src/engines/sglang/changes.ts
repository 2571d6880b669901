/**
 * First release of each change that moves memory, as [minor, patch, post] of 0.x (SGLang's release tags 0.4.0 to 0.5.18, read
 * file by file). Releases between two tags that were compared count as the later one.
 */
export const CHANGES = {
  /** 13 GiB are kept free on cards above 80 GiB (srt/server_args.py). */
  fractionOfLargeCards: [4, 5, 3],
  /** The fraction follows pipeline parallelism too, and 18 GiB are kept free above 96 GiB. */
  fractionByRanks: [4, 6, 3],
  /** AITER is the default on AMD. */
  aiterByDefault: [4, 6, 5],
  /** AITER attention with more than 8192 tokens of context multiplies the fraction by 0.85, a written one too. */
  aiterFraction: [4, 7, 0],
  /** 0.79 above 180 GB; speculation costs 5 % or 2 GiB. */
  fractionOfSpeculation: [4, 7, 0],
  /** The fraction is worked out from GiB that are reserved by size of the card. */
  reservedBySize: [4, 7, 1],
  /** Vision towers lower the automatic fraction (adjust_mem_fraction_for_vlm). */
  fractionOfVision: [4, 9, 3],
  /** A standalone draft model reserves 6 GiB instead of 2. */
  standaloneReserve: [5, 2, 0],
  /** The reserve follows chunk size and graph sizes. */
  reservedByChunk: [5, 3, 0],
  /** A checkpoint that declares an FP8 cache gets one. */
  checkpointCacheDtype: [5, 3, 0],
  /** The refusal states the present fraction. */
  refusalStatesFraction: [5, 3, 0],
  /** A context longer than the model's is refused only when the variable is not set; 0.4.6 allowed it by default. */
  longContextRefused: [5, 1, 0],
  /** State caches share what is left by a ratio. */
  stateRatio: [5, 3, 3],
  /** Below 35 GiB graphs go up to 24 requests (16 before). */
  graphs24: [5, 3, 3],
  /** One release took 0.9 for AITER's 0.85. */
  aiterFraction90: [5, 4, 1],
  aiterFraction85: [5, 4, 2],
  /** Prefill graphs that are asked for reserve a quarter of a MiB per token, then an eighth, then 8 MiB each. */
  prefillQuarter: [5, 5, 1],
  prefillEighth: [5, 7, 0],
  prefillBySizes: [5, 8, 0],
  /** States of drafting are kept out of the budget before it is shared; before, each slot had its own. */
  reservedDraftStates: [5, 7, 0],
  /** Layers with a window have a pool of their own in models of a list. */
  windowPools: [5, 8, 0],
  windowPoolsOfStep: [5, 9, 0],
  /** A token of windows is priced at its own shape. */
  windowCells: [5, 9, 0],
  /** Without a radix cache and a number of requests, states are sized by the ratio too; 512 slots before. */
  solvedStates: [5, 9, 0],
  /** Prefill is captured as graphs by default. */
  prefillGraphs: [5, 10, 0],
  /** The table of requests has no more rows than half the pool's tokens, and those of one replica (sglang#20142). */
  rowsOfPool: [5, 10, 0],
  /** Drafting reserves 4 GiB instead of 2. */
  draftReserve4: [5, 10, 0],
  windowPoolsOfGemma4: [5, 11, 0],
  /** AITER decodes models with windows' pools by kernels that need no workspace. */
  aiterUnified: [5, 11, 0],
  /** DFLASH drafters count in the bytes of one token. */
  dflashInCell: [5, 11, 0],
  /** Sparse latent attention with an FP8 cache is sized as it is allocated (656 bytes; 576 before). */
  packedSparseCell: [5, 11, 0],
  windowPoolsOfLaguna: [5, 12, 0],
  /** Slots and the states of drafting are solved together, and too few of them are refused. */
  jointStates: [5, 13, 0],
  /** Drafters load before the pool is sized and count in the bytes of one token; nothing is reserved for them. */
  draftersInBudget: [5, 14, 0],
  /** Prefill graphs are cut at breaks, without torch.compile, so that more setups have them. */
  breakableGraphs: [5, 14, 0],
  /** Windows' pools hold what the given number of requests needs where nothing else is cached (SWAChunkCapPoolConfigurator). */
  windowCap: [5, 14, 0],
  /** State caches keep two more slots per request. */
  extraStateSlots: [5, 14, 0],
  /** Roles of disaggregation reserve what they use; DeepEP reserves 2 GiB. */
  reservedByRole: [5, 15, 0],
  /** Beside windows' pools too, where they were left out: EAGLE and standalone drafters, then DFLASH's. */
  draftersBesideWindows: [5, 15, 0],
  dflashBesideWindows: [5, 18, 0],
  /** A windows' pool that cannot hold a window is refused. */
  windowFloor: [5, 16, 0],
  windowPoolsOfMellum: [5, 16, 0],
  /** Features of images travel through a pool on the GPU where that is asked for. */
  featureTransport: [5, 16, 0],
  /** DeepEP beside graphs of prefill reserves another GiB. */
  deepepPrefillReserve: [5, 16, 0],
  /** The padding slot of a state cache is paid for. */
  statePadding: [5, 17, 0],
  /** They do by default, until `featuresOnHost`. */
  featuresOnGpu: [5, 17, 0],
  featuresOnHost: [5, 18, 0],
  /** What multimodal items take later is kept out of the pool. */
  multimodalReserve: [5, 18, 0],
  windowPoolsOfGlimmer: [5, 18, 0],
} as const satisfies Record<string, readonly [number, number, number]>;

export type Change = keyof typeof CHANGES;
