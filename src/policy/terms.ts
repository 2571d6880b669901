import type { Deployment } from '../deployment.ts';
import type { Engine } from '../engines/engine.ts';
import type { Goal } from '../recommend/goal.ts';
import { matchesAny } from './paths.ts';
import type { EngineDefaults, Policy, Scope } from './policy.ts';

/** A deployment by what entries of a policy select it. */
export type Selected = Pick<Deployment, 'file'> & Partial<Pick<Deployment, 'name' | 'labels'>>;

/** Whether an entry is about a deployment. */
export function selects(
  { paths, names, labels }: Pick<Scope, 'paths' | 'names' | 'labels'>,
  { file, name, labels: carried }: Selected,
): boolean {
  if (paths.length > 0 && !matchesAny(file, paths)) return false;
  for (const [label, glob] of labels ?? []) {
    const value = carried?.get(label);
    if (value === undefined || !matchesAny(value, [glob])) return false;
  }
  return names.length === 0 || (name !== undefined && matchesAny(name, names));
}

/** The declared GPUs of a deployment. */
export function gpusFor(policy: Policy, deployment: Selected): Policy['gpus'] {
  return policy.scopes.findLast((scope) => scope.gpus !== null && selects(scope, deployment))?.gpus ?? policy.gpus;
}

/** What a deployment must serve and leave free. */
export function goalFor(policy: Policy, deployment: Selected): Goal {
  const scopes = policy.scopes.filter((scope) => selects(scope, deployment));
  return {
    need: scopes.findLast(({ need }) => need)?.need ?? policy.need,
    minimumFreeBytes:
      scopes.findLast(({ minimumFreeBytes }) => typeof minimumFreeBytes === 'number')?.minimumFreeBytes ??
      policy.minimumFreeBytes,
  };
}

/**
 * A deployment with what the policy says of its engine where the file says nothing: a version, arguments that a wrapper
 * adds, variables of the image.
 */
export function withDefaults(deployment: Deployment, policy: Policy, parser: Engine | null): Deployment {
  const { engine } = deployment;
  const entries = policy.engineDefaults.filter(
    (entry) => entry.engine === engine.id && selects({ paths: entry.paths, names: [] }, deployment),
  );
  const source = `engine-defaults in ${policy.path ?? 'the policy'}`;
  const version = entries.findLast((entry) => entry.version !== null)?.version;
  const stated = policy.engineVersions.get(engine.id);
  const assumed = version ?? stated ?? null;
  const isOpen = engine.version === null && assumed !== null;
  const versionSource = version === undefined ? `engine-versions in ${policy.path ?? 'the policy'}` : source;
  const versioned = isOpen ? { ...deployment, engine: { ...engine, version: assumed, versionSource } } : deployment;
  return entries.length === 0 ? versioned : filled(versioned, entries, parser);
}

function filled(deployment: Deployment, entries: readonly EngineDefaults[], parser: Engine | null): Deployment {
  const place = { file: deployment.file, start: 0, end: 0, line: deployment.line };
  const args = new Map(deployment.arguments);
  const environment = new Map(deployment.environment);
  const open = new Set(deployment.unresolved.map(({ name }) => name));
  for (const entry of entries.toReversed()) {
    // Read as the engine reads a file of settings, so that every spelling of a name is the same argument.
    const settings = Object.entries(entry.arguments).map(([key, value]) => ({ key, value, place, unresolved: null }));
    for (const [name, argument] of parser?.parseSettings(settings, false).arguments ?? []) {
      if (!args.has(name) && !open.has(name)) args.set(name, { ...argument, source: 'wrapper' });
    }
    for (const [name, value] of Object.entries(entry.environment))
      if (!environment.has(name)) environment.set(name, { value, place });
  }
  return { ...deployment, arguments: args, environment };
}
