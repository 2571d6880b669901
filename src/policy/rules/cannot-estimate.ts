import { launchPlace } from './place.ts';
import type { Rule } from './rule.ts';

export const cannotEstimate: Rule = {
  id: 'cannot-estimate',
  severity: 'warning',
  restates: 'unknown',
  what: 'A fact that the estimate needs is missing: the model is not known, an argument is not in the repository, or the engine does not run on a GPU.',
  why: 'A deployment that is not judged is a gate that is off.',
  remedy:
    'Give the missing fact: an alias under `models` in the policy, a config.json in the repository, or the value itself in the config.',
  check({ deployment, targets }) {
    const reasons = new Set<string>();
    for (const { estimate } of targets)
      if (estimate.verdict === 'unknown' && estimate.message) reasons.add(estimate.message);
    return [...reasons].map((message) => ({ place: launchPlace(deployment), message, remedy: this.remedy }));
  },
};
