import { compare, type Comparison, type Evaluated, evaluateCase, readCases } from '../test/accuracy/cases.ts';

/** Prints how far the estimates are off on public start-up logs. `node scripts/accuracy.ts [calibration|validation] [--cases]` */

const sides = (['calibration', 'validation'] as const).filter(
  (side) => process.argv.length < 3 || process.argv[2] === side || process.argv[2]?.startsWith('--'),
);
const withCases = process.argv.includes('--cases');

for (const side of sides) print(side);

function print(side: 'calibration' | 'validation'): void {
  const evaluated = readCases(side).map(evaluateCase);
  const judged = evaluated.filter((one): one is Extract<Evaluated, { estimate: unknown }> => 'estimate' in one);
  const rows = judged.flatMap(compare);
  process.stdout.write(`\n${side}: ${judged.length} of ${evaluated.length} cases evaluated\n`);
  for (const [reason, count] of counted(evaluated.flatMap((one) => ('excluded' in one ? [one.excluded] : [])))) {
    process.stdout.write(`  left out: ${count} × ${reason}\n`);
  }
  process.stdout.write(
    `\n  ${'figure'.padEnd(14)}${'cases'.padStart(6)}${'median'.padStart(9)}${'p90'.padStart(9)}${'bias'.padStart(9)}${'covered'.padStart(9)}\n`,
  );
  for (const component of new Set(rows.map((row) => row.component)))
    summary(
      component,
      rows.filter((row) => row.component === component),
    );
  process.stdout.write('\n  outcome × verdict\n');
  for (const [pair, count] of counted(
    judged.map(({ logCase, estimate }) => `${logCase.outcome} → ${estimate.verdict}`),
  )) {
    process.stdout.write(`    ${pair.padEnd(40)}${count}\n`);
  }
  process.stdout.write('\n  farthest off\n');
  const worst = [...rows]
    .sort((a, b) => Math.abs(b.errorFraction) - Math.abs(a.errorFraction))
    .slice(0, withCases ? rows.length : 10);
  for (const row of worst)
    process.stdout.write(
      `    ${percent(row.errorFraction).padStart(8)}  ${row.component.padEnd(13)}${row.predicted.toFixed(2)} / ${row.measured}  ${row.id}\n`,
    );
}

function summary(component: string, rows: readonly Comparison[]): void {
  const errors = rows.map((row) => Math.abs(row.errorFraction)).sort((a, b) => a - b);
  const bias = rows.reduce((sum, row) => sum + row.errorFraction, 0) / rows.length;
  const covered =
    rows.filter((row) => row.low <= row.measured * 1.005 && row.measured * 0.995 <= row.high).length / rows.length;
  process.stdout.write(
    `  ${component.padEnd(14)}${String(rows.length).padStart(6)}${percent(quantile(errors, 0.5)).padStart(9)}${percent(quantile(errors, 0.9)).padStart(9)}${percent(bias).padStart(9)}${percent(covered).padStart(9)}\n`,
  );
}

function quantile(sorted: readonly number[], fraction: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * fraction))] ?? Number.NaN;
}

function percent(fraction: number): string {
  return `${(fraction * 100).toFixed(2)} %`;
}

function counted(values: readonly string[]): [string, number][] {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1]);
}
