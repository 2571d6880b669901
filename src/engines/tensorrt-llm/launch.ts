import type { ArgumentValue } from '../../deployment.ts';
import type { Gpu } from '../../hardware/gpu.ts';
import { readArguments } from '../argument-reader.ts';
import type { Workload } from '../engine.ts';
import { tooFewGpus } from '../gpus-there.ts';
import type { CacheElement, Cut } from '../rank-weights.ts';
import { table } from '../../table.ts';

/** A launch of the PyTorch backend with every default resolved. */
export interface Launch {
  readonly cut: Cut;
  readonly gpu: Gpu;
  readonly element: CacheElement;
  readonly maxBatchSize: number;
  readonly maxNumTokens: number;
  readonly maxSeqLen: number;
  /** Share of what is free after a full dummy batch that the cache takes. */
  readonly freeShare: number;
  /** Bounds on the cache in tokens and bytes; null without one. */
  readonly maxTokens: number | null;
  readonly maxBytes: number | null;
  readonly blockTokens: number;
  readonly graphSizes: number;
  readonly notes: readonly string[];
  readonly effective: Readonly<Record<string, ArgumentValue>>;
}

export type LaunchProblem = { readonly refusal: string } | { readonly unknown: string };

const CACHE: Readonly<Record<string, CacheElement>> = table({
  auto: { bits: 16, perHeadBytes: 0 },
  float16: { bits: 16, perHeadBytes: 0 },
  bfloat16: { bits: 16, perHeadBytes: 0 },
  fp8: { bits: 8, perHeadBytes: 0 },
  int8: { bits: 8, perHeadBytes: 0 },
  // Four bits, and a scale of eight for every sixteen values.
  nvfp4: { bits: 4.5, perHeadBytes: 0 },
});

/** Checkpoints that the PyTorch backend loads as they are. The list was not checked against _torch/model_config.py; what it lacks is `unknown`. */
const LOADED: ReadonlySet<string> = new Set(['modelopt', 'fp8', 'mxfp4']);

/** Drafting that has neither weights nor layers of its own (llmapi/llm_args.py). */
const WITHOUT_DRAFTER: ReadonlySet<string> = new Set(['NGram', 'SA', 'Lookahead']);

export function ranksOf({ arguments: args }: Workload): number {
  const reader = readArguments(args);
  return (
    (reader.integer('tp_size', 1) ?? 1) * (reader.integer('pp_size', 1) ?? 1) * (reader.integer('cp_size', 1) ?? 1)
  );
}

