import type { ArgumentValue } from '../../deployment.ts';
import type { Gpu } from '../../hardware/gpu.ts';
import type { Architecture, Quantization } from '../../models/architecture.ts';
import { readArguments, type ArgumentReader } from '../argument-reader.ts';
import type { Workload } from '../engine.ts';
import { tooFewGpus } from '../gpus-there.ts';
import { ONLINE } from '../online-quantization.ts';
import type { CacheElement, Cut } from '../rank-weights.ts';
import { table } from '../../table.ts';

/** A launch with every default resolved. */
export interface Launch {
  readonly backend: 'turbomind' | 'pytorch';
  readonly cut: Cut;
  readonly gpu: Gpu;
  readonly element: CacheElement;
  readonly cacheShare: number;
  readonly maxBatchSize: number;
  readonly maxPrefillTokens: number;
  readonly blockTokens: number;
  /** Tokens of one request; the model's own length where none is asked for. */
  readonly sessionTokens: number;
  readonly graphs: boolean;
  readonly notes: readonly string[];
  readonly effective: Readonly<Record<string, ArgumentValue>>;
}

export type LaunchProblem = { readonly refusal: string } | { readonly unknown: string };

/** Requests at once by what a card is called (lmdeploy/utils.py get_max_batch_size); 128 on others. */
const BATCHES: readonly (readonly [card: RegExp, requests: number])[] = [
  [/^a[18]00-/, 384],
  [/^(?:h[128]00|l20y)-/, 1024],
];

/** Bits of a cached value, and the scale and zero point of 16 bits beside every head's (messages.py QuantPolicy). */
const POLICIES: Readonly<Record<string, CacheElement>> = table({
  '0': { bits: 16, perHeadBytes: 0 },
  none: { bits: 16, perHeadBytes: 0 },
  '4': { bits: 4, perHeadBytes: 4 },
  int4: { bits: 4, perHeadBytes: 4 },
  '8': { bits: 8, perHeadBytes: 4 },
  int8: { bits: 8, perHeadBytes: 4 },
  '16': { bits: 8, perHeadBytes: 0 },
  fp8: { bits: 8, perHeadBytes: 0 },
  fp8_e4m3: { bits: 8, perHeadBytes: 0 },
  '17': { bits: 8, perHeadBytes: 0 },
  fp8_e5m2: { bits: 8, perHeadBytes: 0 },
});

/** Options of which it is not known what they make of the memory. */
const UNKNOWN: readonly string[] = ['speculative_algorithm', 'adapters', 'hf_overrides', 'dllm_block_length'];

export function ranksOf({ arguments: args }: Workload): number {
  return readArguments(args).integer('tp', 1) ?? 1;
}

/**
 * Heads that do not divide over the ranks, for which TurboMind has an assertion; heads of keys that are a divisor of the
 * ranks are repeated (turbomind/deploy/target_model/base.py).
 */
function unevenHeads({ attentionHeads, kvHeads }: Architecture, ranks: number): string | null {
  if (attentionHeads % ranks !== 0) return `${attentionHeads} attention heads do not divide over ${ranks} ranks`;
  const divides = kvHeads % ranks === 0 || ranks % Math.max(1, kvHeads) === 0;
  return divides ? null : `${kvHeads} heads of keys do not divide over ${ranks} ranks`;
}

/** The first releases gave the cache a share of the whole card (0.2.0 and 0.2.1, 0.5 of it by default). */
const SHARE_OF_TOTAL = /^v?0\.(?:[01](?!\d)|2\.[01](?!\d))/;

