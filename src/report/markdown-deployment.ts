import type { ArgumentValue } from '../deployment.ts';
import type { Finding, Severity } from '../finding.ts';
import { targetName } from '../hardware/gpu.ts';
import type { Alternative, Recommendation } from '../recommendation.ts';
import { failureKind, targetBefore } from './compare.ts';
import { markdownCode, markdownText } from './escape.ts';
import { argumentText, gibCell, PARTS, times } from './figures.ts';
import { bullets, folded, markdownTable } from './markdown-table.ts';
import { barsBlock, overviewTable, partsTables, spread, workingTable } from './markdown-tables.ts';
import type { DeploymentResult, TargetResult } from './report.ts';
import {
  engineTitle,
  type Explanation,
  explanations,
  factsOf,
  gpuNames,
  gravest,
  NOT_JUDGED,
  notesOf,
  ownFindings,
  remedies,
  runsOnGpu,
  VERDICT_ICONS,
  versionIsTold,
  waivedText,
} from './verdicts.ts';

/** More targets than this make a survey: no parts and no working. */
const MAX_BREAKDOWN_TARGETS = 12;
/** Bars below each other. */
const MAX_BARS = 4;
const MAX_FINDINGS = 20;
const MAX_CHANGED_ROWS = 20;
const MAX_ALTERNATIVES = 5;

const SEVERITY_ICONS: Readonly<Record<Severity, string>> = { error: '❌', warning: '⚠️', info: 'ℹ️' };

/** How much is said about a deployment: with the working of each number, without, or one line. */
export type Detail = 'full' | 'short' | 'line';

/** One deployment for a comment or a summary. Everything from the repository is escaped. */
export function deploymentSection(result: DeploymentResult, detail: Detail): string {
  if (detail === 'line') return `- ${titleOf(result)}`;
  // What the change leaves alone is there for who looks for it, and its working with the file itself.
  if (result.comparison?.kind === 'unchanged') return folded(titleOf(result), deploymentBody(result, 'short'));
  return `### ${titleOf(result)}\n\n${deploymentBody(result, detail)}`;
}

