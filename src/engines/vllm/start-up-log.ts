import type { ArgumentValue } from '../../deployment.ts';
import { GIB, MIB } from '../../bytes.ts';
import { printOption } from '../argument-table.ts';
import { lastStart } from '../failure-kinds.ts';
import { isOf, type LogLine } from '../log-lines.ts';
import { CARD_LINES, collectFigures, figureLine } from '../logged-figures.ts';
import { readRepr } from '../python-repr.ts';
import type { StartUpLog } from '../start-up-log.ts';
import { VLLM_ARGUMENTS } from './arguments.ts';
import { failureIn } from './logged-failures.ts';

/**
 * Lines that carry figures (vLLM worker/worker.py, v1/worker/gpu_worker.py, v1/core/kv_cache_utils.py and
 * v1/worker/gpu_model_runner.py from 0.6 to 0.31; "GB" is GiB in them all).
 */
const LINES = [
  figureLine('Loading model weights took # GB', ['weightsBytes']),
  figureLine('Loading model weights took # MB', ['weightsBytes'], MIB),
  figureLine('Model loading took # Gi?B', ['weightsBytes']),
  figureLine(String.raw`total_gpu_memory \(#GiB\) x gpu_memory_utilization \(#\) = #GiB`, [
    'totalBytes',
    null,
    'budgetBytes',
  ]),
  figureLine(
    String.raw`model weights take #GiB; non_torch_memory takes #GiB; PyTorch activation peak memory takes #GiB; the rest of the memory reserved for KV Cache is #GiB`,
    ['weightsBytes', 'nonTorchBytes', 'activationBytes', 'kvCacheBytes'],
  ),
  figureLine('Available KV cache memory: # GiB', ['kvCacheBytes']),
  figureLine('reserved # GiB memory for KV Cache as specified by kv_cache_memory_bytes', ['kvCacheBytes']),
  figureLine('Current kv cache memory in use is # GiB', ['kvCacheBytes']),
  figureLine('GPU KV cache size: # tokens', ['kvCacheTokens'], 1),
  figureLine(
    String.raw`max seq len \([\d,]{1,20}\) is larger than the maximum number of tokens that can be stored in KV cache \(#\)`,
    ['kvCacheTokens'],
    1,
  ),
  figureLine('Maximum concurrency for [\\d,]{1,20} tokens per request: #x', ['maxConcurrency'], 1),
  figureLine('Graph capturing finished in [\\d.]{1,20} secs, took # GiB', ['cudaGraphBytes']),
  figureLine('CUDA graph pool memory: # GiB \\(actual\\)', ['cudaGraphBytes']),
  figureLine(String.raw`Free memory on device[^(]{0,40} \([\d.]{1,20}/# GiB\) on startup`, ['totalBytes']),
  figureLine(String.raw`Desired GPU memory utilization is \([\d.]{1,20}, # GiB\)`, ['budgetBytes']),
  figureLine(
    'Actual usage is # GiB for weight, # GiB for peak activation, # GiB for non-torch memory, and # GiB for CUDAGraph',
    ['weightsBytes', 'activationBytes', 'nonTorchBytes', 'cudaGraphBytes'],
  ),
  figureLine(String.raw`\(# GiB KV cache is needed, which is larger than the available KV cache memory \(# GiB\)`, [
    'kvCacheNeededBytes',
    'kvCacheBytes',
  ]),
  figureLine('the estimated maximum model length is #', ['maxModelLenThatFits'], 1),
  ...CARD_LINES,
];

/** Figures of 0.6.2 to 0.6.4.post1 (`name=1.23GiB`). */
const PROFILED = /Memory profiling results:/;
/** What the profiler thinks that graphs will take: charged to the budget from 0.19 on, before that only told. */
const ESTIMATED_GRAPHS = /Estimated CUDA graph memory: ([\d.]+) GiB/;
const CONSUMED =
  /Actual usage is ([\d.]{1,20}) GiB for consumed memory \(weights \+ non-torch\), ([\d.]{1,20}) GiB for peak activation/;
const NOT_CHARGED = /CUDA graph memory profiling will be enabled by default/;
/** V0 counts blocks of 16 tokens unless it is told otherwise. */
const BLOCKS = /# (?:GPU|cuda) blocks: (\d+)/;
const DEFAULT_BLOCK = 16;

