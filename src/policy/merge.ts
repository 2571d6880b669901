import type { Policy } from './policy.ts';

/** Keys of a policy file that were really written, so that a default does not undo what an inherited policy says. */
type Written = ReadonlySet<string>;

/** A policy on top of the one it extends: what it writes holds, lists of terms are joined (its own last), maps are merged. */
export function mergedPolicy(base: Policy, own: Policy, written: Written): Policy {
  const pick = <Key extends keyof Policy>(name: Key, key: string): Policy[Key] => (written.has(key) ? own : base)[name];
  return {
    path: own.path,
    gpus: pick('gpus', 'gpus'),
    scopes: [...base.scopes, ...own.scopes],
    need: pick('need', 'need'),
    paths: [...base.paths, ...own.paths],
    ignore: [...base.ignore, ...own.ignore],
    failOn: pick('failOn', 'fail-on'),
    models: new Map([...base.models, ...own.models]),
    hub: pick('hub', 'hub'),
    engineVersions: new Map([...base.engineVersions, ...own.engineVersions]),
    engineDefaults: [...base.engineDefaults, ...own.engineDefaults],
    rules: new Map([...base.rules, ...own.rules]),
    ruleOptions: new Map([...base.ruleOptions, ...own.ruleOptions]),
    waivers: [...base.waivers, ...own.waivers],
    baseline: new Set([...base.baseline, ...own.baseline]),
    minimumFreeBytes: pick('minimumFreeBytes', 'minimum-free-gib'),
  };
}
