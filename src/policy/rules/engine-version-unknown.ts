import { launchPlace } from './place.ts';
import type { Rule } from './rule.ts';

export const engineVersionUnknown: Rule = {
  id: 'engine-version-unknown',
  severity: 'info',
  what: 'Nothing states which version of the engine runs: no image tag, no exact requirement, a moving tag such as `latest`, or an own image.',
  why: 'The same flags leave up to 5 GiB more or less for the KV cache from one version to another; the newest is assumed.',
  remedy: 'Pin the image tag or the installed version, or name the version under `engine-versions` in the policy.',
  check({ deployment, engine: read, policy, targets }) {
    const { engine } = deployment;
    if (engine.version !== null || policy.engineVersions.has(engine.id)) return [];
    // Where nothing could be estimated, nothing was assumed either.
    if (targets.every(({ estimate }) => estimate.verdict === 'unknown' && estimate.memory === null)) return [];
    const assumed = targets.flatMap(({ estimate }) => estimate.notes.flatMap((note) => assumedBy(note) ?? []))[0];
    const what = assumed ? `${assumed}, the newest known,` : 'the newest known one';
    const why = engine.versionSource === null ? '' : `: ${engine.versionSource}`;
    const written = engine.versionPlace?.file === deployment.file ? engine.versionPlace : null;
    return [
      {
        place: written ?? launchPlace(deployment),
        message: `The version of ${read?.title ?? engine.id} is not stated${why}; ${what} is assumed.`,
        remedy: deployment.format === 'command-line' ? 'Name it with --engine-version.' : this.remedy,
      },
    ];
  },
};

/** Whether a note of an estimate says what this rule says: that no version is stated, and what is assumed. */
export function isVersionNote(note: string): boolean {
  return /^(?:[\w.-]{1,30}'s version is not stated|no (?:build|release) is stated)[;,]/.test(note);
}

/** The release that a note names as assumed; null for a note on something else, or one that names none. */
function assumedBy(note: string): string | null {
  return isVersionNote(note) ? (/ (\d[\w.]{0,20})$/.exec(note)?.[1] ?? null) : null;
}
