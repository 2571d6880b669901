import { execFile } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { renderSarif } from '../../src/report/sarif.ts';
import { describedRules } from '../../src/policy/rules/index.ts';
import { deployment, failing, finding, place, report, result, SHORTER } from './factory.ts';
import { HOSTILE_NAMES } from './hostile.ts';

/** Microsoft's own validator with GitHub's rules for ingestion. It is there for Linux on x64 alone. */
const MULTITOOL = new URL('../../node_modules/@microsoft/sarif-multitool-linux/Sarif.Multitool', import.meta.url);
const THERE = process.platform === 'linux' && process.arch === 'x64' && existsSync(MULTITOOL);

/** What it says of a log, a line for each rule that is broken. */
async function saidOf(log: string): Promise<readonly string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'headroom-sarif-'));
  const path = join(folder, 'headroom.sarif');
  writeFileSync(path, log);
  // Installed without its script, which does no more than this.
  chmodSync(MULTITOOL, 0o755);
  const output = await new Promise<string>((resolve) => {
    const env = { DOTNET_SYSTEM_GLOBALIZATION_INVARIANT: '1', DOTNET_BUNDLE_EXTRACT_BASE_DIR: folder, HOME: folder };
    const given = ['validate', path, '--rule-kind', 'Sarif;Ghas'];
    execFile(MULTITOOL.pathname, given, { env }, (_, stdout, stderr) => resolve(stdout + stderr));
  });
  rmSync(folder, { recursive: true });
  expect(output).toContain('1 files scanned');
  return output.split('\n').filter((line) => /: (?:error|warning|note) |ERR/.test(line));
}

const text = 'args:\n  - --max-model-len=32768\n';
const edits = [
  { file: 'deploy/qwen.yaml', start: text.indexOf('32768'), end: text.indexOf('32768') + 5, newText: '16384' },
];
const recommendation = { ...SHORTER, changes: SHORTER.changes.map((change) => ({ ...change, edits })) };
const findings = [
  ...describedRules.map(({ id, severity }) => finding({ rule: id, severity, place: place('deploy/qwen.yaml', 2) })),
  ...HOSTILE_NAMES.map((name) => finding({ place: place(name, 1), message: name, remedy: name, deployment: name })),
];
const log = renderSarif(
  report({
    deployments: [result({ deployment: deployment(), targets: [failing()], findings, recommendation })],
    findings: [finding({ deployment: null })],
  }),
  new Map([['deploy/qwen.yaml', { path: 'deploy/qwen.yaml', text }]]),
  'gate',
);

it.skipIf(!THERE)(
  'the multitool with the rules of GitHub takes the log, but for the address of a site that there is not',
  async () => {
    const said = await saidOf(log);
    expect(said.filter((line) => !line.includes('informationUri'))).toEqual([]);
  },
);

it.skipIf(!THERE)('the multitool would say what GitHub does not take', async () => {
  const broken = JSON.parse(log) as { runs: { results: { locations: unknown[] }[] }[] };
  for (const one of broken.runs[0]?.results.slice(0, 1) ?? []) one.locations = [];
  expect((await saidOf(JSON.stringify(broken))).join('\n')).toMatch(/error GH/);
});
