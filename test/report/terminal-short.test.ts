import { describe, expect, it } from 'vitest';
import { renderTerminal } from '../../src/report/terminal.ts';
import type { DeploymentResult } from '../../src/report/report.ts';
import { deployment, estimate, failing, finding, L4, report, result, target } from './factory.ts';

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
