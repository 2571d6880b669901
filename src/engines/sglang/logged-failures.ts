import type { Stage } from '../../estimate.ts';
import type { LoggedFailure } from '../start-up-log.ts';

interface FailureKind {
  readonly pattern: RegExp;
  /** The stage, or how the rest of the log tells it. */
  readonly stage: Stage | 'out-of-memory';
  cause(found: RegExpExecArray): string;
  readonly remedies: readonly string[];
}

const MORE_BUDGET = [
  'raise --mem-fraction-static where the GPU has memory left',
  'a quantized variant of the model, or more GPUs (--tp-size)',
];
const MORE_ROOM_OUTSIDE = [
  'lower --mem-fraction-static by 0.02 to 0.05',
  'a smaller --cuda-graph-max-bs, or --disable-cuda-graph at the price of speed',
];

/** What SGLang prints where it stops for memory, the most telling first (texts of 0.4.0 to 0.5.18). */
const FAILURES: readonly FailureKind[] = [
  {
    pattern:
      /Loaded weights leave no GPU memory for the KV cache under --mem-fraction-static=([\d.]+)\. Raise --mem-fraction-static above ([\d.]+\d)/,
    stage: 'kv_cache',
    cause: ([, fraction, least]) =>
      `${fraction} of the memory is less than the weights take: it has to be more than ${least}.`,
    remedies: MORE_BUDGET,
  },
  {
    pattern: /Not enough memory\. Please try to increase --mem-fraction-static/,
    stage: 'kv_cache',
    cause: () => 'The weights fill the whole budget: nothing is left for the KV cache.',
    remedies: MORE_BUDGET,
  },
  {
    pattern: /Not enough GPU memory for hybrid \(mamba\/linear-attention\) state cache/,
    stage: 'kv_cache',
    cause: () => 'What the weights leave of the budget holds no state of a request.',
    remedies: ['lower --max-running-requests', ...MORE_BUDGET],
  },
  {
    pattern: /SWA pool \((\d+) tokens\) cannot hold even one request/,
    stage: 'kv_cache',
    cause: ([, tokens]) => `The pool of layers with a window holds ${tokens} tokens, less than the window.`,
    remedies: ['raise --swa-full-tokens-ratio', ...MORE_BUDGET],
  },
  {
    pattern:
      /Capture (?:cuda|CUDA) graph failed|Possible solutions:\s*1\. set --mem-fraction-static to a smaller value/,
    stage: 'graph_capture',
    cause: () => 'Weights and KV cache leave too little beside them for the CUDA graphs.',
    remedies: MORE_ROOM_OUTSIDE,
  },
  {
    pattern: /OutOfMemoryError.*out of memory\. Tried to allocate ([\d.]+ [KMG]iB)/,
    stage: 'out-of-memory',
    cause: ([, wanted]) => `${wanted} more were asked for than the GPU had.`,
    remedies: [],
  },
  {
    pattern: /User-specified context_length \(\d+\) is greater than the derived context_length \(\d+\)/,
    stage: 'arguments',
    cause: () => 'The context is longer than the model’s own.',
    remedies: ['a smaller --context-length'],
  },
];

/** How far a log got, by its last line of each step: where memory ran out when nothing else says so. */
const REACHED: readonly (readonly [RegExp, Stage, readonly string[]])[] = [
  [/The server is fired up|Uvicorn running on/, 'serving', ['a smaller --chunked-prefill-size', ...MORE_ROOM_OUTSIDE]],
  [/Capture (?:\w+ )*cuda graph(?:s)? begin/i, 'graph_capture', MORE_ROOM_OUTSIDE],
  [/Load weight end\./, 'kv_cache', MORE_ROOM_OUTSIDE],
  [/Load weight begin\./, 'load', ['a quantized variant of the model', 'more GPUs (--tp-size)']],
];

/** The first failure of a log that memory or the arguments explain; null when there is none. */
export function failureIn(lines: readonly string[], started: boolean): LoggedFailure | null {
  for (const { pattern, stage, cause, remedies } of FAILURES) {
    const index = lines.findIndex((line) => pattern.test(line));
    const text = lines[index];
    const found = text === undefined ? null : pattern.exec(text);
    if (text === undefined || !found) continue;
    // Newer releases warn of a longer context and go on where a variable allows it.
    if (stage === 'arguments' && started) continue;
    const own = { line: index + 1, text: text.trim().slice(0, 1000), cause: cause(found) };
    if (stage !== 'out-of-memory') return { ...own, stage, remedies };
    const earlier = lines.slice(0, index + 1);
    const reached = REACHED.find(([step]) => earlier.some((line) => step.test(line)));
    return { ...own, stage: reached?.[1] ?? 'load', remedies: reached?.[2] ?? [] };
  }
  return null;
}
