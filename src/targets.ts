import type { Deployment } from './deployment.ts';
import type { Target } from './hardware/gpu.ts';
import { findGpu, type HardwareCatalogue } from './hardware/lookup.ts';
import { commonTargets } from './hardware/survey.ts';
import { matchesAny } from './policy/paths.ts';
import type { Policy } from './policy/policy.ts';

/** A target with whether the gate counts it. */
export interface GatedTarget {
  readonly target: Target;
  readonly gated: boolean;
}

/**
 * The GPUs that a deployment is judged on.
 *
 * A GPU that the config names itself is the one it will run on, so that one decides, with the figures that the
 * declared matrix gives for it; the rest of the matrix is shown. Without a name, every declared GPU decides.
 * Without a matrix, common GPUs are shown for information.
 */
export function targetsOf(
  deployment: Pick<Deployment, 'file' | 'gpuRequest'>,
  policy: Policy,
  hardware: HardwareCatalogue,
): GatedTarget[] {
  const { name, count, nodes } = deployment.gpuRequest;
  const asked = count === null ? null : count.value * nodes;
  const scope = policy.scopes.findLast(({ paths }) => matchesAny(deployment.file, paths));
  const declared = (scope?.gpus ?? policy.gpus).map((target) => ({ ...target, count: asked ?? target.count }));
  const match = name === null ? null : findGpu(name.value, hardware);
  if (match && 'gpu' in match) {
    const own = declared.find(({ gpu }) => gpu.id === match.gpu.id) ?? {
      gpu: match.gpu,
      count: asked ?? match.count,
      visibleBytes: null,
      takenByOthersBytes: 0,
      origin: 'config' as const,
    };
    const others = declared.filter((target) => target !== own);
    return [{ target: own, gated: true }, ...others.map((target) => ({ target, gated: false }))];
  }
  if (declared.length > 0) return declared.map((target) => ({ target, gated: true }));
  return commonTargets(hardware).map((target) => ({ target: { ...target, count: asked }, gated: false }));
}
