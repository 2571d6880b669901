/**
 * Throws inputs at everything that reads what it did not write, and stops at the first broken promise with the smallest
 * input that breaks it. `node scripts/fuzz.ts [TARGET …] [--runs 1000000] [--seed N]`; the runs are spread over the targets.
 */
import { parseArgs } from 'node:util';
import fc from 'fast-check';
import { fuzzTargets } from '../test/fuzz/targets.ts';

const BATCH = 2_000;

// A library's warning is printed past all escaping, and may quote what was thrown at it.
process.on('warning', ({ message }) => {
  process.stdout.write(`\na warning on stderr: ${message}\n`);
  process.exit(1);
});

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    runs: { type: 'string', default: '1000000' },
    seed: { type: 'string', default: String(Date.now() % 2 ** 31) },
  },
});
const chosen = fuzzTargets.filter(({ name }) => positionals.length === 0 || positionals.includes(name));
if (chosen.length === 0) throw new Error(`no such target; there are ${fuzzTargets.map(({ name }) => name).join(', ')}`);
const runsEach = Math.ceil(Number(values.runs) / chosen.length);
process.stdout.write(
  `seed ${values.seed}, ${runsEach.toLocaleString('en')} inputs for each of ${chosen.length} targets\n`,
);

for (const { name, property } of chosen) {
  const started = performance.now();
  let done = 0;
  for (let batch = 0; done < runsEach; batch++) {
    const numRuns = Math.min(BATCH, runsEach - done);
    const details = fc.check(property, { numRuns, seed: Number(values.seed) + batch });
    if (details.failed) {
      process.stdout.write(`\n${name}, seed ${details.seed}: ${fc.defaultReportMessage(details)}\n`);
      process.exit(1);
    }
    done += numRuns;
    if (process.stdout.isTTY) process.stdout.write(`\r${name}: ${done.toLocaleString('en')}`);
  }
  const seconds = (performance.now() - started) / 1000;
  process.stdout.write(
    `\r${name}: ${done.toLocaleString('en')} inputs held, ${Math.round(done / seconds).toLocaleString('en')} a second\n`,
  );
}
