import type { Argument, ArgumentValue, Deployment } from '../deployment.ts';
import type { Estimate } from '../estimate.ts';
import type { Finding } from '../finding.ts';
import { gpuOfId, type HardwareCatalogue } from '../hardware/lookup.ts';
import type { Place } from '../text.ts';
import type { DeploymentResult, Report, TargetResult } from './report.ts';
import { type ReportDocument, reportSchema } from './schema.ts';

type LaunchDocument = ReportDocument['removed'][number];
type TargetDocument = LaunchDocument['targets'][number];
type FindingDocument = ReportDocument['findings'][number];

/** More than any pull request has; an artifact of a fork may hold anything. */
const MAX_DEPLOYMENTS = 2_000;
const MAX_TARGETS = 200;

/**
 * A report from its published JSON, to be rendered again: places have lines and no ranges, edits are not taken over, and
 * nothing in it may be trusted but to have this shape.
 */
export function readReport(text: string, hardware: HardwareCatalogue): Report | { readonly problem: string } {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { problem: 'it is no JSON' };
  }
  const parsed = reportSchema.safeParse(value);
  if (!parsed.success) {
    const [first] = parsed.error.issues;
    return {
      problem: `it is no report of this version of Headroom (${first?.path.join('.') ?? ''}: ${first?.code ?? ''})`,
    };
  }
  const document = parsed.data;
  if (document.deployments.length + document.removed.length > MAX_DEPLOYMENTS) return { problem: 'it is too large' };
  const launches = [...document.deployments, ...document.removed];
  const strange = launches.flatMap(({ targets }) => targets).find(({ gpu }) => gpuOfId(gpu, hardware) === null);
  if (strange) return { problem: 'it names a GPU that the catalogue does not have' };
  if (launches.some(({ targets }) => targets.length > MAX_TARGETS)) return { problem: 'it is too large' };
  return {
    version: document.version,
    conclusion: document.conclusion,
    reasons: document.reasons,
    failOn: document.failOn,
    policyPath: document.policy,
    filesRead: document.filesRead,
    commits: document.commits,
    deployments: document.deployments.map((one) => ({
      ...resultOf(one, hardware),
      findings: one.findings.map((finding) => findingOf(finding, one.name)),
      waived: one.waived.map(({ finding, why }) => ({ finding: findingOf(finding, one.name), why })),
      recommendation: one.recommendation && {
        ...one.recommendation,
        changes: one.recommendation.changes.map((change) => ({ ...change, edits: [] })),
      },
      ...(one.change === null
        ? {}
        : { comparison: { kind: one.change, before: one.before && resultOf(one.before, hardware) } }),
    })),
    removed: document.removed.map((one) => resultOf(one, hardware)),
    unsupported: document.unsupported.map(({ line, waived, ...one }) => ({
      ...one,
      place: placeOf(one.file, line),
      ...(waived === null ? {} : { waived }),
    })),
    findings: document.findings.map((finding) => findingOf(finding, null)),
  };
}

function resultOf(launch: LaunchDocument, hardware: HardwareCatalogue): DeploymentResult {
  const { file, line, format, name, engine, device, model, modelSource, targets } = launch;
  const place = placeOf(file, line);
  const deployment: Deployment = {
    file,
    line,
    format,
    name,
    engine: { id: engine.name, version: engine.version, versionSource: engine.versionSource, versionPlace: null },
    device,
    model: model === null ? null : { value: model, place },
    arguments: new Map(Object.entries(launch.arguments).map(([key, value]) => [key, argumentOf(key, value, place)])),
    unresolved: [],
    problems: [],
    environment: new Map(),
    gpuRequest: { name: null, count: null, nodes: 1 },
    site: null,
  };
  const read = targets.flatMap((target) => targetOf(target, hardware));
  return { deployment, modelSource, targets: read, findings: [], recommendation: null };
}

function argumentOf(name: string, value: ArgumentValue, place: Place): Argument {
  return { name, value, place, source: 'config' };
}

function targetOf(document: TargetDocument, hardware: HardwareCatalogue): TargetResult[] {
  const gpu = gpuOfId(document.gpu, hardware);
  if (!gpu) return [];
  const estimate: Estimate = {
    verdict: document.verdict,
    stage: document.stage,
    message: document.message,
    quotesEngine: document.quotesEngine,
    memory: document.memory,
    working: document.working,
    effective: document.effective,
    gpusNeeded: document.gpusNeeded,
    notes: document.notes,
  };
  const target = { gpu, count: document.count, visibleBytes: null, takenByOthersBytes: 0, origin: document.origin };
  return [{ target, estimate, gated: document.gated, window: document.window }];
}

function findingOf(
  { rule, severity, file, line, message, remedy }: FindingDocument,
  deployment: string | null,
): Finding {
  return { rule, severity, deployment, place: placeOf(file, line), message, remedy };
}

function placeOf(file: string, line: number): Place {
  return { file, start: 0, end: 0, line };
}
