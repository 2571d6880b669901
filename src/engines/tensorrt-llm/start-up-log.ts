import { GIB, MIB } from '../../bytes.ts';
import { type FailureKind, failureOfKind, outOfMemoryIn } from '../failure-kinds.ts';
import { isOf, type LogLine } from '../log-lines.ts';
import { CARD_LINES, collectFigures, figureLine } from '../logged-figures.ts';
import type { LoggedFailure, StartUpLog } from '../start-up-log.ts';

/** Lines that carry figures (cpp batch_manager, _torch/pyexecutor/_util.py and model_engine.py, 0.5 to 1.3). */
const LINES = [
  figureLine('Memory used after loading model weights \\(inside torch\\)[^:]{0,60}: # GiB', ['weightsBytes']),
  figureLine('Memory usage when calculating max tokens in paged kv cache: total: # GiB', ['totalBytes']),
  figureLine('device total memory # GiB', ['totalBytes']),
  figureLine(String.raw`Total GPU memory \(GiB\): #`, ['totalBytes']),
  ...CARD_LINES,
  figureLine('Loaded engine size: # MiB', ['weightsBytes'], MIB),
];

/** The cache is allocated twice, small for the profile and then for good: the last counts. */
const CACHE = [
  figureLine(String.raw`Allocated # GiB for max tokens in paged KV cache \(#\)`, ['kvCacheBytes']),
  figureLine('Allocate # bytes for k/v cache', ['kvCacheBytes'], 1),
];
const TOKENS = [
  figureLine(String.raw`for max tokens in paged KV cache \(#\)`, ['kvCacheTokens'], 1),
  figureLine('Using # tokens in paged KV cache', ['kvCacheTokens'], 1),
];

const VERSION = /TensorRT-LLM(?:\]? version:?| Version:) {1,20}v?(\d+\.\d+\.\d+[\w.]{0,20})/i;
const STARTED = /Engine loaded and ready to serve|Application startup complete|Uvicorn running on/;
const OURS =
  /\[TensorRT-LLM\]|\[TRT-LLM\]|tensorrt_llm[/.]|trtllm-serve|Executor creation failed due to insufficient GPU memory/;

const LESS_CACHE = ['lower --free_gpu_memory_fraction (kv_cache_config.free_gpu_memory_fraction)'];
const LESS_BATCH = ['lower --max_num_tokens', 'more GPUs (--tp_size)'];
const MORE_CACHE = [
  'a smaller --max_seq_len, or raise free_gpu_memory_fraction of kv_cache_config where the GPU has memory left',
  'a quantized variant of the model, or more GPUs (--tp_size)',
];

/** What TensorRT-LLM prints where it stops for memory (py_executor_creator.py; cpp batch_manager). */
const FAILURES: readonly FailureKind[] = [
  {
    pattern: /following component could not be created: ((?:(?! Total GPU)[\w ()]){1,60})/,
    stage: 'kv_cache',
    cause: ([, part]) => `What did not fit is what it calls '${(part ?? '').trim()}'.`,
    remedies: ([, part]) => (/^ *KV cache *$/i.test(part ?? '') ? LESS_CACHE : LESS_BATCH),
  },
  {
    pattern: /maxTokensInPagedKvCache(?: \(\d+\))? must be large enough to process at least 1 sequence/,
    stage: 'kv_cache',
    cause: () => 'The KV cache is too small for one request of the length that the engine was built for.',
    remedies: () => MORE_CACHE,
  },
];

const CPP_OUT_OF_MEMORY = /CUDA runtime error in .{0,200}: out of memory|Cuda Runtime \(out of memory\)/;
/** What is free before and after the model is made. */
const MODEL_MADE = /^ *model: ([\d.]{1,20}) \/ ([\d.]{1,20})$/i;

/** Reads a log of TensorRT-LLM; null for a log of something else. */
export function readStartUpLog(lines: readonly LogLine[]): StartUpLog | null {
  if (!isOf(lines, OURS)) return null;
  const collected = collectFigures(LINES);
  let version: string | null = null;
  for (const [index, line] of lines.entries()) {
    version ??= VERSION.exec(line.text)?.[1] ?? null;
    collected.read(line, lines[index + 1]);
    const [, before, after] = MODEL_MADE.exec(line.text) ?? [];
    if (after !== undefined) collected.keep('weightsBytes', (Number(before) - Number(after)) * GIB, line.number);
    for (const table of [CACHE, TOKENS]) {
      const last = collectFigures(table);
      last.read(line, undefined);
      for (const [figure, { value }] of last.figures) collected.set(figure, value, line.number);
    }
  }
  const figures = Object.fromEntries(collected.figures);
  const started = lines.some((line) => STARTED.test(line.text));
  return {
    version,
    model: null,
    // The launch is in no log; engines that were built beforehand hold what decides.
    command: null,
    figures,
    visibleBytes: figures['totalBytes']?.value ?? null,
    started,
    failure: failureIn(lines, collected.figures.has('kvCacheTokens'), started),
  };
}

function failureIn(lines: readonly LogLine[], cached: boolean, started: boolean): LoggedFailure | null {
  const stated = failureOfKind(lines, FAILURES);
  if (stated) return stated;
  const index = lines.findIndex(({ text }) => CPP_OUT_OF_MEMORY.test(text));
  const torch = outOfMemoryIn(lines);
  const line = lines[index];
  const found = line
    ? { line: line.number, text: line.text.trim().slice(0, 600), cause: 'more was asked for than the GPU had.' }
    : torch && { line: torch.line, text: torch.said.text, cause: torch.said.cause };
  if (!found) return null;
  const { cause, ...where } = found;
  if (started) {
    const remedies = [...LESS_CACHE, 'lower --max_batch_size'];
    return { ...where, stage: 'serving', cause: `Out of memory while it served: ${cause}`, remedies };
  }
  return cached
    ? {
        ...where,
        stage: 'profile',
        cause: `Out of memory after the KV cache was allocated: ${cause}`,
        remedies: LESS_CACHE,
      }
    : {
        ...where,
        stage: 'load',
        cause: `Out of memory before the KV cache was allocated: ${cause}`,
        remedies: [...LESS_BATCH, ...LESS_CACHE],
      };
}
