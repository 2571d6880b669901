import type { ArgumentValue } from '../../deployment.ts';
import { capabilityOf, type Gpu } from '../../hardware/gpu.ts';
import { readArguments } from '../argument-reader.ts';
import type { Workload } from '../engine.ts';
import { tooFewGpus } from '../gpus-there.ts';
import type { CacheElement, Cut } from '../rank-weights.ts';
import { defaultPrefillTokens } from './prefill-tokens.ts';
import { quantizationOf } from './quantization.ts';
import { table } from '../../table.ts';

/** A launch with every default resolved. */
export interface Launch {
  /** First number of the release; the newest, 3, where none is stated. */
  readonly major: number;
  readonly cut: Cut;
  readonly gpu: Gpu;
  readonly element: CacheElement;
  /** Tokens of the prefill that warm-up plays. */
  readonly prefillTokens: number;
  /** Tokens of one request as the launch asks for them; null where TGI takes what fits. */
  readonly totalTokens: number | null;
  readonly modelTokens: number;
  readonly memoryFraction: number;
  /** What TGI itself leaves of that (server models/globals.py TGI_WIGGLE_ROOM). */
  readonly wiggleRoom: number;
  readonly graphs: boolean;
  readonly notes: readonly string[];
  readonly effective: Readonly<Record<string, ArgumentValue>>;
}

/** Why a launch ends before any memory is taken; `plain` where the words are not what TGI prints. */
export type LaunchProblem = { readonly refusal: string; readonly plain?: true } | { readonly unknown: string };

const CACHE_BITS: Readonly<Record<string, number>> = table({ fp8_e4m3fn: 8, fp8_e5m2: 8 });

/** Shards of a launch: as asked for, else every GPU that is there (launcher/src/main.rs find_num_shards). */
export function shardsOf({ arguments: args, target }: Workload): number {
  const reader = readArguments(args);
  const asked = reader.integer('num_shard', 1);
  return asked ?? (reader.flag('sharded') === false ? 1 : (target.count ?? 1));
}

/** Resolves a workload as the launcher and its server do. */
export function launchOf(workload: Workload): Launch | LaunchProblem {
  const { arguments: args, environment, target, model } = workload;
  const { architecture } = model;
  const reader = readArguments(args);
  if (target.gpu.vendor === 'intel') return { unknown: 'What TGI takes on Intel GPUs is not modelled.' };
  if (args['lora_adapters'] !== undefined)
    return { unknown: 'TGI keeps every LoRA adapter on the GPU, and how large they are is not known.' };
  if (reader.number('rope_factor') !== null || reader.word('rope_scaling') !== null)
    return { unknown: 'Rope scaling by option changes the length of the model in a way that is not modelled.' };
  const quantization = quantizationOf(reader.word('quantize'), architecture);
  if (!('value' in quantization)) return quantization;
  const shards = shardsOf(workload);
  if (architecture.attentionHeads % shards !== 0)
    return {
      refusal:
        '`num_heads` must be divisible by `num_shards` ' +
        `(got \`num_heads\`: ${architecture.attentionHeads} and \`num_shards\`: ${shards}`,
    };
  const tooFew = tooFewGpus(shards, target);
  if (tooFew !== null) return { refusal: tooFew, plain: true };
  const cacheDtype = reader.word('kv_cache_dtype');
  const bits = cacheDtype === null ? 16 : CACHE_BITS[cacheDtype];
  if (bits === undefined) return { refusal: `invalid value '${cacheDtype}' for '--kv-cache-dtype <KV_CACHE_DTYPE>'` };
  const major = Number(/^v?(\d{1,2})\./.exec(workload.engineVersion ?? '')?.[1] ?? 3);
  const modelTokens = architecture.context.derivedTokens;
  const [input, total] = [reader.integer('max_input_tokens', 1), reader.integer('max_total_tokens', 1)];
  if (input !== null && total !== null && input >= total)
    return { refusal: `\`max_input_tokens\`(${input}) must be < \`max_total_tokens\`(${total})` };
  const memoryFraction = reader.number('cuda_memory_fraction') ?? 1;
  const older = major < 3;
  // Before prefill came in chunks (3.0), a request had 4096 tokens where nothing else was said; before 2.0, 2048, half of
  // them of the prompt (the launcher's defaults at each release).
  const usual = major < 2 ? { input: 1024, total: 2048 } : { input: 4095, total: 4096 };
  const totalTokens = total ?? (older ? Math.min(modelTokens, Math.max(usual.total, (input ?? 0) + 1)) : null);
  const mostInput = input ?? Math.max(1, Math.min(usual.input, (totalTokens ?? 2) - 1));
  const prefillTokens =
    reader.integer('max_batch_prefill_tokens', 1) ??
    (major < 2
      ? Math.max(4096, mostInput)
      : older
        ? mostInput + 50
        : defaultPrefillTokens(workload, quantization.value, shards, memoryFraction));
  if (older && mostInput > prefillTokens)
    return {
      refusal: `\`max_batch_prefill_tokens\` must be >= \`max_input_tokens\`. Given: ${prefillTokens} and ${mostInput}`,
    };
  const [problem] = reader.problems;
  if (problem !== undefined) return { refusal: problem.replace(/^argument /, ''), plain: true };
  if (!(memoryFraction > 0 && memoryFraction <= 1))
    return { unknown: `--cuda-memory-fraction ${memoryFraction} is no share of a GPU.` };
  const wiggle = Number(environment['TGI_WIGGLE_ROOM'] ?? 0.9);
  // Sizes behind commas; 0 for none.
  const sizes = reader.words('cuda_graphs')?.filter((size) => Number(size) > 0) ?? null;
  const graphless = quantization.value?.method === 'bitsandbytes' && quantization.value.weightBits === 8;
  return {
    major,
    cut: {
      architecture,
      quantization: quantization.value,
      elementBytes: 2,
      tensor: shards,
      pipeline: 1,
      expert: 1,
      wholeAttention: false,
    },
    gpu: target.gpu,
    element: { bits, perHeadBytes: 0 },
    prefillTokens,
    totalTokens,
    modelTokens,
    memoryFraction,
    wiggleRoom: wiggle > 0 && wiggle < 1 ? wiggle : 0.9,
    graphs: sizes === null ? !graphless : sizes.length > 0,
    notes: [
      ...(workload.engineVersion === null ? ["TGI's version is not stated; assumed 3.x"] : []),
      ...(args['max_batch_total_tokens'] === undefined
        ? []
        : ['`--max-batch-total-tokens` is not used: TGI takes what its warm-up finds room for']),
      ...(capabilityOf(target.gpu) < 8 && target.gpu.vendor === 'nvidia'
        ? ['below compute capability 8.0 TGI serves without flash attention for many models']
        : []),
    ],
    effective: {
      num_shard: shards,
      max_batch_prefill_tokens: prefillTokens,
      cuda_memory_fraction: memoryFraction,
      quantize: quantization.value?.method ?? null,
      ...(totalTokens === null ? {} : { max_total_tokens: totalTokens }),
    },
  };
}
