import type { z } from 'zod';
import { nearest } from '../nearest.ts';
import type { Place } from '../text.ts';
import type { PolicyProblem } from './policy.ts';
import { policySchema } from './schema.ts';

/** What zod found, in words that name the place, the value and what to write instead. */
export function problemsOf(
  issue: z.core.$ZodIssue,
  value: unknown,
  placeAt: (path: readonly PropertyKey[]) => Place,
): PolicyProblem[] {
  const where = issue.path.length > 0 ? `'${issue.path.map(String).join('.')}'` : 'the policy';
  if (issue.code === 'unrecognized_keys') {
    const known = Object.keys(policySchema.shape);
    return issue.keys.map((key) => {
      const near = issue.path.length === 0 ? nearest(key, known) : [];
      const all = issue.path.length === 0 ? `The keys are ${known.join(', ')}.` : 'See docs/policy.md for its keys.';
      return {
        place: placeAt([...issue.path, key]),
        message: `unknown key '${key}'`,
        remedy: near.length > 0 ? `Did you mean ${near.join(', ')}?` : all,
      };
    });
  }
  return [
    {
      place: placeAt(issue.path),
      message: `${where} is ${describe(valueAt(value, issue.path))}: ${sentenceOf(issue)}`,
      remedy: 'See docs/policy.md for what it may be.',
    },
  ];
}

/** For a union, the message of the branch that came nearest, in place of zod's bare "Invalid input". */
function sentenceOf(issue: z.core.$ZodIssue): string {
  if (issue.code !== 'invalid_union') return issue.message;
  const branches = issue.errors.map((branch) => branch.map((inner) => inner.message).join('; '));
  return [...new Set(branches)].join(', or ');
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  let at: unknown = value;
  for (const key of path)
    at = typeof at === 'object' && at !== null ? (at as Record<PropertyKey, unknown>)[key] : undefined;
  return at;
}

function describe(value: unknown): string {
  if (value === undefined) return 'missing';
  return (JSON.stringify(value) ?? String(value)).slice(0, 80);
}
