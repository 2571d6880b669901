import { expect, it } from 'vitest';
import { headline } from '../../src/report/headline.ts';
import type { DeploymentResult } from '../../src/report/report.ts';
import {
  estimate,
  failing,
  finding,
  fitting,
  H100,
  L4,
  memory,
  mixedReport,
  report,
  result,
  target,
  unsupported,
} from './factory.ts';

const unknown = (): DeploymentResult =>
  result({
    targets: [
      { target: target(L4), gated: true, estimate: estimate({ verdict: 'unknown', message: 'why', memory: null }) },
    ],
  });
const verdictOn = (verdict: 'tight' | 'degraded'): DeploymentResult =>
  result({ targets: [fitting(), fitting(L4, { estimate: estimate({ verdict }) })] });

it('says what does not fit, where, and by how much', () => {
  const { deployments } = mixedReport();
  // 4.50 GiB needed less 3.01 GiB available, as in the engine's message.
  expect(headline(report({ deployments }))).toBe(
    '1 of 2 deployments does not fit on l4-24gb: KV cache 1.49 GiB short.',
  );
});

it('says the worst of several', () => {
  const worse = failing(L4, {
    estimate: estimate({
      verdict: 'fails',
      stage: 'kv_cache',
      message: 'x',
      memory: memory(L4, { weightsGib: 17.27, neededGib: 4.5 }),
    }),
  });
  const deployments = [result({ targets: [failing()] }), result({ targets: [worse, failing(H100)] })];
  expect(headline(report({ deployments }))).toBe(
    '2 of 2 deployments do not fit on l4-24gb and h100-80gb-sxm: at worst KV cache 3.49 GiB short.',
  );
});

it('counts bytes over the GPU where the KV cache is not what fails', () => {
  const own = memory(L4, { weightsGib: 15.27, neededGib: 4.5 });
  const over = {
    ...own,
    freeBytes: { value: -(2 ** 30), low: -(2 ** 31), high: -(2 ** 29), basis: 'formula' as const },
  };
  const targets = [
    failing(L4, { estimate: estimate({ verdict: 'fails', stage: 'load', message: 'x', memory: over }) }),
  ];
  expect(headline(report({ deployments: [result({ targets })] }))).toBe(
    'The deployment does not fit on l4-24gb: 1.00 GiB more than the GPU has.',
  );
});

it.each([
  [[result()], 'The deployment fits on h100-80gb-sxm.'],
  [[result(), result()], 'All 2 deployments fit on h100-80gb-sxm.'],
  [[result(), unknown()], '1 of 2 deployments cannot be estimated.'],
  [[verdictOn('tight')], 'The deployment is too close to the limit to be sure.'],
  [[result(), verdictOn('degraded')], '1 of 2 deployments starts with less than asked for.'],
])('sums up what does not fail', (deployments, sentence) => {
  expect(headline(report({ deployments }))).toBe(sentence);
});

it('does not count what is shown for information', () => {
  const survey = result({ targets: [failing(L4, { gated: false }), fitting(H100, { gated: false })] });
  expect(headline(report({ deployments: [survey] }))).toBe('The deployment fits on 1 of 2 GPUs shown for information.');
  expect(headline(report({ deployments: [survey, survey] }))).toBe(
    'No GPU is declared: 2 deployments shown on common GPUs for information.',
  );
});

it('never passes over what could not be read', () => {
  expect(headline(report({ unsupported: [unsupported()] }))).toBe(
    'The deployment fits on h100-80gb-sxm. 1 launch could not be read.',
  );
  expect(headline(report({ deployments: [], unsupported: [unsupported(), unsupported()] }))).toBe(
    '2 launches could not be read.',
  );
  expect(headline(report({ deployments: [], filesRead: 1 }))).toBe('No serving config found in 1 file.');
});

it('says what no common GPU holds, since no gate does', () => {
  const shown = result({ targets: [failing(L4, { gated: false }), failing(H100, { gated: false })] });
  expect(headline(report({ deployments: [result({ targets: [fitting()] }), shown] }))).toBe(
    '1 of 2 deployments fits on h100-80gb-sxm. 1 of 2 deployments would fail on every common GPU.',
  );
});

it('names what fails the check where everything has room', () => {
  const error = finding({ rule: 'concurrency-below-need', severity: 'error' });
  const deployments = [result({ targets: [fitting()], findings: [error] })];
  const reasons = ['deploy/vllm.yaml:12: concurrency-below-need'];
  expect(headline(report({ deployments, failOn: ['fails', 'error'], conclusion: 'fail', reasons }))).toBe(
    'The deployment fits on h100-80gb-sxm. What fails the check: concurrency-below-need.',
  );
});

it('tells launches that run on no GPU from those of which something is missing', () => {
  const cpu = { ...unknown(), deployment: { ...unknown().deployment, device: 'cpu' as const } };
  expect(headline(report({ deployments: [result(), cpu] }))).toBe(
    '1 of 2 deployments fits on h100-80gb-sxm. 1 of 2 deployments runs on no GPU and is not judged.',
  );
  expect(headline(report({ deployments: [cpu] }))).toBe('The deployment runs on no GPU and is not judged.');
});
