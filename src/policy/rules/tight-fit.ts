import { gib } from '../../bytes.ts';
import { targetName } from '../../hardware/gpu.ts';
import { culpritPlace } from './place.ts';
import type { Rule } from './rule.ts';

export const tightFit: Rule = {
  id: 'tight-fit',
  severity: 'warning',
  restates: 'tight',
  what: 'Whether the deployment fits depends on figures that vary from run to run and from host to host: the limit lies inside the interval of the estimate.',
  why: 'It may start today and fail after a driver update, on another host, or with a neighbour on the GPU.',
  remedy: 'Leave a little more room: apply the recommended values.',
  check({ deployment, targets, recommendation }) {
    return targets
      .filter((result) => result.gated && result.estimate.verdict === 'tight')
      .map(({ target, estimate }) => {
        const free = estimate.memory?.freeBytes;
        const room = free ? ` Free at the end: ${gib(free.low)} to ${gib(free.high)}.` : '';
        return {
          place: culpritPlace(deployment, estimate.stage),
          subject: target.gpu.id,
          message: `Tight on ${targetName(target)}: ${estimate.message ?? 'the limit lies inside the interval.'}${room}`,
          remedy: recommendation?.summary ?? this.remedy,
        };
      });
  },
};
