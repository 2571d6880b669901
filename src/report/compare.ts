import { targetName } from '../hardware/gpu.ts';
import type { Comparison, DeploymentResult, Report, TargetResult } from './report.ts';

/**
 * The report of the head with what the base made of each deployment. Deployments are matched by file, format and
 * name, never by line; one that alone is left over on both sides of a file was given another name.
 * @param renames path at the head → path at the base, of renamed files.
 */
export function compareReports(head: Report, base: Report, renames: ReadonlyMap<string, string>): Report {
  const left = new Map(base.deployments.map((result) => [keyOf(result, result.deployment.file), result]));
  const matches = new Map<DeploymentResult, DeploymentResult>();
  const pathBefore = (result: DeploymentResult): string =>
    renames.get(result.deployment.file) ?? result.deployment.file;
  for (const result of head.deployments) {
    const key = keyOf(result, pathBefore(result));
    const before = left.get(key);
    if (!before) continue;
    left.delete(key);
    matches.set(result, before);
  }
  const open = head.deployments.filter((result) => !matches.has(result));
  for (const result of open) {
    const place = `${pathBefore(result)}\n${result.deployment.format}`;
    const rivals = open.filter((one) => `${pathBefore(one)}\n${one.deployment.format}` === place);
    const own = [...left].filter(([, { deployment }]) => `${deployment.file}\n${deployment.format}` === place);
    const [only] = own;
    if (!only || own.length > 1 || rivals.length > 1) continue;
    left.delete(only[0]);
    matches.set(result, only[1]);
  }
  return {
    ...head,
    deployments: head.deployments.map((result) => ({ ...result, comparison: comparisonOf(result, matches) })),
    removed: [...left.values()],
  };
}

function comparisonOf(result: DeploymentResult, matches: ReadonlyMap<DeploymentResult, DeploymentResult>): Comparison {
  const before = matches.get(result) ?? null;
  if (before === null) return { kind: 'added', before };
  return { kind: essence(result) === essence(before) ? 'unchanged' : 'changed', before };
}

function keyOf({ deployment: { format, name } }: DeploymentResult, file: string): string {
  return JSON.stringify([file, format, name]);
}

/** All that a reviewer would call a change: not lines, ranges or edits. */
function essence({ deployment, modelSource, targets, findings }: DeploymentResult): string {
  const { engine, model, device, unresolved } = deployment;
  return JSON.stringify([
    deployment.name,
    [engine.id, engine.version, engine.versionSource, device, model?.value, modelSource],
    sorted([...deployment.arguments].map(([name, { value }]) => [name, value])),
    sorted([...deployment.environment].map(([name, { value }]) => [name, value])),
    unresolved.map(({ name, text }) => [name, text]),
    targets.map(({ target, gated, estimate }) => {
      const { verdict, stage, message, memory, notes } = estimate;
      return [targetName(target), gated, verdict, stage, message, memory, notes];
    }),
    findings.map(({ rule, severity, message }) => [rule, severity, message]),
  ]);
}

function sorted(entries: readonly (readonly [string, unknown])[]): unknown {
  return entries.toSorted(([a], [b]) => (a < b ? -1 : 1));
}

/** What the base made of a target: the one of the same name, or the only one of the same kind of GPU (its count changed). */
export function targetBefore({ comparison }: DeploymentResult, { target }: TargetResult): TargetResult | null {
  const all = comparison?.before?.targets ?? [];
  const same = all.find((one) => targetName(one.target) === targetName(target));
  if (same) return same;
  const kin = all.filter((one) => one.target.gpu.id === target.gpu.id);
  return kin.length === 1 ? (kin[0] ?? null) : null;
}

/** How failing on a target stands to the base: it did not before, it did, or there is no before. */
export function failureKind(result: DeploymentResult, target: TargetResult): 'new' | 'still' | 'first' {
  const before = targetBefore(result, target);
  if (before === null) return 'first';
  return before.estimate.verdict === 'fails' ? 'still' : 'new';
}
