import type { Unsupported } from './deployment.ts';
import { engines } from './engines/index.ts';
import { evaluate, type EvaluateContext, type EvaluateSources, modelFinder } from './evaluate.ts';
import type { Finding, Waived } from './finding.ts';
import { editArgument, extractAll } from './formats/index.ts';
import { versionFinder } from './formats/version/beside.ts';
import type { HardwareCatalogue } from './hardware/lookup.ts';
import type { ModelCatalogue } from './models/catalogue.ts';
import { conclude } from './policy/conclude.ts';
import { isChecked } from './policy/paths.ts';
import type { Policy } from './policy/policy.ts';
import { byGravity, judgeUnsupported } from './policy/rules/index.ts';
import { crowdedAdvice, sharedGpuFindings } from './policy/rules/shared-gpu.ts';
import { expiredWaivers, sift } from './policy/waivers.ts';
import type { DeploymentResult, Report } from './report/report.ts';
import { targetsOf } from './targets.ts';
import type { SourceFile } from './text.ts';

/** All that a check depends on; the edges gather it. */
export interface CheckInput extends Pick<EvaluateSources, 'facts' | 'hub' | 'today'> {
  /** Candidate files. What is not a serving config is passed over. */
  readonly files: readonly SourceFile[];
  /** Any other file of the repository (config.json of a model, an `.env`, a Dockerfile), or null. */
  read(path: string): SourceFile | null;
  /** Names of the files in a folder of the repository (`''` is the root), without those of the folders in it. */
  list(folder: string): readonly string[];
  readonly policy: Policy;
  readonly hardware: HardwareCatalogue;
  readonly models: ModelCatalogue;
  /** Whether the report says what each estimate was made of, for who estimates it otherwise: it holds many models then. */
  readonly withWorkloads?: boolean;
  /** Headroom's own version, for the report. */
  readonly version: string;
}

/** Launches that could not be read, with why one does not count where a waiver or the baseline takes it out. */
function withWaived(unsupported: readonly Unsupported[], waived: readonly Waived[]): readonly Unsupported[] {
  const reasons = new Map(
    waived.map(({ finding: { place, deployment }, why }) => [`${place.file}:${place.start} ${deployment}`, why]),
  );
  return unsupported.map((one) => {
    const why = reasons.get(`${one.place.file}:${one.place.start} ${one.name}`);
    return why === undefined ? one : { ...one, waived: why };
  });
}

/** The results with what is wrong between deployments that share a GPU. */
function togetherOn(
  results: readonly DeploymentResult[],
  policy: Policy,
  today: string | null,
): readonly DeploymentResult[] {
  const shared = sharedGpuFindings(results, policy);
  const advice = crowdedAdvice(results);
  return results.map((result) => {
    const finding = shared.get(result);
    const recommendation = advice.get(result) ?? result.recommendation;
    if (!finding) return recommendation === result.recommendation ? result : { ...result, recommendation };
    const { findings, waived } = sift([finding], policy, today);
    return {
      ...result,
      recommendation,
      findings: [...result.findings, ...findings].toSorted(byGravity),
      waived: [...(result.waived ?? []), ...waived],
    };
  });
}

function withoutWorkloads(result: DeploymentResult): DeploymentResult {
  const { targets } = result;
  return {
    ...result,
    targets: targets.map(({ target, estimate, gated, window = null }) => ({ target, estimate, gated, window })),
  };
}

/** The repository with every file read once and every folder listed once: what readers make of a file they keep with the file itself. */
function remembering({ files, read, list }: CheckInput): Pick<CheckInput, 'read' | 'list'> {
  return {
    read: once(read, new Map(files.map((file) => [file.path, file]))),
    list: once(list, new Map()),
  };
}

function once<T>(ask: (path: string) => T, known: Map<string, T>): (path: string) => T {
  return (path) => {
    const answer = known.get(path);
    if (answer !== undefined) return answer;
    const found = ask(path);
    known.set(path, found);
    return found;
  };
}

/** The whole job: texts, policy and catalogues in, the report out. Pure, so the same input gives the same report. */
export function check(input: CheckInput): Report {
  const { policy, hardware } = input;
  const files = input.files.filter(({ path }) => isChecked(path, policy));
  const repository = remembering(input);
  const reading = { engines, ...repository };
  const { deployments, unsupported } = extractAll(files, reading);
  const byPath = new Map(files.map((file) => [file.path, file]));
  const context: EvaluateContext = {
    ...input,
    ...repository,
    engines,
    findModel: modelFinder({ ...input, ...repository }),
    edit: (deployment, argument, value) => editArgument(deployment, argument, value, reading, byPath),
  };
  const findVersion = versionFinder(repository);
  const alone = deployments.map((written) => {
    const engine = engines.find(({ id }) => id === written.engine.id);
    const deployment = engine ? findVersion(written, engine) : written;
    const result = evaluate(deployment, targetsOf(deployment, policy, hardware), context);
    return input.withWorkloads === true ? result : withoutWorkloads(result);
  });
  const results = togetherOn(alone, policy, input.today ?? null);
  const unread = unsupported.map((one) => judgeUnsupported(one, policy)).filter((one): one is Finding => one !== null);
  const { findings: counted, waived } = sift(unread, policy, input.today ?? null);
  // That a waiver is over is not waived in its turn: what no output lists must not be taken out.
  const findings = [...counted, ...expiredWaivers(policy, input.today ?? null)];
  const open = withWaived(unsupported, waived);
  return {
    version: input.version,
    deployments: results,
    unsupported: open,
    findings,
    policyPath: policy.path,
    failOn: policy.failOn,
    filesRead: files.length,
    ...conclude(results, open, findings, policy.failOn),
  };
}
