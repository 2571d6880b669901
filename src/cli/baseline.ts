import { mkdirSync, writeFileSync, lstatSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { formatBaseline } from '../policy/baseline.ts';
import { waiverExpired } from '../policy/rules/index.ts';
import { plural } from '../report/headline.ts';
import type { SourceFile } from '../text.ts';
import type { Prepared } from './prepare.ts';
import { complain, type ExitCode, type Surroundings } from './surroundings.ts';

const BASELINE_PATH = '.github/headroom.baseline.json';

/** The baseline before it is written: whether the policy names one that is not there yet, or is broken, does not matter. */
export const EMPTY_BASELINE: SourceFile = { path: BASELINE_PATH, text: formatBaseline([]) };

/** `headroom check --write-baseline`: keeps what is found today, so that only what is new counts from now on. */
export async function writeBaseline({ root, input, run }: Prepared, surroundings: Surroundings): Promise<ExitCode> {
  const report = await run({ ...input, policy: { ...input.policy, baseline: new Set() } });
  const found = [...report.deployments.flatMap(({ findings }) => findings), ...report.findings];
  // That a waiver is over counts whatever a baseline holds.
  const kept = found.filter(({ rule, severity }) => severity !== 'info' && rule !== waiverExpired.id);
  const path = join(root, BASELINE_PATH);
  try {
    if (lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink()) throw new Error('a link is never followed');
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, formatBaseline(kept));
  } catch {
    return complain(surroundings, {
      problem: `cannot write ${BASELINE_PATH}`,
      remedy: 'It must be a plain file that you may write.',
    });
  }
  if (kept.length === 0) {
    surroundings.out(`Nothing is found today; ${BASELINE_PATH} holds nothing.\n`);
    return 0;
  }
  surroundings.out(
    `${plural(kept.length, 'finding')} kept in ${BASELINE_PATH}. They no longer count once the policy says\n  baseline: ${BASELINE_PATH}\n`,
  );
  return 0;
}
