import { CHANGES, type Change } from './changes.ts';

/** Newest release whose behaviour was read from source or logs; what an unknown or a newer version is taken for. */
export const NEWEST_VERSION = '0.31.0';
const NEWEST = code(0, 31, 0);

export interface EngineVersion {
  /** As a reader should see it: the release that the figures are for. */
  readonly text: string;
  readonly release: number;
  /** A build on the way to that release: what is new in it may or may not be in yet. */
  readonly development: boolean;
  /** The version itself is newer than the release that it is judged as. */
  readonly newer: boolean;
  /** What was assumed about it, or null. */
  readonly note: string | null;
}

/**
 * Reads a release, a tag or a development version. Builds between releases (`0.19.2rc1.dev134+g…`) come from the main
 * branch, on which release candidates of a patch are only markers, so they count as the next minor release. What states
 * no release (`nightly`, `0.1.dev1`) counts as the newest.
 */
export function parseVersion(text: string | null): EngineVersion {
  if (text === null) return newest(`vLLM's version is not stated; assumed the newest known, ${NEWEST_VERSION}`);
  const match = /^\s*v?(\d{1,4})\.(\d{1,4})(?:\.(\d{1,4}))?((?:rc\d{1,3})?(?:\.?dev\d{1,6})?)/i.exec(text);
  const [major, minor, patch] = [Number(match?.[1]), Number(match?.[2]), Number(match?.[3] ?? 0)];
  if (!match || (major === 0 && minor < 2)) {
    return newest(`'${text.slice(0, 60)}' names no vLLM release; assumed the newest known, ${NEWEST_VERSION}`);
  }
  const suffix = match[4]?.toLowerCase() ?? '';
  if (suffix.includes('rc') && suffix.includes('dev')) {
    const next = `${major}.${minor + 1}.0`;
    const build = `development build ${text.trim().slice(0, 60)}`;
    const release = code(major, minor + 1, 0);
    const note = `${build} is judged as ${next}`;
    return release > NEWEST ? beyond(build) : { text: next, release, development: true, newer: false, note };
  }
  const release = code(major, minor, patch);
  const plain = `${major}.${minor}.${patch}`;
  return release > NEWEST
    ? beyond(`vLLM ${plain}`)
    : { text: plain, release, development: false, newer: false, note: null };
}

/** The release of each change as a number, which an estimate asks for hundreds of times. */
const RELEASES = Object.fromEntries(
  Object.entries(CHANGES).map(([change, [major, minor, patch]]) => [change, code(major, minor, patch)]),
) as Readonly<Record<Change, number>>;

/** Whether a version behaves as after a change. */
export function has(version: EngineVersion, change: Change): boolean {
  return version.release >= RELEASES[change];
}

/** Whether a version is older than a release. */
export function isBefore(version: EngineVersion, [major, minor, patch]: readonly [number, number, number]): boolean {
  return version.release < code(major, minor, patch);
}

/** Whether a change came with the very release that a development build leads to, so that it may be missing. */
export function mayMiss(version: EngineVersion, change: Change): boolean {
  return version.development && version.release === RELEASES[change];
}

function newest(note: string): EngineVersion {
  return { text: NEWEST_VERSION, release: NEWEST, development: false, newer: false, note };
}

/** Nobody has read what it does: it behaves as the newest known release does. */
function beyond(what: string): EngineVersion {
  const note = `${what} is newer than what Headroom knows; judged as ${NEWEST_VERSION}`;
  return { ...newest(note), newer: true };
}

function code(major: number, minor: number, patch: number): number {
  return (major * 10_000 + minor) * 10_000 + patch;
}
