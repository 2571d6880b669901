import { readFileSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { gib } from '../bytes.ts';
import { engines } from '../engines/index.ts';
import type { Measurement } from '../engines/measurement.ts';
import type { StartUpLog } from '../engines/start-up-log.ts';
import { estimateCommand } from '../estimate-command.ts';
import { compareLog, readLog } from '../explain.ts';
import type { Target } from '../hardware/gpu.ts';
import { findGpu, type HardwareCatalogue } from '../hardware/lookup.ts';
import { nearestByMemory } from '../hardware/nearest-gpu.ts';
import { learned } from '../learn.ts';
import { FACTS_PATH, type FactsFile } from '../models/facts/file.ts';
import { withMeasurement } from '../models/facts/measurements.ts';
import { defaultPolicy } from '../policy/parse.ts';
import { isVersionNote } from '../policy/rules/engine-version-unknown.ts';
import { type Explanation, explanationJson, renderExplanation } from '../report/explanation.ts';
import { shellWord } from '../syntax/shell/quote.ts';
import { VERSION } from '../version.ts';
import { type Arguments, single } from './args.ts';
import { loadCatalogues } from './catalogues.ts';
import { loadFacts } from './facts-path.ts';
import { terminalOptions } from './output.ts';
import { loadPolicy } from './policy-file.ts';
import { complain, type ExitCode, type Surroundings, type UsageProblem } from './surroundings.ts';
import { memoryOfFlag, targetsOfFlags, versionOfFlag } from './targets.ts';
import { readFrom, rootOf } from './workspace.ts';
import { writeFacts } from './write-facts.ts';

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
  if (asked.length > 1)
    return complain(surroundings, { problem: 'a log is of one kind of GPU', remedy: 'Name one with --gpu.' });
  const stated = memoryOfFlag(single(args, 'gpu-memory-gib'));
  if (stated !== null && typeof stated === 'object') return complain(surroundings, stated);
  const version = versionOfFlag(single(args, 'engine-version'));
  if (version !== null && typeof version === 'object') return complain(surroundings, version);
  const root = rootOf('.', surroundings.cwd);
  const facts = typeof root === 'string' ? loadFacts(root) : null;
  if (facts !== null && 'problem' in facts) return complain(surroundings, facts);
  const policy = typeof root === 'string' ? loadPolicy(null, root, surroundings.cwd, hardware) : defaultPolicy();
  if ('problem' in policy) return complain(surroundings, policy);
  const { engine, log } = read;
  const visibleBytes = log.visibleBytes ?? stated;
  const target = asked[0] ? { ...asked[0], visibleBytes } : targetOf({ ...log, visibleBytes }, hardware);
  const command = args.rest ?? log.command;
  const rest = { log, engine: engine.title };
  const learns = args.values.has('learn');
  const say = (explanation: Explanation): ExitCode => {
    const write = single(args, 'format') === 'json' ? explanationJson : renderExplanation;
    surroundings.out(write(explanation, terminalOptions(surroundings)));
    return explanation.log.failure === null ? 0 : 1;
  };
  const without = (basis: string): ExitCode => {
    const code = say({ ...rest, compared: [], advice: null, basis });
    const remedy = 'Write the launch behind --, and name the GPU with --gpu.';
    return learns ? complain(surroundings, { problem: 'nothing was learned: there is no estimate', remedy }) : code;
  };
  if (command === null)
    return without('The log does not list its launch; write it behind -- to hold an estimate against it.');
  if (target === null)
    return without('The log does not tell the GPU; name it with --gpu to hold an estimate against it.');
  const report = estimateCommand({
    command,
    targets: [target],
    engineVersion: version ?? log.version,
    policy: { ...defaultPolicy(), models: policy.models },
    hardware,
    models,
    // What was learned of this launch says nothing of how good the estimate is.
    facts: facts && { ...facts, measurements: [] },
    read: (one) => (typeof root === 'string' ? readFrom(root, one) : null),
    version: VERSION,
  });
  if ('problem' in report) return without(report.problem);
  const [result] = report.deployments;
  const estimate = result?.targets[0]?.estimate;
  if (!result || !estimate || estimate.verdict === 'unknown')
    return without(`No estimate: ${estimate?.message ?? 'the launch cannot be read'}`);
  const assumed = estimate.notes.find(isVersionNote);
  const newest = assumed === undefined ? '' : ` ${assumed}; --engine-version says another.`;
  const told = log.visibleBytes === null && stated !== null ? ` with ${gib(stated)}` : '';
  const gpu = asked[0] ? target.gpu.id + told : `${target.gpu.id}, by what the log shows of the card`;
  const explanation: Explanation = {
    ...rest,
    compared: compareLog(log, estimate, engine),
    advice: log.failure === null ? null : (result.recommendation?.summary ?? null),
    basis: `Estimate of: ${command.map(shellWord).join(' ')}, on ${gpu}.${newest}`,
  };
  if (!learns) return say(explanation);
  const file = path === '-' ? 'a log' : basename(path);
  const date = surroundings.today ?? new Date().toISOString().slice(0, 10);
  const lesson = learned({ engine, log, result, name: file, date });
  const trouble = 'problem' in lesson ? lesson : keep(root, facts, lesson.measurement);
  if (trouble !== null) {
    say(explanation);
    return complain(surroundings, { problem: `nothing was learned: ${trouble.problem}`, remedy: trouble.remedy });
  }
  return say({ ...explanation, learned: FACTS_PATH });
}

/** Adds a measurement to the facts file; the problem where it cannot. */
function keep(
  root: string | UsageProblem,
  facts: FactsFile | null,
  measurement: Omit<Measurement, 'place'>,
): UsageProblem | null {
  if (typeof root !== 'string') return root;
  const rows = withMeasurement(facts?.measurements ?? [], { ...measurement, place: FACTS_PATH });
  return writeFacts(root, facts?.entries ?? new Map(), rows);
}

/** The GPU that the log names, else the one whose memory is nearest to what it shows. */
function targetOf({ visibleBytes, gpuName }: StartUpLog, hardware: HardwareCatalogue): Target | null {
  const named = gpuName === null || gpuName === undefined ? null : findGpu(gpuName, hardware);
  const near = visibleBytes === null ? null : nearestByMemory(visibleBytes, hardware);
  const gpu = named && 'gpu' in named ? named.gpu : near;
  return gpu && { gpu, count: null, visibleBytes, takenByOthersBytes: 0, origin: 'matrix' };
}
