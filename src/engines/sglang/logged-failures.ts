import type { Stage } from '../../estimate.ts';
import { type FailureKind, failureOfKind, outOfMemoryIn } from '../failure-kinds.ts';
import type { LogLine } from '../log-lines.ts';
import type { LoggedFailure } from '../start-up-log.ts';

const MORE_BUDGET = [
  'raise --mem-fraction-static where the GPU has memory left',
  'a quantized variant of the model, or more GPUs (--tp-size)',
];
const MORE_ROOM_OUTSIDE = [
  'lower --mem-fraction-static by 0.02 to 0.05',
  'a smaller --cuda-graph-max-bs, or --disable-cuda-graph at the price of speed',
];

/** What SGLang prints where it stops for memory, the most telling first (texts of 0.1.13 to 0.5.18). */
const FAILURES: readonly FailureKind[] = [
  {
    pattern:
      /Loaded weights leave no GPU memory for the KV cache under --mem-fraction-static=([\d.]+\d)(?:\. +Raise --mem-fraction-static above ([\d.]+\d))?/,
    stage: 'kv_cache',
    cause: ([, fraction, least]) =>
      `${fraction} of the memory is less than the weights take${least === undefined ? '' : `: it has to be more than ${least}`}.`,
    remedies: () => MORE_BUDGET,
  },
  {
    pattern: /Not enough memory(?:\. Please try to increase --mem-fraction-static| to allocate KV cache)/,
    stage: 'kv_cache',
    cause: () => 'The weights fill the whole budget: nothing is left for the KV cache.',
    remedies: () => MORE_BUDGET,
  },
  {
    pattern: /Not enough GPU memory for hybrid \(mamba\/linear-attention\) state cache/,
    stage: 'kv_cache',
    cause: () => 'What the weights leave of the budget holds no state of a request.',
    remedies: () => ['lower --max-running-requests', ...MORE_BUDGET],
  },
  {
    pattern: /SWA pool \((\d+) tokens\) cannot hold even one request/,
    stage: 'kv_cache',
    cause: ([, tokens]) => `The pool of layers with a window holds ${tokens} tokens, less than the window.`,
    remedies: () => ['raise --swa-full-tokens-ratio', ...MORE_BUDGET],
  },
  {
    pattern: /max_total_tokens=\d+ is larger than the profiled value (-\d+|0)\b/,
    stage: 'kv_cache',
    cause: ([, tokens]) =>
      `The weights are larger than the budget: what they leave is counted as ${tokens} tokens, less than nothing.`,
    remedies: () => MORE_BUDGET,
  },
  {
    pattern: /Capture (?:cuda|CUDA) graph failed: (?=.{0,200}out of memory)/,
    stage: 'graph_capture',
    cause: () => 'Weights and KV cache leave too little beside them for the CUDA graphs.',
    remedies: () => MORE_ROOM_OUTSIDE,
  },
];

/** What FlashInfer puts aside for one batch, which is not the pool's (srt/layers/attention/flashinfer_backend.py). */
const WORKSPACE: FailureKind = {
  pattern: /Failed to allocate memory for \w{1,60} with size \d{1,20} and alignment \d{1,6} in AlignedAllocator/,
  stage: 'serving',
  cause: () => 'The workspace of FlashInfer is too small for the batch; the memory of the GPU is not what ran out.',
  remedies: () => ['a smaller --chunked-prefill-size', 'a larger SGLANG_FLASHINFER_WORKSPACE_SIZE (bytes)'],
};

