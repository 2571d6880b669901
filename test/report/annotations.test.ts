import { expect, it } from 'vitest';
import { annotationsOf } from '../../src/report/annotations.ts';
import { finding, place, report, result } from './factory.ts';

it('stays within ten of a kind, with one left for the verdict, and counts the rest', () => {
  const many = (severity: 'error' | 'warning' | 'info') => Array.from({ length: 40 }, () => finding({ severity }));
  const findings = [...many('error'), ...many('warning'), ...many('info')];
  const { shown, left } = annotationsOf(report({ deployments: [result({ findings })] }));
  for (const severity of ['error', 'warning', 'info'])
    expect(shown.filter((one) => one.severity === severity)).toHaveLength(9);
  expect(left).toBe(120 - 27);
});

it('puts what the change touches before what it leaves alone, on the exact lines', () => {
  const untouched = result({
    findings: [finding({ place: place('a.yaml', 1) })],
    comparison: { kind: 'unchanged', before: null },
  });
  const touched = result({
    findings: [finding({ place: place('b.yaml', 7) })],
    comparison: { kind: 'changed', before: null },
  });
  const { shown } = annotationsOf(report({ deployments: [untouched, touched] }));
  expect(shown.map(({ file, line }) => [file, line])).toEqual([
    ['b.yaml', 7],
    ['a.yaml', 1],
  ]);
});

it('cuts a message where the runner would cut it', () => {
  const message = 'x'.repeat(10_000);
  const { shown } = annotationsOf(report({ deployments: [result({ findings: [finding({ message })] })] }));
  expect(shown[0]?.message.length).toBeLessThanOrEqual(4_096);
});
