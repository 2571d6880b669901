import { micromark } from 'micromark';
import { gfm, gfmHtml } from 'micromark-extension-gfm';
import { describe, expect, it } from 'vitest';
import { renderMarkdown } from '../../src/report/markdown.ts';
import type { Report, TargetResult } from '../../src/report/report.ts';
import {
  deployment,
  estimate,
  failing,
  finding,
  fitting,
  gpu,
  L4,
  mixedReport,
  report,
  result,
  SHORTER,
  target,
  unsupported,
} from './factory.ts';
import { HOSTILE_NAMES } from './hostile.ts';

function html(markdown: string): string {
  return micromark(markdown, { extensions: [gfm()], htmlExtensions: [gfmHtml()], allowDangerousHtml: true });
}

/** Cells of every row of every table. */
function cellCounts(rendered: string): number[][] {
  return [...rendered.matchAll(/<table>.*?<\/table>/gs)].map(([table]) =>
    [...table.matchAll(/<tr>.*?<\/tr>/gs)].map(([row]) => [...row.matchAll(/<t[hd][ >]/g)].length),
  );
}

function bytes(text: string): number {
  return Buffer.byteLength(text);
}

it('reads well', async () => {
  await expect(renderMarkdown(mixedReport())).toMatchFileSnapshot('snapshots/mixed.md');
});

it('begins with the one sentence that a reviewer needs', () => {
  expect(renderMarkdown(mixedReport()).split('\n')[0]).toBe(
    '**❌ 1 of 2 deployments does not fit on l4-24gb: KV cache 1.49 GiB short. 1 launch could not be read.**',
  );
});

it('puts the deployment that fails before the one that fits', () => {
  const text = renderMarkdown(mixedReport());
  expect(text.indexOf('qwen/server')).toBeLessThan(text.indexOf('<code>embed</code>'));
});

it('has tables whose rows are as wide as their headings', () => {
  const tables = cellCounts(html(renderMarkdown(mixedReport())));
  // Overview, change, parts of the GPU that fails, parts of the other and two workings of the one deployment; overview, parts
  // and two workings of the other. A launch without a drafter has no row for one.
  expect(tables.map((rows) => rows.length)).toEqual([3, 2, 10, 10, 15, 15, 3, 10, 15, 15]);
  for (const rows of tables) expect(new Set(rows).size).toBe(1);
  expect(tables[0]?.[0]).toBe(8);
});

it('says why the check fails where no verdict does', () => {
  const reasons = ['deploy/qwen.yaml:20: removed-argument'];
  expect(renderMarkdown(report({ conclusion: 'fail', reasons }))).toContain('- deploy/qwen.yaml:20: removed-argument');
});

it('shows a survey of many GPUs as one line each', () => {
  const targets = Array.from({ length: 30 }, (_, at) => fitting(gpu(`gpu-${at}`, 24 + at), { gated: false }));
  const [table, ...others] = cellCounts(html(renderMarkdown(report({ deployments: [result({ targets })] }))));
  expect(table).toEqual(Array.from({ length: 31 }, () => 8));
  expect(others).toEqual([]);
});

it('marks no deployment as failing on a GPU that is shown for a choice alone', () => {
  const choice = [failing(undefined, { gated: false }), fitting(undefined, { gated: false })];
  const text = renderMarkdown(report({ deployments: [result({ targets: choice })] }));
  expect(text).toContain('### ℹ️ ');
  const nowhere = renderMarkdown(report({ deployments: [result({ targets: choice.slice(0, 1) })] }));
  expect(nowhere).toContain('### ❌ ');
});

it('says of what is tight what may come', () => {
  const base = failing().estimate;
  const tight = failing(undefined, { estimate: { ...base, verdict: 'tight', message: 'out of memory' } });
  expect(renderMarkdown(report({ deployments: [result({ targets: [tight] })] }))).toMatch(
    /\*\* is tight .*; if it does not fit, the message is:\n> out of memory/,
  );
});

it('says why a launch cannot be estimated, without a table of nothing, and on which GPUs where others can', () => {
  const unknown = estimate({ verdict: 'unknown', message: 'The launch names no model.', memory: null, working: {} });
  const on = (targets: readonly TargetResult[]): string =>
    renderMarkdown(report({ deployments: [result({ targets })] }));
  const open = { target: target(L4), gated: true, estimate: unknown };
  const nowhere = on([open]);
  expect(nowhere).toContain('cannot be estimated on l4-24gb\n');
  expect(nowhere).toContain('\n\n> The launch names no model.');
  expect(nowhere).not.toContain('| GPU | verdict |');
  const somewhere = on([open, fitting()]);
  expect(somewhere).toContain('**l4-24gb** cannot be estimated:\n> The launch names no model.');
  expect(somewhere).toContain('| GPU | verdict |');
});

