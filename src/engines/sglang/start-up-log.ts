import { GIB } from '../../bytes.ts';
import type { ArgumentValue } from '../../deployment.ts';
import { lastStart } from '../failure-kinds.ts';
import { isOf, type LogLine } from '../log-lines.ts';
import { CARD_LINES, collectFigures, figureLine } from '../logged-figures.ts';
import { readRepr } from '../python-repr.ts';
import type { StartUpLog } from '../start-up-log.ts';
import { SGLANG_ARGUMENTS } from './arguments.ts';
import { failureIn } from './logged-failures.ts';
import { sglangSurface } from './surface.ts';

/** Classes of drafters that SGLang loads beside the model. */
const DRAFTER = String.raw`type=\w{1,60}(?:MTP|NextN|Eagle|EAGLE|DFlash|DSpark)`;

/**
 * Lines that carry a figure (srt/model_executor/model_runner.py, srt/mem_cache/memory_pool.py, srt/managers/scheduler.py from
 * 0.4.0 to 0.5.18); "GB" is GiB.
 */
const LINES = [
  figureLine(String.raw`Load weight end\.(?!.{0,80}${DRAFTER}).{1,200}mem usage=# GB`, ['weightsBytes']),
  figureLine(String.raw`Load weight end\..{0,80}${DRAFTER}.{1,200}mem usage=# GB`, ['drafterBytes']),
  figureLine('max_total_num_tokens=#', ['kvCacheTokens'], 1),
  figureLine(String.raw`KV Cache (?:is )?allocated\..{0,80}tokens: #`, ['kvCacheTokens'], 1),
  ...CARD_LINES,
];

const BEFORE = /Load weight begin\. avail mem=([\d.]+) GB/;
const AFTER = /Load weight end\.(?!.{0,80}(?:MTP|NextN|Eagle)).{1,200}avail mem=([\d.]+) GB/;
const USAGE = /mem usage=(-?[\d.]+) GB/;
const GRAPHS = /Capture (?:\w{1,20} ){0,4}cuda graph(?:s)? end\..{0,100}mem usage=(-?[\d.]+) GB/i;
/** What a line of another rank than the first begins with. */
const RANK = /\b[TP]P[1-9]\d{0,2}(?: EP\d{1,3})?\] /;
const ARGUMENTS = /server_args=ServerArgs\(/;
const VERSION = /\bsglang(?:==|\s+v?|-v?|:v?)(0\.\d{1,3}\.\d{1,3}(?:\.?post\d{1,3})?)/i;
const STARTED = /The server is fired up and ready to roll|Application startup complete|Uvicorn running on/;
const OURS =
  /server_args=ServerArgs\(|Load weight (?:begin|end)\. |KV Cache is allocated\. |Memory pool end\. avail mem=|cuda graphs? (?:begin|end)\. .{0,60}(?:avail mem|mem usage)=|is larger than the profiled value|max_total_num_tokens=|sglang[/.]srt|--mem-fraction-static/;

/** Reads a log of SGLang; null for a log of something else. */
export function readStartUpLog(all: readonly LogLine[]): StartUpLog | null {
  if (!isOf(all, OURS)) return null;
  const lines = lastStart(all, [ARGUMENTS]);
  const collected = collectFigures(LINES);
  let version: string | null = null;
  let given: ReadonlyMap<string, ArgumentValue> = new Map();
  let before: number | null = null;
  let graphs = 0;
  let graphsLine: number | null = null;
  for (const [index, line] of lines.entries()) {
    version ??= VERSION.exec(line.text)?.[1] ?? null;
    const listed = ARGUMENTS.exec(line.text);
    if (listed && given.size === 0) given = readRepr(line.text, listed.index + listed[0].length);
    before ??= numberIn(BEFORE, line.text);
    collected.read(line, lines[index + 1]);
    const after = numberIn(AFTER, line.text);
    // Releases before 0.4.3 print no usage.
    if (before !== null && after !== null && numberIn(USAGE, line.text) === null)
      collected.keep('weightsBytes', (before - after) * GIB, line.number);
    const captured = numberIn(GRAPHS, line.text);
    if (captured === null) continue;
    graphs += captured * GIB;
    graphsLine = line.number;
  }
  // Graphs of decoding, of prefill and of a drafter are captured one after another. Ranks print the same lines, in no
  // order: their sum says nothing.
  const ranks = Number(given.get('tp_size') ?? 1) > 1 || lines.some(({ text }) => RANK.test(text));
  if (graphsLine !== null && !ranks) collected.set('cudaGraphBytes', graphs, graphsLine);
  const figures = Object.fromEntries(collected.figures);
  const model = given.get('model_path') ?? null;
  const started = lines.some((line) => STARTED.test(line.text));
  return {
    version,
    model: typeof model === 'string' ? model : null,
    command: typeof model === 'string' ? commandOf(model, given) : null,
    figures,
    visibleBytes: figures['totalBytes']?.value ?? null,
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