/** A capture that failed for something else, and a context that the model does not have. */
const OTHERS: readonly FailureKind[] = [
  {
    pattern: /Capture (?:cuda|CUDA) graph failed: (.{0,300})/,
    stage: 'graph_capture',
    cause: ([, why]) =>
      /gloo|nccl|connection|peer/i.test(why ?? '')
        ? 'Another rank died first: its own lines say of what, which is not told here.'
        : 'The capture of CUDA graphs failed, and not for memory: a kernel did not run.',
    remedies: ([, why]) =>
      /gloo|nccl|connection|peer/i.test(why ?? '')
        ? ['look for the first exception of the other ranks']
        : [
            '--disable-cuda-graph, at the price of speed, shows whether it is the capture',
            'another --attention-backend',
          ],
  },
  {
    pattern: /User-specified context_length \(\d+\) is greater than the derived context_length \(\d+\)/,
    stage: 'arguments',
    cause: () => 'The context is longer than the model’s own.',
    remedies: () => ['a smaller --context-length'],
  },
];

interface Step {
  readonly stage: Stage;
  readonly doing: string;
  readonly remedies: readonly string[];
}

const LOADING: Step = {
  stage: 'load',
  doing: 'while the weights were loaded',
  remedies: ['a quantized variant of the model', 'more GPUs (--tp-size)'],
};
const CAPTURING: Step = {
  stage: 'graph_capture',
  doing: 'while CUDA graphs were captured',
  remedies: MORE_ROOM_OUTSIDE,
};
const POOLING: Step = { stage: 'kv_cache', doing: 'when the pools were allocated', remedies: MORE_ROOM_OUTSIDE };
const SERVING: Step = {
  stage: 'serving',
  doing: 'while it served',
  remedies: ['a smaller --chunked-prefill-size', ...MORE_ROOM_OUTSIDE],
};

/** Functions in whose traceback memory ran out; the innermost that is known decides. */
const TRACED: readonly (readonly [inside: RegExp, step: Step])[] = [
  [/in (?:init_cuda_graphs|init_device_graphs|capture|capture_one_batch_size)\b|cuda_graph_runner\.py/, CAPTURING],
  [/in (?:init_memory_pool|_create_buffers|_init_pools)\b|mem_cache\/memory_pool\.py/, POOLING],
  [/in (?:load_model|get_model|load_weights|_initialize_model|process_weights_after_loading)\b/, LOADING],
  [/in (?:forward_thread_func|forward_thread_func_|event_loop_\w{1,30}|run_batch|forward_batch_generation)\b/, SERVING],
];

/** How far a log got, by its last line of each step: where memory ran out when no traceback says so. */
const REACHED: readonly (readonly [RegExp, Step])[] = [
  [/The server is fired up|Uvicorn running on/, SERVING],
  [/Capture (?:\w{1,20} ){0,4}cuda graph(?:s)? begin/i, CAPTURING],
  [/Load weight end\./, POOLING],
  [/Load weight begin\./, LOADING],
];
const TRACEBACK_LINES = 250;

/** The first failure of a log that memory or the arguments explain; null when there is none. */
export function failureIn(lines: readonly LogLine[], started: boolean): LoggedFailure | null {
  const stated = failureOfKind(lines, FAILURES);
  if (stated) return stated;
  const workspace = failureOfKind(lines, [WORKSPACE]);
  if (workspace) return workspace;
  const ran = outOfMemoryIn(lines);
  if (ran) {
    const step = stepAt(lines.slice(0, ran.index + 1));
    return {
      stage: step.stage,
      line: ran.line,
      text: ran.said.text,
      cause: `Out of memory ${step.doing}: ${ran.said.cause}`,
      remedies: step.remedies,
    };
  }
  // Newer releases warn of a longer context and go on where a variable allows it.
  return started ? null : failureOfKind(lines, OTHERS);
}

function stepAt(before: readonly LogLine[]): Step {
  const serves = REACHED[0];
  if (serves && before.some(({ text }) => serves[0].test(text))) return serves[1];
  for (const { text } of before.slice(-TRACEBACK_LINES).toReversed()) {
    const traced = TRACED.find(([inside]) => inside.test(text));
    if (traced) return traced[1];
  }
  return REACHED.find(([step]) => before.some(({ text }) => step.test(text)))?.[1] ?? LOADING;
}
