import type { Workload } from '../engines/engine.ts';
import type { DeploymentResult, Report } from '../report/report.ts';
import { pack } from './shared-values.ts';

/** The launches of a report that a page can recompute, by the place of their deployment in it. */
export interface Launch {
  readonly deployment: number;
  readonly engine: string;
  /** One for each target. */
  readonly workloads: readonly Workload[];
}

/** More targets than this are a survey, which a page only shows. */
const MAX_TARGETS = 12;

/** The launches of a report as JSON. What an override of the model's own config would change cannot be made again in a page. */
export function launchesOf(report: Report): string {
  return JSON.stringify(pack(report.deployments.flatMap(launchOf)));
}

function launchOf({ deployment, targets }: DeploymentResult, index: number): Launch[] {
  const workloads = targets.flatMap(({ workload }) => (workload ? [workload] : []));
  if (workloads.length === 0 || workloads.length > MAX_TARGETS) return [];
  if (workloads.some(({ arguments: args }) => 'hf_overrides' in args)) return [];
  return [{ deployment: index, engine: deployment.engine.id, workloads }];
}
