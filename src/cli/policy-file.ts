import { readFileSync, statSync } from 'node:fs';
import { relative, resolve, sep } from 'node:path';
import type { HardwareCatalogue } from '../hardware/lookup.ts';
import { defaultPolicy, parsePolicy } from '../policy/parse.ts';
import type { Policy, PolicyProblem } from '../policy/policy.ts';
import { logSafe } from '../report/escape.ts';
import type { SourceFile } from '../text.ts';
import { MAX_FILE_BYTES, readFrom } from './workspace.ts';
import type { UsageProblem } from './surroundings.ts';

const USUAL_PATHS = ['.github/headroom.yml', '.github/headroom.yaml'];

/**
 * The policy that a flag names, else the repository's, else the default; or what is wrong with it.
 * @param rewritten a file that is about to be written, in the place of the one that is there or not.
 */
export function loadPolicy(
  named: string | null,
  root: string,
  cwd: string,
  hardware: HardwareCatalogue,
  rewritten: SourceFile | null = null,
): Policy | UsageProblem {
  const file = named === null ? usualPolicy(root) : namedPolicy(named, root, cwd);
  if (file === null) return defaultPolicy();
  if ('problem' in file) return file;
  const parsed = parsePolicy(file, hardware, (path) => (path === rewritten?.path ? rewritten : readFrom(root, path)));
  return 'policy' in parsed ? parsed.policy : problemOf(parsed.problems);
}

function usualPolicy(root: string): ReturnType<typeof readFrom> {
  for (const path of USUAL_PATHS) {
    const file = readFrom(root, path);
    if (file) return file;
  }
  return null;
}

function namedPolicy(named: string, root: string, cwd: string): { path: string; text: string } | UsageProblem {
  const absolute = resolve(cwd, named);
  try {
    const stat = statSync(absolute);
    if (!stat.isFile() || stat.size > MAX_FILE_BYTES) throw new Error('not a file of a policy');
    const within = relative(root, absolute).split(sep).join('/');
    return { path: within.startsWith('..') ? named : within, text: readFileSync(absolute, 'utf8') };
  } catch {
    return { problem: `cannot read the policy '${named}'`, remedy: 'Name a file that --policy can read.' };
  }
}

/** `file:line: message` for each problem, with the line, a caret, and what to write instead under it. */
function problemOf(problems: readonly PolicyProblem[]): UsageProblem {
  const lines = problems.map(({ place, message, remedy, excerpt }) => {
    const shown = (excerpt ?? '').split('\n').map((line) => (line === '' ? '' : `    ${logSafe(line)}\n`));
    return `${place.file}:${place.line}: ${message}\n${shown.join('')}  ${remedy}`;
  });
  return { problem: `the policy is not valid\n${lines.join('\n')}`, remedy: '' };
}
