import type { Unresolved } from '../../deployment.ts';
import { launchPlace } from './place.ts';
import type { Rule } from './rule.ts';
import { table } from '../../table.ts';

export const cannotEstimate: Rule = {
  id: 'cannot-estimate',
  severity: 'warning',
  restates: 'unknown',
  what: 'A fact that the estimate needs is missing: the model is not known, or an argument is not in the repository. What runs on no GPU is not judged, and no finding.',
  why: 'A deployment that is not judged is a gate that is off.',
  remedy:
    'Give the missing fact: an alias under `models` in the policy, a config.json in the repository, or the value itself in the config.',
  check({ deployment, remedy, targets }) {
    if (deployment.device !== 'gpu') return [];
    const reasons = new Set<string>();
    for (const { estimate } of targets)
      if (estimate.verdict === 'unknown' && estimate.message) reasons.add(estimate.message);
    return [...reasons].map((message) => ({
      place: launchPlace(deployment),
      message,
      remedy: remedy ?? this.remedy,
    }));
  },
};

/** Names that are no argument's. */
const TITLES: Readonly<Record<string, string>> = table({
  more_arguments: 'Further arguments',
  gpu_memory: 'The memory of its GPU',
  caller_arguments: 'Arguments that the caller of the script adds,',
});

/** How a value that only the run knows is called. */
function subjectOf(name: string): string {
  return TITLES[name] ?? name;
}

/** More values than this that only the run knows are counted: what is wanted is where to begin. */
const MAX_NAMED = 4;

/** `model is '$MODEL': MODEL is not set in this file; max_model_len is …; and 3 more values that only the run knows` */
export function openSentence(open: readonly Unresolved[]): string {
  // Without the model nothing can be said whatever the others are.
  const ordered = open.toSorted((a, b) => Number(b.name === 'model') - Number(a.name === 'model'));
  const named = ordered.slice(0, MAX_NAMED).map(({ name, text, reason }) => {
    return `${subjectOf(name)} ${name.endsWith('_arguments') ? 'are' : 'is'} '${text}': ${reason}`;
  });
  const more = open.length - named.length;
  const rest = more === 0 ? [] : [`and ${more} more ${more === 1 ? 'value' : 'values'} that only the run knows`];
  return [...named, ...rest].join('; ');
}

export const unresolvedArgument: Rule = {
  id: 'unresolved-argument',
  severity: 'warning',
  what: 'A value that only the run knows: a variable that nothing in the repository sets, an argument of the script, the output of a command.',
  why: 'What it holds may change the memory, and the estimate cannot know.',
  remedy: 'Write the value, or give the variable a default where it is defined.',
  check({ deployment, engine, targets }) {
    // Where such a value leaves no estimate at all, the verdict itself names it.
    if (targets.some(({ estimate }) => estimate.verdict === 'unknown')) return [];
    // What the engine knows and no memory hangs on (`--served-model-name {{.Name}}`) is nobody's business here.
    const counts = (name: string): boolean => !(engine?.knowsArgument(name) && !engine.affectsMemory(name));
    return deployment.unresolved
      .filter(({ name }) => counts(name))
      .map(({ name, text, reason, place }) => ({
        place,
        subject: name,
        message: `${subjectOf(name)} '${text}' left out of the estimate: ${reason}.`,
        remedy: this.remedy,
      }));
  },
};
