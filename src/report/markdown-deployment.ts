import type { Memory, Verdict } from '../estimate.ts';
import type { Finding, Severity } from '../finding.ts';
import { targetName } from '../hardware/gpu.ts';
import type { Recommendation } from '../recommendation.ts';
import { markdownCode, markdownText } from './escape.ts';
import { argumentText, COLUMNS, count, fieldsOf, figure, gibCell, interval, PARTS, TITLES } from './figures.ts';
import { bullets, folded, markdownTable } from './markdown-table.ts';
import type { DeploymentResult, TargetResult } from './report.ts';
import { explanations, gravest, notesOf, ownFindings, remedies } from './verdicts.ts';

/** More targets than this make a survey: fewer columns, and no working. */
const MAX_BREAKDOWN_TARGETS = 12;
const MAX_FINDINGS = 20;
const MISSING = '–';

export const VERDICT_ICONS: Readonly<Record<Verdict, string>> = {
  fits: '✅',
  tight: '⚠️',
  degraded: '⚠️',
  fails: '❌',
  unknown: '❔',
};

const SEVERITY_ICONS: Readonly<Record<Severity, string>> = { error: '❌', warning: '⚠️', info: 'ℹ️' };

/** How much is said about a deployment: with the working of each number, without, or one line. */
export type Detail = 'full' | 'short' | 'line';

/** One deployment for a comment or a summary. Everything from the repository is escaped. */
export function deploymentSection(result: DeploymentResult, detail: Detail): string {
  const { deployment, targets } = result;
  const icon = VERDICT_ICONS[gravest(result)];
  const where = `${markdownCode(`${deployment.file}:${deployment.line}`)} ${markdownCode(deployment.name)}`;
  if (detail === 'line') return `- ${icon} ${where}: ${verdictList(targets)}`;
  const many = targets.length > MAX_BREAKDOWN_TARGETS;
  return [
    `### ${icon} ${where}`,
    subtitle(result),
    many ? surveyTable(targets) : breakdownTable(targets),
    ...explanations(result).map(
      ({ targets: names, phrase, speaker, message }) =>
        `**${names.map((name) => markdownText(name)).join(', ')}** ${phrase}${speaker}:\n> ${markdownText(message)}`,
    ),
    ...remedies(result).map((remedy) => `→ ${markdownText(remedy)}`),
    result.recommendation ? recommendationPart(result.recommendation) : '',
    many ? '' : certainty(targets),
    bullets(ownFindings(result).map(findingItem), MAX_FINDINGS),
    detail === 'full' && !many ? workingPart(result) : '',
  ]
    .filter((part) => part !== '')
    .join('\n\n');
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

function verdictList(targets: readonly TargetResult[]): string {
  return targets.map(({ target, estimate }) => `${estimate.verdict} on ${markdownText(targetName(target))}`).join(', ');
}

function verdictCell(result: TargetResult, targets: readonly TargetResult[]): string {
  const { verdict } = result.estimate;
  const counts = result.gated || !targets.some(({ gated }) => gated);
  return `${VERDICT_ICONS[verdict]} ${verdict}${counts ? '' : ' (info)'}`;
}

function breakdownTable(targets: readonly TargetResult[]): string {
  if (targets.every(({ estimate }) => estimate.memory === null)) return '';
  return markdownTable(
    ['GiB per GPU', 'verdict', ...COLUMNS.map(({ title }) => title)],
    targets.map((result) => [
      markdownText(targetName(result.target)),
      verdictCell(result, targets),
      ...COLUMNS.map(({ field }) => cell(result, field)),
    ]),
    (column) => column > 1,
  );
}

function surveyTable(targets: readonly TargetResult[]): string {
  return markdownTable(
    ['GiB per GPU', 'verdict', 'total', 'peak', 'free', 'KV cache tokens', 'longest length that fits'],
    targets.map((result) => [
      markdownText(targetName(result.target)),
      verdictCell(result, targets),
      cell(result, 'totalBytes'),
      cell(result, 'peakBytes'),
      cell(result, 'freeBytes'),
      cell(result, 'kvCacheTokens'),
      cell(result, 'maxModelLenThatFits'),
    ]),
    (column) => column > 1,
  );
}

function cell({ estimate: { memory } }: TargetResult, field: keyof Memory): string {
  if (memory === null) return MISSING;
  return field.endsWith('Bytes') ? gibCell(memory[field].value) : count(memory[field].value);
}

function recommendationPart({ fits, summary, changes }: Recommendation): string {
  if (changes.length === 0) return markdownText(summary);
  const rows = changes.map(({ argument, from, to, cost, notEditable }) => [
    markdownCode(argument),
    markdownCode(argumentText(from)),
    `**${markdownCode(argumentText(to))}**`,
    markdownText(notEditable === null ? cost : `${cost} (change it by hand: ${notEditable})`),
  ]);
  const head = ['argument', 'now', fits ? 'fits' : 'comes nearer', 'what it costs'];
  return `${markdownTable(head, rows)}\n\n${markdownText(summary)}`;
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
  const tables = result.targets.flatMap(({ target, estimate: { memory, working } }) => {
    if (memory === null) return [];
    const rows = fieldsOf(memory).map((field) => [
      TITLES[field],
      figure(field, memory[field].value),
      interval(field, memory[field]),
      memory[field].basis,
      markdownText(working[field] ?? ''),
    ]);
    const table = markdownTable(
      ['per GPU', 'expected', 'interval', 'basis', 'working'],
      rows,
      (column) => column === 1 || column === 2,
    );
    return [`**${markdownText(targetName(target))}**\n\n${table}`];
  });
  const notes = bullets(
    notesOf(result).map((note) => `Assumed: ${markdownText(note)}`),
    MAX_FINDINGS,
  );
  const body = [...tables, notes].filter((part) => part !== '').join('\n\n');
  return body === '' ? '' : folded('How each number came about', body);
}