it('takes off what is given back, and shows no cache below none', () => {
  const base = failing().estimate;
  const quantity = (value: number) => ({ value, low: value, high: value, basis: 'formula' as const });
  const memory = base.memory && {
    ...base.memory,
    releasedBytes: quantity(2 ** 30),
    kvCacheBytes: quantity(-(2 ** 31)),
  };
  const text = renderMarkdown(
    report({ deployments: [result({ targets: [failing(undefined, { estimate: { ...base, memory } })] })] }),
  );
  expect(text).toContain('| released | −1.00 |');
  expect(text).toContain('| 1.80 GiB | 0.00 GiB |');
});

/** Heading, six parts that are something, free, total and what one request needs; one GPU. */
const PARTS_TABLE = Array.from({ length: 10 }, () => 2);

describe.each(HOSTILE_NAMES)('with %j for every name', (name) => {
  const own = deployment({ file: name, name, model: { value: name, place: finding().place } });
  const hostile: Report = report({
    policyPath: name,
    reasons: [name],
    conclusion: 'fail',
    deployments: [
      result({
        deployment: { ...own, engine: { ...own.engine, version: name, versionSource: name } },
        modelSource: name,
        targets: [
          failing(undefined, {
            estimate: { ...failing().estimate, message: name, working: { weightsBytes: name }, notes: [name] },
          }),
        ],
        findings: [finding({ message: name, remedy: name, place: { ...finding().place, file: name } })],
        recommendation: {
          ...SHORTER,
          summary: name,
          changes: SHORTER.changes.map((change) => ({
            ...change,
            argument: name,
            from: name,
            to: name,
            cost: name,
            notEditable: name,
          })),
        },
      }),
    ],
    unsupported: [unsupported({ file: name, name, reason: name, remedy: name })],
  });

  it('keeps its tables and lets no markup, link or image in', () => {
    const rendered = html(renderMarkdown(hostile));
    expect(cellCounts(rendered)).toEqual([[8, 8], [4, 4], PARTS_TABLE, Array.from({ length: 15 }, () => 5)]);
    const tags = new Set([...rendered.matchAll(/<\/?([a-z0-9!-]+)/gi)].map(([, tag]) => tag));
    const ours = 'strong h3 code pre p table thead tbody tr th td blockquote ul li details summary sub'.split(' ');
    expect([...tags].filter((tag) => !ours.includes(tag ?? ''))).toEqual([]);
    expect(rendered.match(/<h3>/g)).toHaveLength(2);
  });
});

describe('a report that is too long', () => {
  const many = report({
    deployments: Array.from({ length: 200 }, (_, at) =>
      result({
        deployment: deployment({ file: `deploy/${String(at).padStart(3, '0')}.yaml`, name: `server-${at}` }),
        targets: at === 150 ? [failing()] : [fitting()],
      }),
    ),
  });

  it.each([4_000, 20_000, 60_000, 200_000])('stays within %d bytes and says what is left out', (limit) => {
    const text = renderMarkdown(many, limit);
    expect(bytes(text)).toBeLessThanOrEqual(limit);
    expect(text).toContain('**Shortened**');
    expect(text).toMatch(/left out: .*deployments/);
  });

  it.each([25_000, 60_000])('stays within %d bytes however long the names are', (limit) => {
    const name = '|'.repeat(400);
    const own = { ...deployment({ file: name, name }), model: null };
    const long = report({
      conclusion: 'fail',
      reasons: Array.from({ length: 100 }, () => name),
      deployments: Array.from({ length: 100 }, (_, at) =>
        result({ deployment: own, comparison: { kind: at === 0 ? 'added' : 'unchanged', before: null } }),
      ),
      unsupported: Array.from({ length: 100 }, () => unsupported({ file: name, name, reason: name, remedy: name })),
      findings: Array.from({ length: 100 }, () => finding({ message: name, remedy: name })),
      removed: Array.from({ length: 100 }, () => result({ deployment: own })),
    });
    const text = renderMarkdown(long, limit);
    expect(bytes(text)).toBeLessThanOrEqual(limit);
    expect(text).toContain('| GPU | verdict |');
  });

  it('keeps the whole of the failing deployment and a line of each other', () => {
    const text = renderMarkdown(many, 60_000);
    expect(text.indexOf('server-150')).toBeLessThan(text.indexOf('server-0<'));
    expect(text).toContain('To serve at least one request');
    for (let at = 0; at < 200; at++) expect(text).toContain(`server-${at}</code>`);
  });

  it('says nothing of the kind when everything has room', () => {
    expect(renderMarkdown(mixedReport())).not.toContain('Shortened');
    expect(renderMarkdown(many, Number.POSITIVE_INFINITY)).not.toContain('Shortened');
  });
});

it('gives the same text for the same report', () => {
  expect(renderMarkdown(mixedReport())).toBe(renderMarkdown(mixedReport()));
});
