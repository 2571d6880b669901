import { describe, expect, it } from 'vitest';
import { renderMarkdown } from '../../src/report/markdown.ts';
import { renderTerminal } from '../../src/report/terminal.ts';
import type { DeploymentResult } from '../../src/report/report.ts';
import { deployment, estimate, failing, finding, fitting, gpu, H100, L4, report, result, target } from './factory.ts';

const REMEDY = 'Map it under `models`.';

function open(name: string, overrides: Partial<DeploymentResult> = {}): DeploymentResult {
  const message = `The model '${name}' is not known.`;
  const unknown = estimate({ verdict: 'unknown', message, memory: null, working: {} });
  return result({
    deployment: deployment({ name }),
    targets: [{ target: target(L4), gated: true, estimate: unknown }],
    findings: [finding({ rule: 'cannot-estimate', message, remedy: REMEDY })],
    ...overrides,
  });
}

const names = ['one', 'two', 'three', 'four', 'five', 'six'];
const drawn = (deployments: readonly DeploymentResult[], verbose = false): string =>
  renderTerminal(report({ deployments }), { colour: false, width: 100, verbose });

describe('many deployments that cannot be estimated', () => {
  it('are listed with what is missing, and what to do is said once', () => {
    const text = drawn(names.map((name) => open(name)));
    for (const name of names) expect(text).toContain(`  ${name}\n    The model '${name}' is not known.\n`);
    expect(text.split(REMEDY)).toHaveLength(2);
  });

  it('are listed above what is true of all of them', () => {
    const same = names.map((name) => {
      const one = open('other/model');
      return { ...one, deployment: deployment({ name }) };
    });
    const text = drawn([...same, open('last')]);
    expect(text).toMatch(/ {2}one\n(?:.* {2}\w+\n){4}.* {2}six\n {4}The model 'other\/model' is not known\.\n/);
    expect(text).toContain("  last\n    The model 'last' is not known.\n");
  });

  it('are shown whole when asked for, and where they are few', () => {
    expect(
      drawn(
        names.map((name) => open(name)),
        true,
      ).split(REMEDY),
    ).toHaveLength(names.length + 1);
    expect(drawn(names.slice(1).map((name) => open(name))).split(REMEDY)).toHaveLength(names.length);
  });

  it('are shown whole where something else is wrong with them', () => {
    const minded = open('minded', { findings: [finding({ rule: 'unknown-argument', message: 'No such option.' })] });
    const mixed = open('mixed', { targets: [...open('mixed').targets, failing()] });
    const text = drawn([...names.map((name) => open(name)), minded, mixed]);
    expect(text).toContain('No such option.');
    expect(text).toMatch(/ {2}mixed\n {2}vLLM/);
    expect(text).toMatch(/ {2}minded\n {2}vLLM/);
  });
});

describe('what is true of many GPUs', () => {
  const cards = Array.from({ length: 14 }, (_, at) => gpu(`card-${at}`, 24));
  const refusing = (refused: number): DeploymentResult => {
    const refusal = estimate({
      verdict: 'fails',
      stage: 'arguments',
      message: 'No.',
      quotesEngine: true,
      memory: null,
    });
    const other = estimate({ verdict: 'unknown', message: 'Another build.', memory: null });
    return result({
      targets: cards.map((card, at) => ({
        target: target(card),
        gated: false,
        estimate: at < refused ? { ...refusal, notes: ['write it so'] } : other,
      })),
    });
  };

  it('is said of their number, and no table is drawn where no figure is known', () => {
    const text = drawn([refusing(12)]);
    expect(text).toContain('12 of 14 GPUs: fails when the engine reads its arguments; the engine would say\n    No.\n');
    expect(text).toContain('card-12, card-13: unknown\n');
    expect(text).toContain('Note: 12 of 14 GPUs: write it so\n');
    expect(text).not.toContain('peak GiB');
    expect(renderMarkdown(report({ deployments: [refusing(12)] }))).toContain('**12 of 14 GPUs** fails when');
    expect(drawn([refusing(14)])).toContain('all 14 GPUs shown: fails when the engine reads its arguments');
  });
});

it('says why a deployment fails on every GPU that is shown for information, in the words for the largest', () => {
  const targets = [failing(L4, { gated: false }), failing(gpu('card-of-180', 180), { gated: false })];
  const [, largest] = targets;
  const why = (deployments: readonly DeploymentResult[]): string => drawn(deployments);
  expect(why([result({ targets })])).toContain('card-of-180: fails when the KV cache is laid out');
  expect(why([result({ targets })])).not.toContain('l4-24gb: fails');
  expect(why([result({ targets: [...targets, fitting(H100, { gated: false })] })])).not.toContain('card-of-180: fails');
  expect(largest?.estimate.message).toBeTruthy();
});
