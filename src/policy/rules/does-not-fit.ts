import { targetName } from '../../hardware/gpu.ts';
import { culpritPlace } from './place.ts';
import type { Rule } from './rule.ts';

export const doesNotFit: Rule = {
  id: 'does-not-fit',
  severity: 'error',
  restates: 'fails',
  what: 'The engine does not start, or dies, on a GPU that the deployment must fit, even if every estimate is as low as it can be.',
  why: 'Found after the merge, the pod crash-loops with the message that the finding quotes.',
  remedy: 'Apply the recommended values, or use the GPU that the recommendation names.',
  check({ deployment, targets, recommendation }) {
    return targets
      .filter((result) => result.gated && result.estimate.verdict === 'fails')
      .map(({ target, estimate }) => ({
        place: culpritPlace(deployment, estimate.stage),
        subject: target.gpu.id,
        message: `Does not fit on ${targetName(target)}: ${estimate.message ?? 'out of memory'}`,
        remedy: recommendation?.summary ?? this.remedy,
      }));
  },
};
