import type { Gpu } from '../../hardware/gpu.ts';
import type { Architecture } from '../../models/architecture.ts';
import type { ArgumentReader } from '../argument-reader.ts';
import { decodeSizes, prefillSizes } from './graph-sizes.ts';
import type { Division } from './parallelism.ts';
import { has, type EngineVersion } from './versions.ts';

/** What is captured as CUDA graphs. */
export interface Graphs {
  /** Batches, smallest first; empty when decoding has none. */
  readonly decode: readonly number[];
  /** Token counts; empty when prefill has none. */
  readonly prefill: readonly number[];
  /** Largest batch by arguments and card, whether or not it is captured. */
  readonly largest: number;
}

interface GraphContext {
  readonly version: EngineVersion;
  readonly gpu: Gpu;
  readonly architecture: Architecture;
  readonly division: Division;
  readonly multimodal: boolean;
  readonly chunk: number;
  readonly role: 'null' | 'prefill' | 'decode';
  readonly speculative: boolean;
  /** Largest batch where none is given. */
  readonly largest: number;
  readonly quantizationMethod: string | null;
}

export function graphsOf(reader: ArgumentReader, context: GraphContext): Graphs {
  const { version, speculative, role } = context;
  const asked = reader.integers('cuda_graph_bs');
  const largest = asked ? Math.max(...asked) : (reader.integer('cuda_graph_max_bs', 1) ?? context.largest);
  const unpadded = reader.flag('disable_cuda_graph_padding') === true;
  const pools = context.architecture.task === 'pooling' || reader.flag('is_embedding') === true;
  const off =
    pools ||
    reader.flag('disable_cuda_graph') === true ||
    reader.flag('disable_decode_cuda_graph') === true ||
    reader.word('cuda_graph_backend_decode') === 'disabled' ||
    (role === 'prefill' && has(version, 'reservedByRole'));
  const sizes = asked
    ? [...new Set(asked)].sort((a, b) => a - b)
    : decodeSizes(version, largest, { speculative, unpadded });
  return { decode: off ? [] : sizes, prefill: prefillOf(reader, context), largest };
}

function prefillOf(reader: ArgumentReader, context: GraphContext): readonly number[] {
  if (!capturesPrefill(reader, context)) return [];
  const listed = reader.integers('cuda_graph_bs_prefill');
  if (listed) return [...new Set(listed)].sort((a, b) => a - b);
  const byDefault = context.architecture.latentAttention === null ? context.chunk : 2048;
  const usual = has(context.version, 'prefillGraphs')
    ? byDefault
    : (reader.integer('piecewise_cuda_graph_max_tokens', 1) ?? 4096);
  const most = reader.integer('cuda_graph_max_bs_prefill', 1) ?? usual;
  return prefillSizes(Math.max(0, Math.min(most, reader.integer('max_total_tokens', 1) ?? most)));
}

/** Whether prefill has graphs: by default since 0.5.10, in fewer setups while they needed torch.compile. */
function capturesPrefill(reader: ArgumentReader, context: GraphContext): boolean {
  const { version, gpu, division, multimodal, role } = context;
  const backend = reader.word('cuda_graph_backend_prefill');
  const disabled =
    backend === 'disabled' ||
    reader.flag('disable_piecewise_cuda_graph') === true ||
    reader.flag('disable_prefill_cuda_graph') === true ||
    reader.flag('disable_cuda_graph') === true;
  if (disabled) return false;
  if (!has(version, 'prefillGraphs')) return reader.flag('enable_piecewise_cuda_graph') === true;
  if (backend !== null || reader.flag('enforce_piecewise_cuda_graph') === true) return true;
  if (gpu.vendor !== 'nvidia' || multimodal || division.decodeContext > 1) return false;
  if (has(version, 'breakableGraphs')) {
    const exchanges = division.exchange === null || /^(?:deepep|megamoe|flashinfer)$/.test(division.exchange);
    return exchanges && reader.flag('enable_two_batch_overlap') !== true && role !== 'decode';
  }
  const host = (reader.number('cpu_offload_gb') ?? 0) > 0 || reader.flag('enable_hierarchical_cache') === true;
  const lora = reader.flag('enable_lora') === true || reader.words('lora_paths') !== null;
  return !(
    context.speculative ||
    division.dpAttention ||
    division.pipeline > 1 ||
    division.exchange !== null ||
    host ||
    lora ||
    role !== 'null' ||
    context.quantizationMethod === 'gguf' ||
    reader.flag('enable_torch_compile') === true ||
    reader.flag('enable_deterministic_inference') === true ||
    reader.flag('enable_symm_mem') === true ||
    reader.flag('enable_eplb') === true
  );
}
