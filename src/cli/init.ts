import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { instancesNamed } from '../hardware/mentions.ts';
import { defaultPolicy } from '../policy/parse.ts';
import { startingPolicy } from '../policy/starting-policy.ts';
import { plural } from '../report/headline.ts';
import type { Arguments } from './args.ts';
import { prepare } from './prepare.ts';
import { complain, type ExitCode, type Surroundings } from './surroundings.ts';

const POLICY_PATH = '.github/headroom.yml';

/** `headroom init`: writes a policy from what the repository holds. One that is there stays, unless `--dry-run` only prints. */
export async function runInit(args: Arguments, surroundings: Surroundings): Promise<ExitCode> {
  const prepared = await prepare(args, surroundings);
  if ('problem' in prepared) return complain(surroundings, prepared);
  const { root, input, run } = prepared;
  const path = join(root, POLICY_PATH);
  const dry = args.values.has('dry-run');
  if (!dry && existsSync(path)) {
    return complain(surroundings, {
      problem: `${POLICY_PATH} is there already`,
      remedy: 'headroom init --dry-run prints what it would write.',
    });
  }
  const report = await run({ ...input, policy: defaultPolicy() });
  const text = startingPolicy(report, instancesNamed(input.files, input.hardware));
  if (dry) {
    surroundings.out(text);
    return 0;
  }
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text, { flag: 'wx' });
  } catch {
    return complain(surroundings, { problem: `cannot write ${POLICY_PATH}`, remedy: 'Its folder must be writable.' });
  }
  const launches = plural(report.deployments.length, 'deployment');
  surroundings.out(`Wrote ${POLICY_PATH} from ${launches}. Look it over, then run headroom check.\n`);
  return 0;
}
