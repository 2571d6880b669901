import type { ArgumentValue } from '../deployment.ts';
import type { Severity } from '../finding.ts';
import type { Target } from '../hardware/gpu.ts';
import type { Need } from '../recommend/goal.ts';
import type { GateWord } from '../report/report.ts';
import type { Place } from '../text.ts';

/** `.github/headroom.yml` after validation, with every GPU looked up. */
export interface Policy {
  /** Path it was read from, or null for the defaults. */
  readonly path: string | null;
  /** The declared matrix for everything that `scopes` does not name. Empty: GPUs that the config itself names. */
  readonly gpus: readonly Target[];
  /** Other terms for some deployments; of those that match the last that says something wins. */
  readonly scopes: readonly Scope[];
  /** What every deployment must serve at once, or null. */
  readonly need: Need | null;
  /** Globs of files that are looked at (empty: all) and of files that are not. */
  readonly paths: readonly string[];
  readonly ignore: readonly string[];
  readonly failOn: readonly GateWord[];
  /** Local path or alias → Hub id, or a config.json in the repository. */
  readonly models: ReadonlyMap<string, string>;
  /** Whether unknown models are asked of a Hub, and of which. */
  readonly hub: HubPolicy;
  /** Engine id → version to assume where the config states none. */
  readonly engineVersions: ReadonlyMap<string, string>;
  /** What holds for an engine although the files do not say it; later entries win. */
  readonly engineDefaults: readonly EngineDefaults[];
  readonly rules: ReadonlyMap<string, Severity | 'off'>;
  /** Options of rules that are not at their default, by rule. */
  readonly ruleOptions: ReadonlyMap<string, Readonly<Record<string, number>>>;
  readonly waivers: readonly Waiver[];
  /** Fingerprints of findings that were there when the check was adopted. */
  readonly baseline: ReadonlySet<string>;
  /** Must stay free on every GPU beyond the estimate, bytes. */
  readonly minimumFreeBytes: number;
}

/** Whom an entry is about; an empty list is everyone. */
interface Selector {
  readonly paths: readonly string[];
  readonly names: readonly string[];
}

/** An entry of `targets`. What is null is as at the top. */
export interface Scope extends Selector {
  /** Label → glob of its value; all must match. */
  readonly labels?: ReadonlyMap<string, string>;
  readonly gpus: readonly Target[] | null;
  readonly need?: Need | null;
  readonly minimumFreeBytes?: number | null;
}

/** An entry of `engine-defaults`. */
export interface EngineDefaults {
  readonly paths: readonly string[];
  readonly engine: string;
  readonly version: string | null;
  readonly arguments: Readonly<Record<string, ArgumentValue>>;
  readonly environment: Readonly<Record<string, string>>;
}

/** A finding that is known and accepted. */
export interface Waiver extends Selector {
  readonly rule: string;
  readonly reason: string;
  /** Last day on which it holds (`2027-03-31`), or null: until somebody takes it out. */
  readonly expires: string | null;
  readonly place: Place;
}

/** `hub` of the policy. */
export interface HubPolicy {
  readonly ask: boolean;
  /** Base address over TLS; null for the usual one. */
  readonly endpoint: string | null;
  /** Hosts that it may redirect to besides its own. */
  readonly hosts: readonly string[];
}

/** One thing wrong with a policy, as a person needs it: where, what, and what to write instead. */
export interface PolicyProblem {
  readonly place: Place;
  readonly message: string;
  readonly remedy: string;
  /** The line with a caret under what is wrong; absent where there is no line to show. */
  readonly excerpt?: string;
}
