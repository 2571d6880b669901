import type { ArgumentValue, Deployment } from './deployment.ts';
import { engines } from './engines/index.ts';
import { evaluate, type EvaluateSources, modelFinder } from './evaluate.ts';
import { readCommandLine } from './formats/command-line/index.ts';
import type { Target } from './hardware/gpu.ts';
import type { HardwareCatalogue } from './hardware/lookup.ts';
import type { ModelCatalogue } from './models/catalogue.ts';
import { conclude } from './policy/conclude.ts';
import type { Policy } from './policy/policy.ts';
import type { Report } from './report/report.ts';
import { shellWord } from './syntax/shell/quote.ts';
import type { SourceFile } from './text.ts';

export interface EstimateCommandInput extends Pick<EvaluateSources, 'facts' | 'hub'> {
  /** The command as typed, already split by the user's shell; environment assignments in front. */
  readonly command: readonly string[];
  readonly targets: readonly Target[];
  /** Overrides whatever the command states. */
  readonly engineVersion: string | null;
  readonly policy: Policy;
  readonly hardware: HardwareCatalogue;
  readonly models: ModelCatalogue;
  read(path: string): SourceFile | null;
  readonly version: string;
  /** What is judged in the place of the launch as it is typed (a what-if). */
  changed?(deployment: Deployment): Deployment;
}

/** Judges one command line, as the report of a check with that one deployment; or says what is wrong with it. */
export function estimateCommand(input: EstimateCommandInput): Report | { readonly problem: string } {
  const read = readCommandLine(input.command, engines);
  if ('problem' in read) return read;
  const { engineVersion } = input;
  const launch = input.changed?.(read) ?? read;
  const deployment =
    engineVersion === null
      ? launch
      : { ...launch, engine: { ...launch.engine, version: engineVersion, versionSource: '--engine-version' } };
  const targets = input.targets.map((target) => ({ target, gated: target.origin === 'matrix' }));
  const result = evaluate(deployment, targets, {
    ...input,
    engines,
    findModel: modelFinder(input),
    edit: ({ engine }, argument, value) => ({ reason: typed(engine.id, argument, value) }),
  });
  const { policy } = input;
  return {
    version: input.version,
    deployments: [result],
    unsupported: [],
    findings: [],
    policyPath: policy.path,
    failOn: policy.failOn,
    filesRead: 0,
    ...conclude([result], [], [], policy.failOn),
  };
}

/** `type --max-model-len 8192`: nobody but the user can edit what is typed. */
function typed(engine: string, argument: string, value: ArgumentValue): string {
  const words = engines.find(({ id }) => id === engine)?.printArgument(argument, value) ?? [];
  return `type ${words.map(shellWord).join(' ')}`;
}
