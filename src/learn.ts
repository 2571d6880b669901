import { gib } from './bytes.ts';
import type { Engine } from './engines/engine.ts';
import type { LoggedFigure } from './engines/logged-figures.ts';
import { isRelevantVariable } from './engines/measured-estimate.ts';
import { KEPT_FIGURES, type KeptFigure, type Measurement } from './engines/measurement.ts';
import type { StartUpLog } from './engines/start-up-log.ts';
import { parametersOf } from './models/parameters.ts';
import type { DeploymentResult } from './report/report.ts';

/** A log, and the launch that it is of as it was judged without measurements. */
export interface Lesson {
  readonly engine: Engine;
  readonly log: StartUpLog;
  readonly result: DeploymentResult;
  /** Name of the log, and today (`2026-11-25`). */
  readonly name: string;
  readonly date: string;
}

/** Weights farther from what is computed than this are not of this launch. */
const MOST_APART_FRACTION = 0.25;

/** What a log measured of its launch, for the facts file; or why it teaches nothing, and what to do. */
export function learned({
  engine,
  log,
  result,
  name,
  date,
}: Lesson):
  | { readonly measurement: Omit<Measurement, 'place'> }
  | { readonly problem: string; readonly remedy: string } {
  const [judged] = result.targets;
  const workload = judged?.workload;
  const memory = judged?.estimate.memory;
  if (!engine.learns) {
    const remedy = 'What it allocates follows from the model and the options.';
    return { problem: `estimates of ${engine.title} take nothing from a log`, remedy };
  }
  if (!workload || !memory) {
    const remedy = 'Write the launch behind -- and the GPU with --gpu.';
    return { problem: 'there is no estimate of this launch to learn for', remedy };
  }
  const version = workload.engineVersion;
  if (version === null) {
    const remedy = 'Give the log from its beginning, or state the version with --engine-version.';
    return { problem: `the log does not say which version of ${engine.title} it is of`, remedy };
  }
  const stages =
    engine.stagesArgument === undefined ? 1 : Number(judged.estimate.effective[engine.stagesArgument] ?? 1);
  if (stages > 1) {
    const remedy = 'Estimates of pipelines stay as they are; the table says how near this one is.';
    return { problem: 'stages of a pipeline hold different parts, and the log says of none which it is', remedy };
  }
  const kept = KEPT_FIGURES.flatMap((figure): [KeptFigure, LoggedFigure][] => {
    const logged = log.figures[figure];
    return logged && logged.value >= 0 ? [[figure, { value: Math.round(logged.value), line: logged.line }]] : [];
  });
  if (kept.every(([figure]) => figure === 'totalBytes')) {
    return { problem: 'the log holds no figures', remedy: 'Give the log of a start-up from its beginning.' };
  }
  const expected = memory.weightsBytes.value + (engine.learns.drafterInWeights ? memory.drafterBytes.value : 0);
  const weights = log.figures.weightsBytes?.value;
  if (weights !== undefined && Math.abs(weights / expected - 1) > MOST_APART_FRACTION) {
    const problem = `the log's weights are ${gib(weights)}, those of the launch ${gib(expected)}`;
    return { problem, remedy: 'It is the log of another launch; write its own behind --.' };
  }
  const memoryArguments = Object.entries(workload.arguments).filter(([argument]) => engine.affectsMemory(argument));
  const variables = Object.entries(workload.environment).filter(([variable]) => isRelevantVariable(variable));
  return {
    measurement: {
      model: workload.model.id,
      parameters: parametersOf(workload.model.architecture).total,
      engine: engine.id,
      version,
      gpu: workload.target.gpu.id,
      arguments: Object.fromEntries(memoryArguments),
      environment: Object.fromEntries(variables),
      figures: Object.fromEntries(kept),
      started: log.started,
      failure: log.failure && { stage: log.failure.stage, text: log.failure.text.slice(0, 1000) },
      log: name.slice(0, 300),
      date,
    },
  };
}
