import { imageName } from '../../engines/image-name.ts';
import { targetName } from '../../hardware/gpu.ts';
import { launchPlace } from './place.ts';
import type { Rule } from './rule.ts';

/**
 * CUDA toolkits by major version and the least branch of the driver that runs all of a major version's releases (NVIDIA,
 * CUDA Compatibility, "Minor Version Compatibility", table 1: docs.nvidia.com/deploy/cuda-compatibility, read 2026-11-25).
 */
const LEAST_DRIVER: ReadonlyMap<number, number> = new Map([
  [11, 450],
  [12, 525],
  [13, 580],
]);

export const driverTooOld: Rule = {
  id: 'driver-too-old',
  severity: 'warning',
  what: "The image's tag names a CUDA version (`-cu129`, `cuda12.8`) that the declared driver of the GPU does not run.",
  why: 'The engine finds no GPU and does not start, unless the image brings the forward compatibility package and the GPU is one of a data centre.',
  remedy: 'Update the driver, or take an image that is built for an older CUDA.',
  check({ deployment, targets }) {
    const { image } = deployment;
    const cuda = image === undefined ? null : cudaOf(image.value);
    const least = cuda === null ? undefined : LEAST_DRIVER.get(cuda.major);
    if (image === undefined || cuda === null || least === undefined) return [];
    const place = image.place.file === deployment.file ? image.place : launchPlace(deployment);
    return targets.flatMap(({ target, gated }) => {
      const { driver, gpu } = target;
      if (!gated || driver === undefined || gpu.vendor !== 'nvidia' || Number.parseInt(driver, 10) >= least) return [];
      const message = `The image is built for CUDA ${cuda.text}, which wants driver ${least} or newer; ${targetName(target)} has ${driver}.`;
      return [{ place, subject: gpu.id, message, remedy: this.remedy }];
    });
  },
};

/** The CUDA that a tag names; null where it names none. */
function cudaOf(image: string): { readonly major: number; readonly text: string } | null {
  const [, major, minor] = /(?:^|[-_.+])cu(?:da)?[-_]?(\d{2})(?:\.?(\d))?(?!\d)/i.exec(imageName(image).tag) ?? [];
  if (major === undefined) return null;
  return { major: Number(major), text: minor === undefined ? major : `${major}.${minor}` };
}
