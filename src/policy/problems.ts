import type { z } from 'zod';
import { nearest } from '../nearest.ts';
import type { Place } from '../text.ts';
import { knownKeys } from './known-keys.ts';
import type { PolicyProblem } from './policy.ts';
import { policySchema } from './schema.ts';
import { table } from '../table.ts';

/** What zod found, in words that name the place, the value and what to write instead. */
export function problemsOf(
  issue: z.core.$ZodIssue,
  value: unknown,
  placeAt: (path: readonly PropertyKey[], part?: 'key') => Place,
): PolicyProblem[] {
  const where = issue.path.length > 0 ? `'${issue.path.map(String).join('.')}'` : 'the policy';
  if (issue.code === 'unrecognized_keys') {
    const known = knownKeys(policySchema, issue.path);
    return issue.keys.map((key) => {
      const near = nearest(key, known);
      const all = `The keys${issue.path.length === 0 ? '' : ' here'} are ${known.join(', ')}.`;
      return {
        place: placeAt([...issue.path, key], 'key'),
        message: `unknown key '${key}'`,
        remedy: near.length > 0 ? `Did you mean ${near.join(', ')}?` : all,
      };
    });
  }
  const [meant, ...others] = issue.code === 'invalid_union' ? issue.errors.filter(isEntered) : [];
  if (meant && others.length === 0) {
    return meant.flatMap((one) => problemsOf({ ...one, path: [...issue.path, ...one.path] }, value, placeAt));
  }
  return [
    {
      place: placeAt(issue.path),
      message: `${where} is ${describe(valueAt(value, issue.path))}: it ${sentenceOf(issue)}`,
      remedy:
        nearKey(issue.path) ??
        nearWord(issue, valueAt(value, issue.path)) ??
        "Headroom's docs/policy.md says what it may be.",
    },
  ];
}

/** Whether an alternative of a schema is the one that was meant: what is wrong lies inside of it. */
function isEntered(branch: readonly z.core.$ZodIssue[]): boolean {
  return branch.length > 0 && branch.every(({ path }) => path.length > 0);
}

/** The key that was meant, where a mapping that takes keys of anybody's holds one near to its own. */
function nearKey(path: readonly PropertyKey[]): string | null {
  const key = path.at(-1);
  const known = knownKeys(policySchema, path.slice(0, -1));
  if (typeof key !== 'string' || known.includes(key)) return null;
  const near = nearest(key, known);
  return near.length > 0 ? `Did you mean ${near.join(', ')}?` : null;
}

/** The word that was meant, where there is a choice of words. */
function nearWord(issue: z.core.$ZodIssue, value: unknown): string | null {
  const words = wordsOf(issue);
  const [near] = typeof value === 'string' ? nearest(value, words) : [];
  return near === undefined ? null : `Did you mean ${near}?`;
}

function wordsOf(issue: z.core.$ZodIssue): string[] {
  if (issue.code === 'invalid_union') return issue.errors.flat().flatMap(wordsOf);
  return issue.code === 'invalid_value' ? issue.values.filter((one) => typeof one === 'string') : [];
}

/** What a value must be, in words for people; for a union, what each of its branches takes. */
function sentenceOf(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_union') {
    const branches = issue.errors.map((branch) => branch.map(sentenceOf).join(', and '));
    return [...new Set(branches)].join(', or ').replaceAll(', or must be ', ', or ');
  }
  if (issue.code === 'invalid_value') {
    const values = issue.values.map((one) => (typeof one === 'string' ? one : JSON.stringify(one)));
    return values.length === 1 ? `must be ${values[0]}` : `must be one of ${values.join(', ')}`;
  }
  if (issue.code === 'invalid_type') return `must be ${TYPES[issue.expected] ?? issue.expected}`;
  if (issue.code === 'too_small' && issue.origin === 'string' && issue.minimum === 1) return 'must not be empty';
  if (issue.code === 'too_small' || issue.code === 'too_big') {
    const [bound, side] = issue.code === 'too_small' ? [issue.minimum, 'least'] : [issue.maximum, 'most'];
    const exclusive = issue.inclusive === false ? `${side === 'least' ? 'more' : 'less'} than` : `at ${side}`;
    const unit = issue.origin === 'array' ? ' entries' : issue.origin === 'string' ? ' characters' : '';
    return `must ${unit === '' ? 'be' : 'have'} ${exclusive} ${bound}${unit}`;
  }
  return issue.message.startsWith('must') ? issue.message : `is not valid (${issue.message})`;
}

/** What YAML calls them. */
const TYPES: Readonly<Record<string, string>> = table({
  array: 'a list',
  object: 'a mapping',
  record: 'a mapping',
  string: 'a text',
  number: 'a number',
  boolean: 'true or false',
});

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