function deploymentBody(result: DeploymentResult, detail: Detail): string {
  if (!runsOnGpu(result)) return [subtitle(result), changedTable(result)].filter((part) => part !== '').join('\n\n');
  const { targets, recommendation } = result;
  const survey = targets.length > MAX_BREAKDOWN_TARGETS;
  const decide = survey ? [] : decisive(targets);
  // Parts are shown where something is wrong or was; the others unfold.
  const shown = decide.filter(
    (one) => (one.estimate.verdict !== 'fits' && !isSurvey(result)) || wasOtherwise(result, one),
  );
  const rest = survey ? [] : targets.filter((one) => !shown.includes(one));
  const said = ownFindings(result);
  return [
    subtitle(result),
    changedTable(result),
    overviewTable(result),
    // Why and what to do come before the figures: on a phone the tables fill the screen.
    ...explanations(result).map((one) => explained(one, targets.length)),
    ...remedies(result).map((remedy) => `→ ${markdownText(remedy)}`),
    recommendation ? recommendationPart(recommendation) : '',
    barsBlock(result, (shown.length > 0 ? shown : decide).slice(0, MAX_BARS)),
    ...partsTables(result, shown),
    windowLines(shown, said),
    survey ? '' : certainty(targets),
    bullets(
      [...said.filter(({ severity }) => severity !== 'info').map(findingItem), ...waivedItems(result)],
      MAX_FINDINGS,
    ),
    detail === 'full'
      ? workingPart(
          result,
          rest,
          said.filter(({ severity }) => severity === 'info'),
        )
      : '',
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

/** `**l4-24gb** fails while the weights load:` and the message. That nothing can be estimated at all is in the heading. */
function explained({ targets, verdict, phrase, speaker, message }: Explanation, all: number): string {
  if (verdict === 'unknown' && targets.length === all) return `> ${markdownText(message)}`;
  const names = markdownText(gpuNames(targets, all));
  const what = verdict === 'unknown' ? 'cannot be estimated' : (verdict === 'tight' ? 'is ' : '') + phrase + speaker;
  return `**${names}** ${what}:\n> ${markdownText(message)}`;
}

function wasOtherwise(result: DeploymentResult, one: TargetResult): boolean {
  const before = targetBefore(result, one);
  return before !== null && before.estimate.verdict !== one.estimate.verdict;
}

/** Whether GPUs are shown for a choice alone: none counts, and one or another has room. */
function isSurvey({ targets }: DeploymentResult): boolean {
  return targets.every(({ gated }) => !gated) && targets.some(({ estimate }) => estimate.verdict === 'fits');
}

/** The GPUs that decide; all of them where none counts. */
function decisive(targets: readonly TargetResult[]): readonly TargetResult[] {
  const gated = targets.filter((one) => one.gated);
  return gated.length > 0 ? gated : targets;
}

/** `❌ file:line name: no longer fits on l4-24gb, fits on h100-80gb-sxm` */
function titleOf(result: DeploymentResult): string {
  const { deployment, targets, comparison } = result;
  const icon = isSurvey(result) || !runsOnGpu(result) ? 'ℹ️' : VERDICT_ICONS[gravest(result)];
  const where = `${markdownCode(`${deployment.file}:${deployment.line}`)} ${markdownCode(deployment.name)}`;
  const added = comparison?.kind === 'added' ? ' (new)' : '';
  return `${icon} ${where}${added}: ${runsOnGpu(result) ? verdictList(result, decisive(targets)) : NOT_JUDGED}`;
}

/** `⚠️ rule-id, <code>file:line</code>: what. → what to do` */
export function findingItem({ rule, severity, place, message, remedy }: Finding): string {
  const where = markdownCode(`${place.file}:${place.line}`);
  return `${SEVERITY_ICONS[severity]} ${markdownText(rule)}, ${where}: ${markdownText(message)} → ${markdownText(remedy)}`;
}

function subtitle(result: DeploymentResult): string {
  const { deployment, modelSource } = result;
  const { engine, model } = deployment;
  const version = engine.version === null ? 'version not stated' : markdownCode(engine.version);
  // The finding on the version tells why it is not known.
  const told = engine.versionSource === null || versionIsTold(result);
  const stated = told ? '' : ` (${markdownText(engine.versionSource ?? '')})`;
  const served =
    model === null ? 'no model named' : `${markdownCode(model.value)}${markdownText(factsOf(deployment, modelSource))}`;
  return `${markdownText(engineTitle(deployment))} ${version}${stated} · ${served}`;
}

/** Verdicts with their GPUs, the same ones together: `no longer fits on a and b, fits on c`. */
function verdictList(result: DeploymentResult, targets: readonly TargetResult[]): string {
  const groups = new Map<string, string[]>();
  for (const one of targets) {
    const phrase = verdictWord(result, one);
    groups.set(phrase, [...(groups.get(phrase) ?? []), markdownText(targetName(one.target))]);
  }
  return [...groups].map(([phrase, names]) => `${phrase} on ${names.join(', ')}`).join('; ');
}

function verdictWord(result: DeploymentResult, one: TargetResult): string {
  const { verdict } = one.estimate;
  if (verdict !== 'fails') return verdict === 'unknown' ? 'cannot be estimated' : verdict;
  const kind = failureKind(result, one);
  if (kind === 'new') return '**no longer fits**';
  return kind === 'still' ? 'does not fit, as before,' : 'does not fit';
}

/** What the change does to the launch itself, in the engine's own words. */
function changedTable({ deployment, modelSource, comparison }: DeploymentResult): string {
  const before = comparison?.before;
  if (!before || comparison?.kind !== 'changed') return '';
  const was = before.deployment;
  const rows: string[][] = [];
  const compare = (what: string, old: ArgumentValue | undefined, now: ArgumentValue | undefined): void => {
    const [left, right] = [old, now].map((value) => (value === undefined ? 'not set' : argumentText(value)));
    if (left !== right && left !== undefined && right !== undefined) {
      rows.push([markdownCode(what), markdownCode(left), markdownCode(right)]);
    }
  };
  compare('name', was.name, deployment.name);
  compare('engine', engineTitle(was), engineTitle(deployment));
  compare('version', was.engine.version ?? undefined, deployment.engine.version ?? undefined);
  compare('model', was.model?.value, deployment.model?.value);
  compare('GPU', was.gpuRequest.name?.value, deployment.gpuRequest.name?.value);
  compare('GPUs', was.gpuRequest.count?.value, deployment.gpuRequest.count?.value);
  if (was.model?.value === deployment.model?.value)
    compare('facts of the model', before.modelSource ?? undefined, modelSource ?? undefined);
  const names = [...new Set([...was.arguments.keys(), ...deployment.arguments.keys()])].sort();
  for (const name of names.filter((one) => one !== 'model'))
    compare(name, was.arguments.get(name)?.value, deployment.arguments.get(name)?.value);
  const variables = [...new Set([...was.environment.keys(), ...deployment.environment.keys()])].sort();
  for (const name of variables)
    compare(`$${name}`, was.environment.get(name)?.value, deployment.environment.get(name)?.value);
  if (rows.length === 0) return '';
  const shown = rows.slice(0, MAX_CHANGED_ROWS);
  const more = rows.length > shown.length ? `\n\nand ${rows.length - shown.length} more changes` : '';
  return markdownTable(['this change sets', 'before', 'now'], shown) + more;
}

function recommendationPart({ fits, summary, changes, alternatives = [] }: Recommendation): string {
  const others = alternativesTable(alternatives);
  if (changes.length === 0) return [markdownText(summary), others].filter((part) => part !== '').join('\n\n');
  const rows = changes.map(({ argument, from, to, cost, notEditable }) => [
    markdownCode(argument),
    markdownCode(argumentText(from)),
    `**${markdownCode(argumentText(to))}**`,
    markdownText(notEditable === null ? cost : `${cost} (change it by hand: ${notEditable})`),
  ]);
  const title = fits ? '**Values that fit, and what they cost**' : '**Values that come nearer, and what they cost**';
  const table = markdownTable(['argument', 'now', fits ? 'fits' : 'comes nearer', 'at the cost of'], rows);
  return [title, table, markdownText(summary), others].filter((part) => part !== '').join('\n\n');
}

function alternativesTable(alternatives: readonly Alternative[]): string {
  if (alternatives.length === 0) return '';
  const rows = alternatives
    .slice(0, MAX_ALTERNATIVES)
    .map(({ what, cost, freeBytes, concurrency }) => [
      markdownCode(what),
      markdownText(cost),
      `${gibCell(freeBytes)} GiB`,
      times(concurrency),
    ]);
  const head = ['or', 'at the cost of', 'stays free, at least', 'concurrency, at least'];
  return folded(
    'Other ways that fit',
    markdownTable(head, rows, (column) => column > 1),
  );
}

/** The values of the engine's budget argument with which each of these GPUs would do, where no finding says them. */
function windowLines(targets: readonly TargetResult[], said: readonly Finding[]): string {
  const lines = targets.flatMap(({ target, window }) =>
    window && !said.some(({ message }) => message.includes(window.text))
      ? [`${markdownCode(window.argument)} on ${markdownText(targetName(target))}: ${markdownText(window.text)}`]
      : [],
  );
  return bullets(lines, MAX_BREAKDOWN_TARGETS);
}

/** One line per GPU: the intervals that decide, and the part that is least sure. */
function certainty(targets: readonly TargetResult[]): string {
  const lines = targets.flatMap(({ target, gated, estimate: { memory, verdict } }) => {
    if (memory === null || !(gated || verdict !== 'fits')) return [];
    const width = ({ field }: (typeof PARTS)[number]): number => memory[field].high - memory[field].low;
    const own = PARTS.filter(({ field }) => field !== 'kvCacheBytes');
    const widest = own.reduce((a, b) => (width(b) > width(a) ? b : a));
    const least = `${widest.title} ${spread(widest.field, memory)} (${memory[widest.field].basis})`;
    const kv = `KV cache ${spread('kvCacheBytes', memory)}`;
    const room = `${spread('kvCacheTokens', memory)}, ${spread('maxConcurrency', memory)} the longest request`;
    const free = `free ${spread('freeBytes', memory)}`;
    return [`${markdownText(targetName(target))}: ${kv} (${room}), ${free}; least sure: ${least}`];
  });
  return lines.length > 0 ? `**How sure**\n\n${bullets(lines, MAX_BREAKDOWN_TARGETS)}` : '';
}

/** Parts of the GPUs that are not shown above, every figure with its interval, source and working, and what is assumed. */
function workingPart(result: DeploymentResult, rest: readonly TargetResult[], remarks: readonly Finding[]): string {
  const survey = result.targets.length > MAX_BREAKDOWN_TARGETS;
  const notes = notesOf(result).map((note) => `Note: ${markdownText(note)}`);
  const body = [
    ...partsTables(result, rest),
    ...(survey ? [] : result.targets.map(workingTable)),
    bullets([...remarks.map(findingItem), ...notes], MAX_FINDINGS),
  ].filter((part) => part !== '');
  return body.length === 0 ? '' : folded('How each number came about', body.join('\n\n'));
}

/** What does not count, and why. */
function waivedItems({ waived = [] }: DeploymentResult): string[] {
  return waived.map((one) => `Does not count: ${markdownText(waivedText(one))}`);
}
