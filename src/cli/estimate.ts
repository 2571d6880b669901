import { estimateCommand, type EstimateCommandInput } from '../estimate-command.ts';
import { everyTarget } from '../hardware/survey.ts';
import { defaultPolicy } from '../policy/parse.ts';
import type { Policy } from '../policy/policy.ts';
import { VERSION } from '../version.ts';
import { type Arguments, single } from './args.ts';
import { loadCatalogues } from './catalogues.ts';
import { loadFacts } from './facts-path.ts';
import { hubOf } from './hub.ts';
import { answerWhatIf } from './estimate-changes.ts';
import { printReport } from './output.ts';
import { loadPolicy } from './policy-file.ts';
import { complain, type ExitCode, type Surroundings } from './surroundings.ts';
import { memoryOfFlag, targetsOfFlags, versionOfFlag } from './targets.ts';
import { readFrom, rootOf } from './workspace.ts';

/** `headroom estimate`: judges one command line; fails when a GPU that was asked for does not hold it. */
export async function runEstimate(args: Arguments, surroundings: Surroundings): Promise<ExitCode> {
  const command = args.rest ?? [];
  if (command.length === 0) {
    return complain(surroundings, {
      problem: 'no command to judge',
      remedy: 'Write it behind --: headroom estimate --gpu l4 -- vllm serve Qwen/Qwen3-8B',
    });
  }
  const { hardware, models } = loadCatalogues();
  const asked = targetsOfFlags(args.values.get('gpu') ?? [], hardware);
  if ('problem' in asked) return complain(surroundings, asked);
  const visibleBytes = memoryOfFlag(single(args, 'gpu-memory-gib'));
  if (visibleBytes !== null && typeof visibleBytes === 'object') return complain(surroundings, visibleBytes);
  if (visibleBytes !== null && asked.length === 0) {
    return complain(surroundings, {
      problem: '--gpu-memory-gib needs a GPU to belong to',
      remedy: 'Name the kind with --gpu: its generation decides how the engine runs.',
    });
  }
  const engineVersion = versionOfFlag(single(args, 'engine-version'));
  if (engineVersion !== null && typeof engineVersion === 'object') return complain(surroundings, engineVersion);
  const root = rootOf('.', surroundings.cwd);
  const written = typeof root === 'string' ? loadPolicy(null, root, surroundings.cwd, hardware) : defaultPolicy();
  if ('problem' in written) return complain(surroundings, written);
  // What the repository says of models and releases holds for what is typed in it; its terms are for its own configs.
  const { models: aliases, hub: hubPolicy, engineVersions } = written;
  const policy: Policy = { ...defaultPolicy(), models: aliases, hub: hubPolicy, engineVersions, failOn: ['fails'] };
  const facts = typeof root === 'string' ? loadFacts(root) : null;
  if (facts !== null && 'problem' in facts) return complain(surroundings, facts);
  const hub = await hubOf(args, policy.hub, surroundings);
  if (hub !== null && 'problem' in hub) return complain(surroundings, hub);
  const input: EstimateCommandInput = {
    command,
    targets: asked.length > 0 ? asked.map((target) => ({ ...target, visibleBytes })) : everyTarget(hardware),
    engineVersion,
    policy,
    hardware,
    models,
    facts,
    read: (path) => (typeof root === 'string' ? readFrom(root, path) : null),
    version: VERSION,
  };
  const ask = async (one: EstimateCommandInput): Promise<ReturnType<typeof estimateCommand>> =>
    hub ? await hub.settle((asker) => estimateCommand({ ...one, hub: asker })) : estimateCommand(one);
  const [sets, sweep] = [args.values.get('set') ?? [], single(args, 'sweep')];
  if (sets.length > 0 || sweep !== null) {
    if (asked.length === 0) {
      return complain(surroundings, {
        problem: `--${sweep === null ? 'set' : 'sweep'} needs a GPU to show its effect on`,
        remedy: 'Name one or more with --gpu.',
      });
    }
    return answerWhatIf({ input, sets, sweep, ask }, args, surroundings);
  }
  const report = await ask(input);
  if ('problem' in report) {
    return complain(surroundings, { problem: report.problem, remedy: 'Write the command as you would type it.' });
  }
  await printReport(report, args, surroundings);
  return report.conclusion === 'pass' ? 0 : 1;
}
