import { GIB } from '../bytes.ts';
import type { Gpu } from './gpu.ts';
import type { VirtualName } from './names.ts';

/**
 * What CUDA shows of a virtual GPU's frame buffer. The guest's driver and, on GDDR, error correction each take up to a sixteenth:
 * 7.82 GiB of an A10-8Q, 3.83 of an A10-4Q, 45 of an A40-48Q (github.com/sgl-project/sglang/issues/3451 and public notes without
 * a link).
 */
const VISIBLE = { low: 0.87, value: 0.93, high: 0.98 };

/**
 * The virtual GPU of a profile on a board, with the memory of its frame buffer but no more than the whole board is seen to show;
 * its id is the board's with the profile.
 */
export function virtualGpu(board: Gpu, { profile, frameBufferGib }: VirtualName): Gpu {
  const share = (fraction: number): number => Math.round(frameBufferGib * fraction * GIB);
  return {
    ...board,
    id: `${board.id}-${profile}`,
    names: [`${board.names[0] ?? board.id} vGPU ${profile.toUpperCase()}`],
    nominalGb: frameBufferGib,
    smiMib: frameBufferGib * 1024,
    visibleBytes: Math.min(share(VISIBLE.value), board.visibleBytes),
    visibleLowBytes: share(VISIBLE.low),
    visibleHighBytes: share(VISIBLE.high),
    visibleMeasured: false,
  };
}
