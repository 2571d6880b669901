import { gib } from '../../bytes.ts';
import type { Stage } from '../../estimate.ts';
import { type FailureKind, failureOfKind, outOfMemoryIn } from '../failure-kinds.ts';
import type { LogLine } from '../log-lines.ts';
import type { LoggedFigures } from '../logged-figures.ts';
import type { LoggedFailure } from '../start-up-log.ts';

const MORE_ROOM = [
  'raise --gpu-memory-utilization where the GPU has memory left',
  '--kv-cache-dtype fp8 (half the KV cache)',
];
const MORE_GPU = 'a quantized variant of the model, or more GPUs (--tensor-parallel-size)';
/** A utilization below this leaves no model worth having its room. */
const LEAST_UTILIZATION = 0.1;
/** Where less than this part of the length fits, nobody wants the length that does. */
const USEFUL_PART = 1 / 8;

/** What helps where one request does not fit: the length that does, unless it is of no use. */
function shorter(asked: string | undefined, fits: string | undefined): readonly string[] {
  if (fits === undefined) return ['a smaller --max-model-len', ...MORE_ROOM];
  const length = `--max-model-len ${fits} or less`;
  if (Number(fits) < Number(asked) * USEFUL_PART) return [...MORE_ROOM, MORE_GPU, length];
  return [length, ...MORE_ROOM];
}

