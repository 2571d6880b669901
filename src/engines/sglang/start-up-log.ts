import { GIB } from '../../bytes.ts';
import type { ArgumentValue } from '../../deployment.ts';
import type { Memory } from '../../estimate.ts';
import { readRepr } from '../python-repr.ts';
import { type LoggedFigure, logLines, type StartUpLog } from '../start-up-log.ts';
import { SGLANG_ARGUMENTS } from './arguments.ts';
import { failureIn } from './logged-failures.ts';
import { sglangSurface } from './surface.ts';

type Figure = keyof Memory;

/**
 * Lines that carry a figure (srt/model_executor/model_runner.py, srt/mem_cache/memory_pool.py, srt/managers/scheduler.py from
 * 0.4.0 to 0.5.18); "GB" is GiB. Of several ranks the smallest cache and the largest cost count.
 */
const LINES: readonly (readonly [pattern: RegExp, figure: Figure, unit: number])[] = [
  [/Load weight end\..*mem usage=(-?[\d.]+) GB/, 'weightsBytes', GIB],
  [/max_total_num_tokens=(\d+)/, 'kvCacheTokens', 1],
  [/KV Cache is allocated\..*#tokens: (\d+)/, 'kvCacheTokens', 1],
  [/total capacity of ([\d.]+) GiB/, 'totalBytes', GIB],
];
const SMALLEST: ReadonlySet<Figure> = new Set(['kvCacheTokens']);

const BEFORE = /Load weight begin\. avail mem=([\d.]+) GB/;
const AFTER = /Load weight end\..*avail mem=([\d.]+) GB/;
const GRAPHS = /Capture (?:\w+ )*cuda graph(?:s)? end\..*mem usage=(-?[\d.]+) GB/i;
const ARGUMENTS = /server_args=ServerArgs\(/;
const VERSION = /\bsglang(?:==|\s+v?|-v?|:v?)(0\.\d{1,3}\.\d{1,3}(?:\.?post\d{1,3})?)/i;
const STARTED = /The server is fired up and ready to roll|Application startup complete|Uvicorn running on/;
const OURS =
  /server_args=ServerArgs\(|Load weight begin\. avail mem=|max_total_num_tokens=|sglang\/srt\/|sglang\.srt\./;

/** Reads a log of SGLang; null for a log of something else. */
export function readStartUpLog(text: string): StartUpLog | null {
  if (!OURS.test(text.slice(0, 1_000_000))) return null;
  const lines = logLines(text);
  const figures = new Map<Figure, LoggedFigure>();
  let version: string | null = null;
  let given: ReadonlyMap<string, ArgumentValue> = new Map();
  let before: number | null = null;
  let graphs: LoggedFigure | null = null;
  for (const [index, line] of lines.entries()) {
    const at = index + 1;
    version ??= VERSION.exec(line)?.[1] ?? null;
    const listed = ARGUMENTS.exec(line);
    if (listed && given.size === 0) given = readRepr(line, listed.index + listed[0].length);
    before ??= numberIn(BEFORE, line);
    for (const [pattern, figure, unit] of LINES) keep(figures, figure, numberIn(pattern, line), unit, at);
    const after = numberIn(AFTER, line);
    // Releases before 0.4.3 print no usage.
    if (before !== null && after !== null && numberIn(/mem usage=(-?[\d.]+) GB/, line) === null)
      keep(figures, 'weightsBytes', before - after, GIB, at);
    graphs = sum(graphs, numberIn(GRAPHS, line), at);
  }
  const ranks = Number(given.get('tp_size') ?? 1);
  // Ranks print the same lines, in no order: their sum says nothing.
  if (graphs !== null && ranks === 1) figures.set('cudaGraphBytes', graphs);
  const model = given.get('model_path') ?? null;
  const started = lines.some((line) => STARTED.test(line));
  return {
    version,
    model: typeof model === 'string' ? model : null,
    command: typeof model === 'string' ? commandOf(model, given) : null,
    figures: Object.fromEntries(figures),
    visibleBytes: figures.get('totalBytes')?.value ?? null,
    started,
    failure: failureIn(lines, started),
  };
}

function numberIn(pattern: RegExp, line: string): number | null {
  const written = pattern.exec(line)?.[1];
  if (written === undefined) return null;
  const value = Number(written);
  return Number.isFinite(value) ? value : null;
}

function keep(
  figures: Map<Figure, LoggedFigure>,
  name: Figure,
  found: number | null,
  unit: number,
  line: number,
): void {
  if (found === null) return;
  const value = found * unit;
  const known = figures.get(name)?.value;
  if (known !== undefined && (SMALLEST.has(name) ? known <= value : known >= value)) return;
  figures.set(name, { value, line });
}

/** Graphs of decoding, of prefill and of a drafter are captured one after another. */
function sum(known: LoggedFigure | null, found: number | null, line: number): LoggedFigure | null {
  if (found === null) return known;
  return { value: (known?.value ?? 0) + found * GIB, line };
}

/** The launch with the options that change memory. Old releases list the defaults of drafting whether or not it is on. */
function commandOf(model: string, given: ReadonlyMap<string, ArgumentValue>): string[] {
  const drafts = typeof given.get('speculative_algorithm') === 'string';
  const options = [...given].filter(([name, value]) => {
    if (value === null || value === false || (name.startsWith('speculative_') && !drafts)) return false;
    return SGLANG_ARGUMENTS.byName.get(name)?.memory === true;
  });
  const words = options.flatMap(([name, value]) => sglangSurface.printArgument(name, value));
  return ['python3', '-m', 'sglang.launch_server', '--model-path', model, ...words];
}
