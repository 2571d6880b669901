import { CHANGES, type Change } from './changes.ts';

/** Newest release whose source was read; what an unknown or a newer version is taken for. */
export const NEWEST_VERSION = '0.5.18';
const NEWEST = code(5, 18, 0);
/** Oldest release whose sizing is described. */
const OLDEST = code(4, 0, 0);

export interface EngineVersion {
  /** As a reader should see it: the release that the figures are for. */
  readonly text: string;
  readonly release: number;
  /** What was assumed about it, or null. */
  readonly note: string | null;
}

/** Reads a release or a tag (`0.4.6.post5`, `v0.5.3rc0`). A release candidate counts as its release. */
export function parseVersion(text: string | null): EngineVersion {
  if (text === null) return newest(`SGLang's version is not stated; assumed the newest known, ${NEWEST_VERSION}`);
  const match = /^\s*v?0\.(\d{1,3})\.(\d{1,3})(?:\.?post(\d{1,3}))?/i.exec(text);
  if (!match)
    return newest(`'${text.slice(0, 60)}' names no SGLang release; assumed the newest known, ${NEWEST_VERSION}`);
  const [minor, patch, post] = [Number(match[1]), Number(match[2]), Number(match[3] ?? 0)];
  const release = code(minor, patch, post);
  const plain = `0.${minor}.${patch}${post > 0 ? `.post${post}` : ''}`;
  if (release > code(5, 18, 99))
    return newest(`SGLang ${plain} is newer than what Headroom knows; judged as ${NEWEST_VERSION}`);
  if (release < OLDEST)
    return { text: plain, release, note: `SGLang ${plain} is older than what Headroom knows; judged as 0.4.0` };
  return { text: plain, release, note: null };
}

/** The release of each change as a number. */
const RELEASES = Object.fromEntries(
  Object.entries(CHANGES).map(([change, [minor, patch, post]]) => [change, code(minor, patch, post)]),
) as Readonly<Record<Change, number>>;

/** Whether a version behaves as after a change. */
export function has(version: EngineVersion, change: Change): boolean {
  return version.release >= RELEASES[change];
}

function newest(note: string): EngineVersion {
  return { text: NEWEST_VERSION, release: NEWEST, note };
}

function code(minor: number, patch: number, post: number): number {
  return (minor * 1000 + patch) * 1000 + post;
}
