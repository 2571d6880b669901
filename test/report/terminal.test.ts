import { describe, expect, it } from 'vitest';
import { renderTerminal } from '../../src/report/terminal.ts';
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
  target,
  unsupported,
} from './factory.ts';
import { HOSTILE_NAMES } from './hostile.ts';

const plain = { colour: false, width: 120 };

it('reads well', async () => {
  await expect(renderTerminal(mixedReport(), plain)).toMatchFileSnapshot('snapshots/mixed.txt');
});

it('reads well where there is little room', async () => {
  await expect(renderTerminal(mixedReport(), { colour: false, width: 80 })).toMatchFileSnapshot('snapshots/narrow.txt');
});

it.each([50, 80, 100, 120, 200])('keeps within %d columns', (width) => {
  const lines = renderTerminal(mixedReport(), { colour: false, width }).split('\n');
  const free = /image tag|facts from/;
  expect(lines.filter((line) => line.length > width && !free.test(line) && !/\|/.test(line))).toEqual([]);
});

it('has a row for each GPU whose parts and free memory add up to the total', () => {
  const lines = renderTerminal(mixedReport(), plain).split('\n');
  const rows = lines.filter((line) => /^ {2}(?:l4-24gb|h100).*(?:fits|fails)$/.test(line));
  expect(rows).toHaveLength(4);
  for (const row of rows) {
    const figures = row.trim().split(/ {2,}/).slice(1, -1).map(Number);
    // The last two are what the GPU has and what stays free.
    const total = figures.at(-2) ?? 0;
    const sum = figures.reduce((all, one) => all + one, 0) - total;
    // Nine figures, each rounded to a hundredth.
    expect(Math.abs(sum - total)).toBeLessThan(0.045);
  }
});

it('colours verdicts only when asked', () => {
  const coloured = renderTerminal(mixedReport(), { colour: true, width: 120 });
  expect(coloured).toContain('\u001b[31mfails\u001b[0m');
  expect(coloured).toContain('\u001b[32mfits\u001b[0m');
  // oxlint-disable-next-line no-control-regex -- the colour codes are what is looked for
  expect(coloured.replace(/\u001b\[\d+m/g, '')).toBe(renderTerminal(mixedReport(), plain));
});

it('ends with the conclusion and what decides it', () => {
  const closing = (text: string): string => text.trimEnd().split('\n').slice(-2).join(' ');
  expect(closing(renderTerminal(mixedReport(), plain))).toContain('FAIL 1 of 2 deployments does not fit on l4-24gb');
  expect(closing(renderTerminal(mixedReport(), plain))).toContain('(.github/headroom.yml fails on: fails, error)');
  expect(closing(renderTerminal(report({ policyPath: null, failOn: [] }), plain))).toContain(
    'PASS The deployment fits on h100-80gb-sxm. (the default policy never fails)',
  );
});

it('says of what is tight that the message is that of the case that it fails', () => {
  const base = failing().estimate;
  const tight = failing(L4, { estimate: { ...base, verdict: 'tight', message: 'out of memory' } });
  expect(renderTerminal(report({ deployments: [result({ targets: [tight] })] }), plain)).toContain(
    'l4-24gb: tight when the KV cache is laid out; if it does not fit, the message is\n    out of memory\n',
  );
});

it('shows a survey of many GPUs as one line each', () => {
  const targets = Array.from({ length: 30 }, (_, at) => fitting(gpu(`gpu-${at}`, 24 + at), { gated: false }));
  const text = renderTerminal(report({ deployments: [result({ targets })] }), plain);
  expect(text.match(/^ {2}gpu-\d+ .*fits$/gm)).toHaveLength(30);
  expect(text).not.toContain('outside budget');
});

it('marks what is shown for information beside what counts', () => {
  const targets = [fitting(), failing(L4, { gated: false })];
  const text = renderTerminal(report({ deployments: [result({ targets })] }), plain);
  expect(text).toMatch(/^ {2}l4-24gb .* fails \(info\)$/m);
  expect(text).not.toContain('the engine would say');
});

it('leaves the engine out where it only runs out of memory', () => {
  const own = { verdict: 'fails', stage: 'load', message: 'Out of memory while the weights load.' } as const;
  const text = renderTerminal(
    report({ deployments: [result({ targets: [failing(L4, { estimate: estimate(own) })] })] }),
    plain,
  );
  expect(text).toContain('fails while the weights load\n');
  expect(text).not.toContain('the engine would say');
});

it('says once why several GPUs cannot be judged, and what to do', () => {
  const why = estimate({ verdict: 'unknown', message: 'The model acme/own is not known.', memory: null });
  const targets = [fitting(L4, { estimate: why }), fitting(gpu('t4-16gb', 14.56), { estimate: why })];
  const findings = [finding({ rule: 'cannot-estimate', message: why.message ?? '', remedy: 'Add an alias.' })];
  const text = renderTerminal(report({ deployments: [result({ targets, findings })] }), plain);
  expect(text).toContain('l4-24gb, t4-16gb: unknown\n    The model acme/own is not known.\n  → Add an alias.');
  expect(text.match(/acme\/own/g)).toHaveLength(1);
});

it('draws the parts beyond the end of the GPU', () => {
  const over = failing(L4);
  const memory = over.estimate.memory;
  if (!memory) throw new Error('the factory makes one');
  const weights = { ...memory.weightsBytes, value: 30 * 2 ** 30 };
  const targets = [
    { ...over, target: target(L4), estimate: { ...over.estimate, memory: { ...memory, weightsBytes: weights } } },
  ];
  expect(renderTerminal(report({ deployments: [result({ targets })] }), plain)).toMatch(/^ {2}l4-24gb {2}w+\|w+k+a+/m);
});

describe.each(HOSTILE_NAMES)('with %j for every name', (name) => {
  const own = deployment({ file: name, name, model: { value: name, place: finding().place } });
  const text = renderTerminal(
    report({
      conclusion: 'fail',
      policyPath: name,
      reasons: [name],
      deployments: [
        result({
          deployment: { ...own, engine: { ...own.engine, version: name, versionSource: name } },
          modelSource: name,
          targets: [failing(L4, { estimate: { ...failing().estimate, message: name, notes: [name] } })],
          findings: [finding({ message: name, remedy: name, place: { ...finding().place, file: name } })],
        }),
      ],
      unsupported: [unsupported({ file: name, name, reason: name, remedy: name })],
    }),
    { colour: false, width: 60 },
  );

  it('gives no command to the terminal or to the runner', () => {
    // oxlint-disable-next-line no-control-regex -- these must not come through
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/);
    expect(text).not.toMatch(/^\s*::/m);
    expect(text).not.toContain('##[');
  });
});

