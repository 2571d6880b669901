import type { Memory } from '../estimate.ts';
import { targetName } from '../hardware/gpu.ts';
import { columns, wrap } from '../report/columns.ts';
import { terminalText } from '../report/escape.ts';
import { argumentText, fieldsOf, gibCell, times, TITLES } from '../report/figures.ts';
import type { DeploymentResult, TargetResult } from '../report/report.ts';
import { verdictPhrase } from '../report/verdicts.ts';
import { grouped } from '../text.ts';

const MISSING = '–';

/** A launch before and after, figure by figure, one table for each GPU; for a terminal. */
export function sideBySide(before: DeploymentResult, after: DeploymentResult, width: number): string {
  const blocks = before.targets.flatMap((was, index) => {
    const now = after.targets[index];
    return now ? [block(was, now, width)] : [];
  });
  return `${[changesOf(before, after), ...blocks].map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

function changesOf({ deployment: was }: DeploymentResult, { deployment: now }: DeploymentResult): string[] {
  const names = [...new Set([...was.arguments.keys(), ...now.arguments.keys()])];
  return names.flatMap((name) => {
    const [old, set] = [was, now].map(({ arguments: args }) => argumentText(args.get(name)?.value ?? null));
    return old === set ? [] : [terminalText(`${name}: ${old} → ${set}`)];
  });
}

function block(was: TargetResult, now: TargetResult, width: number): string[] {
  const [old, set] = [was.estimate.memory, now.estimate.memory];
  const fields = [...new Set([...(old ? fieldsOf(old) : []), ...(set ? fieldsOf(set) : [])])];
  const rows = fields.map((field) => [TITLES[field], cell(old, field), cell(set, field), difference(old, set, field)]);
  const head = [targetName(was.target), 'before', 'after', 'change'];
  const verdicts = ['verdict', was.estimate.verdict, now.estimate.verdict, ''];
  const messages = [
    ['before', was],
    ['after', now],
  ] as const;
  return [
    ...columns([head, ...rows, verdicts]),
    ...messages.flatMap(([when, { estimate }]) =>
      estimate.message === null
        ? []
        : wrap(terminalText(`${when}: ${verdictPhrase(estimate)}: ${estimate.message}`), width),
    ),
  ];
}

function cell(memory: Memory | null, field: keyof Memory): string {
  return memory ? shown(field, memory[field].value) : MISSING;
}

function difference(was: Memory | null, now: Memory | null, field: keyof Memory): string {
  if (!was || !now) return '';
  const change = now[field].value - was[field].value;
  const text = shown(field, Math.abs(change));
  return text === shown(field, 0) ? '' : `${change < 0 ? '−' : '+'}${text}`;
}

function shown(field: keyof Memory, value: number): string {
  if (field.endsWith('Bytes')) return `${gibCell(value)} GiB`;
  return field === 'maxConcurrency' ? times(value) : grouped(value);
}
