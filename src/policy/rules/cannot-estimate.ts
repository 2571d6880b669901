import { launchPlace } from './place.ts';
import type { Rule, RuleInput } from './rule.ts';

export const cannotEstimate: Rule = {
  id: 'cannot-estimate',
  severity: 'warning',
  restates: 'unknown',
  what: 'A fact that the estimate needs is missing: the model is not known, an argument is not in the repository, or the engine does not run on a GPU.',
  why: 'A deployment that is not judged is a gate that is off.',
  remedy:
    'Give the missing fact: an alias under `models` in the policy, a config.json in the repository, or the value itself in the config.',
  check({ deployment, engine, targets }) {
    const reasons = new Set<string>();
    for (const { estimate } of targets)
      if (estimate.verdict === 'unknown' && estimate.message) reasons.add(estimate.message);
    const remedy = remedyFor(deployment, engine) ?? this.remedy;
    return [...reasons].map((message) => ({ place: launchPlace(deployment), message, remedy }));
  },
};

/** What to do where it is not the model's facts that are missing. */
function remedyFor({ device, unresolved }: RuleInput['deployment'], engine: RuleInput['engine']): string | null {
  if (device !== 'gpu') return 'Nothing to do if that is meant; `ignore` in the policy leaves the file out.';
  const open = unresolved.some(({ name }) => name === 'model' || engine?.affectsMemory(name));
  return open ? 'Write the value, or give the variable a default where it is defined.' : null;
}

/** Names that are no argument's. */
const TITLES: Readonly<Record<string, string>> = {
  more_arguments: 'Further arguments',
  caller_arguments: 'Arguments that the caller of the script adds,',
};

export const unresolvedArgument: Rule = {
  id: 'unresolved-argument',
  severity: 'warning',
  what: 'A value that only the run knows: a variable that nothing in the repository sets, an argument of the script, the output of a command.',
  why: 'What it holds may change the memory, and the estimate cannot know.',
  remedy: 'Write the value, or give the variable a default where it is defined.',
  check({ deployment, targets }) {
    // Where such a value leaves no estimate at all, the verdict itself names it.
    if (targets.some(({ estimate }) => estimate.verdict === 'unknown')) return [];
    return deployment.unresolved.map(({ name, text, reason, place }) => ({
      place,
      subject: name,
      message: `${TITLES[name] ?? name} '${text}' left out of the estimate: ${reason}.`,
      remedy: this.remedy,
    }));
  },
};
