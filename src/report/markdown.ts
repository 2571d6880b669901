import type { Unsupported } from '../deployment.ts';
import { markdownCode, markdownText } from './escape.ts';
import { headline, plural } from './headline.ts';
import { type Detail, deploymentSection, findingItem } from './markdown-deployment.ts';
import { bullets, folded } from './markdown-table.ts';
import type { DeploymentResult, Report } from './report.ts';
import { BY_GRAVITY, fileFindings, gravest, notCounting, runsOnGpu } from './verdicts.ts';

/** GitHub refuses comments of more than 65,536 characters; the caller adds a marker and links of its own. */
export const COMMENT_LIMIT_BYTES = 60_000;

/** Launches, findings and reasons that are named one by one. */
const MAX_LISTED = 20;
/** Untouched deployments that are named one by one. */
const MAX_CALM = 50;
/** A note is a sentence or two. */
const MAX_NOTE_CHARACTERS = 400;
/** Part of the whole that one list may take: five of them leave a third for the figures. */
const LIST_SHARE = 8;
/** Kept for the sentence that says what was left out. */
const NOTICE_BYTES = 400;

export interface MarkdownOptions {
  /** Address of the run, whose summary holds everything. */
  readonly runUrl?: string | null;
  /** What a reader must know before the figures; plain text. */
  readonly notes?: readonly string[];
}

/** Plain sentences set apart from the report, at most `limit` of them. */
export function quotes(notes: readonly string[], limit = MAX_LISTED): string {
  const more = notes.length > limit ? ['More is said in the log of the run.'] : [];
  return [...notes.slice(0, limit), ...more]
    .map((note) => `> ${markdownText(note, MAX_NOTE_CHARACTERS)}`)
    .join('\n>\n');
}

/**
 * A report for a pull-request comment or a job summary, of at most `limitBytes` bytes of UTF-8 (which is never
 * fewer than characters). What the change touches comes first, the gravest before the others, and keeps most; what is
 * left out is said.
 */
export function renderMarkdown(
  report: Report,
  limitBytes: number = COMMENT_LIMIT_BYTES,
  { runUrl = null, notes = [] }: MarkdownOptions = {},
): string {
  // Lists get a share each, so that no one of them can push the figures out.
  const share = Math.max(0, limitBytes) / LIST_SHARE;
  const before = [title(report), quotes(notes), reasonsPart(report, share)];
  const calm = report.deployments.filter(isCalm);
  const after = [
    calmPart(calm, share),
    unreadPart(report.unsupported, share),
    bullets(fileFindings(report).map(findingItem), MAX_LISTED, share),
    removedPart(report.removed ?? [], share),
    footer(report),
  ];
  const spent = sizeOf([...before, ...after]) + NOTICE_BYTES;
  const ordered = report.deployments.filter((result) => !isCalm(result)).sort((a, b) => rank(a) - rank(b));
  const { sections, notice } = fitted(ordered, limitBytes - spent, runUrl);
  return `${joined([...before, ...sections, notice, ...after])}\n`;
}

/** Nothing to look at: the change leaves it as it was, it fits or runs on no GPU, and no rule minds. */
function isCalm({ comparison, findings, ...result }: DeploymentResult): boolean {
  const minded = findings.some(({ severity }) => severity !== 'info');
  const fine = !runsOnGpu(result) || gravest({ ...result, findings }) === 'fits';
  return comparison?.kind === 'unchanged' && !minded && fine;
}

function rank(result: DeploymentResult): number {
  const untouched = result.comparison?.kind === 'unchanged' ? BY_GRAVITY.length : 0;
  return untouched + BY_GRAVITY.indexOf(gravest(result));
}

function calmPart(results: readonly DeploymentResult[], room: number): string {
  if (results.length === 0) return '';
  const body = bullets(
    results.map((result) => deploymentSection(result, 'line').slice(2)),
    MAX_CALM,
    room,
  );
  return folded(
    `✅ ${plural(results.length, 'deployment')} in the same files stay${results.length === 1 ? 's' : ''} as before`,
    body,
  );
}

function removedPart(removed: readonly DeploymentResult[], room: number): string {
  const items = removed.map(
    ({ deployment: { file, name } }) => `${markdownCode(file)} ${markdownCode(name)} is no longer there`,
  );
  return bullets(items, MAX_LISTED, room);
}

