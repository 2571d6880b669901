import type { Deployment } from './deployment.ts';
import type { Target } from './hardware/gpu.ts';
import { findGpu, type HardwareCatalogue } from './hardware/lookup.ts';
import { commonTargets } from './hardware/survey.ts';
import type { Policy } from './policy/policy.ts';
import { gpusFor, type Selected } from './policy/terms.ts';

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
  deployment: Selected & Pick<Deployment, 'gpuRequest'>,
  policy: Policy,
  hardware: HardwareCatalogue,
): GatedTarget[] {
  const { count, nodes, alternatives = [] } = deployment.gpuRequest;
  const asked = count === null ? null : count.value * nodes;
  const declared = gpusFor(policy, deployment).map((target) => ({ ...target, count: asked ?? target.count }));
  const used = new Set<Target>();
  const own = [deployment.gpuRequest, ...alternatives].flatMap((one): Target[] => {
    const match = one.name === null ? null : findGpu(one.name.value, hardware);
    if (!match || !('gpu' in match)) return [];
    const gpus = one.count === null ? null : one.count.value * nodes;
    const known = declared.find(({ gpu }) => gpu.id === match.gpu.id);
    if (known) used.add(known);
    const unknown = { gpu: match.gpu, visibleBytes: null, takenByOthersBytes: 0, origin: 'config' as const };
    return [{ ...(known ?? unknown), count: gpus ?? known?.count ?? match.count }];
  });
  if (own.length > 0) {
    const once = own.filter((one, index) => own.findIndex((other) => isSame(one, other)) === index);
    const others = declared.filter((target) => !used.has(target));
    return [...once.map((target) => ({ target, gated: true })), ...others.map((target) => ({ target, gated: false }))];
  }
  if (declared.length > 0) return declared.map((target) => ({ target, gated: true }));
  return commonTargets(hardware).map((target) => ({ target: { ...target, count: asked }, gated: false }));
}

function isSame(a: Target, b: Target): boolean {
  return a.gpu.id === b.gpu.id && a.count === b.count;
}
