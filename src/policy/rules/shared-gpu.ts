import { gib } from '../../bytes.ts';
import type { Deployment } from '../../deployment.ts';
import type { Finding } from '../../finding.ts';
import { targetName } from '../../hardware/gpu.ts';
import type { Recommendation } from '../../recommendation.ts';
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
  for (const { device, group } of sharedGpus(results)) {
    const message = overfull(group, device);
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

/** Launches of one file that start on one GPU of their host, two or more together. */
function sharedGpus(
  results: readonly DeploymentResult[],
): readonly { readonly device: string; readonly group: readonly DeploymentResult[] }[] {
  const groups = new Map<string, { device: string; group: DeploymentResult[] }>();
  for (const result of results) {
    for (const device of devicesOf(result)) {
      const key = JSON.stringify([result.deployment.file, device]);
      const known = groups.get(key) ?? { device, group: [] };
      groups.set(key, known);
      known.group.push(result);
    }
  }
  return [...groups.values()]
    .flatMap(({ device, group }) => startedTogether(group).map((together) => ({ device, group: together })))
    .filter(({ group }) => group.length > 1);
}

/** Parts of a group that one start brings up: what always starts, with what each profile of Compose adds. */
function startedTogether(group: readonly DeploymentResult[]): readonly (readonly DeploymentResult[])[] {
  const profiles = new Set(group.flatMap(profilesOf));
  if (profiles.size === 0) return [group];
  return [...profiles].map((profile) =>
    group.filter((result) => {
      const own = profilesOf(result);
      return own.length === 0 || own.includes(profile);
    }),
  );
}

function profilesOf({ deployment }: DeploymentResult): readonly string[] {
  const written = deployment.format === 'docker-compose' ? deployment.labels?.get('profiles') : undefined;
  return written?.split(',') ?? [];
}

/**
 * The recommendations that would leave no room for others on the same GPU, with that said: each was looked for as if it
 * were alone.
 */
export function crowdedAdvice(results: readonly DeploymentResult[]): ReadonlyMap<DeploymentResult, Recommendation> {
  const advice = new Map<DeploymentResult, Recommendation>();
  for (const { device, group } of sharedGpus(results)) {
    for (const result of group) {
      const { recommendation } = result;
      const total = result.targets.find(({ gated }) => gated)?.estimate.memory?.totalBytes.value;
      if (!recommendation?.fits || recommendation.peakBytes === undefined || total === undefined) continue;
      const others = group.filter((one) => one !== result);
      const taken = others.reduce((sum, one) => sum + peakOf(one), 0);
      const wanted = recommendation.peakBytes + taken;
      if (wanted <= total) continue;
      const names = others.map(({ deployment }) => deployment.name).join(', ');
      const caution = `But GPU ${device} is shared with ${names}: together they would want ${gib(wanted)} of ${gib(total)}, so their shares must come down first.`;
      advice.set(result, { ...recommendation, caution, summary: `${recommendation.summary} ${caution}` });
    }
  }
  return advice;
}

function peakOf({ targets }: DeploymentResult): number {
  return targets.find(({ gated }) => gated)?.estimate.memory?.peakBytes.value ?? 0;
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