/** As much of every deployment as there is room for: first a line for each, then tables, then the working. */
function fitted(
  results: readonly DeploymentResult[],
  roomBytes: number,
  runUrl: string | null,
): { readonly sections: readonly string[]; readonly notice: string } {
  let room = roomBytes;
  const chosen = new Map<DeploymentResult, { detail: Detail; text: string }>();
  for (const detail of ['line', 'short', 'full'] as const) {
    for (const result of results) {
      const now = chosen.get(result);
      if (detail !== 'line' && !now) continue;
      const text = deploymentSection(result, detail);
      const more = sizeOf([text]) - (now ? sizeOf([now.text]) : 0);
      // Stop at the first that finds no room, so that a graver one never has less than a lighter one.
      if (more > room) break;
      room -= more;
      chosen.set(result, { detail, text });
    }
  }
  const at = (detail: Detail): string[] =>
    results.flatMap((result) => {
      const choice = chosen.get(result);
      return choice?.detail === detail ? [choice.text] : [];
    });
  const [full, short, lines] = [at('full'), at('short'), at('line')];
  const left = [
    short.length > 0 ? `the working of ${plural(short.length, 'deployment')}` : '',
    lines.length > 0 ? `the tables of ${plural(lines.length, 'deployment')}` : '',
    chosen.size < results.length ? `${plural(results.length - chosen.size, 'deployment')} altogether` : '',
  ].filter((part) => part !== '');
  const notice =
    left.length === 0
      ? ''
      : `**Shortened** to stay within GitHub's limit; left out: ${left.join('; ')}. ${everything(runUrl)}`;
  return { sections: [...full, ...short, lines.join('\n')], notice };
}

function everything(runUrl: string | null): string {
  return runUrl === null
    ? '<code>headroom check</code> prints everything.'
    : `The [summary of the run](${runUrl}) has everything.`;
}

function title(report: Report): string {
  return `**${iconOf(report)} ${markdownText(headline(report))}**`;
}

/** A check that passes over something that does not surely fit is no clean bill. */
function iconOf({ conclusion, deployments, unsupported }: Report): string {
  if (conclusion === 'fail') return '❌';
  const doubtful = deployments.some(
    (result) => result.targets.some(({ gated }) => gated) && runsOnGpu(result) && gravest(result) !== 'fits',
  );
  return doubtful || unsupported.length > 0 ? '⚠️' : '✅';
}

/** What failed the check, where it is not the verdict that the headline names. */
function reasonsPart({ conclusion, reasons, deployments }: Report, room: number): string {
  if (conclusion === 'pass' || deployments.some((result) => gravest(result) === 'fails')) return '';
  return `The check fails because of:\n${bullets(
    reasons.map((reason) => markdownText(reason)),
    MAX_LISTED,
    room,
  )}`;
}

function unreadPart(unsupported: readonly Unsupported[], room: number): string {
  if (unsupported.length === 0) return '';
  const items = unsupported.map(
    ({ file, place, name, reason, remedy, waived }) =>
      `${markdownCode(`${file}:${place.line}`)} ${markdownCode(name)}: ${markdownText(reason)} → ${markdownText(remedy)}${waived === undefined ? '' : ` ${markdownText(notCounting(waived))}`}`,
  );
  return `### ❔ Launches that could not be read\n\n${bullets(items, MAX_LISTED, room)}`;
}

function footer({ version, policyPath, failOn, filesRead }: Report): string {
  const policy = policyPath === null ? 'the default policy' : markdownCode(policyPath);
  const gate = failOn.length === 0 ? 'never fails the check' : `fails the check on: ${failOn.join(', ')}`;
  const files = filesRead > 0 ? ` · ${plural(filesRead, 'file')} read` : '';
  return `<sub>Headroom ${markdownText(version)} · ${policy} ${gate}${files} · figures per GPU, of the fullest</sub>`;
}

function joined(parts: readonly string[]): string {
  return parts.filter((part) => part !== '').join('\n\n');
}

/** Bytes of the parts with the blank lines round them. */
function sizeOf(parts: readonly string[]): number {
  const encoder = new TextEncoder();
  return parts.reduce((sum, part) => sum + encoder.encode(part).length + 2, 0);
}
