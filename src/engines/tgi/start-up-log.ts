import type { ArgumentValue } from '../../deployment.ts';
import type { Stage } from '../../estimate.ts';
import { type FailureKind, failureOfKind, lastStart, outOfMemoryIn } from '../failure-kinds.ts';
import { isOf, type LogLine } from '../log-lines.ts';
import { CARD_LINES, collectFigures, figureLine } from '../logged-figures.ts';
import type { LoggedFailure, StartUpLog } from '../start-up-log.ts';
import { TGI_ARGUMENTS } from './arguments.ts';
import { tgiSurface } from './surface.ts';

/** Lines that carry a figure (router/src/server.rs; server models/flash_causal_lm.py, 1.0 to 3.3). */
const LINES = [figureLine('Setting max batch total tokens to #', ['kvCacheTokens'], 1), ...CARD_LINES];

/** With --json-output the launcher's name stands beside the message. */
const LAUNCHER = /(?:text_generation_launcher: |^)Args \{ (?=model_id: )/;
const OURS =
  /text_generation_(?:launcher|router|server|client)|text-generation-launcher|Setting max batch total tokens to|Unable to warmup model|^Args \{ model_id: |max-batch-prefill-tokens/;
const STARTED = /(?:router|text_generation_router\S{0,30}).{0,60}: Connected$|^Connected$/;
const IMAGE_VERSION = /text-generation-inference:v?(\d+\.\d+(?:\.\d+)?)/;

const SMALLER_PREFILL = [
  'lower --max-batch-prefill-tokens, and --max-input-tokens with it',
  'a quantized variant of the model (--quantize), or more GPUs (--num-shard)',
];

/** What TGI prints where it stops for memory (texts of 0.9 to 3.3). */
const FAILURES: readonly FailureKind[] = [
  {
    pattern: /Not enough memory to handle (\d+) (prefill|total) tokens/,
    stage: 'profile',
    cause: ([, tokens, kind]) => `Warm-up runs ${tokens} ${kind} tokens at once, and the GPU has no memory for them.`,
    remedies: ([, , kind]) => [
      kind === 'total' ? 'lower --max-batch-total-tokens' : `lower --max-batch-prefill-tokens`,
      ...SMALLER_PREFILL.slice(1),
    ],
  },
  {
    pattern:
      /Unable to warmup model: .{0,200}out of memory.{0,80}?Requested +: ([\d.]+ [KMG]iB).{0,20}?Device limit +: ([\d.]+ [KMG]iB)/,
    stage: 'profile',
    cause: ([, wanted, limit]) => `Warm-up asked for ${wanted} more than the ${limit} of the GPU hold.`,
    remedies: () => SMALLER_PREFILL,
  },
  {
    pattern: /`num_heads` must be divisible by `num_shards` \(got `num_heads`: (\d+) and `num_shards`: (\d+)/,
    stage: 'arguments',
    cause: ([, heads, shards]) => `The model's ${heads} attention heads cannot be split into ${shards} shards.`,
    remedies: ([, heads]) => [`a --num-shard that divides ${heads}`],
  },
  {
    pattern: /`max_total_tokens` must be <= `max_batch_total_tokens`\. Given: (\d+) and (\d+)/,
    stage: 'kv_cache',
    cause: ([, asked, fits]) => `The KV cache holds ${fits} tokens, and one request may have ${asked}.`,
    remedies: ([, , fits]) => [`--max-total-tokens ${fits} or less`, ...SMALLER_PREFILL],
  },
];

/** What it was doing, by the call that failed. */
const STEPS: readonly (readonly [RegExp, Stage, doing: string, remedies: readonly string[]])[] = [
  [
    /Method (?:Prefill|Decode) encountered|:(?:prefill|decode)\{|failed during generation/,
    'serving',
    'while it served',
    ['lower --cuda-memory-fraction', 'lower --max-batch-total-tokens'],
  ],
  [
    /Method Warmup encountered|in warmup\b|Warming up model/,
    'profile',
    'in the warm-up, at the largest batch',
    SMALLER_PREFILL,
  ],
  [/./, 'load', 'while the weights were loaded', SMALLER_PREFILL.slice(1)],
];

/** Reads a log of Text Generation Inference; null for a log of something else. */
export function readStartUpLog(all: readonly LogLine[]): StartUpLog | null {
  if (!isOf(all, OURS)) return null;
  const lines = lastStart(all, [LAUNCHER]);
  const collected = collectFigures(LINES);
  for (const [index, line] of lines.entries()) collected.read(line, lines[index + 1]);
  const figures = Object.fromEntries(collected.figures);
  const given = argumentsIn(lines);
  const model = given.get('model_id') ?? null;
  const started = lines.some((line) => STARTED.test(line.text));
  return {
    version: lines.map((line) => IMAGE_VERSION.exec(line.text)?.[1]).find((found) => found !== undefined) ?? null,
    model: typeof model === 'string' ? model : null,
    command: typeof model === 'string' ? commandOf(model, given) : null,
    figures,
    visibleBytes: figures['totalBytes']?.value ?? null,
    started,
    failure: failureIn(lines),
  };
}

function failureIn(lines: readonly LogLine[]): LoggedFailure | null {
  const stated = failureOfKind(lines, FAILURES);
  if (stated) return stated;
  const ran = outOfMemoryIn(lines);
  if (!ran) return null;
  // The call is named before or after its traceback.
  const near = lines.slice(Math.max(0, ran.index - 100), ran.index + 20);
  const step = STEPS.find(([said]) => near.some((line) => said.test(line.text)));
  return {
    stage: step?.[1] ?? 'load',
    line: ran.line,
    text: ran.said.text,
    cause: `Out of memory ${step?.[2] ?? ''}: ${ran.said.cause}`,
    remedies: step?.[3] ?? [],
  };
}

/** What Rust prints of the launcher's arguments: `model_id: "x", num_shard: Some(4), quantize: Some(BitsandbytesNF4)`. */
const PAIR = /\b([a-z_]{1,40}): (?:Some\( ?)?(?:"([^"]{0,500})"|([\w.+-]{1,60}))/g;

function argumentsIn(lines: readonly LogLine[]): ReadonlyMap<string, ArgumentValue> {
  const listed = lines.find(({ text }) => LAUNCHER.test(text));
  const pairs = new Map<string, ArgumentValue>();
  if (!listed) return pairs;
  // Older launchers print them over several lines.
  const from = lines.indexOf(listed);
  const whole = lines
    .slice(from, from + 80)
    .map(({ text }) => text.trim())
    .join(' ');
  const start = whole.search(LAUNCHER);
  const end = whole.indexOf(' }', start);
  for (const [, name = '', word, bare] of whole.slice(start, end === -1 ? undefined : end).matchAll(PAIR)) {
    if (bare === 'None') continue;
    pairs.set(name, word ?? valueOf(bare ?? ''));
  }
  return pairs;
}

function valueOf(bare: string): ArgumentValue {
  if (bare === 'true' || bare === 'false') return bare === 'true';
  if (/^-?\d+(?:\.\d+)?$/.test(bare)) return Number(bare);
  return bare.toLowerCase().replace(/^bitsandbytes(?=\w)/, 'bitsandbytes-');
}

/** The launch with the options that change memory. */
function commandOf(model: string, given: ReadonlyMap<string, ArgumentValue>): string[] {
  const options = [...given].filter(([name]) => name !== 'model_id' && TGI_ARGUMENTS.byName.get(name)?.memory === true);
  const words = options.flatMap(([name, value]) => tgiSurface.printArgument(name, value));
  return ['text-generation-launcher', '--model-id', model, ...words];
}
