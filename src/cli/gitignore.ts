import { minimatch } from 'minimatch';

/** One line of a .gitignore. */
interface IgnoreRule {
  /** Folder of the file that holds it, from the root, '' for the root itself. */
  readonly base: string;
  readonly glob: string;
  readonly negated: boolean;
  readonly foldersOnly: boolean;
}

const MAX_RULES = 5_000;
const OPTIONS = { dot: true, nocomment: true, nonegate: true, noext: true, nobrace: true };

/** The rules of a .gitignore in a folder, as gitignore(5) reads them. */
export function parseGitignore(text: string, base: string): IgnoreRule[] {
  const rules: IgnoreRule[] = [];
  for (const line of text.split(/\r?\n/)) {
    // A space at the end counts only when escaped.
    const trimmed = line.replace(/(?<!\\) +$/, '');
    if (trimmed === '' || trimmed.startsWith('#')) continue;
    const negated = trimmed.startsWith('!');
    const pattern = negated ? trimmed.slice(1) : trimmed;
    const foldersOnly = pattern.endsWith('/');
    const bare = foldersOnly ? pattern.slice(0, -1) : pattern;
    if (bare === '' || rules.length >= MAX_RULES) continue;
    // A slash at the start or in the middle ties the pattern to this folder; otherwise it holds at any depth.
    const tied = bare.includes('/');
    const glob = tied ? bare.replace(/^\//, '') : `**/${bare}`;
    rules.push({ base, glob, negated, foldersOnly });
  }
  return rules;
}

/** Whether git would ignore a path (from the root): the last rule that matches decides. */
export function isIgnored(path: string, isFolder: boolean, rules: readonly IgnoreRule[]): boolean {
  const rule = rules.findLast(({ base, glob, foldersOnly }) => {
    if (foldersOnly && !isFolder) return false;
    if (base !== '' && !path.startsWith(`${base}/`)) return false;
    return minimatch(base === '' ? path : path.slice(base.length + 1), glob, OPTIONS);
  });
  return rule !== undefined && !rule.negated;
}

export type { IgnoreRule };
