import { capabilityOf } from '../../hardware/gpu.ts';
import type { Quantization } from '../../models/architecture.ts';
import { roundUp } from '../caching-allocator.ts';
import type { Share } from '../sharding.ts';
import type { Padding } from '../stored-tensors.ts';
import type { Launch } from './launch.ts';
import { has } from './versions.ts';

const AS_IS: Padding = (share) => share;

/** The padding of this launch: what the model asks of the parts of its experts, and what the kernels make of them. */
export function paddingOf(launch: Launch, quantization: Quantization | null): Padding {
  const kernels = kernelPadding(launch, quantization);
  const least = launch.architecture.moe?.leastPart;
  if (least === undefined || launch.parallelism.expert > 1 || launch.parallelism.tensor === 1) return kernels;
  return (share, tensor, code, elementBytes) => {
    const { shard } = tensor;
    const part = shard.kind === 'experts' ? leastPart(share, shard.side, least) : share;
    return kernels(part, tensor, code, elementBytes);
  };
}

/** Gate and up lie side by side. */
function leastPart(share: Share, side: 'column' | 'row', least: number): Share {
  if (side === 'column') return { ...share, rows: Math.max(share.rows, 2 * least) };
  return { ...share, columns: Math.max(share.columns, least) };
}

function kernelPadding(launch: Launch, quantization: Quantization | null): Padding {
  if (launch.gpu.vendor === 'amd' && has(launch.version, 'rocmPadding')) return rocmPadding(launch);
  if (quantization?.method === 'mxfp4') return mxfp4Experts(launch);
  const eights =
    quantization?.method === 'modelopt' && runsFlashInferExperts(launch) ? flashInferExperts(launch) : AS_IS;
  if (launch.architecture.moe?.gated !== false || !runsNvfp4Experts(launch)) return eights;
  return (share, tensor, code, elementBytes) =>
    code?.weightBits === 4 && tensor.shard.kind === 'experts'
      ? scalesInTiles(share, tensor.shard.side === 'column')
      : eights(share, tensor, code, elementBytes);
}

/**
 * MXFP4 kernels take experts whose hidden side is a multiple of 256; the inner side is one of 64 in Triton, which runs on
 * Hopper unless Marlin is asked for, of 128 in Marlin, which runs elsewhere and where the package triton_kernels is missing,
 * and of 256 in TensorRT-LLM's on datacenter Blackwell, at first (layers/quantization/mxfp4.py, later layers/fused_moe/oracle/mxfp4.py mxfp4_round_up_hidden_size_and_intermediate_size).
 */
function mxfp4Experts({ gpu, version, environment }: Launch): Padding {
  const capability = capabilityOf(gpu);
  const marlin = /^(?:1|true)$/i.test(environment['VLLM_MXFP4_USE_MARLIN'] ?? '');
  const wide = capability >= 10 && capability < 11 && !has(version, 'mxfp4Inner128');
  const step = capability === 9 && !marlin ? 64 : wide ? 256 : 128;
  return (share, { shard }, code) => {
    if (code === null || shard.kind !== 'experts') return share;
    const { rows, columns } = share;
    return shard.side === 'column'
      ? { ...share, rows: roundUp(rows, 2 * step), columns: roundUp(columns, 256) }
      : { ...share, rows: roundUp(rows, 256), columns: roundUp(columns, step) };
  };
}

/** Rows of a tile of NVFP4's scales. */
const SCALE_TILE_ROWS = 128;

/** Older cards compute NVFP4 in Marlin's layout. */
function runsNvfp4Experts({ gpu, version }: Launch): boolean {
  return gpu.vendor === 'nvidia' && capabilityOf(gpu) >= 10 && has(version, 'nvfp4ScaleTiles');
}

/**
 * NVFP4 experts without a gate are padded to whole tiles of their scales (layers/quantization/modelopt.py
 * process_weights_after_loading, later utils/flashinfer_fp4_moe.py); gated ones that fill no tile are refused.
 */
function scalesInTiles(share: Share, column: boolean): Share {
  return column
    ? { ...share, rows: roundUp(share.rows, SCALE_TILE_ROWS) }
    : { ...share, columns: roundUp(share.columns, SCALE_TILE_ROWS) };
}

/** FlashInfer's experts with one scale per tensor need SM90. */
function runsFlashInferExperts({ gpu, version }: Launch): boolean {
  return capabilityOf(gpu) >= 9 && has(version, 'flashInferExpertPadding');
}

/**
 * FlashInfer takes fp8 experts whose inner side is a multiple of 16 when they are gated and of 128 when not
 * (layers/quantization/utils/flashinfer_utils.py, prepare_fp8_moe_layer_for_fi).
 */
function flashInferExperts({ architecture }: Launch): Padding {
  const gated = architecture.moe?.gated ?? true;
  const step = gated ? 16 : 128;
  return (share, { shard }, code) => {
    if (code?.weightBits !== 8 || code.block !== null || shard.kind !== 'experts') return share;
    const { rows, columns } = share;
    return shard.side === 'column'
      ? { ...share, rows: gated ? 2 * roundUp(rows / 2, step) : roundUp(rows, step) }
      : { ...share, columns: roundUp(columns, step) };
  };
}

/** Rows of a multiple of 512 bytes get 256 more, so that they do not all start in one memory channel. */
const CHANNEL_BYTES = 512;
const CHANNEL_PADDING_BYTES = 256;

/**
 * On AMD, 16-bit experts and fp8 linears with one scale per tensor or block are padded
 * (layers/fused_moe/unquantized_fused_moe_method.py and layers/quantization/utils/fp8_utils.py, both `_maybe_pad`).
 */
function rocmPadding({ environment, parallelism }: Launch): Padding {
  const experts = environment['VLLM_ROCM_MOE_PADDING'] !== '0' && parallelism.redundantExperts === 0;
  const linears = environment['VLLM_ROCM_FP8_PADDING'] !== '0';
  return (share, { role, shard, linear }, code, elementBytes) => {
    const stacked = shard.kind === 'experts';
    const applies = stacked
      ? experts && code === null
      : linears &&
        linear &&
        role !== 'lm_head' &&
        code?.weightBits === 8 &&
        (code.block !== null || code.groupSize === -1);
    const bytes = code === null ? elementBytes : 1;
    if (!applies || (share.columns * bytes) % CHANNEL_BYTES !== 0) return share;
    return { ...share, columns: share.columns + CHANNEL_PADDING_BYTES / bytes };
  };
}
