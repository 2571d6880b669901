import type { Severity } from '../finding.ts';
import type { Target } from '../hardware/gpu.ts';
import type { GateWord } from '../report/report.ts';
import type { Place } from '../text.ts';

/** `.github/headroom.yml` after validation, with every GPU looked up. */
export interface Policy {
  /** Path it was read from, or null for the defaults. */
  readonly path: string | null;
  /** The declared matrix for everything that `scopes` does not name. Empty: GPUs that the config itself names. */
  readonly gpus: readonly Target[];
  /** Narrower matrices; the last whose glob matches wins. */
  readonly scopes: readonly { readonly paths: readonly string[]; readonly gpus: readonly Target[] }[];
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
  readonly rules: ReadonlyMap<string, Severity | 'off'>;
  /** Must stay free on every GPU beyond the estimate, bytes. */
  readonly minimumFreeBytes: number;
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
}
