import type { Compared } from '../explain.ts';
import type { StartUpLog } from '../engines/start-up-log.ts';
import { columns, wrap } from './columns.ts';
import { jsonText, terminalText } from './escape.ts';
import { figure, interval, TITLES } from './figures.ts';
import { painter } from './paint.ts';
import type { TerminalOptions } from './terminal.ts';

/** What is to be said about one log. */
export interface Explanation {
  /** The engine's name as people write it. */
  readonly engine: string;
  readonly log: StartUpLog;
  /** Figures beside an estimate of the same launch; none where no estimate could be made. */
  readonly compared: readonly Compared[];
  /** What the estimate is of, and on which GPU; or why there is none. */
  readonly basis: string;
  /** The change that makes it fit, where the estimate finds one. */
  readonly advice: string | null;
  /** Path of the facts file that now holds the figures; absent where nothing was learned. */
  readonly learned?: string;
}

/** The explanation of a log for a terminal. */
export function renderExplanation(explanation: Explanation, { colour, width }: TerminalOptions): string {
  const { engine, log, compared, basis, advice } = explanation;
  const paint = painter(colour);
  const said = (text: string, indent = '  '): string[] =>
    wrap(terminalText(text), width - indent.length).map((line) => `${indent}${line}`);
  const name = [engine, log.version].filter((part) => part !== null).join(' ');
  const { failure } = log;
  const outcome = failure
    ? paint('red', log.started ? 'stopped while it served' : 'did not start')
    : log.started
      ? paint('green', 'started')
      : paint('yellow', 'the log ends before it serves');
  const lines = [
    `${paint('bold', terminalText(name))}${log.model === null ? '' : `  ${terminalText(log.model)}`}: ${outcome}`,
  ];
  if (failure) {
    lines.push('', `  stage ${failure.stage}, line ${failure.line} of the log:`, ...said(failure.text, '    '));
    lines.push('', ...said(failure.cause));
    if (failure.remedies.length > 0) lines.push('', '  What helps:');
    for (const remedy of failure.remedies)
      lines.push(...said(remedy, '    - ').map((line, at) => (at === 0 ? line : `      ${line.slice(6)}`)));
  }
  if (advice !== null) lines.push('', ...said(`By the estimate alone, at its cautious end: ${advice}`));
  if (compared.length > 0) lines.push('', ...table(compared).map((line) => `  ${line}`));
  else if (Object.keys(log.figures).length > 0) lines.push('', ...measured(log).map((line) => `  ${line}`));
  lines.push('', ...said(basis));
  if (explanation.learned !== undefined)
    lines.push(
      '',
      ...said(`Learned: ${explanation.learned} holds these figures; the next estimate of this launch takes them.`),
    );
  return `${lines.join('\n')}\n`;
}

/** The explanation of a log as JSON that ends in a newline: figures in bytes, tokens and requests. */
export function explanationJson({ engine, log, compared, basis, advice, learned }: Explanation): string {
  const { version, model, command, figures, visibleBytes, started, failure } = log;
  const launch = { engine, version, model, command, visibleBytes };
  return `${jsonText({ ...launch, started, failure, figures, compared, basis, advice, learned: learned ?? null })}\n`;
}

function table(compared: readonly Compared[]): string[] {
  const rows = compared.map(({ figure: field, logged, predicted, errorFraction, within }) => [
    TITLES[field],
    figure(field, logged.value),
    figure(field, predicted.value),
    errorFraction === null ? '' : `${errorFraction >= 0 ? '+' : ''}${(100 * errorFraction).toFixed(1)} %`,
    interval(field, predicted),
    within ? '' : 'outside',
    `line ${logged.line}`,
  ]);
  return columns([['', 'logged', 'estimated', 'off by', 'interval', '', 'in the log'], ...rows], [0, 5, 6]);
}

function measured({ figures }: StartUpLog): string[] {
  return columns(
    (Object.keys(TITLES) as (keyof typeof TITLES)[]).flatMap((field) => {
      const logged = figures[field];
      return logged ? [[TITLES[field], figure(field, logged.value)]] : [];
    }),
  );
}
