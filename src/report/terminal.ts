import { gib } from '../bytes.ts';
import type { Finding } from '../finding.ts';
import { targetName } from '../hardware/gpu.ts';
import type { Alternative } from '../recommendation.ts';
import { wrap } from './columns.ts';
import { logSafe, MAX_NAME_CHARACTERS, terminalText } from './escape.ts';
import { argumentText } from './figures.ts';
import { headline, isUnknown } from './headline.ts';
import { type Paint, painter, SEVERITY_STYLES, VERDICT_STYLES } from './paint.ts';
import type { DeploymentResult, Report } from './report.ts';
import { bySpace, hanging, openLines, quietLines, someOf, whereOf } from './terminal-short.ts';
import { bars, breakdown, capacity, survey } from './terminal-tables.ts';
import {
  engineTitle,
  explanations,
  factsOf,
  fileFindings,
  NOT_JUDGED,
  notesOf,
  ownFindings,
  remedies,
  runsOnGpu,
  versionIsTold,
  waivedText,
} from './verdicts.ts';

/** More targets than this make a survey: a line each. */
const MAX_BREAKDOWN_TARGETS = 12;
/** More windows than this are for the JSON. */
const MAX_WINDOWS = 4;
/** Lines of text longer than this are hard to follow; tables take what there is. */
const MAX_PROSE_WIDTH = 120;
const INDENT = '  ';

export interface TerminalOptions {
  readonly colour: boolean;
  /** Every deployment whole, however many there are. */
  readonly verbose?: boolean;
  /** Characters per line. Names and engine messages are wrapped or left whole; nothing is cut. */
  readonly width: number;
}

/** A report for a person at a terminal or in a job's log; ends in a newline. */
export function renderTerminal(report: Report, options: TerminalOptions): string {
  const paint = painter(options.colour);
  const { deployments } = report;
  const { whole, quiet, open } = bySpace(deployments, options.verbose === true);
  const prose = Math.min(options.width, MAX_PROSE_WIDTH);
  const blocks = [
    ...whole.map((result) => deploymentLines(result, options.width, paint)),
    openLines(open, prose, paint),
    quietLines(quiet, prose, paint),
    unreadLines(report, prose, paint),
    findingLines(fileFindings(report), prose, paint),
    closingLines(report, prose, paint),
  ];
  const text = blocks
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n');
  return `${logSafe(text)}\n`;
}

function deploymentLines(result: DeploymentResult, fullWidth: number, paint: Paint): string[] {
  const full = fullWidth - INDENT.length;
  const inner = Math.min(full, MAX_PROSE_WIDTH - INDENT.length);
  const { targets } = result;
  const known = targets.filter(({ estimate }) => estimate.memory !== null);
  const counted = known.some(({ gated }) => gated) ? known.filter(({ gated }) => gated) : known;
  const tables =
    targets.length > MAX_BREAKDOWN_TARGETS
      ? [known.length > 0 ? survey(targets, paint) : []]
      : [
          known.length > 0 ? breakdown(targets, full, paint) : [],
          counted.length <= 4 ? bars(counted, inner) : [],
          capacity(counted, full, paint),
        ];
  const sections = [
    ...tables,
    explanationLines(result, inner, paint),
    windowLines(result, inner),
    recommendationLines(result, inner, paint),
    findingLines(ownFindings(result), inner, paint),
    waivedLines(result, inner),
    notesOf(result).flatMap((note) => hanging('Note: ', terminalText(note), inner)),
  ].filter((lines) => lines.length > 0);
  return [
    ...headerLines(result, inner, paint),
    ...sections.flatMap((lines) => ['', ...lines.map((line) => (line === '' ? '' : INDENT + line))]),
  ];
}

function headerLines(result: DeploymentResult, width: number, paint: Paint): string[] {
  const { deployment, modelSource } = result;
  const { engine, model } = deployment;
  const version =
    engine.version === null ? ', version not stated' : ` ${terminalText(engine.version, MAX_NAME_CHARACTERS)}`;
  const source =
    engine.versionSource === null || versionIsTold(result)
      ? ''
      : `${engine.version === null ? ': ' : ', from '}${terminalText(engine.versionSource, MAX_NAME_CHARACTERS)}`;
  const id = model === null ? 'no model named' : terminalText(model.value, MAX_NAME_CHARACTERS);
  const facts = model === null ? '' : terminalText(factsOf(deployment, modelSource), MAX_NAME_CHARACTERS);
  const below = [engineTitle(deployment) + version + source, id + facts];
  return [
    whereOf(result, paint),
    ...below.flatMap((text) => wrap(text, width).map((one, at) => INDENT + (at === 0 ? '' : INDENT) + one)),
  ];
}