/** Resolves a workload as `trtllm-serve` does (commands/serve.py, llmapi/llm_args.py, 1.x). */
export function launchOf(workload: Workload): Launch | LaunchProblem {
  const { arguments: args, target, model } = workload;
  const { architecture } = model;
  const reader = readArguments(args);
  if (target.gpu.vendor !== 'nvidia') return { refusal: 'TensorRT-LLM runs on NVIDIA GPUs only.' };
  const backend = reader.word('backend') ?? 'pytorch';
  if (backend !== 'pytorch')
    return { unknown: `The ${backend.slice(0, 30)} backend fixes its memory when the engine is built.` };
  if ((reader.integer('cp_size', 1) ?? 1) > 1) return { unknown: 'What context parallelism takes is not modelled.' };
  const drafting = reader.word('speculative_config.decoding_type');
  const drafts = args['speculative_config.max_draft_len'] !== undefined || drafting !== null;
  if (drafts && !WITHOUT_DRAFTER.has(drafting ?? ''))
    return { unknown: `What ${drafting ?? 'a drafter'} takes beside the model is not modelled for TensorRT-LLM.` };
  for (const name of ['lora_config', 'quant_config', 'sparse_attention_config', 'mm_encoder_only', 'quantization'])
    if (args[name] !== undefined) return { unknown: `What ${name} makes of the memory is not modelled.` };
  const cacheDtype = reader.word('kv_cache_config.dtype') ?? reader.word('kv_cache_dtype') ?? 'auto';
  const own = architecture.quantization?.kvCacheDtype?.toLowerCase() ?? null;
  const element = CACHE[cacheDtype === 'auto' && own?.startsWith('fp8') ? 'fp8' : cacheDtype];
  if (element === undefined) return { unknown: `What a cache in ${cacheDtype.slice(0, 30)} keeps is not modelled.` };
  const freeShare = reader.number('kv_cache_config.free_gpu_memory_fraction') ?? 0.9;
  if (!(freeShare >= 0 && freeShare <= 1))
    return { refusal: 'kv_cache_config.free_gpu_memory_fraction must be between 0 and 1' };
  const tensor = reader.integer('tp_size', 1) ?? 1;
  const wholeAttention = reader.flag('enable_attention_dp') === true;
  // _torch/modules/attention.py has an assertion for it.
  if (!wholeAttention && architecture.attentionHeads % tensor !== 0)
    return { refusal: `${architecture.attentionHeads} attention heads do not divide over tp_size ${tensor}` };
  // Started by MPI or Slurm, it may be spread over nodes that its command does not name.
  const tooFew = tooFewGpus(ranksOf(workload), target);
  if (tooFew !== null) return { unknown: `${tooFew}: whether other nodes take part is not in the launch.` };
  const method = architecture.quantization?.method ?? null;
  if (method !== null && !LOADED.has(method))
    return { unknown: `What TensorRT-LLM makes of a checkpoint in ${method.slice(0, 30)} is not modelled.` };
  const expert = reader.integer('ep_size', 1) ?? 1;
  const graphs = graphSizesOf(
    args,
    reader.flag('use_cuda_graph'),
    reader.integer('cuda_graph_config.max_batch_size', 0),
  );
  const maxSeqLen = reader.integer('max_seq_len', 1) ?? architecture.context.derivedTokens;
  const maxNumTokens = reader.integer('max_num_tokens', 1) ?? 8_192;
  const maxBatchSize = reader.integer('max_batch_size', 1) ?? 2_048;
  const maxBytes = reader.integer('kv_cache_config.max_gpu_total_bytes', 0);
  const chunked = reader.flag('enable_chunked_prefill') === true;
  const launch: Launch = {
    cut: {
      architecture,
      quantization: architecture.quantization,
      elementBytes: 2,
      tensor,
      pipeline: reader.integer('pp_size', 1) ?? 1,
      // Experts by number or by width come to the same bytes of a rank.
      expert: 1,
      wholeAttention,
    },
    gpu: target.gpu,
    element,
    maxBatchSize,
    maxNumTokens,
    maxSeqLen,
    freeShare,
    maxTokens: reader.integer('kv_cache_config.max_tokens', 1),
    maxBytes: maxBytes === 0 ? null : maxBytes,
    blockTokens: reader.integer('kv_cache_config.tokens_per_block', 1) ?? 32,
    graphSizes: graphs,
    notes: [
      ...(workload.engineVersion === null ? ["TensorRT-LLM's version is not stated; judged as 1.x"] : []),
      ...(!chunked && maxNumTokens < maxSeqLen
        ? [`without enable_chunked_prefill no prompt may be longer than max_num_tokens, ${maxNumTokens}`]
        : []),
      ...(args['kv_cache_config.max_attention_window'] === undefined
        ? []
        : ['windows of attention are not taken off the cache']),
    ],
    effective: {
      tp_size: tensor,
      ep_size: expert,
      max_batch_size: maxBatchSize,
      max_num_tokens: maxNumTokens,
      max_seq_len: maxSeqLen,
      'kv_cache_config.free_gpu_memory_fraction': freeShare,
      'kv_cache_config.dtype': cacheDtype,
    },
  };
  const [problem] = reader.problems;
  return problem === undefined ? launch : { refusal: problem };
}

/** Batch sizes that graphs are captured for: 1 to 31, 32, 64 and 128 by default (llm_args.py CudaGraphConfig). */
function graphSizesOf(args: Workload['arguments'], used: boolean | null, largest: number | null): number {
  if (used === false || args['cuda_graph_config'] === 'null') return 0;
  const listed = args['cuda_graph_config.batch_sizes'];
  if (Array.isArray(listed)) return new Set(listed).size;
  return largest === null ? 34 : Math.min(largest, 34 + Math.ceil(largest / 64));
}
