/** Releases between which an engine takes an argument; null at an end that nobody has looked up or that is open. */
export interface Releases {
  /** First release with it. */
  readonly since: string | null;
  /** Last release with it. */
  readonly last: string | null;
}

/**
 * Orders two releases (`v0.10.2`, `0.5.13.post1`): below 0 where the first is older. A release candidate counts as its
 * release. Null where one names no release, or a build between releases, which may have anything.
 */
export function compareReleases(a: string, b: string): number | null {
  const [first, second] = [partsOf(a), partsOf(b)];
  if (first === null || second === null) return null;
  for (let index = 0; index < PARTS; index++) {
    const difference = (first[index] ?? 0) - (second[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Numbers between dots that count; the one of `post` stands behind them. */
const PARTS = 5;

function partsOf(text: string): readonly number[] | null {
  const match = /^\s*v?(\d{1,4})\.(\d{1,4})(?:\.(\d{1,4}))?(?:\.(\d{1,4}))?(?:\.?post(\d{1,3}))?(?!\d)/i.exec(
    text.slice(0, 100),
  );
  if (!match || /dev|nightly/i.test(text)) return null;
  return match.slice(1).map((part) => Number(part ?? 0));
}
