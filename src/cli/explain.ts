import { readFileSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { gib } from '../bytes.ts';
import type { Engine } from '../engines/engine.ts';
import { engines } from '../engines/index.ts';
import type { Measurement } from '../engines/measurement.ts';
import type { StartUpLog } from '../engines/start-up-log.ts';
import type { Estimate } from '../estimate.ts';
import { estimateCommand } from '../estimate-command.ts';
import { compareLog, readLog } from '../explain.ts';
import type { Target } from '../hardware/gpu.ts';
import { findGpu, type HardwareCatalogue } from '../hardware/lookup.ts';
import { nearestByMemory } from '../hardware/nearest-gpu.ts';
import { learned } from '../learn.ts';
import type { ModelCatalogue } from '../models/catalogue.ts';
import { FACTS_PATH, type FactsFile } from '../models/facts/file.ts';
import { withMeasurement } from '../models/facts/measurements.ts';
import { defaultPolicy } from '../policy/parse.ts';
import type { Policy } from '../policy/policy.ts';
import { isVersionNote } from '../policy/rules/engine-version-unknown.ts';
import { type Explanation, explanationJson, renderExplanation } from '../report/explanation.ts';
import type { DeploymentResult } from '../report/report.ts';
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
  const read = readLogAt(args.positionals[0], surroundings.cwd);
  if ('problem' in read) return complain(surroundings, read);
  const given = givenBy(args, read.log, surroundings.cwd);
  if ('problem' in given) return complain(surroundings, given);
  const estimated = estimateOf(given);
  const trouble = args.values.has('learn') ? learnFrom(read, given, estimated, surroundings) : null;
  const explanation = explanationOf(read, estimated);
  const learnt = args.values.has('learn') && trouble === null;
  const write = single(args, 'format') === 'json' ? explanationJson : renderExplanation;
  surroundings.out(write({ ...explanation, ...(learnt && { learned: FACTS_PATH }) }, terminalOptions(surroundings)));
  if (trouble !== null)
    return complain(surroundings, { problem: `nothing was learned: ${trouble.problem}`, remedy: trouble.remedy });
  return read.log.failure === null ? 0 : 1;
}

interface ReadLog {
  readonly engine: Engine;
  readonly log: StartUpLog;
  /** For the facts file. */
  readonly name: string;
}

function readLogAt(path: string | undefined, cwd: string): ReadLog | UsageProblem {
  if (path === undefined) {
    return {
      problem: 'no log to explain',
      remedy: 'Name a file, or - for what comes in: kubectl logs POD | headroom explain -',
    };
  }
  let text: string;
  try {
    text = readFileSync(path === '-' ? 0 : resolve(cwd, path), 'utf8');
  } catch {
    return { problem: `'${path}' cannot be read`, remedy: 'Name a file, or - for what comes in.' };
  }
  const called = path === '-' ? 'what comes in' : `'${path}'`;
  if (text.trim() === '') {
    return {
      problem: `${called} is empty`,
      remedy: 'Of a pod that starts anew again and again, the last log is in kubectl logs --previous POD.',
    };
  }
  const read = readLog(text, engines);
  if (read) return { ...read, name: path === '-' ? 'a log' : basename(path) };
  const known = engines.flatMap(({ title, readStartUpLog }) => (readStartUpLog ? [title] : [])).join(', ');
  return {
    problem: `${called} is no log of an engine that Headroom reads`,
    remedy: `It reads those of ${known}; give it the whole log, from the start on.`,
  };
}

/** What an estimate of the launch is made of: what the flags say, else the log. */
interface Given {
  readonly hardware: HardwareCatalogue;
  readonly models: ModelCatalogue;
  readonly root: string | UsageProblem;
  readonly facts: FactsFile | null;
  readonly policy: Policy;
  readonly command: readonly string[] | null;
  readonly version: string | null;
  readonly target: Target | null;
  /** The GPU in words, with who says it; empty where nobody does. */
  readonly gpu: string;
}

