import { gib } from '../../bytes.ts';
import type { Deployment } from '../../deployment.ts';
import type { Finding } from '../../finding.ts';
import { targetName } from '../../hardware/gpu.ts';
import type { DeploymentResult, TargetResult } from '../../report/report.ts';
import type { Policy } from '../policy.ts';
import { severityOf, sharedGpuOverfull } from './index.ts';
import { argumentPlace } from './place.ts';

/** Variables by which a launch is bound to GPUs of its host, the innermost first. */
const DEVICE_VARIABLES = [
  'CUDA_VISIBLE_DEVICES',
  'NVIDIA_VISIBLE_DEVICES',
  'HIP_VISIBLE_DEVICES',
  'ROCR_VISIBLE_DEVICES',
];

/** Findings by deployment, for those that share a GPU of their host with others of their file and do not fit together. */
export function sharedGpuFindings(
  results: readonly DeploymentResult[],
  policy: Policy,
): ReadonlyMap<DeploymentResult, Finding> {
  const found = new Map<DeploymentResult, Finding>();
  const severity = severityOf(sharedGpuOverfull.id, sharedGpuOverfull.severity, policy);
  if (severity === 'off') return found;
  const groups = new Map<string, DeploymentResult[]>();
  for (const result of results) {
    for (const device of devicesOf(result)) {
      const key = JSON.stringify([result.deployment.file, device]);
      groups.set(key, [...(groups.get(key) ?? []), result]);
    }
  }
  for (const [key, group] of groups) {
    const message = overfull(group, (JSON.parse(key) as [string, string])[1]);
    if (message === null) continue;
    for (const result of group) {
      const { deployment } = result;
      const argument = result.targets[0]?.window?.argument ?? '';
      found.set(result, {
        rule: sharedGpuOverfull.id,
        severity,
        deployment: deployment.name,
        place: argumentPlace(deployment, argument),
        message,
        remedy: sharedGpuOverfull.remedy,
      });
    }
  }
  return found;
}

/** The GPUs that a launch is bound to by name. Where the matrix has one GPU, everything of a host is on it. */
function devicesOf({ deployment, targets }: DeploymentResult): readonly string[] {
  const written = boundTo(deployment);
  if (written !== null) return written;
  const counted = targets.filter(({ gated }) => gated);
  const single = counted.length > 0 && counted.every(({ target }) => target.count === 1 && target.origin === 'matrix');
  // Pods are placed one by one; services of one compose file start on one host.
  return single && deployment.format === 'docker-compose' ? ['0'] : [];
}

function boundTo({ environment, gpuRequest }: Deployment): readonly string[] | null {
  const { devices } = gpuRequest;
  if (devices !== undefined) return devices;
  const set = DEVICE_VARIABLES.flatMap((name) => environment.get(name)?.value ?? []);
  const [first] = set.filter((value) => /^\s*\d{1,3}(?:\s*,\s*\d{1,3})*\s*$/.test(value));
  return first === undefined ? null : first.split(',').map((device) => device.trim());
}

/** What is wrong when all start together, or null: on every GPU that they are judged on alike. */
function overfull(group: readonly DeploymentResult[], device: string): string | null {
  if (group.length < 2) return null;
  const [first] = group;
  for (const { target } of first?.targets ?? []) {
    const beside = group.map(({ targets }) => targets.find((one) => one.target.gpu.id === target.gpu.id));
    const known = beside.filter((one): one is TargetResult => Boolean(one?.estimate.memory));
    if (known.length < group.length) continue;
    const wanted = known.reduce((sum, { estimate }) => sum + (estimate.memory?.peakBytes.low ?? 0), 0);
    const total = known[0]?.estimate.memory?.totalBytes.high ?? Infinity;
    if (wanted <= total) continue;
    const names = group.map(({ deployment }) => deployment.name).join(', ');
    return `${names} start on GPU ${device}: together they want ${gib(wanted)} of the ${gib(total)} of ${targetName({ ...target, count: null })}.`;
  }
  return null;
}
