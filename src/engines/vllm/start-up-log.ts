import type { ArgumentValue } from '../../deployment.ts';
import type { Memory } from '../../estimate.ts';
import { GIB } from '../../bytes.ts';
import { printOption } from '../argument-table.ts';
import { readRepr } from '../python-repr.ts';
import { type LoggedFigure, logLines, type StartUpLog } from '../start-up-log.ts';
import { VLLM_ARGUMENTS } from './arguments.ts';
import { failureIn } from './logged-failures.ts';

type Figure = keyof Memory;

/** Which of several ranks' figures decides: the largest of a cost, the smallest of what is left. */
const SMALLEST: ReadonlySet<Figure> = new Set([
  'kvCacheBytes',
  'kvCacheTokens',
  'maxConcurrency',
  'maxModelLenThatFits',
]);

interface Line {
  /** One group for each figure. */
  readonly pattern: RegExp;
  readonly figures: readonly (Figure | null)[];
  /** What the numbers are counted in. */
  readonly unit: number;
}

const NUMBER = String.raw`(-?[\d.,]+)`;
const line = (text: string, figures: Line['figures'], unit = GIB): Line => ({
  pattern: new RegExp(text.replaceAll('#', NUMBER)),
  figures,
  unit,
});

/**
 * Lines that carry figures (vLLM worker/worker.py, v1/worker/gpu_worker.py, v1/core/kv_cache_utils.py and
 * v1/worker/gpu_model_runner.py from 0.6 to 0.31; "GB" is GiB in them all).
 */
const LINES: readonly Line[] = [
  line('Loading model weights took # GB', ['weightsBytes']),
  line('Model loading took # Gi?B', ['weightsBytes']),
  line(String.raw`total_gpu_memory \(#GiB\) x gpu_memory_utilization \(#\) = #GiB`, [
    'totalBytes',
    null,
    'budgetBytes',
  ]),
  line(
    String.raw`model weights take #GiB; non_torch_memory takes #GiB; PyTorch activation peak memory takes #GiB; the rest of the memory reserved for KV Cache is #GiB`,
    ['weightsBytes', 'nonTorchBytes', 'activationBytes', 'kvCacheBytes'],
  ),
  line('Available KV cache memory: # GiB', ['kvCacheBytes']),
  line('GPU KV cache size: # tokens', ['kvCacheTokens'], 1),
  line('Maximum concurrency for [\\d,]+ tokens per request: #x', ['maxConcurrency'], 1),
  line('Graph capturing finished in [\\d.]+ secs, took # GiB', ['cudaGraphBytes']),
  line('CUDA graph pool memory: # GiB \\(actual\\)', ['cudaGraphBytes']),
  line(String.raw`Free memory on device[^(]* \([\d.]+/# GiB\) on startup`, ['totalBytes']),
  line(String.raw`Desired GPU memory utilization is \([\d.]+, # GiB\)`, ['budgetBytes']),
  line(
    'Actual usage is # GiB for weight, # GiB for peak activation, # GiB for non-torch memory, and # GiB for CUDAGraph',
    ['weightsBytes', 'activationBytes', 'nonTorchBytes', 'cudaGraphBytes'],
  ),
  line(String.raw`\(# GiB KV cache is needed, which is larger than the available KV cache memory \(# GiB\)`, [
    'kvCacheNeededBytes',
    'kvCacheBytes',
  ]),
  line('the estimated maximum model length is #', ['maxModelLenThatFits'], 1),
  line(String.raw`total capacity of # GiB`, ['totalBytes']),
];

const VERSION =
  /(?:vLLM API server version|LLM engine \(v?|Initializing an? \w* ?LLM engine \(v?)\s*v?(\d+\.\d+\.\d+[\w.+-]*)/;
const ARGUMENTS = /non-default args: (?=\{)|args: Namespace\(/;
const STARTED = /Application startup complete|Uvicorn running on|Starting vLLM (?:API )?server.* on http/;
const OURS = /vllm|EngineCore|GPU KV cache size|GPU blocks: \d/i;

/** Reads a log of vLLM; null for a log of something else. Rank by rank prefixes, times and colours do not matter. */
export function readStartUpLog(text: string): StartUpLog | null {
  if (!OURS.test(text.slice(0, 1_000_000))) return null;
  const lines = logLines(text);
  const figures = new Map<Figure, LoggedFigure>();
  let version: string | null = null;
  let given: ReadonlyMap<string, ArgumentValue> = new Map();
  for (const [index, written] of lines.entries()) {
    version ??= VERSION.exec(written)?.[1] ?? null;
    const listed = ARGUMENTS.exec(written);
    if (listed && given.size === 0) given = readRepr(written, listed.index + listed[0].length);
    // A message that the terminal broke goes on in the next line.
    const whole = `${written} ${lines[index + 1]?.trim() ?? ''}`;
    for (const { pattern, figures: names, unit } of LINES) {
      const found = pattern.exec(whole);
      if (!found || found.index > written.length) continue;
      for (const [at, name] of names.entries())
        if (name !== null) keep(figures, name, found[at + 1] ?? '', unit, index + 1);
    }
  }
  const started = lines.some((one) => STARTED.test(one));
  const model = given.get('model') ?? given.get('model_tag') ?? null;
  return {
    version,
    model: typeof model === 'string' ? model : null,
    command: typeof model === 'string' ? commandOf(model, given) : null,
    figures: Object.fromEntries(figures),
    visibleBytes: figures.get('totalBytes')?.value ?? null,
    started,
    failure: failureIn(lines, Object.fromEntries(figures), started),
  };
}

function keep(figures: Map<Figure, LoggedFigure>, name: Figure, written: string, unit: number, atLine: number): void {
  const value = Number(written.replaceAll(',', '').replace(/\.$/, '')) * unit;
  if (!Number.isFinite(value)) return;
  const before = figures.get(name)?.value;
  if (before !== undefined && (SMALLEST.has(name) ? before <= value : before >= value)) return;
  figures.set(name, { value, line: atLine });
}

/** The launch with the options that change memory; what is left at None is not given. */
function commandOf(model: string, given: ReadonlyMap<string, ArgumentValue>): string[] {
  const options = [...given].filter(([name, value]) => value !== null && VLLM_ARGUMENTS.byName.get(name)?.memory);
  return ['vllm', 'serve', model, ...options.flatMap(([name, value]) => printOption(VLLM_ARGUMENTS, name, value))];
}