it('says why the engine refuses where no GPU has a row in the table', () => {
  const refused = estimate({ verdict: 'fails', stage: 'arguments', message: 'no such length', memory: null });
  const targets = [
    { target: target(L4), gated: false, estimate: refused },
    { target: target(gpu('h100-80gb-sxm', 79.1)), gated: false, estimate: refused },
  ];
  const text = renderTerminal(report({ deployments: [result({ targets })] }), plain);
  expect(text).toContain('l4-24gb, h100-80gb-sxm: fails when the engine reads its arguments');
  expect(text).toContain('no such length');
});

describe('many deployments', () => {
  const quiet = (at: number, targets = [fitting(), fitting(L4)]) =>
    result({ deployment: deployment({ file: `deploy/${at}.yaml` }), targets });

  it('gets those that need nothing a line each, and those that need something whole', () => {
    const many = [...Array.from({ length: 5 }, (_, at) => quiet(at)), quiet(5, [failing(L4)])];
    const text = renderTerminal(report({ deployments: many }), plain);
    expect(text).toContain('deploy/4.yaml:12  qwen/server\n    fits on h100-80gb-sxm, l4-24gb\n');
    expect(text).toContain('the engine would say');
    expect(text.match(/GiB per GPU/g)).toHaveLength(1);
    const whole = renderTerminal(report({ deployments: many }), { ...plain, verbose: true });
    expect(whole.match(/GiB per GPU/g)).toHaveLength(6);
  });

  it('leaves few whole', () => {
    const text = renderTerminal(report({ deployments: [quiet(0), quiet(1)] }), plain);
    expect(text.match(/GiB per GPU/g)).toHaveLength(2);
  });
});

it('does not pass what it could not judge, and names no GPU where the reason is none of theirs', () => {
  const targets = Array.from({ length: 8 }, (_, at) => ({
    target: target(gpu(`gpu-${at}`, 24)),
    gated: false,
    estimate: estimate({ verdict: 'unknown', message: 'The launch names no model.', memory: null }),
  }));
  const text = renderTerminal(report({ deployments: [result({ targets })] }), plain);
  expect(text).toContain('all 8 GPUs shown: unknown');
  expect(text).toMatch(/^UNKNOWN The deployment cannot be estimated\. \(passes, as /m);
  expect(text).not.toContain('PASS');
});
