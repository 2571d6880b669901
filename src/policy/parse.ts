import { isNode, parseDocument } from 'yaml';
import type { z } from 'zod';
import { GIB } from '../bytes.ts';
import type { Target } from '../hardware/gpu.ts';
import { type HardwareCatalogue, parseTarget } from '../hardware/lookup.ts';
import { nearest } from '../nearest.ts';
import { type Place, placeOf, type SourceFile } from '../text.ts';
import type { Policy, PolicyProblem } from './policy.ts';
import { RULE_IDS } from './rules/index.ts';
import { type PolicyFile, policySchema } from './schema.ts';

/** A policy is written by hand; nothing honest comes near this. */
const MAX_POLICY_CHARACTERS = 256 * 1024;

export type ParsedPolicy = { readonly policy: Policy } | { readonly problems: readonly PolicyProblem[] };

/** The policy of a repository that has none: GPUs that the configs name themselves, else a survey for information. */
export function defaultPolicy(): Policy {
  return policyOf(policySchema.parse({}), null, [], []);
}

/**
 * Reads `.github/headroom.yml`. Every problem names its place, the value and what to write instead; a policy
 * with a problem is never half used.
 */
export function parsePolicy(file: SourceFile, hardware: HardwareCatalogue): ParsedPolicy {
  const whole = (message: string, remedy: string): ParsedPolicy => ({
    problems: [{ place: placeOf(file, 0, 0), message, remedy }],
  });
  if (file.text.length > MAX_POLICY_CHARACTERS) {
    return whole(
      `${file.text.length} characters is more than a policy may have`,
      `Keep it under ${MAX_POLICY_CHARACTERS}.`,
    );
  }
  const document = parseDocument(file.text, { uniqueKeys: false, prettyErrors: false, logLevel: 'error' });
  if (document.errors.length > 0) {
    return {
      problems: document.errors.map((error) => ({
        place: placeOf(file, error.pos[0], error.pos[1]),
        message: `not valid YAML: ${error.message}`,
        remedy: 'Correct the YAML at this place.',
      })),
    };
  }
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: 100 }) ?? {};
  } catch {
    return whole('its YAML aliases expand without bound', 'Write the values out instead of using aliases.');
  }
  const parsed = policySchema.safeParse(value);
  const placeAt = (path: readonly PropertyKey[]): Place => {
    for (let depth = path.length; depth > 0; depth--) {
      const node = document.getIn(path.slice(0, depth), true);
      if (isNode(node) && node.range) return placeOf(file, node.range[0], node.range[1]);
    }
    return placeOf(file, 0, 0);
  };
  if (!parsed.success) return { problems: parsed.error.issues.flatMap((issue) => problemsOf(issue, value, placeAt)) };
  return resolve(parsed.data, file, hardware, placeAt);
}

function resolve(
  written: PolicyFile,
  file: SourceFile,
  hardware: HardwareCatalogue,
  placeAt: (path: readonly PropertyKey[]) => Place,
): ParsedPolicy {
  const problems: PolicyProblem[] = [];
  const targetsOf = (list: PolicyFile['gpus'], path: readonly PropertyKey[]): Target[] =>
    list.flatMap((entry, index) => {
      const target = parseTarget(typeof entry === 'string' ? entry : entry.gpu, hardware, 'matrix');
      if ('problem' in target) {
        problems.push({
          place: placeAt([...path, index]),
          message: target.problem,
          remedy:
            target.suggestions.length > 0
              ? `Did you mean ${target.suggestions.join(', ')}?`
              : 'Run `headroom gpus` for the names.',
        });
        return [];
      }
      if (typeof entry === 'string') return [target];
      const memory = entry['memory-gib'];
      return [
        {
          ...target,
          count: entry.count ?? target.count,
          visibleBytes: memory === undefined ? null : Math.round(memory * GIB),
          takenByOthersBytes: Math.round((entry['taken-gib'] ?? 0) * GIB),
        },
      ];
    });
  const gpus = targetsOf(written.gpus, ['gpus']);
  const scopes = written.targets.map((scope, index) => ({
    paths: scope.paths,
    gpus: targetsOf(scope.gpus, ['targets', index, 'gpus']),
  }));
  for (const rule of Object.keys(written.rules)) {
    if (RULE_IDS.includes(rule)) continue;
    const near = nearest(rule, RULE_IDS);
    problems.push({
      place: placeAt(['rules', rule]),
      message: `unknown rule '${rule}'`,
      remedy: near.length > 0 ? `Did you mean ${near.join(', ')}?` : `The rules are ${RULE_IDS.join(', ')}.`,
    });
  }
  if (problems.length > 0) return { problems };
  return { policy: policyOf(written, file.path, gpus, scopes) };
}

function policyOf(written: PolicyFile, path: string | null, gpus: Policy['gpus'], scopes: Policy['scopes']): Policy {
  return {
    path,
    gpus,
    scopes,
    paths: written.paths,
    ignore: written.ignore,
    failOn: written['fail-on'],
    models: new Map(Object.entries(written.models)),
    hub: written.hub,
    engineVersions: new Map(Object.entries(written['engine-versions'])),
    rules: new Map(Object.entries(written.rules)),
    minimumFreeBytes: Math.round(written['minimum-free-gib'] * GIB),
  };
}

function problemsOf(
  issue: z.core.$ZodIssue,
  value: unknown,
  placeAt: (path: readonly PropertyKey[]) => Place,
): PolicyProblem[] {
  const where = issue.path.length > 0 ? `'${issue.path.map(String).join('.')}'` : 'the policy';
  if (issue.code === 'unrecognized_keys') {
    const known = Object.keys(policySchema.shape);
    return issue.keys.map((key) => {
      const near = issue.path.length === 0 ? nearest(key, known) : [];
      return {
        place: placeAt([...issue.path, key]),
        message: `unknown key '${key}'`,
        remedy: near.length > 0 ? `Did you mean ${near.join(', ')}?` : `The keys are ${known.join(', ')}.`,
      };
    });
  }
  const written = valueAt(value, issue.path);
  return [
    {
      place: placeAt(issue.path),
      message: `${where} is ${describe(written)}: ${sentenceOf(issue)}`,
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