/** What vLLM prints where it stops for memory, the most telling first (texts of 0.2 to 0.31). */
const FAILURES: readonly FailureKind[] = [
  {
    pattern:
      /Free memory on device[^(]{0,40}\(([\d.]+)\/([\d.]+) GiB\) on startup is less than desired GPU memory utilization \(([\d.]+), ([\d.]+) GiB\)/,
    stage: 'free_memory',
    cause: ([, free, total, fraction, wanted]) =>
      `${fraction} of ${total} GiB is ${wanted} GiB, and only ${free} GiB were free: something else holds ${(Number(total) - Number(free)).toFixed(2)} GiB of the GPU.`,
    remedies: ([, free, total]) => {
      const fits = Math.floor((Number(free) / Number(total)) * 100) / 100;
      return [
        'end what else runs on the GPU (an earlier server that did not stop, another pod)',
        ...(fits >= LEAST_UTILIZATION ? [`--gpu-memory-utilization ${fits} at most, beside it`] : []),
      ];
    },
  },
  {
    pattern:
      /max seq len \((\d+)\), \(?([\d.]+) GiB KV cache is needed, which is larger than the available KV cache memory \((-?[\d.]+) GiB\)(?:\. Based on the available memory, the estimated maximum model length is (\d+))?/,
    stage: 'kv_cache',
    cause: ([, length, needed, available]) =>
      `One request of ${length} tokens needs ${needed} GiB of KV cache, and ${available} GiB are left for it: ${(Number(needed) - Number(available)).toFixed(2)} GiB short.`,
    remedies: ([, length, , , longest]) => shorter(length, longest),
  },
  {
    pattern:
      /max seq len \((\d+)\) is larger than the maximum number of tokens that can be stored in KV cache \((\d+)\)/,
    stage: 'kv_cache',
    cause: ([, length, tokens]) => `The KV cache holds ${tokens} tokens, and one request may have ${length}.`,
    remedies: ([, length, tokens]) => shorter(length, tokens),
  },
  {
    pattern: /No available memory for the cache blocks/,
    stage: 'kv_cache',
    cause: () => 'Weights, activations and what CUDA takes fill the whole budget: nothing is left for the KV cache.',
    remedies: () => [
      'raise --gpu-memory-utilization where the GPU has memory left',
      'lower --max-num-batched-tokens and --max-num-seqs (smaller activations)',
      MORE_GPU,
    ],
  },
  {
    pattern: /out of memory occurred when warming up sampler with (\d+) dummy requests/,
    stage: 'serving',
    cause: ([, requests]) =>
      `The last step of the start-up, sampling for ${requests} requests at once, found no memory: the KV cache took it.`,
    remedies: () => AFTER_CACHE,
  },
];

const ARGUMENTS: readonly FailureKind[] = [
  {
    pattern:
      /(?:User-specified max_model_len \(\d+\) is greater than the derived max_model_len|number of attention heads \(\d+\) must be divisible by tensor parallel size).*/,
    stage: 'arguments',
    cause: () => 'The arguments do not go with the model.',
    remedies: () => [],
  },
];

const AFTER_CACHE = ['lower --gpu-memory-utilization by 0.02 to 0.05', 'lower --max-num-seqs'];

/** What the engine was doing when memory ran out, and what helps there. */
interface Step {
  readonly stage: Stage;
  readonly doing: string;
  readonly remedies: readonly string[];
}

const STEPS = {
  load: {
    stage: 'load',
    doing: 'while the weights were loaded',
    remedies: [
      'a quantized variant of the model',
      'more GPUs (--tensor-parallel-size)',
      '--cpu-offload-gb, at the price of speed',
    ],
  },
  profile: {
    stage: 'profile',
    doing: 'in the profiling run, at the largest batch',
    remedies: [
      'lower --max-num-batched-tokens',
      'lower --max-num-seqs',
      'smaller --limit-mm-per-prompt, for a multimodal model',
    ],
  },
  cache: {
    stage: 'kv_cache',
    doing: 'when the KV cache was allocated',
    remedies: ['lower --gpu-memory-utilization: more is taken outside the budget than it leaves'],
  },
  capture: {
    stage: 'graph_capture',
    doing: 'while CUDA graphs were captured, which older releases take outside the budget',
    remedies: [
      'lower --gpu-memory-utilization by 0.02 to 0.05',
      'fewer --cuda-graph-sizes or a smaller --max-num-seqs',
      '--enforce-eager, at the price of speed',
    ],
  },
  sampler: {
    stage: 'serving',
    doing: 'in the last step of the start-up, sampling for max_num_seqs requests at once',
    remedies: AFTER_CACHE,
  },
  serving: {
    stage: 'serving',
    doing: 'while it served',
    remedies: ['lower --gpu-memory-utilization by 0.02 to 0.05', 'lower --max-num-batched-tokens'],
  },
} as const satisfies Readonly<Record<string, Step>>;

/** A frame of one of these functions: Python's, a notebook's, or what a worker says that it was called for. */
function inside(names: string, more = ''): RegExp {
  return new RegExp(
    String.raw`(?:in (?:\w{1,40}\.)?|processing method |--> \d{1,6} (?:\w{1,40}\.){0,3})(?:${names})\b${more}`,
  );
}

/** Functions in whose traceback memory ran out; the innermost that is known decides. */
const TRACED: readonly (readonly [frame: RegExp, step: Step])[] = [
  [inside('_dummy_(?:sampler|pooler)_run'), STEPS.sampler],
  [
    inside('capture_model|_capture_cudagraphs|capture', String.raw`|cudagraph_utils|torch\.cuda\.graph\(`),
    STEPS.capture,
  ],
  [
    inside(
      String.raw`_allocate_kv_cache\w{0,20}|_?initialize_kv_cache\w{0,20}|initialize_from_config|initialize_cache`,
    ),
    STEPS.cache,
  ],
  [
    inside('profile_run|profile_cudagraph_memory|determine_available_memory|determine_num_available_blocks'),
    STEPS.profile,
  ],
  [inside('load_model|get_model|load_weights|initialize_model|make_layers|process_weights_after_loading'), STEPS.load],
  [inside('run_busy_loop|_process_engine_step|run_engine_loop|engine_step|step_async'), STEPS.serving],
];
/** Longest traceback that is looked back over, in lines. */
const TRACEBACK_LINES = 250;
/** The model computes: before there is a cache, that is the profiling run. */
const FORWARD = /in (?:forward|_call_impl|_wrapped_call_impl|apply_sdpa)\b|attention\/|torch\.ops\./;
const SERVES = /startup complete|Uvicorn running/;
/** An exception that is told by its name and is none of memory; the engine's own follow-up says nothing. */
const OTHER_EXCEPTION =
  /\b(?!RuntimeError: Engine core init)(?:[A-Z]\w{2,60}(?:Error|Exception|Exit|Interrupt)): (?!.*out of)/;

/** The first failure of a log that memory or the arguments explain; null when there is none. */
export function failureIn(lines: readonly LogLine[], figures: LoggedFigures, started: boolean): LoggedFailure | null {
  const stated = failureOfKind(lines, FAILURES);
  if (stated) return stated;
  const ran = outOfMemoryIn(lines);
  if (ran) {
    const step = stepAt(lines.slice(0, ran.index), figures, ran.line, ran.said.graphBytes, started);
    const weights =
      figures.weightsBytes && step.stage !== 'load' ? ` The weights take ${gib(figures.weightsBytes.value)}.` : '';
    return {
      stage: step.stage,
      line: ran.line,
      text: ran.said.text,
      cause: `Out of memory ${step.doing}: ${ran.said.cause}${weights}`,
      remedies: step.remedies,
    };
  }
  return failureOfKind(lines, ARGUMENTS) ?? (started ? null : cutOff(lines));
}

/** What the engine was doing at a line: by the traceback in front of it, else by what it had printed. */
function stepAt(
  before: readonly LogLine[],
  figures: LoggedFigures,
  atLine: number,
  graphBytes: number | null,
  started: boolean,
): Step {
  if (started && before.some(({ text }) => SERVES.test(text))) return STEPS.serving;
  const traced = tracedIn(before);
  if (traced) return traced.step;
  const had = (figure: keyof LoggedFigures): boolean => (figures[figure]?.line ?? Number.POSITIVE_INFINITY) < atLine;
  // Only graphs are kept in private pools: the cache was there by then.
  if (had('kvCacheTokens') || had('kvCacheBytes') || (graphBytes ?? 0) > 0) return STEPS.capture;
  const computed = before.slice(-TRACEBACK_LINES).some(({ text }) => FORWARD.test(text));
  return had('weightsBytes') || computed ? STEPS.profile : STEPS.load;
}

function tracedIn(before: readonly LogLine[]): { readonly step: Step; readonly line: LogLine } | null {
  for (const line of before.slice(-TRACEBACK_LINES).toReversed()) {
    const traced = TRACED.find(([frame]) => frame.test(line.text));
    if (traced) return { step: traced[1], line };
  }
  return null;
}

/** A log that ends in a traceback whose last line is missing. */
function cutOff(lines: readonly LogLine[]): LoggedFailure | null {
  const traced = tracedIn(lines);
  if (!traced || traced.step.stage === 'load' || traced.step === STEPS.serving) return null;
  const after = lines.slice(lines.indexOf(traced.line));
  if (after.some(({ text }) => OTHER_EXCEPTION.test(text))) return null;
  return {
    stage: traced.step.stage,
    line: traced.line.number,
    text: traced.line.text.trim(),
    cause: `It stopped ${traced.step.doing}; the line that says why is missing from the log. Where memory ran out:`,
    remedies: traced.step.remedies,
  };
}
