import { minimatch } from 'minimatch';
import type { Policy } from './policy.ts';

/** Brace expansion is bounded: `{a,b}` thirty times over is a thousand million patterns. */
const OPTIONS = { dot: true, nocomment: true, nonegate: true, braceExpandMax: 1_000 };

/** Whether a path matches one of the globs. */
export function matchesAny(path: string, globs: readonly string[]): boolean {
  return globs.some((glob) => minimatch(path, glob, OPTIONS));
}

/** Whether the policy wants a file looked at. */
export function isChecked(path: string, policy: Pick<Policy, 'paths' | 'ignore'>): boolean {
  if (matchesAny(path, policy.ignore)) return false;
  return policy.paths.length === 0 || matchesAny(path, policy.paths);
}

/** Names that configs mostly have. */
const USUAL_CONFIG =
  /(?:^|\/)(?:[^/]{0,100}\.)?(?:Dockerfile|Containerfile|Makefile|justfile)(?:\.[^/]{1,100})?$|\.(?:ya?ml|sh|json|service|container|tf|env|toml|py)$/i;

/** Whether a file is called as configs mostly are: worth telling of when it cannot be read. */
export function isUsualConfig(path: string): boolean {
  return USUAL_CONFIG.test(path);
}
