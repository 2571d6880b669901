import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { engines } from '../engines/index.ts';
import type { StartUpLog } from '../engines/start-up-log.ts';
import { estimateCommand } from '../estimate-command.ts';
import { compareLog, readLog } from '../explain.ts';
import type { Target } from '../hardware/gpu.ts';
import type { HardwareCatalogue } from '../hardware/lookup.ts';
import { nearestByMemory } from '../hardware/nearest-gpu.ts';
import { defaultPolicy } from '../policy/parse.ts';
import { type Explanation, renderExplanation } from '../report/explanation.ts';
import { VERSION } from '../version.ts';
import type { Arguments } from './args.ts';
import { loadCatalogues } from './catalogues.ts';
import { loadFacts } from './facts-path.ts';
import { terminalOptions } from './output.ts';
import { complain, type ExitCode, type Surroundings } from './surroundings.ts';
import { targetsOfFlags } from './targets.ts';
import { readFrom, rootOf } from './workspace.ts';

/** `headroom explain`: reads a start-up log, says what stopped and what helps, and holds an estimate against it. */
export function runExplain(args: Arguments, surroundings: Surroundings): ExitCode {
  const [path] = args.positionals;
  if (path === undefined) {
    return complain(surroundings, {
      problem: 'no log to explain',
      remedy: 'Name a file, or - for what comes in: kubectl logs POD | headroom explain -',
    });
  }
  let text: string;
  try {
    text = readFileSync(path === '-' ? 0 : resolve(surroundings.cwd, path), 'utf8');
  } catch {
    return complain(surroundings, {
      problem: `'${path}' cannot be read`,
      remedy: 'Name a file, or - for what comes in.',
    });
  }
  const name = path === '-' ? 'what comes in' : `'${path}'`;
  if (text.trim() === '') {
    return complain(surroundings, {
      problem: `${name} is empty`,
      remedy: 'Of a pod that starts anew again and again, the last log is in kubectl logs --previous POD.',
    });
  }
  const read = readLog(text, engines);
  if (!read) {
    const known = engines.flatMap(({ title, readStartUpLog }) => (readStartUpLog ? [title] : [])).join(', ');
    return complain(surroundings, {
      problem: `${name} is no log of an engine that Headroom reads`,
      remedy: `It reads those of ${known}; give it the whole log, from the start on.`,
    });
  }
  const { hardware, models } = loadCatalogues();
  const asked = targetsOfFlags(args.values.get('gpu') ?? [], hardware);
  if ('problem' in asked) return complain(surroundings, asked);
  const root = rootOf('.', surroundings.cwd);
  const facts = typeof root === 'string' ? loadFacts(root) : null;
  if (facts !== null && 'problem' in facts) return complain(surroundings, facts);
  const { engine, log } = read;
  const target = asked[0] ? { ...asked[0], visibleBytes: log.visibleBytes } : targetOf(log, hardware);
  const command = args.rest ?? log.command;
  const rest = { log, engine: engine.title };
  const say = (explanation: Explanation): ExitCode => {
    surroundings.out(renderExplanation(explanation, terminalOptions(surroundings)));
    return explanation.log.failure === null ? 0 : 1;
  };
  const without = (basis: string): ExitCode => say({ ...rest, compared: [], advice: null, basis });
  if (command === null)
    return without('The log does not name its model; write the launch behind -- to hold an estimate against it.');
  if (target === null)
    return without('The log does not tell the GPU; name it with --gpu to hold an estimate against it.');
  const report = estimateCommand({
    command,
    targets: [target],
    engineVersion: log.version,
    policy: defaultPolicy(),
    hardware,
    models,
    facts,
    read: (one) => (typeof root === 'string' ? readFrom(root, one) : null),
    version: VERSION,
  });
  if ('problem' in report) return without(report.problem);
  const [result] = report.deployments;
  const estimate = result?.targets[0]?.estimate;
  if (!result || !estimate || estimate.verdict === 'unknown')
    return without(`No estimate: ${estimate?.message ?? 'the launch cannot be read'}`);
  const gpu = asked[0] ? target.gpu.id : `${target.gpu.id}, by the memory that the log shows`;
  return say({
    ...rest,
    compared: compareLog(log, estimate),
    advice: log.failure === null ? null : (result.recommendation?.summary ?? null),
    basis: `Estimate of: ${command.map(quoted).join(' ')}, on ${gpu}.`,
  });
}

/** A word as a shell takes it. */
function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}

/** The GPU whose memory is nearest to what the log shows. */
function targetOf({ visibleBytes }: StartUpLog, hardware: HardwareCatalogue): Target | null {
  const gpu = visibleBytes === null ? null : nearestByMemory(visibleBytes, hardware);
  return gpu && { gpu, count: null, visibleBytes, takenByOthersBytes: 0, origin: 'matrix' };
}
