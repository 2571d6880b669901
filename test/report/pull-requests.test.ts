import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import modelData from '../../src/catalogue/models.json' with { type: 'json' };
import { check } from '../../src/check.ts';
import { loadHardware } from '../../src/hardware/gpus.ts';
import { makeModelCatalogue } from '../../src/models/catalogue.ts';
import { parsePolicy } from '../../src/policy/parse.ts';
import { renderComment } from '../../src/report/comment.ts';
import { compareReports } from '../../src/report/compare.ts';
import type { Report } from '../../src/report/report.ts';
import { wholePatch } from '../../src/action/proposals.ts';

const hardware = loadHardware();
const models = makeModelCatalogue(modelData);

/** What a pull request makes of the files of the corpus: texts before and after by path, null where there is none. */
type PullRequest = Readonly<Record<string, readonly [before: string | null, after: string | null]>>;

function corpus(path: string): string {
  return readFileSync(new URL(`../corpus/${path}`, import.meta.url), 'utf8');
}

function edited(text: string, from: string, to: string): string {
  expect(text).toContain(from);
  return text.replace(from, to);
}

function commentOn(pullRequest: PullRequest, gpus: string, notes: readonly string[] = []): string {
  const parsed = parsePolicy({ path: '.github/headroom.yml', text: `gpus: ${gpus}\n` }, hardware);
  if ('problems' in parsed) throw new Error(parsed.problems[0]?.message);
  const side = (at: 0 | 1): { report: Report; texts: Map<string, string> } => {
    const texts = new Map(
      Object.entries(pullRequest).flatMap(([path, sides]) => (sides[at] === null ? [] : [[path, sides[at]] as const])),
    );
    const files = [...texts].map(([path, text]) => ({ path, text }));
    const input = {
      files,
      read: () => null,
      list: () => [],
      policy: parsed.policy,
      hardware,
      models,
      version: '0.1.0',
    };
    return { report: check(input), texts };
  };
  const [base, head] = [side(0), side(1)];
  const report = compareReports(head.report, base.report, new Map());
  const files = new Map([...head.texts].map(([path, text]) => [path, { path, text }]));
  const patch = wholePatch(report, files);
  return renderComment({ report, notes, asides: [], patch, runUrl: 'https://github.com/acme/serving/actions/runs/1' });
}

const STACK = corpus('production-stack/multiple-models.yaml');
const GEMMA = corpus('k8s-deployment/gke-vllm-gemma2-27b-l4x4.yaml');

it('a longer context in one of two models of a values file', async () => {
  const after = edited(STACK, 'maxModelLen: 4096', 'maxModelLen: 65536');
  const text = commentOn({ 'values/models.yaml': [STACK, after] }, '[l4, a100-40gb-sxm]');
  await expect(text).toMatchFileSnapshot('snapshots/pr-longer-context.md');
});

it('half of the GPUs for a tensor-parallel model', async () => {
  const fewer = GEMMA.replaceAll('nvidia.com/gpu: "4"', 'nvidia.com/gpu: "2"');
  const after = edited(fewer, '--tensor-parallel-size=4', '--tensor-parallel-size=2');
  const text = commentOn({ 'k8s/gemma.yaml': [GEMMA, after] }, '[]');
  await expect(text).toMatchFileSnapshot('snapshots/pr-fewer-gpus.md');
});

it('one deployment mended, one added, one gone, and a policy that changes too', async () => {
  const broken = edited(GEMMA, '--tensor-parallel-size=4', '--tensor-parallel-size=2').replaceAll(
    'gpu: "4"',
    'gpu: "2"',
  );
  const text = commentOn(
    {
      'k8s/gemma.yaml': [broken, GEMMA],
      'k8s/phi.yaml': [null, corpus('k8s-deployment/rh-vllm-args-flow-pairs.yaml')],
      'values/models.yaml': [STACK, null],
    },
    '[l4:4, h100]',
    ['This change touches the policy .github/headroom.yml. It was judged by the policy of the base.'],
  );
  await expect(text).toMatchFileSnapshot('snapshots/pr-mended.md');
});

it('the parts of every table add up to the total', () => {
  const snapshots = ['pr-longer-context', 'pr-fewer-gpus', 'pr-mended'].map((name) =>
    readFileSync(new URL(`snapshots/${name}.md`, import.meta.url), 'utf8'),
  );
  const tables = snapshots.flatMap((text) => text.match(/^\| GiB (?:on|per GPU).*\n(?:\|.*\n)+/gm) ?? []);
  expect(tables.length).toBeGreaterThan(4);
  for (const table of tables) {
    const rows = table
      .trim()
      .split('\n')
      .slice(2)
      .map((row) =>
        row
          .split('|')
          .slice(1, -1)
          .map((cell) => cell.trim()),
      );
    const figures = (title: string) => rows.find(([first]) => first === title)?.slice(1) ?? [];
    const parts = rows.filter(([title = '']) => title !== 'total' && !title.startsWith('KV cache that'));
    for (const [column, total] of figures('total').entries()) {
      if (total === '') continue;
      const sum = parts.reduce((all, row) => all + Number((row[column + 1] ?? '').replace('−', '-')), 0);
      // Each of the parts is rounded to two digits.
      expect(Math.abs(sum - Number(total)), table).toBeLessThanOrEqual(0.005 * (parts.length + 1));
    }
  }
});
