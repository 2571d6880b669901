import { between, exactly, type Quantity } from '../../quantity.ts';
import { type MeasuredParts, PART_SPREAD_BYTES } from '../measurement.ts';
import type { StageParts } from './parts.ts';

/**
 * The parts with what a log measured in their place. What the log's cache was more or less than they leave is put down to
 * the peak of the profile run, and beyond it to what lies outside PyTorch: the log gives their sum. What a step takes under
 * load is in no log, so that it only rises.
 */
export function withMeasured(parts: StageParts, measured: MeasuredParts | undefined): StageParts {
  if (!measured) return parts;
  const { weightsBytes, activationBytes, nonTorchBytes, cudaGraphBytes } = measured.parts;
  const { activation } = parts;
  const peak = activationBytes ?? activation.bytes;
  const beside = nonTorchBytes ?? parts.nonTorch;
  const shift = measured.cacheShiftBytes ?? 0;
  const known = measured.cacheShiftBytes !== null && measured.started;
  const fromPeak = Math.min(shift, peak.value);
  const bytes = known ? measuredAt(peak.value - fromPeak) : moved(peak, -fromPeak);
  const asServing = activation.servingBytes.value === activation.bytes.value;
  const raised = asServing && bytes.value > activation.servingBytes.value;
  return {
    ...parts,
    weights: weightsBytes ?? parts.weights,
    activation: { ...activation, bytes, servingBytes: raised ? bytes : activation.servingBytes },
    graphs: cudaGraphBytes ?? parts.graphs,
    // The spread of the sum is the peak's.
    nonTorch: known ? exactly(Math.max(0, beside.value - (shift - fromPeak)), 'measured') : beside,
  };
}

function measuredAt(value: number): Quantity {
  return between(Math.max(0, value - PART_SPREAD_BYTES), value, value + PART_SPREAD_BYTES, 'measured');
}

function moved({ value, low, high, basis }: Quantity, by: number): Quantity {
  return { value: Math.max(0, value + by), low: Math.max(0, low + by), high: Math.max(0, high + by), basis };
}