function givenBy(args: Arguments, log: StartUpLog, cwd: string): Given | UsageProblem {
  const { hardware, models } = loadCatalogues();
  const asked = targetsOfFlags(args.values.get('gpu') ?? [], hardware);
  if ('problem' in asked) return asked;
  if (asked.length > 1) return { problem: 'a log is of one kind of GPU', remedy: 'Name one with --gpu.' };
  const stated = memoryOfFlag(single(args, 'gpu-memory-gib'));
  if (stated !== null && typeof stated === 'object') return stated;
  const version = versionOfFlag(single(args, 'engine-version'));
  if (version !== null && typeof version === 'object') return version;
  const root = rootOf('.', cwd);
  const facts = typeof root === 'string' ? loadFacts(root) : null;
  if (facts !== null && 'problem' in facts) return facts;
  const policy = typeof root === 'string' ? loadPolicy(null, root, cwd, hardware) : defaultPolicy();
  if ('problem' in policy) return policy;
  const visibleBytes = log.visibleBytes ?? stated;
  const [named] = asked;
  const target = named ? { ...named, visibleBytes } : targetOf({ ...log, visibleBytes }, hardware);
  const told = log.visibleBytes === null && stated !== null ? ` with ${gib(stated)}` : '';
  const shown = named ? told : ', by what the log shows of the card';
  return {
    hardware,
    models,
    root,
    facts,
    policy,
    command: args.rest ?? log.command,
    version: version ?? log.version,
    target,
    gpu: target === null ? '' : target.gpu.id + shown,
  };
}

/** An estimate of the launch that a log is of, or why there is none. */
type Estimated =
  | { readonly result: DeploymentResult; readonly estimate: Estimate; readonly basis: string }
  | { readonly basis: string; readonly result?: never };

function estimateOf({ root, facts, command, target, gpu, ...given }: Given): Estimated {
  if (command === null)
    return { basis: 'The log does not list its launch; write it behind -- to hold an estimate against it.' };
  if (target === null)
    return { basis: 'The log does not tell the GPU; name it with --gpu to hold an estimate against it.' };
  const report = estimateCommand({
    command,
    targets: [target],
    engineVersion: given.version,
    policy: { ...defaultPolicy(), models: given.policy.models },
    hardware: given.hardware,
    models: given.models,
    // What was learned of this launch says nothing of how good the estimate is.
    facts: facts && { ...facts, measurements: [] },
    read: (one) => (typeof root === 'string' ? readFrom(root, one) : null),
    version: VERSION,
  });
  if ('problem' in report) return { basis: report.problem };
  const [result] = report.deployments;
  const estimate = result?.targets[0]?.estimate;
  if (!result || !estimate || estimate.verdict === 'unknown')
    return { basis: `No estimate: ${estimate?.message ?? 'the launch cannot be read'}` };
  const assumed = estimate.notes.find(isVersionNote);
  const newest = assumed === undefined ? '' : ` ${assumed}; --engine-version says another.`;
  return { result, estimate, basis: `Estimate of: ${command.map(shellWord).join(' ')}, on ${gpu}.${newest}` };
}

function explanationOf({ engine, log }: ReadLog, estimated: Estimated): Explanation {
  const { result, basis } = estimated;
  const common = { log, engine: engine.title, basis };
  if (!result) return { ...common, compared: [], advice: null };
  return {
    ...common,
    compared: compareLog(log, estimated.estimate, engine),
    advice: log.failure === null ? null : (result.recommendation?.summary ?? null),
  };
}

/** Keeps what the log measured in the facts file; the problem where it teaches nothing or cannot be kept. */
function learnFrom(
  { engine, log, name }: ReadLog,
  { root, facts }: Given,
  { result }: Estimated,
  surroundings: Surroundings,
): UsageProblem | null {
  if (!result) {
    const remedy = 'Write the launch behind --, and name the GPU with --gpu.';
    return { problem: 'there is no estimate', remedy };
  }
  const date = surroundings.today ?? new Date().toISOString().slice(0, 10);
  const lesson = learned({ engine, log, result, name, date });
  return 'problem' in lesson ? lesson : keep(root, facts, lesson.measurement);
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
