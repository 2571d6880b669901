/** llama.cpp's version is the number of commits on its main branch; null is the newest, of which nothing is missing. */
export type Build = number | null;

/** First build with each change that matters for memory, by its pull request (numbers counted in the upstream history). */
const CHANGES = {
  /** MLA on latents; models converted before keep whole keys and values (#12801, 2025-04-15). */
  latentAttention: 5137,
  /** A cache of its own for layers with a window (#13194, 2025-05-20). */
  windowCache: 5429,
  /** That cache holds the window and a micro-batch, not a batch (#13833, 2025-05-31). */
  windowAndMicroBatch: 5554,
  /** A stream of cells per sequence (#14363, 2025-07-16). */
  streams: 5913,
  /** Flash attention where it is supported, and all layers on the GPU, unless told otherwise (#15434, 2025-08-30). */
  offloadsByDefault: 6325,
  /** Where the compute buffers find no room, once more without pipeline parallelism (#16748, 2025-10-27). */
  pipelineRetry: 6857,
  /** The context is no longer padded to 32, or to 256 with flash attention (#16812, 2025-10-28). */
  unpadded: 6868,
  /** Four slots with one cache for all unless told otherwise (#16736, 2025-11-02). */
  fourSlots: 6925,
  /** The context is padded to 256 (#17046, 2025-11-07). */
  padded256: 6975,
  /** `--fit` (#16653, 2025-12-15). */
  fits: 7407,
  /** The output layer goes to the GPU first (#18148, 2025-12-18). */
  outputFirst: 7467,
  /** Latents are kept once, not as keys and as values (#19067, 2026-01-25). */
  latentOnce: 7832,
  /** The gated delta net in one operation (#20340, 2026-03-11). */
  fusedDelta: 8299,
  /** `--fit` leaves room for the projector (#21489, 2026-05-20), and for a draft model or further layers (#23485, 2026-05-24). */
  fitsProjector: 9251,
  fitsDrafter: 9304,
  /** The mask of flash attention in 16 bits alone (#23764, 2026-05-29). */
  smallMask: 9410,
  /** Logits for as many tokens as the server asks for, not for a micro-batch (#23861, 2026-06-01). */
  fewOutputs: 9460,
  /** Room in the compute buffer for the 16-bit copies that flash attention makes of quantized keys and values (#23907, 2026-06-03). */
  reservesHalves: 9489,
} as const satisfies Readonly<Record<string, number>>;

export type Change = keyof typeof CHANGES;

export function has(build: Build, change: Change): boolean {
  return build === null || build >= CHANGES[change];
}

/** `b6123`, `6123`, `b6123 (1a2b3c4)`; null for a commit or the number of a package around it. */
export function buildOf(version: string | null): Build {
  const digits = /^b?(\d{3,6})(?:$|[^\d.])/.exec(version ?? '')?.[1];
  return digits === undefined ? null : Number(digits);
}
