import { describe, expect, it } from 'vitest';
import { loadHardware } from '../../src/hardware/gpus.ts';
import { conclude } from '../../src/policy/conclude.ts';
import { GATE_WORDS } from '../../src/policy/schema.ts';
import { renderHtml } from '../../src/report/html/page.ts';
import { renderJson } from '../../src/report/json.ts';
import { renderJunit } from '../../src/report/junit.ts';
import { renderMarkdown } from '../../src/report/markdown.ts';
import { readReport } from '../../src/report/read.ts';
import type { DeploymentResult, Report } from '../../src/report/report.ts';
import { renderTerminal } from '../../src/report/terminal.ts';
import { deployment, estimate, L4, report, result, target } from './factory.ts';

function on(device: 'gpu' | 'cpu' | 'neuron' | 'tpu' | 'gaudi'): DeploymentResult {
  const open = estimate({ verdict: 'unknown', message: 'Something is missing.', memory: null, working: {} });
  return result({ deployment: deployment({ device }), targets: [{ target: target(L4), gated: true, estimate: open }] });
}

describe('a launch that runs on no GPU', () => {
  it.each(['cpu', 'neuron', 'tpu', 'gaudi'] as const)(
    'on %s fails no check, whatever the policy fails on',
    (device) => {
      expect(conclude([on(device)], [], [], GATE_WORDS)).toEqual({ conclusion: 'pass', reasons: [] });
      expect(conclude([on(device), on('gpu')], [], [], GATE_WORDS).reasons).toHaveLength(1);
    },
  );

  it('is told in a line, and as no verdict', () => {
    const text = renderTerminal(report({ deployments: [on('cpu')] }), { colour: false, width: 100 });
    expect(text).toContain('    runs on no GPU and is not judged\n');
    expect(text).toContain('PASS The deployment runs on no GPU and is not judged.');
    expect(text).not.toMatch(/unknown:|UNKNOWN|l4-24gb/);
    const whole = renderTerminal(report({ deployments: [on('cpu')] }), { colour: false, width: 100, verbose: true });
    expect(whole).toContain('  runs on no GPU and is not judged\n');
  });

  it.each([
    ['markdown', renderMarkdown],
    ['html', (one: Report) => renderHtml(one, null)],
    ['junit', renderJunit],
  ] as const)('is told once in %s, without a table of GPUs', (_format, render) => {
    const text = render(report({ deployments: [on('cpu')] }));
    expect(text).toContain('runs on no GPU and is not judged');
    expect(text).not.toMatch(/unknown<|cannot be estimated|l4-24gb/);
  });

  it('is still told when the report is read back', () => {
    const own = result({ deployment: deployment({ device: 'neuron' }) });
    const read = readReport(renderJson(report({ deployments: [own] })), loadHardware());
    expect(read).toMatchObject({ deployments: [{ deployment: { device: 'neuron' } }] });
  });

  it('leaves what is unknown of others as open as it is', () => {
    const text = renderTerminal(report({ deployments: [on('cpu'), on('gpu')] }), { colour: false, width: 100 });
    expect(text).toMatch(/^UNKNOWN /m);
  });
});
