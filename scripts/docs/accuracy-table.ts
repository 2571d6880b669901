import { compare, evaluateCase, readCases } from '../../test/accuracy/cases.ts';
import { table } from './fill.ts';

/** How far the estimates are off on the logs of one side. */
export function accuracyTable(side: 'calibration' | 'validation'): string {
  const rows = readCases(side).flatMap((logCase) => {
    const evaluated = evaluateCase(logCase);
    return 'estimate' in evaluated ? compare(evaluated) : [];
  });
  const components = [...new Set(rows.map(({ component }) => component))].toSorted();
  const lines = components.map((component) => {
    const own = rows.filter((row) => row.component === component);
    const errors = own.map(({ errorFraction }) => Math.abs(errorFraction)).toSorted((a, b) => a - b);
    const bias = own.reduce((sum, { errorFraction }) => sum + errorFraction, 0) / own.length;
    return [
      component,
      String(own.length),
      percent(quantile(errors, 0.5)),
      percent(quantile(errors, 0.9)),
      percent(bias),
    ];
  });
  return table(['figure', 'logs', 'median error', '90 % are within', 'bias'], lines);
}

function quantile(sorted: readonly number[], fraction: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * fraction))] ?? Number.NaN;
}

function percent(fraction: number): string {
  return `${(fraction * 100).toFixed(2)} %`;
}
