/** Prints how much of a folder of real configs is read rightly. `node scripts/corpus.ts [FOLDER]` */
import { pathToFileURL } from 'node:url';
import { readCorpusFile, readManifest, type Score, scoreFile, type Tally } from '../test/corpus/score.ts';

const given = process.argv[2];
const folder =
  given === undefined ? new URL('../test/corpus/', import.meta.url) : pathToFileURL(`${given.replace(/\/$/, '')}/`);
const PARTS = ['deployments', 'models', 'arguments', 'lines', 'gpus'] as const;

const totals = new Map<string, Record<(typeof PARTS)[number], Tally>>();
for (const row of readManifest(folder)) {
  const score: Score = scoreFile(row, readCorpusFile(folder, row.file));
  const total = totals.get(row.format) ?? {
    deployments: none(),
    models: none(),
    arguments: none(),
    lines: none(),
    gpus: none(),
  };
  totals.set(row.format, total);
  for (const part of PARTS) {
    total[part].right += score[part].right;
    total[part].all += score[part].all;
  }
  if (score.wrong.length > 0) process.stdout.write(`${row.file}\n${score.wrong.map((line) => `  ${line}\n`).join('')}`);
}
process.stdout.write(`\n${'format'.padEnd(20)}${PARTS.map((part) => part.padStart(14)).join('')}\n`);
for (const [format, total] of totals) {
  process.stdout.write(
    `${format.padEnd(20)}${PARTS.map((part) => `${total[part].right}/${total[part].all}`.padStart(14)).join('')}\n`,
  );
}

function none(): Tally {
  return { right: 0, all: 0 };
}
