import type { ArgumentValue } from '../deployment.ts';
import type { Finding, Severity } from '../finding.ts';
import { targetName } from '../hardware/gpu.ts';
import type { Recommendation } from '../recommendation.ts';
import { failureKind } from './compare.ts';
import { markdownCode, markdownText } from './escape.ts';
import { argumentText, interval, PARTS } from './figures.ts';
import { bullets, folded, markdownTable } from './markdown-table.ts';
import { barsBlock, overviewTable, partsTables, workingTable } from './markdown-tables.ts';
import type { DeploymentResult, TargetResult } from './report.ts';
import { explanations, gravest, notesOf, ownFindings, remedies, VERDICT_ICONS } from './verdicts.ts';

/** More targets than this make a survey: no parts and no working. */
const MAX_BREAKDOWN_TARGETS = 12;
/** Bars below each other. */
const MAX_BARS = 4;
const MAX_FINDINGS = 20;
const MAX_CHANGED_ROWS = 20;

const SEVERITY_ICONS: Readonly<Record<Severity, string>> = { error: '❌', warning: '⚠️', info: 'ℹ️' };

/** How much is said about a deployment: with the working of each number, without, or one line. */
export type Detail = 'full' | 'short' | 'line';

/** One deployment for a comment or a summary. Everything from the repository is escaped. */
export function deploymentSection(result: DeploymentResult, detail: Detail): string {
  const { targets } = result;
  if (detail === 'line') return `- ${titleOf(result)}`;
  const body = deploymentBody(result, detail, targets.length > MAX_BREAKDOWN_TARGETS);
  // What the change leaves alone is there for who looks for it.
  return result.comparison?.kind === 'unchanged' ? folded(titleOf(result), body) : `### ${titleOf(result)}\n\n${body}`;
}

function deploymentBody(result: DeploymentResult, detail: Detail, survey: boolean): string {
  const { targets, recommendation } = result;
  const known = targets.some(({ estimate }) => estimate.memory !== null);
  const shown = survey ? [] : decisive(targets);
  return [
    subtitle(result),
    changedTable(result),
    overviewTable(result),
    ...explanations(result).map(
      ({ targets: names, phrase, speaker, message }) =>
        `**${names.map((name) => markdownText(name)).join(', ')}** ${phrase}${speaker}:\n> ${markdownText(message)}`,
    ),
    ...remedies(result).map((remedy) => `→ ${markdownText(remedy)}`),
    recommendation ? recommendationPart(recommendation) : '',
    known ? barsBlock(result, shown.slice(0, MAX_BARS)) : '',
    ...partsTables(result, shown),
    survey ? '' : certainty(targets),
    bullets(ownFindings(result).map(findingItem), MAX_FINDINGS),
    detail === 'full' && !survey ? workingPart(result) : '',
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

/** The GPUs that decide; all of them where none counts. */
function decisive(targets: readonly TargetResult[]): readonly TargetResult[] {
  const gated = targets.filter((one) => one.gated);
  return gated.length > 0 ? gated : targets;
}

/** `❌ file:line name: no longer fits on l4-24gb, fits on h100-80gb-sxm` */
function titleOf(result: DeploymentResult): string {
  const { deployment, targets, comparison } = result;
  const icon = VERDICT_ICONS[gravest(result)];
  const where = `${markdownCode(`${deployment.file}:${deployment.line}`)} ${markdownCode(deployment.name)}`;
  const added = comparison?.kind === 'added' ? ' (new)' : '';
  return `${icon} ${where}${added}: ${verdictList(result, decisive(targets))}`;
}

/** `⚠️ rule-id, <code>file:line</code>: what. → what to do` */
export function findingItem({ rule, severity, place, message, remedy }: Finding): string {
  const where = markdownCode(`${place.file}:${place.line}`);
  return `${SEVERITY_ICONS[severity]} ${markdownText(rule)}, ${where}: ${markdownText(message)} → ${markdownText(remedy)}`;
}

function subtitle({ deployment: { engine, model }, modelSource }: DeploymentResult): string {
  const version = engine.version === null ? 'version not stated' : markdownCode(engine.version);
  const stated = engine.versionSource === null ? '' : ` (${markdownText(engine.versionSource)})`;
  const facts = modelSource === null ? 'about which nothing is known' : `facts from ${markdownText(modelSource)}`;
  const served = model === null ? 'no model named' : `${markdownCode(model.value)}, ${facts}`;
  return `${markdownText(engine.id)} ${version}${stated} · ${served}`;
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
  compare('engine', was.engine.id, deployment.engine.id);
  compare('version', was.engine.version ?? undefined, deployment.engine.version ?? undefined);
  compare('model', was.model?.value, deployment.model?.value);
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

function recommendationPart({ fits, summary, changes }: Recommendation): string {
  if (changes.length === 0) return markdownText(summary);
  const rows = changes.map(({ argument, from, to, cost, notEditable }) => [
    markdownCode(argument),
    markdownCode(argumentText(from)),
    `**${markdownCode(argumentText(to))}**`,
    markdownText(notEditable === null ? cost : `${cost} (change it by hand: ${notEditable})`),
  ]);
  const title = fits ? '**Values that fit, and what they cost**' : '**Values that come nearer, and what they cost**';
  const table = markdownTable(['argument', 'now', fits ? 'fits' : 'comes nearer', 'at the cost of'], rows);
  return `${title}\n\n${table}\n\n${markdownText(summary)}`;
}

/** One line per GPU: the intervals that decide, and the part that is least sure. */
function certainty(targets: readonly TargetResult[]): string {
  const lines = targets.flatMap(({ target, gated, estimate: { memory, verdict } }) => {
    if (memory === null || !(gated || verdict !== 'fits')) return [];
    const spread = ({ field }: (typeof PARTS)[number]): number => memory[field].high - memory[field].low;
    const own = PARTS.filter(({ field }) => field !== 'kvCacheBytes');
    const widest = own.reduce((a, b) => (spread(b) > spread(a) ? b : a));
    const least = `${widest.title} ${interval(widest.field, memory[widest.field])} (${memory[widest.field].basis})`;
    const kv = `KV cache ${interval('kvCacheBytes', memory.kvCacheBytes)}`;
    const room = `${interval('kvCacheTokens', memory.kvCacheTokens)}, ${interval('maxConcurrency', memory.maxConcurrency)} the longest request`;
    const free = `free ${interval('freeBytes', memory.freeBytes)}`;
    return [`${markdownText(targetName(target))}: ${kv} (${room}), ${free}; least sure: ${least}`];
  });
  return lines.length > 0 ? `**How sure**\n\n${bullets(lines, MAX_BREAKDOWN_TARGETS)}` : '';
}

/** Every figure with its interval, where it comes from and how it came about. */
function workingPart(result: DeploymentResult): string {
  const notes = bullets(
    notesOf(result).map((note) => `Assumed: ${markdownText(note)}`),
    MAX_FINDINGS,
  );
  const body = [...result.targets.map(workingTable), notes].filter((part) => part !== '').join('\n\n');
  return body === '' ? '' : folded('How each number came about', body);
}
