import type { Unsupported } from '../deployment.ts';
import type { Finding } from '../finding.ts';
import type { Recommendation } from '../recommendation.ts';
import { jsonPieces } from './escape.ts';
import type { DeploymentResult, Report, TargetResult } from './report.ts';
import { type ReportDocument, SCHEMA_VERSION } from './schema.ts';

type DeploymentDocument = ReportDocument['deployments'][number];
type LaunchDocument = ReportDocument['removed'][number];
type TargetDocument = DeploymentDocument['targets'][number];

/** The published JSON of a report, as a value. */
export function documentOf(report: Report): ReportDocument {
  return {
    schemaVersion: SCHEMA_VERSION,
    version: report.version,
    conclusion: report.conclusion,
    reasons: [...report.reasons],
    failOn: [...report.failOn],
    policy: report.policyPath,
    filesRead: report.filesRead,
    deployments: report.deployments.map(deploymentDocument),
    unsupported: report.unsupported.map(unsupportedDocument),
    findings: report.findings.map(findingDocument),
    commits: report.commits ?? null,
    removed: (report.removed ?? []).map(launchDocument),
  };
}

/** The published JSON of a report, as text that ends in a newline. */
export function renderJson(report: Report): string {
  return [...jsonOf(report)].join('');
}

/** The same in pieces: no more than one deployment is a document at a time. */
export function jsonOf(report: Report): Iterable<string> {
  return jsonPieces({
    ...documentOf({ ...report, deployments: [], removed: [] }),
    deployments: each(report.deployments, deploymentDocument),
    removed: each(report.removed ?? [], launchDocument),
  });
}

function* each<T, U>(items: Iterable<T>, make: (item: T) => U): Generator<U> {
  for (const item of items) yield make(item);
}

function deploymentDocument(result: DeploymentResult): DeploymentDocument {
  return {
    ...launchDocument(result),
    findings: result.findings.map(findingDocument),
    waived: (result.waived ?? []).map(({ finding, why }) => ({ finding: findingDocument(finding), why })),
    recommendation: result.recommendation && recommendationDocument(result.recommendation),
    change: result.comparison?.kind ?? null,
    before: result.comparison?.before ? launchDocument(result.comparison.before) : null,
  };
}

function launchDocument({ deployment, modelSource, targets }: DeploymentResult): LaunchDocument {
  const args = [...deployment.arguments].map(([name, argument]) => [name, argument.value] as const);
  return {
    file: deployment.file,
    line: deployment.line,
    format: deployment.format,
    name: deployment.name,
    engine: {
      name: deployment.engine.id,
      version: deployment.engine.version,
      versionSource: deployment.engine.versionSource,
    },
    device: deployment.device,
    model: deployment.model?.value ?? null,
    modelSource,
    arguments: Object.fromEntries(args),
    targets: targets.map(targetDocument),
  };
}

function targetDocument({ target, estimate, gated, window }: TargetResult): TargetDocument {
  return {
    gpu: target.gpu.id,
    count: target.count,
    gpusNeeded: estimate.gpusNeeded,
    origin: target.origin,
    gated,
    verdict: estimate.verdict,
    stage: estimate.stage,
    quotesEngine: estimate.quotesEngine,
    message: estimate.message,
    memory: estimate.memory,
    working: estimate.working,
    effective: estimate.effective,
    notes: [...estimate.notes],
    window: window ?? null,
  };
}

function recommendationDocument(recommendation: Recommendation): NonNullable<DeploymentDocument['recommendation']> {
  return {
    fits: recommendation.fits,
    summary: recommendation.summary,
    changes: recommendation.changes.map((change) => ({ ...change, edits: [...change.edits] })),
    alternatives: (recommendation.alternatives ?? []).map((one) => ({ ...one, changes: [...one.changes] })),
  };
}

function unsupportedDocument({
  file,
  format,
  name,
  reason,
  remedy,
  place,
  waived,
}: Unsupported): ReportDocument['unsupported'][number] {
  return { file, line: place.line, format, name, reason, remedy, waived: waived ?? null };
}

function findingDocument({ rule, severity, place, message, remedy }: Finding): ReportDocument['findings'][number] {
  return { rule, severity, file: place.file, line: place.line, message, remedy };
}
