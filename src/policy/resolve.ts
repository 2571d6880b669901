import { GIB } from '../bytes.ts';
import { engines } from '../engines/index.ts';
import type { Target } from '../hardware/gpu.ts';
import { type HardwareCatalogue, parseTarget } from '../hardware/lookup.ts';
import { nearest } from '../nearest.ts';
import type { Need } from '../recommend/goal.ts';
import type { Place } from '../text.ts';
import type { Policy, PolicyProblem, Scope } from './policy.ts';
import { RULE_IDS, ruleById } from './rules/index.ts';
import type { PolicyFile } from './schema.ts';

export interface Resolving {
  readonly hardware: HardwareCatalogue;
  placeAt(path: readonly PropertyKey[], part?: 'key'): Place;
}

/** A validated file as a policy: every GPU looked up, every rule known. The baseline is read by the caller. */
export function resolvePolicy(
  written: PolicyFile,
  path: string | null,
  resolving: Resolving,
): { readonly policy: Policy } | { readonly problems: readonly PolicyProblem[] } {
  const problems: PolicyProblem[] = [];
  const gpus = targetsOf(written.gpus, ['gpus'], resolving, problems);
  const scopes = written.targets.map((scope, index): Scope => {
    const minimum = scope['minimum-free-gib'];
    return {
      paths: scope.paths,
      names: scope.names,
      labels: new Map(Object.entries(scope.labels)),
      gpus: scope.gpus ? targetsOf(scope.gpus, ['targets', index, 'gpus'], resolving, problems) : null,
      need: scope.need ? needOf(scope.need) : null,
      minimumFreeBytes: minimum === undefined ? null : Math.round(minimum * GIB),
    };
  });
  for (const [rule, { options }] of Object.entries(written.rules)) {
    problems.push(...ruleProblems(rule, Object.keys(options), resolving.placeAt(['rules', rule], 'key')));
  }
  for (const [index, { rule }] of written.waivers.entries())
    problems.push(...ruleProblems(rule, [], resolving.placeAt(['waivers', index, 'rule'])));
  for (const engine of Object.keys(written['engine-versions']))
    problems.push(...engineProblems(engine, resolving.placeAt(['engine-versions', engine], 'key')));
  for (const [index, entry] of written['engine-defaults'].entries())
    problems.push(...defaultProblems(entry, (key) => resolving.placeAt(['engine-defaults', index, ...key])));
  if (problems.length > 0) return { problems };
  return { policy: policyOf(written, path, gpus, scopes, resolving) };
}

function policyOf(
  written: PolicyFile,
  path: string | null,
  gpus: Policy['gpus'],
  scopes: Policy['scopes'],
  { placeAt }: Resolving,
): Policy {
  const rules = Object.entries(written.rules);
  return {
    path,
    gpus,
    scopes,
    need: written.need ? needOf(written.need) : null,
    paths: written.paths,
    ignore: written.ignore,
    failOn: written['fail-on'],
    models: new Map(Object.entries(written.models)),
    hub: written.hub,
    engineVersions: new Map(Object.entries(written['engine-versions'])),
    engineDefaults: written['engine-defaults'].map((entry) => ({ ...entry, version: entry.version ?? null })),
    rules: new Map(rules.flatMap(([rule, { severity }]) => (severity === null ? [] : [[rule, severity] as const]))),
    ruleOptions: new Map(rules.map(([rule, { options }]) => [rule, options])),
    waivers: written.waivers.map((waiver, index) => ({
      ...waiver,
      expires: waiver.expires ?? null,
      place: placeAt(['waivers', index]),
    })),
    baseline: new Set(),
    minimumFreeBytes: Math.round(written['minimum-free-gib'] * GIB),
  };
}

function needOf({ requests, tokens }: { readonly requests: number; readonly tokens?: number | undefined }): Need {
  return { requests, tokens: tokens ?? null };
}

function targetsOf(
  list: PolicyFile['gpus'],
  path: readonly PropertyKey[],
  { hardware, placeAt }: Resolving,
  problems: PolicyProblem[],
): Target[] {
  return list.flatMap((entry, index) => {
    const target = parseTarget(typeof entry === 'string' ? entry : entry.gpu, hardware, 'matrix');
    if ('problem' in target) {
      const near = target.suggestions.join(', ');
      problems.push({
        place: placeAt([...path, index]),
        message: target.problem,
        remedy: near === '' ? 'Run `headroom gpus` for the names.' : `Did you mean ${near}?`,
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
        ...(entry.driver === undefined ? {} : { driver: entry.driver }),
      },
    ];
  });
}

function defaultProblems(
  entry: PolicyFile['engine-defaults'][number],
  placeAt: (key: readonly PropertyKey[]) => Place,
): PolicyProblem[] {
  const engine = engines.find(({ id }) => id === entry.engine);
  if (!engine) return engineProblems(entry.engine, placeAt(['engine']));
  const settings = Object.entries(entry.arguments).map(([key, value]) => ({
    key,
    value,
    place: placeAt(['arguments', key]),
    unresolved: null,
  }));
  return engine
    .parseSettings(settings, true)
    .problems.map(({ place, message, remedy }) => ({ place, message, remedy }));
}

function engineProblems(engine: string, place: Place): PolicyProblem[] {
  const known = engines.map(({ id }) => id);
  if (known.includes(engine)) return [];
  const [near] = nearest(engine, known);
  const remedy = near === undefined ? `The engines are ${known.join(', ')}.` : `Did you mean ${near}?`;
  return [{ place, message: `unknown engine '${engine}'`, remedy }];
}

function ruleProblems(rule: string, options: readonly string[], place: Place): PolicyProblem[] {
  if (!RULE_IDS.includes(rule)) {
    const near = nearest(rule, RULE_IDS);
    const remedy = near.length > 0 ? `Did you mean ${near.join(', ')}?` : `The rules are ${RULE_IDS.join(', ')}.`;
    return [{ place, message: `unknown rule '${rule}'`, remedy }];
  }
  const known = Object.keys(ruleById(rule)?.options ?? {});
  return options
    .filter((option) => !known.includes(option))
    .map((option) => ({
      place,
      message: `the rule ${rule} has no option '${option}'`,
      remedy: known.length > 0 ? `Its options are ${known.join(', ')}.` : 'It has none.',
    }));
}
