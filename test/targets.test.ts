import { describe, expect, it } from 'vitest';
import type { GpuRequest } from '../src/deployment.ts';
import { loadHardware } from '../src/hardware/gpus.ts';
import { targetName } from '../src/hardware/gpu.ts';
import { parsePolicy } from '../src/policy/parse.ts';
import { targetsOf } from '../src/targets.ts';

const hardware = loadHardware();
const place = { file: 'k8s/a.yaml', start: 0, end: 0, line: 1 };

/** `l4-24gb × 4 gated` for every target of a deployment in k8s/a.yaml with that GPU request under that policy. */
function judgedOn(
  policyText: string,
  request: { name?: string; count?: number; nodes?: number; or?: readonly (readonly [string, number])[] },
): string[] {
  const parsed = parsePolicy({ path: '.github/headroom.yml', text: policyText }, hardware);
  if ('problems' in parsed) throw new Error(JSON.stringify(parsed.problems));
  const gpuRequest: GpuRequest = {
    name: request.name === undefined ? null : { value: request.name, place },
    count: request.count === undefined ? null : { value: request.count, place },
    nodes: request.nodes ?? 1,
    ...(request.or && {
      alternatives: request.or.map(([name, count]) => ({
        name: { value: name, place },
        count: { value: count, place },
      })),
    }),
  };
  const targets = targetsOf({ file: 'k8s/a.yaml', gpuRequest }, parsed.policy, hardware);
  return targets.map(({ target, gated }) => `${targetName(target)}${gated ? ' gated' : ''}`);
}

describe('the GPUs that a deployment is judged on', () => {
  it('is every declared GPU when the config names none', () => {
    expect(judgedOn('gpus: [l4, h100]', {})).toEqual(['l4-24gb gated', 'h100-80gb-sxm gated']);
  });

  it('takes the count that the config asks for, over all nodes of a replica', () => {
    expect(judgedOn('gpus: [h100]', { count: 8, nodes: 2 })).toEqual(['h100-80gb-sxm × 16 gated']);
    expect(judgedOn('gpus: ["h100:8"]', { count: 2 })).toEqual(['h100-80gb-sxm × 2 gated']);
    expect(judgedOn('gpus: ["h100:8"]', {})).toEqual(['h100-80gb-sxm × 8 gated']);
  });

  it('decides on the GPU that the config names, and shows the rest of the matrix', () => {
    expect(judgedOn('gpus: [t4, l4]', { name: 'nvidia-l4', count: 4 })).toEqual(['l4-24gb × 4 gated', 't4-16gb × 4']);
    expect(judgedOn('gpus: [t4]', { name: 'nvidia-l4' })).toEqual(['l4-24gb gated', 't4-16gb']);
    expect(judgedOn('', { name: 'g6.12xlarge' })).toEqual(['l4-24gb × 4 gated']);
  });

  it('decides on every GPU that the config allows', () => {
    const request = {
      name: 'H100',
      count: 8,
      or: [
        ['A100-80GB', 8],
        ['H100', 8],
        ['L4', 2],
      ] as const,
    };
    expect(judgedOn('gpus: [t4, l4]', request)).toEqual([
      'h100-80gb-sxm × 8 gated',
      'a100-80gb-sxm × 8 gated',
      'l4-24gb × 2 gated',
      't4-16gb × 8',
    ]);
  });

  it('takes the matrix of the last scope that matches the path', () => {
    const scopes =
      'gpus: [l4]\ntargets:\n  - {paths: "k8s/**", gpus: [a10]}\n  - {paths: ["**/a.yaml"], gpus: [h200]}\n  - {paths: "edge/**", gpus: [t4]}';
    expect(judgedOn(scopes, {})).toEqual(['h200-141gb-sxm gated']);
  });

  it('surveys common GPUs without a matrix and without a name, for information', () => {
    const survey = judgedOn('', { count: 2 });
    expect(survey).toHaveLength(8);
    expect(survey).toContain('l4-24gb × 2');
    expect(survey.some((line) => line.endsWith('gated'))).toBe(false);
  });

  it('falls back to the matrix where the catalogue does not know the name', () => {
    expect(judgedOn('gpus: [l4]', { name: 'voodoo2' })).toEqual(['l4-24gb gated']);
  });
});
