import { targetName } from '../../hardware/gpu.ts';
import { culpritPlace } from './place.ts';
import type { Rule } from './rule.ts';

export const runsDegraded: Rule = {
  id: 'runs-degraded',
  severity: 'warning',
  restates: 'degraded',
  what: 'The engine starts with less than the config asks for: a shorter context, or layers moved to the CPU.',
  why: 'It looks healthy and serves slower, or refuses the long requests it was deployed for.',
  remedy: 'Ask for what fits, so that what runs is what the config says.',
  check({ deployment, targets, recommendation }) {
    return targets
      .filter((result) => result.gated && result.estimate.verdict === 'degraded')
      .map(({ target, estimate }) => ({
        place: culpritPlace(deployment, estimate.stage),
        subject: target.gpu.id,
        message: `Degraded on ${targetName(target)}: ${estimate.message ?? 'less than asked for.'}`,
        remedy: recommendation?.summary ?? this.remedy,
      }));
  },
};
