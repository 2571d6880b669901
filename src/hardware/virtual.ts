import { GIB } from '../bytes.ts';
import type { Gpu } from './gpu.ts';
import type { VirtualName } from './names.ts';

/**
 * What CUDA shows of a virtual GPU's frame buffer. NVIDIA reserves at most a sixteenth of it and 16 MB, and with error correction
 * on memory other than HBM another sixteenth (NVIDIA vGPU release notes, "frame buffer reserved": `vgpu-profile-size ÷ 16 + 16 +
 * ecc-adjustments`). Seen: 7.82 GiB of an A10-8Q, 3.83 of an A10-4Q, 45 of an A40-48Q (public text without a link).
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
