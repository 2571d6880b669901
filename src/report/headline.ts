import { targetName } from '../hardware/gpu.ts';
import { failureKind } from './compare.ts';
import type { DeploymentResult, Report, TargetResult } from './report.ts';
import { gravest, ownFindings, runsOnGpu, shortfall } from './verdicts.ts';

/** At most this many GPUs are named in a sentence. */
const NAMED_GPUS = 3;

/**
 * The first thing a busy reader needs, in a sentence or two: what does not fit, where, and by how much; else
 * that everything fits. Names GPUs alone, so nothing in it comes from the repository.
 */
export function headline(report: Report): string {
  const { deployments, unsupported, filesRead } = report;
  if (deployments.length === 0) {
    const unread = unreadSentence(unsupported.length);
    return unread === ''
      ? `No serving config found in ${plural(filesRead, 'file')}.`
      : joined([unread, waivedSentence(report)]);
  }
  const gated = deployments.filter(({ targets }) => targets.some((result) => result.gated));
  const sentences = gated.length > 0 ? gatedSentences(gated, deployments.length) : surveySentences(deployments);
  return joined([
    ...sentences,
    nowhereSentence(deployments),
    errorSentence(report),
    unreadSentence(unsupported.length),
    waivedSentence(report),
  ]);
}

function joined(sentences: readonly string[]): string {
  return sentences.filter((sentence) => sentence !== '').join(' ');
}

/** A check that passes over what its own policy fails on must say why in the same breath. */
function waivedSentence({ deployments, unsupported }: Report): string {
  const some =
    deployments.reduce((sum, { waived = [] }) => sum + waived.length, 0) +
    unsupported.filter(({ waived }) => waived !== undefined).length;
  return some === 0
    ? ''
    : `${plural(some, 'finding')} ${verb(some, 'does', 'do')} not count (waived, or in the baseline).`;
}

/** Deployments without a GPU of their own for which no usual one would do: no gate stops them, so the first line must. */
function nowhereSentence(deployments: readonly DeploymentResult[]): string {
  if (deployments.length < 2) return '';
  const lost = deployments.filter(
    ({ targets }) =>
      targets.length > 0 && targets.every(({ gated, estimate }) => !gated && estimate.verdict === 'fails'),
  ).length;
  return lost === 0 ? '' : `${ofAll(lost, deployments.length)} would fail on every common GPU.`;
}

/** Which rules fail the check where every GPU that counts has room. */
function errorSentence({ deployments, conclusion, failOn }: Report): string {
  const gravestOfAll = deployments.flatMap((result) =>
    result.targets.some(({ gated }) => gated) ? [gravest(result)] : [],
  );
  if (conclusion === 'pass' || !failOn.includes('error') || gravestOfAll.includes('fails')) return '';
  const errors = deployments.flatMap((result) => ownFindings(result).filter(({ severity }) => severity === 'error'));
  const names = [...new Set(errors.map(({ rule }) => rule))];
  return names.length === 0 ? '' : `What fails the check: ${list(names)}.`;
}

function gatedSentences(gated: readonly DeploymentResult[], total: number): string[] {
  const by = (verdict: string): DeploymentResult[] => gated.filter((result) => gravest(result) === verdict);
  const sentences = failureSentences(by('fails'), total);
  const degraded = by('degraded').length;
  if (degraded > 0)
    sentences.push(`${ofAll(degraded, total)} ${verb(degraded, 'starts', 'start')} with less than asked for.`);
  const tight = by('tight').length;
  if (tight > 0)
    sentences.push(`${ofAll(tight, total)} ${verb(tight, 'is', 'are')} too close to the limit to be sure.`);
  const unknown = by('unknown').filter(runsOnGpu).length;
  if (unknown > 0) sentences.push(`${ofAll(unknown, total)} cannot be estimated.`);
  const elsewhere = elsewhereSentence(gated, total);
  const mended = gated.filter(isMended).length;
  const again = mended === 0 ? '' : total === 1 ? 'It did not fit before.' : `${mended} of them did not fit before.`;
  if (sentences.length > 0)
    return [
      ...sentences,
      elsewhere,
      mended > 0 ? `${ofAll(mended, total)} did not fit before and now ${verb(mended, 'does', 'do')} better.` : '',
    ];
  const fitting = gated.filter(runsOnGpu);
  if (fitting.length === 0) return [elsewhere];
  const gpus = fitting.flatMap(({ targets }) =>
    targets.filter((one) => one.gated).map(({ target }) => targetName(target)),
  );
  const all =
    fitting.length < total ? ofAll(fitting.length, total) : total === 1 ? 'The deployment' : `All ${total} deployments`;
  return [`${all} ${verb(fitting.length, 'fits', 'fit')} on ${list([...new Set(gpus)])}.`, again, elsewhere];
}

