import { between, exactly, type Quantity } from '../../quantity.ts';
import { MIB } from '../../bytes.ts';
import type { Target } from '../../hardware/gpu.ts';
import { cellsOf, type Cells } from './cells.ts';
import { initialBytes } from './initial.ts';
import type { Launch } from './launch.ts';
import { loadedBytes } from './residuals.ts';
import type { MeasuredParts } from '../measurement.ts';
import type { Stage } from './stages.ts';
import { has } from './versions.ts';
import { drafterBytes, givenUpBytes, weightsOf, type WeightBytes } from './weights.ts';

/** What one rank of a stage holds before the pool is sized. */
export interface StageParts {
  readonly stage: Stage;
  readonly stored: WeightBytes;
  readonly weights: Quantity;
  readonly drafter: Quantity;
  /** Held by the drafter only until the pools are made. */
  readonly givenUp: number;
  readonly initial: Quantity;
  readonly others: number;
  readonly cells: Cells;
  /** Kept out of the pool for multimodal features; less where a log shows a larger pool. */
  readonly reserved: number;
}

export function partsOf(launch: Launch, stage: Stage, target: Target): StageParts {
  const stored = weightsOf(launch, stage);
  return {
    stage,
    stored,
    weights: loadedBytes(stored.model, launch.quantization, launch.gpu),
    drafter: stage.last ? loadedDrafter(launch) : exactly(0),
    givenUp: stage.last ? givenUpBytes(launch) : 0,
    initial: initialBytes(launch),
    others: Math.round(target.takenByOthersBytes),
    cells: cellsOf(launch, stage),
    reserved: launch.multimodal && has(launch.version, 'multimodalReserve') ? multimodalReserve(launch) : 0,
  };
}

/**
 * The parts with what a log measured in their place. What the log's pool was more or less than they leave is counted where
 * it is sized.
 */
export function withMeasured(parts: StageParts, measured: MeasuredParts | undefined): StageParts {
  if (!measured) return parts;
  const { weightsBytes } = measured.parts;
  return {
    ...parts,
    weights: weightsBytes ?? parts.weights,
    reserved: parts.reserved - (measured.cacheShiftBytes ?? 0),
  };
}

/** Where nothing states the precision of a drafter's layers, the interval spans both. */
function loadedDrafter(launch: Launch): Quantity {
  const { speculation } = launch;
  if (!speculation || (speculation.layers.length === 0 && speculation.tensors.length === 0)) return exactly(0);
  const stored = loadedBytes(drafterBytes(launch, speculation.quantization), speculation.quantization, launch.gpu);
  if (speculation.quantizationStated) return stored;
  const plain = loadedBytes(drafterBytes(launch, null), null, launch.gpu);
  return between(stored.low, plain.value, plain.high, 'assumed');
}

/** Cache of encoded items, and the pool of features (srt/mem_cache/kv_cache_configurator.py mm_runtime_reservation_gb). */
function multimodalReserve({ environment, featurePoolBytes }: Launch): number {
  const asked = Number(environment['SGLANG_VLM_CACHE_SIZE_MB'] ?? 100);
  return (Number.isFinite(asked) && asked >= 0 ? asked : 100) * MIB + featurePoolBytes;
}
