import { targetName } from '../hardware/gpu.ts';
import type { DeploymentResult, Report } from './report.ts';
import { gravest, shortfall } from './verdicts.ts';

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
    return unread === '' ? `No serving config found in ${plural(filesRead, 'file')}.` : unread;
  }
  const gated = deployments.filter(({ targets }) => targets.some((result) => result.gated));
  const sentences = gated.length > 0 ? gatedSentences(gated, deployments.length) : surveySentences(deployments);
  return [...sentences, unreadSentence(unsupported.length)].filter((sentence) => sentence !== '').join(' ');
}

function gatedSentences(gated: readonly DeploymentResult[], total: number): string[] {
  const by = (verdict: string): DeploymentResult[] => gated.filter((result) => gravest(result) === verdict);
  const failing = by('fails');
  const sentences: string[] = [];
  if (failing.length > 0) {
    const { gpus, worst } = failuresOf(failing);
    const detail = worst === null ? '' : `: ${failing.length === 1 && gpus.length === 1 ? '' : 'at worst '}${worst}`;
    sentences.push(
      `${ofAll(failing.length, total)} ${failing.length === 1 ? 'does' : 'do'} not fit on ${list(gpus)}${detail}.`,
    );
  }
  const degraded = by('degraded').length;
  if (degraded > 0)
    sentences.push(`${ofAll(degraded, total)} ${verb(degraded, 'starts', 'start')} with less than asked for.`);
  const tight = by('tight').length;
  if (tight > 0)
    sentences.push(`${ofAll(tight, total)} ${verb(tight, 'is', 'are')} too close to the limit to be sure.`);
  const unknown = by('unknown').length;
  if (unknown > 0) sentences.push(`${ofAll(unknown, total)} cannot be estimated.`);
  if (sentences.length > 0) return sentences;
  const gpus = gated.flatMap(({ targets }) =>
    targets.filter((one) => one.gated).map(({ target }) => targetName(target)),
  );
  const all =
    gated.length < total ? ofAll(gated.length, total) : total === 1 ? 'The deployment' : `All ${total} deployments`;
  return [`${all} ${verb(gated.length, 'fits', 'fit')} on ${list([...new Set(gpus)])}.`];
}

function failuresOf(failing: readonly DeploymentResult[]): {
  readonly gpus: readonly string[];
  readonly worst: string | null;
} {
  const gpus = new Set<string>();
  let worst: { readonly text: string; readonly bytes: number } | null = null;
  for (const { target, estimate, gated } of failing.flatMap(({ targets }) => targets)) {
    if (!gated || estimate.verdict !== 'fails') continue;
    gpus.add(targetName(target));
    const short = shortfall(estimate);
    if (short && (worst === null || short.bytes > worst.bytes)) worst = short;
  }
  return { gpus: [...gpus], worst: worst?.text ?? null };
}

function surveySentences(deployments: readonly DeploymentResult[]): string[] {
  const [only, ...others] = deployments;
  if (only && others.length === 0) {
    const fitting = only.targets.filter(({ estimate }) => estimate.verdict === 'fits').length;
    if (gravest(only) === 'unknown' && fitting === 0) return ['The deployment cannot be estimated.'];
    return [`The deployment fits on ${fitting} of ${plural(only.targets.length, 'GPU')} shown for information.`];
  }
  return [`No GPU is declared: ${plural(deployments.length, 'deployment')} shown on common GPUs for information.`];
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