const VERSION =
  /(?:vLLM API server version|LLM engine \(v?|Initializing an? \w* ?LLM engine \(v?)\s*v?(\d+\.\d+\.\d+[\w.+-]*)/;
/** What only a start prints, the first of which the log has. */
const BEGINS = [/vLLM API server version/, /Initializing an? (?:\w{1,10} )?LLM engine/];
const ARGUMENTS = /non-default args: (?=\{)|args: Namespace\(/;
/** What the engine prints of itself says the model, and not all that changes memory. */
const CONFIGURED = /LLM engine \(v[^)]{1,60}\) with config: model='([^']{1,500})'/;
const STARTED = /Application startup complete|Uvicorn running on|Starting vLLM (?:API )?server.* on http/;
const OURS =
  /vllm|EngineCore|GPU KV cache size|# GPU blocks: \d|on startup(?: is less than d|\. D)esired GPU memory utilization|Available KV cache memory: |that can be stored in KV cache|KV cache is needed, which is larger than|No available memory for the cache blocks|when warming up sampler with \d/i;
/** Other engines take kernels of vLLM's, which their tracebacks name. */
const OTHERS = /sglang[/.]srt|text_generation_(?:server|launcher|router)|tensorrt_llm\/_torch|\[TensorRT-LLM\]/;

/** Reads a log of vLLM; null for a log of something else. */
export function readStartUpLog(all: readonly LogLine[]): StartUpLog | null {
  if (!isOf(all, OURS) || isOf(all, OTHERS)) return null;
  const lines = lastStart(all, BEGINS);
  const collected = collectFigures(LINES);
  let version: string | null = null;
  let given: ReadonlyMap<string, ArgumentValue> = new Map();
  for (const [index, line] of lines.entries()) {
    version ??= VERSION.exec(line.text)?.[1] ?? null;
    const listed = ARGUMENTS.exec(line.text);
    if (listed && given.size === 0) given = readRepr(line.text, listed.index + listed[0].length);
    collected.read(line, lines[index + 1]);
    readProfile(line, collected);
  }
  readBlocks(lines, given, collected);
  readGraphs(lines, collected);
  const figures = Object.fromEntries(collected.figures);
  const started = lines.some((line) => STARTED.test(line.text));
  const model = given.get('model') ?? given.get('model_tag') ?? null;
  const typed = typeof model === 'string' ? { model, command: commandOf(model, given) } : typedIn(lines);
  return {
    version,
    model: typed?.model ?? configuredIn(lines),
    command: typed?.command ?? null,
    figures,
    visibleBytes: figures['totalBytes']?.value ?? null,
    started,
    failure: failureIn(lines, figures, started),
  };
}

type Collected = ReturnType<typeof collectFigures>;

function readProfile({ text, number }: LogLine, { figures, keep }: Collected): void {
  if (!PROFILED.test(text)) return;
  const bytesOf = (name: string): number => Number(new RegExp(` ${name}=(-?[\\d.]{1,20})GiB`).exec(text)?.[1]) * GIB;
  keep('totalBytes', bytesOf('total_gpu_memory'), number);
  keep('nonTorchBytes', bytesOf('non_torch_memory'), number);
  keep('kvCacheBytes', bytesOf('kv_cache_size'), number);
  // The peak holds the weights.
  const weights = figures.get('weightsBytes');
  if (weights) keep('activationBytes', bytesOf('peak_torch_memory') - weights.value, number);
}

function readBlocks(lines: readonly LogLine[], given: ReadonlyMap<string, ArgumentValue>, collected: Collected): void {
  if (collected.figures.has('kvCacheTokens')) return;
  const size = Number(given.get('block_size') ?? DEFAULT_BLOCK);
  for (const { text, number } of lines) {
    const blocks = BLOCKS.exec(text)?.[1];
    if (blocks !== undefined && Number.isSafeInteger(size))
      collected.keep('kvCacheTokens', Number(blocks) * size, number);
  }
}

/** Where graphs are charged, what is charged is what the estimate is of; what the capture really took comes after. */
function readGraphs(lines: readonly LogLine[], collected: Collected): void {
  if (lines.some(({ text }) => NOT_CHARGED.test(text))) return;
  const estimated = lines.flatMap(({ text, number }) => {
    const value = ESTIMATED_GRAPHS.exec(text)?.[1];
    return value === undefined ? [] : [{ value: Number(value) * GIB, number }];
  });
  const [most] = estimated.toSorted((a, b) => b.value - a.value);
  if (most) collected.set('cudaGraphBytes', most.value, most.number);
  for (const line of lines) readConsumed(line, most?.value ?? 0, collected);
}

/** From 0.27 on weights stand with what lies outside PyTorch, and the peak holds the graphs that are charged. */
function readConsumed({ text, number }: LogLine, chargedBytes: number, { figures, keep }: Collected): void {
  const found = CONSUMED.exec(text);
  const weights = figures.get('weightsBytes');
  if (!found || !weights) return;
  keep('nonTorchBytes', Number(found[1]) * GIB - weights.value, number);
  keep('activationBytes', Number(found[2]) * GIB - chargedBytes, number);
}

/** The launch with the options that change memory; what is left at None is not given. */
function commandOf(model: string, given: ReadonlyMap<string, ArgumentValue>): string[] {
  const options = [...given].filter(([name, value]) => value !== null && VLLM_ARGUMENTS.byName.get(name)?.memory);
  return ['vllm', 'serve', model, ...options.flatMap(([name, value]) => printOption(VLLM_ARGUMENTS, name, value))];
}

function configuredIn(lines: readonly LogLine[]): string | null {
  return lines.map(({ text }) => CONFIGURED.exec(text)?.[1]).find((model) => model !== undefined) ?? null;
}

/** A command as people paste it above its log, of plain words alone. */
const TYPED = /^[$#>\s]{0,6}((?:vllm serve|python3? -m vllm\.entrypoints\.\S{1,60}) [^'"`$\\|;&<>]{1,2000})$/;

function typedIn(lines: readonly LogLine[]): { readonly model: string; readonly command: readonly string[] } | null {
  for (const { text } of lines) {
    const words = TYPED.exec(text)?.[1]?.trim().split(/\s+/);
    if (!words) continue;
    const named = words.indexOf('--model');
    const model = words[1] === 'serve' ? words[2] : words[named + 1];
    if (model !== undefined && (words[1] === 'serve' || named !== -1) && !model.startsWith('-'))
      return { model, command: words };
  }
  return null;
}