/** Launches on a CPU, a TPU or another accelerator: nothing is missing, and nothing is judged. */
function elsewhereSentence(deployments: readonly DeploymentResult[], total: number): string {
  const some = deployments.filter((result) => !runsOnGpu(result)).length;
  return some === 0
    ? ''
    : `${ofAll(some, total)} ${verb(some, 'runs', 'run')} on no GPU and ${verb(some, 'is', 'are')} not judged.`;
}

function isMended(result: DeploymentResult): boolean {
  const before = result.comparison?.before;
  return before !== null && before !== undefined && gravest(before) === 'fails' && gravest(result) !== 'fails';
}

/** Failures by how they stand to the base: what a change breaks comes first, what was broken before last. */
function failureSentences(failing: readonly DeploymentResult[], total: number): string[] {
  const kindOf = (result: DeploymentResult): FailureKind => {
    const kinds = failedTargets(result).map((one) => failureKind(result, one));
    return FAILURE_KINDS.find((kind) => kinds.includes(kind)) ?? 'first';
  };
  return FAILURE_KINDS.flatMap((kind) => {
    const own = failing.filter((result) => kindOf(result) === kind);
    if (own.length === 0) return [];
    const { gpus, worst } = failuresOf(own, kind);
    const detail = worst === null ? '' : `: ${own.length === 1 && gpus.length === 1 ? '' : 'at worst '}${worst}`;
    return [`${ofAll(own.length, total)} ${phrase(kind, own.length)} on ${list(gpus)}${detail}.`];
  });
}

type FailureKind = ReturnType<typeof failureKind>;
const FAILURE_KINDS: readonly FailureKind[] = ['new', 'first', 'still'];

function phrase(kind: FailureKind, subjects: number): string {
  const does = verb(subjects, 'does', 'do');
  if (kind === 'new') return `no longer ${verb(subjects, 'fits', 'fit')}`;
  return kind === 'still' ? `still ${does} not fit` : `${does} not fit`;
}

function failedTargets({ targets }: DeploymentResult): readonly TargetResult[] {
  return targets.filter(({ gated, estimate }) => gated && estimate.verdict === 'fails');
}

function failuresOf(
  failing: readonly DeploymentResult[],
  kind: FailureKind,
): { readonly gpus: readonly string[]; readonly worst: string | null } {
  const gpus = new Set<string>();
  let worst: { readonly text: string; readonly bytes: number } | null = null;
  for (const result of failing) {
    for (const failed of failedTargets(result)) {
      if (failureKind(result, failed) !== kind) continue;
      gpus.add(targetName(failed.target));
      const short = shortfall(failed.estimate);
      if (short && (worst === null || short.bytes > worst.bytes)) worst = short;
    }
  }
  return { gpus: [...gpus], worst: worst?.text ?? null };
}

function surveySentences(deployments: readonly DeploymentResult[]): string[] {
  const [only, ...others] = deployments;
  const total = deployments.length;
  const elsewhere = elsewhereSentence(deployments, total);
  if (only && others.length === 0) {
    if (elsewhere !== '') return [elsewhere];
    const fitting = only.targets.filter(({ estimate }) => estimate.verdict === 'fits').length;
    if (gravest(only) === 'unknown' && fitting === 0) return ['The deployment cannot be estimated.'];
    return [`The deployment fits on ${fitting} of ${plural(only.targets.length, 'GPU')} shown for information.`];
  }
  const unknown = deployments.filter((result) => runsOnGpu(result) && isUnknown(result)).length;
  return [
    `No GPU is declared: ${plural(total, 'deployment')} shown on common GPUs for information.`,
    unknown === 0 ? '' : `${ofAll(unknown, total)} cannot be estimated.`,
    elsewhere,
  ];
}

/** Whether nothing can be said of a deployment on any of its GPUs. */
export function isUnknown({ targets }: DeploymentResult): boolean {
  return targets.every(({ estimate }) => estimate.verdict === 'unknown');
}

function unreadSentence(launches: number): string {
  if (launches === 0) return '';
  return `${plural(launches, 'launch', 'launches')} could not be read.`;
}

function ofAll(some: number, total: number): string {
  return total === 1 ? 'The deployment' : `${some} of ${total} deployments`;
}

function verb(subjects: number, one: string, many: string): string {
  return subjects === 1 ? one : many;
}

/** `1 file`, `12 files` */
export function plural(amount: number, one: string, many = `${one}s`): string {
  return `${amount} ${amount === 1 ? one : many}`;
}

/** `a`, `a and b`, `a, b, c and 4 more` */
function list(names: readonly string[]): string {
  const shown = names.slice(0, NAMED_GPUS);
  const rest = names.length - shown.length;
  const parts = rest > 0 ? [...shown, `${rest} more`] : shown;
  const last = parts.at(-1) ?? '';
  return parts.length > 1 ? `${parts.slice(0, -1).join(', ')} and ${last}` : last;
}