function explanationLines(result: DeploymentResult, width: number, paint: Paint): string[] {
  if (!runsOnGpu(result)) return [NOT_JUDGED];
  const lines = explanations(result).flatMap(({ verdict, phrase, speaker, targets, message }) => [
    ...wrap(`${someOf(targets, result.targets.length)}: ${paint(VERDICT_STYLES[verdict], phrase)}${speaker}`, width),
    ...wrap(terminalText(message), width - INDENT.length).map((line) => INDENT + line),
  ]);
  const advice = remedies(result).flatMap((remedy) => hanging('→ ', terminalText(remedy), width));
  return [...lines, ...advice];
}

function recommendationLines({ recommendation }: DeploymentResult, width: number, paint: Paint): string[] {
  if (!recommendation) return [];
  const summary = wrap(terminalText(recommendation.summary), width);
  const others = recommendation.fits
    ? (recommendation.alternatives ?? []).flatMap((one) => alternativeLines(one, width))
    : [];
  if (recommendation.changes.length === 0) return summary;
  const lines = recommendation.changes.flatMap(({ argument, from, to, cost, notEditable }) => {
    const name = terminalText(argument, MAX_NAME_CHARACTERS);
    const [was, now] = [from, to].map((value) => terminalText(argumentText(value), MAX_NAME_CHARACTERS));
    const price = notEditable === null ? cost : `${cost} (change it by hand: ${notEditable})`;
    return hanging(INDENT, terminalText(`${name}: ${was} → ${now}, at the cost of: ${price}`), width);
  });
  const title = recommendation.fits
    ? 'Values that fit, and what they cost'
    : 'Values that come nearer, and what they cost';
  return [paint('bold', title), ...lines, ...summary, ...others];
}

/** `or kv_cache_dtype: fp8 (keys and values lose precision; needs 1.60 GiB less)` */
function alternativeLines({ what, cost, freedBytes }: Alternative, width: number): string[] {
  const less = freedBytes !== null && freedBytes > 0 ? `; needs ${gib(freedBytes)} less` : '';
  return hanging('or ', terminalText(`${what} (${cost}${less})`), width);
}

/** The window of the budget on each GPU that counts, where few do. */
function windowLines({ targets }: DeploymentResult, width: number): string[] {
  const known = targets.flatMap(({ target, window }) => (window ? [{ target, window }] : []));
  if (known.length > MAX_WINDOWS) return [];
  return known.flatMap(({ target, window }) =>
    hanging('', terminalText(`${window.argument} that fits ${targetName(target)}: ${window.text}`), width),
  );
}

function findingLines(findings: readonly Finding[], width: number, paint: Paint): string[] {
  return findings.flatMap(({ rule, severity, place, message, remedy }) => [
    ...wrap(
      `${paint(SEVERITY_STYLES[severity], severity)} ${rule} ${terminalText(place.file, MAX_NAME_CHARACTERS)}:${place.line}: ${terminalText(message)}`,
      width,
    ),
    ...hanging(`${INDENT}→ `, terminalText(remedy), width),
  ]);
}

/** What does not count, with why: nothing is taken out in silence. */
function waivedLines({ waived }: DeploymentResult, width: number): string[] {
  return (waived ?? []).flatMap((one) => hanging('does not count: ', terminalText(waivedText(one)), width));
}

function unreadLines({ unsupported }: Report, width: number, paint: Paint): string[] {
  if (unsupported.length === 0) return [];
  const lines = unsupported.flatMap(({ file, name, reason, remedy, place, waived }) => [
    ...wrap(
      `${terminalText(file, MAX_NAME_CHARACTERS)}:${place.line} ${terminalText(name, MAX_NAME_CHARACTERS)}: ${terminalText(reason)}`,
      width - INDENT.length,
    ).map((line) => INDENT + line),
    ...hanging(`${INDENT}${INDENT}→ `, terminalText(remedy), width),
    ...(waived === undefined ? [] : hanging(`${INDENT}${INDENT}does not count: `, terminalText(waived), width)),
  ]);
  return [paint('bold', 'Launches that could not be read'), ...lines];
}

function closingLines(report: Report, width: number, paint: Paint): string[] {
  const { conclusion, reasons, failOn, policyPath } = report;
  const policy = policyPath === null ? 'the default policy' : terminalText(policyPath, MAX_NAME_CHARACTERS);
  const gate = failOn.length === 0 ? 'never fails' : `fails on: ${failOn.join(', ')}`;
  // Where nothing was judged that should be, a check that passes says nothing about the deployments.
  const judged = report.deployments.filter(runsOnGpu);
  const open = conclusion === 'pass' && judged.length > 0 && judged.every(isUnknown);
  const word = open
    ? paint('cyan', 'UNKNOWN')
    : paint(conclusion === 'pass' ? 'green' : 'red', conclusion.toUpperCase());
  return [
    ...reasons.flatMap((reason) => hanging('✗ ', terminalText(reason), width)),
    ...wrap(`${word} ${headline(report)} (${open ? 'passes, as ' : ''}${policy} ${gate})`, width),
  ];
}
