/**
 * Measures what running Headroom costs, each figure beside its target. `node scripts/bench.ts [--accept]`; `--accept` writes
 * docs/benchmarks.md. Times depend on the machine, so the start is given against that of a bare `node -e 0`.
 */
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { timeAction } from './bench/action.ts';
import { estimatesPerSecond } from './bench/estimates.ts';
import { timeHub } from './bench/hub.ts';
import { CLI, medianOf, runNode, WITH_PEAK } from './bench/process.ts';
import { makeTree } from './bench/tree.ts';
import { loadedBytes } from './bundle/loaded.ts';
import { table } from './docs/fill.ts';

type Row = readonly [what: string, measured: string, target: string];

const seconds = (milliseconds: number): string => `${(milliseconds / 1000).toFixed(2)} s`;
const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(2)} MB`;

async function measure(): Promise<Row[]> {
  const rows: Row[] = [];
  const say = (...row: Row): void => {
    rows.push(row);
    process.stdout.write(`${row[0].padEnd(52)}${row[1].padEnd(28)}${row[2]}\n`);
  };
  const here = process.cwd();
  const bare = medianOf(15, () => runNode(['-e', '0'], here)).milliseconds;
  for (const flag of ['--version', '--help']) {
    const start = medianOf(15, () => runNode([CLI, flag], here)).milliseconds;
    say(`headroom ${flag} against node -e 0`, `${(start / bare).toFixed(2)} × ${seconds(bare)}`, '≤ 1.5 ×');
  }
  for (const { what, perSecond } of estimatesPerSecond()) {
    say(`estimates per second and core, ${what}`, perSecond.toLocaleString('en'), '≥ 20,000');
  }
  for (const [files, realEvery] of [
    [100, 10],
    [1_000, 10],
    [10_000, 100],
    [10_000, 10],
  ] as const) {
    const tree = makeTree(files, realEvery);
    const check = (): ReturnType<typeof runNode> =>
      runNode([...WITH_PEAK, CLI, 'check', '.', '--format', 'json'], tree);
    const { milliseconds, peakBytes } = medianOf(files < 10_000 ? 5 : 3, check);
    rmSync(tree, { recursive: true });
    const what = `${files.toLocaleString('en')} files, one in ${realEvery} real`;
    say(`headroom check, ${what}`, seconds(milliseconds), '10,000 in ≤ 3 s');
    say(`most memory held, ${what}`, megabytes(peakBytes), '≤ 150 MB');
  }
  for (const configs of [1, 10, 50]) {
    await timeAction(configs);
    const { milliseconds, requests } = await timeAction(configs);
    say(`action, pull request of ${configs} configs`, `${seconds(milliseconds)}, ${requests} requests`, '10 in ≤ 1 s');
  }
  const { cold, warm } = await timeHub(50, 10);
  for (const [cache, { milliseconds, requests }] of [
    ['cold', cold],
    ['warm', warm],
  ] as const)
    say(`check --hub, 50 configs of 10 models, ${cache} cache`, `${seconds(milliseconds)}, ${requests} requests`, '');
  for (const [what, bytes, target] of bundleSizes()) say(what, bytes, target);
  return rows;
}

function bundleSizes(): Row[] {
  const dist = new URL('../dist/', import.meta.url).pathname;
  const files = readdirSync(dist, { recursive: true, encoding: 'utf8' }).filter((name) => /\.(?:js|gz)$/.test(name));
  const contents = files.map((name) => readFileSync(join(dist, name)));
  const commandLine = loadedBytes('headroom.js');
  return [
    ['action with all that it loads', megabytes(loadedBytes('action.js').all), '≤ 1.5 MB'],
    ['command line, without catalogues', megabytes(commandLine.all - commandLine.catalogues), '≤ 1 MB'],
    ['dist/, action and command line', megabytes(Buffer.concat(contents).length), '≤ 2.5 MB'],
    ['dist/, gzipped', megabytes(gzipSync(Buffer.concat(contents)).length), ''],
  ];
}

const rows = await measure();
if (process.argv.includes('--accept')) {
  const [cpu] = cpus();
  const machine = `Node ${process.version}, ${cpus().length} cores (${cpu?.model.trim() ?? 'unknown'})`;
  const text = `# What running Headroom costs

\`npm run bench\` measures these; \`npm run bench -- --accept\` writes this page. Times are medians on one machine: ${machine}.
The trees are made of this repository's corpus and of ordinary files beside it (scripts/bench/tree.ts); the action runs as a
child process against a GitHub on the same machine, so its time is Headroom's own.

${table(['What', 'Measured', 'Target'], rows)}

Two kinds of target are missed. The sizes were set before there were forty formats and eight engines to read: 0.4 MB of the
command line are parsers (YAML, shell, Python, schemas, globs), 0.3 MB more of the action are GitHub's client with its proxy, and
the rest is Headroom. And the tree of which every tenth file is a serving config: a thousand configs, each with its launches
estimated on every common GPU, take about four milliseconds a config, and all of them are held until the report is written.
`;
  writeFileSync(new URL('../docs/benchmarks.md', import.meta.url), text);
}