/** Resolves a workload as `lmdeploy serve api_server` does (lmdeploy/messages.py, cli/serve.py, 0.16.0). */
export function launchOf(workload: Workload): Launch | LaunchProblem {
  const { arguments: args, target, model } = workload;
  const { architecture } = model;
  const reader = readArguments(args);
  if (target.gpu.vendor !== 'nvidia')
    return { unknown: 'What LMDeploy takes on other GPUs than NVIDIA’s is not modelled.' };
  const device = reader.word('device') ?? 'cuda';
  if (device !== 'cuda') return { unknown: `What LMDeploy takes on ${device.slice(0, 20)} is not modelled.` };
  if (SHARE_OF_TOTAL.test(workload.engineVersion ?? ''))
    return { unknown: 'What LMDeploy took before 0.2.2, a share of the whole card, is not modelled.' };
  const odd = UNKNOWN.find((name) => args[name] !== undefined);
  if (odd !== undefined) return { unknown: `What --${odd.replaceAll('_', '-')} takes is not modelled.` };
  for (const name of ['dp', 'ep', 'cp', 'nnodes'])
    if ((reader.integer(name, 1) ?? 1) > 1)
      return { unknown: `What --${name} makes of one GPU's share is not modelled.` };
  const share = reader.number('cache_max_entry_count') ?? 0.8;
  if (!(share > 0 && share < 1))
    return share >= 1
      ? { unknown: '--cache-max-entry-count from 1 on is a number of blocks, which 0.16 no longer takes.' }
      : { refusal: 'invalid cache_max_entry_count' };
  const policy = String(args['quant_policy'] ?? 0).toLowerCase();
  const element = POLICIES[policy];
  if (element === undefined) return { unknown: `What --quant-policy ${policy.slice(0, 20)} keeps is not modelled.` };
  const quantization = quantizationOf(reader, architecture);
  if (!('value' in quantization)) return quantization;
  const tensor = ranksOf(workload);
  const asked = reader.word('backend');
  const backend =
    asked === 'pytorch' || policy === '16' || policy === '17' || policy.startsWith('fp8') ? 'pytorch' : 'turbomind';
  const tooFew = tooFewGpus(tensor, target);
  if (tooFew !== null) return { refusal: tooFew };
  const uneven = unevenHeads(architecture, tensor);
  if (uneven !== null)
    return backend === 'turbomind'
      ? { refusal: uneven }
      : { unknown: `${uneven}, and how the PyTorch engine cuts them is not modelled.` };
  const maxBatchSize =
    reader.integer('max_batch_size', 1) ?? BATCHES.find(([card]) => card.test(target.gpu.id))?.[1] ?? 128;
  const maxPrefillTokens = reader.integer('max_prefill_token_num', 1) ?? 8_192;
  const sessionTokens = reader.integer('session_len', 1) ?? architecture.context.derivedTokens;
  const [problem] = reader.problems;
  if (problem !== undefined) return { refusal: problem };
  return {
    backend,
    cut: {
      architecture,
      quantization: quantization.value,
      elementBytes: 2,
      tensor,
      pipeline: 1,
      expert: 1,
      wholeAttention: false,
    },
    gpu: target.gpu,
    element,
    cacheShare: share,
    maxBatchSize,
    maxPrefillTokens,
    blockTokens: reader.integer('cache_block_seq_len', 1) ?? 64,
    sessionTokens,
    graphs: backend === 'pytorch' && reader.flag('eager_mode') !== true,
    notes: [
      ...(asked === null && backend === 'turbomind'
        ? ['LMDeploy chooses its engine by the model; judged as TurboMind, which it prefers']
        : []),
      ...(workload.engineVersion === null ? ["LMDeploy's version is not stated; judged as 0.16"] : []),
    ],
    effective: {
      tp: tensor,
      backend,
      cache_max_entry_count: share,
      session_len: sessionTokens,
      max_batch_size: maxBatchSize,
      max_prefill_token_num: maxPrefillTokens,
      quant_policy: policy,
    },
  };
}

/** Checkpoints that either engine loads as they are. The list was not checked against lmdeploy/turbomind/deploy and pytorch/models/q_modules.py; what it lacks is `unknown`. */
const LOADED: ReadonlySet<string> = new Set(['awq', 'gptq', 'fp8', 'mxfp4', 'compressed-tensors']);

/** `--model-format` names how the checkpoint is quantized; only fp8 is made while loading. */
function quantizationOf(
  reader: ArgumentReader,
  { quantization: own }: Architecture,
): { readonly value: Quantization | null } | { readonly unknown: string } {
  if (own !== null && !LOADED.has(own.method))
    return { unknown: `What LMDeploy makes of a checkpoint in ${own.method.slice(0, 30)} is not modelled.` };
  const format = reader.word('model_format');
  if (format === null || format === 'hf' || own !== null) return { value: own };
  if (format === 'fp8') return { value: ONLINE['fp8'] ?? null };
  return {
    unknown: `--model-format ${format} needs a checkpoint that is quantized, and what is known of the model's is not`,
  };
}
