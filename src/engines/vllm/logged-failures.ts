import { gib } from '../../bytes.ts';
import type { Memory, Stage } from '../../estimate.ts';
import type { LoggedFailure, LoggedFigure } from '../start-up-log.ts';

type Figures = Readonly<Partial<Record<keyof Memory, LoggedFigure>>>;

interface FailureKind {
  readonly pattern: RegExp;
  /** The stage, or how the rest of the log tells it. */
  readonly stage: Stage | 'out-of-memory';
  cause(found: RegExpExecArray): string;
  remedies(found: RegExpExecArray): readonly string[];
}

const MORE_ROOM = [
  'raise --gpu-memory-utilization where the GPU has memory left',
  '--kv-cache-dtype fp8 (half the KV cache)',
];

/** What vLLM prints where it stops for memory, the most telling first (texts of 0.6 to 0.31). */
const FAILURES: readonly FailureKind[] = [
  {
    pattern:
      /Free memory on device[^(]* \(([\d.]+)\/([\d.]+) GiB\) on startup is less than desired GPU memory utilization \(([\d.]+), ([\d.]+) GiB\)/,
    stage: 'free_memory',
    cause: ([, free, total, fraction, wanted]) =>
      `${fraction} of ${total} GiB is ${wanted} GiB, and only ${free} GiB were free: something else holds ${(Number(total) - Number(free)).toFixed(2)} GiB of the GPU.`,
    remedies: ([, free, total]) => [
      'end what else runs on the GPU (an earlier server that did not stop, another pod)',
      `--gpu-memory-utilization ${Math.floor((Number(free) / Number(total)) * 100) / 100} at most, beside it`,
    ],
  },
  {
    pattern:
      /max seq len \((\d+)\), \(?([\d.]+) GiB KV cache is needed, which is larger than the available KV cache memory \(([\d.]+) GiB\)(?:\. Based on the available memory, the estimated maximum model length is (\d+))?/,
    stage: 'kv_cache',
    cause: ([, length, needed, available]) =>
      `One request of ${length} tokens needs ${needed} GiB of KV cache, and ${available} GiB are left for it: ${(Number(needed) - Number(available)).toFixed(2)} GiB short.`,
    remedies: ([, , , , longest]) => [
      longest === undefined ? 'a smaller --max-model-len' : `--max-model-len ${longest} or less`,
      ...MORE_ROOM,
    ],
  },
  {
    pattern:
      /max seq len \((\d+)\) is larger than the maximum number of tokens that can be stored in KV cache \((\d+)\)/,
    stage: 'kv_cache',
    cause: ([, length, tokens]) => `The KV cache holds ${tokens} tokens, and one request may have ${length}.`,
    remedies: ([, , tokens]) => [`--max-model-len ${tokens} or less`, ...MORE_ROOM],
  },
  {
    pattern: /No available memory for the cache blocks/,
    stage: 'kv_cache',
    cause: () => 'Weights, activations and what CUDA takes fill the whole budget: nothing is left for the KV cache.',
    remedies: () => [
      'raise --gpu-memory-utilization where the GPU has memory left',
      'lower --max-num-batched-tokens and --max-num-seqs (smaller activations)',
      'a quantized variant of the model, or more GPUs (--tensor-parallel-size)',
    ],
  },
  {
    pattern: /out of memory occurred when warming up sampler with (\d+) dummy requests/,
    stage: 'serving',
    cause: ([, requests]) =>
      `The last step of the start-up, sampling for ${requests} requests at once, found no memory: the KV cache took it.`,
    remedies: () => ['lower --gpu-memory-utilization by 0.02 to 0.05', 'lower --max-num-seqs'],
  },
  {
    pattern:
      /OutOfMemoryError.*out of memory\. Tried to allocate ([\d.]+ [KMG]iB)(?:.*?total capac(?:i)?ty of ([\d.]+) GiB of which ([\d.]+ [KMG]iB) is free)?/,
    stage: 'out-of-memory',
    cause: ([, wanted, total, free]) =>
      total === undefined
        ? `${wanted} more were asked for than the GPU had.`
        : `${wanted} more were asked for, and ${free} of ${total} GiB were free.`,
    remedies: () => [],
  },
  {
    pattern:
      /(?:User-specified max_model_len \(\d+\) is greater than the derived max_model_len|number of attention heads \(\d+\) must be divisible by tensor parallel size).*/,
    stage: 'arguments',
    cause: () => 'The arguments do not go with the model.',
    remedies: () => [],
  },
];

/** What helps where CUDA ran out, by what the engine was doing. */
const OUT_OF_MEMORY: Readonly<
  Partial<Record<Stage, { readonly doing: string; readonly remedies: readonly string[] }>>
> = {
  kv_cache: {
    doing: 'when the KV cache was allocated',
    remedies: ['lower --gpu-memory-utilization: more is taken outside the budget than it leaves'],
  },
  load: {
    doing: 'while the weights were loaded',
    remedies: [
      'a quantized variant of the model',
      'more GPUs (--tensor-parallel-size)',
      '--cpu-offload-gb, at the price of speed',
    ],
  },
  profile: {
    doing: 'in the profiling run, at the largest batch',
    remedies: [
      'lower --max-num-batched-tokens',
      'lower --max-num-seqs',
      'smaller --limit-mm-per-prompt, for a multimodal model',
    ],
  },
  graph_capture: {
    doing: 'while CUDA graphs were captured, which older releases take outside the budget',
    remedies: [
      'lower --gpu-memory-utilization by 0.02 to 0.05',
      'fewer --cuda-graph-sizes or a smaller --max-num-seqs',
      '--enforce-eager, at the price of speed',
    ],
  },
  serving: {
    doing: 'while it served',
    remedies: ['lower --gpu-memory-utilization by 0.02 to 0.05', 'lower --max-num-batched-tokens'],
  },
};

/** Functions in whose traceback memory ran out. */
const TRACED: readonly (readonly [inside: RegExp, stage: Stage])[] = [
  [/in (?:capture_model|_capture_cudagraphs|capture)\b|cudagraph_utils/, 'graph_capture'],
  [/in (?:_allocate_kv_cache\w*|_?initialize_kv_cache\w*|initialize_from_config|_allocate_kv_cache)\b/, 'kv_cache'],
  [
    /in (?:profile_run|profile_cudagraph_memory|determine_available_memory|determine_num_available_blocks)\b/,
    'profile',
  ],
  [/in (?:load_model|get_model|load_weights|initialize_model|make_layers)\b/, 'load'],
];
/** Longest traceback that is looked back over, in lines. */
const TRACEBACK_LINES = 250;

/** The first failure of a log that memory or the arguments explain; null when there is none. */
export function failureIn(lines: readonly string[], figures: Figures, started: boolean): LoggedFailure | null {
  for (const { pattern, stage, cause, remedies } of FAILURES) {
    for (const [index, written] of lines.entries()) {
      const found = pattern.exec(`${written} ${lines[index + 1]?.trim() ?? ''}`);
      if (!found || found.index > written.length) continue;
      const base = { line: index + 1, text: found[0].slice(0, 600) };
      if (stage !== 'out-of-memory') return { ...base, stage, cause: cause(found), remedies: remedies(found) };
      const at = stageAt(lines.slice(0, index), figures, index + 1, started);
      const help = OUT_OF_MEMORY[at];
      const weights =
        figures.weightsBytes && at !== 'load' ? ` The weights take ${gib(figures.weightsBytes.value)}.` : '';
      return {
        ...base,
        stage: at,
        cause: `Out of memory ${help?.doing ?? ''}: ${cause(found)}${weights}`,
        remedies: help?.remedies ?? [],
      };
    }
  }
  return null;
}

/** What the engine was doing when it ran out at a line: by the traceback in front of it, else by what it had printed. */
function stageAt(before: readonly string[], figures: Figures, atLine: number, started: boolean): Stage {
  if (started && before.some((line) => /startup complete|Uvicorn running/.test(line))) return 'serving';
  for (const line of before.slice(-TRACEBACK_LINES).toReversed()) {
    const traced = TRACED.find(([inside]) => inside.test(line));
    if (traced) return traced[1];
  }
  const had = (figure: keyof Memory): boolean => (figures[figure]?.line ?? Number.POSITIVE_INFINITY) < atLine;
  if (had('kvCacheTokens') || had('kvCacheBytes')) return 'graph_capture';
  return had('weightsBytes') ? 'profile' : 'load';
}
