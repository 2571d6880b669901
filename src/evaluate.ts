import { type ArgumentValue, type Deployment, servedNames, type Unresolved } from './deployment.ts';
import type { TextEdit } from './edit.ts';
import type { Engine, Workload } from './engines/engine.ts';
import { withoutMemory } from './estimate.ts';
import type { CannotEdit } from './formats/format.ts';
import type { HardwareCatalogue } from './hardware/lookup.ts';
import type { ModelFacts } from './models/architecture.ts';
import type { ModelCatalogue } from './models/catalogue.ts';
import { type ModelProblem, type ModelSources, resolveModel } from './models/resolve.ts';
import type { Policy } from './policy/policy.ts';
import { openSentence } from './policy/rules/cannot-estimate.ts';
import { judge } from './policy/rules/index.ts';
import type { RuleInput } from './policy/rules/rule.ts';
import { goalFor, withDefaults } from './policy/terms.ts';
import { sift } from './policy/waivers.ts';
import { variantsOf } from './models/variants.ts';
import { atOnce, meets } from './recommend/goal.ts';
import { recommend } from './recommend/recommend.ts';
import { windowOf } from './recommend/window.ts';
import type { DeploymentResult, TargetResult } from './report/report.ts';
import type { GatedTarget } from './targets.ts';
import type { SourceFile } from './text.ts';

/** What evaluating a deployment needs besides the deployment. */
export interface EvaluateContext extends EvaluateSources {
  readonly engines: readonly Engine[];
  readonly findModel: ModelFinder;
  edit(deployment: Deployment, argument: string, value: ArgumentValue): readonly TextEdit[] | CannotEdit;
}

/** Where facts come from, and what judges. */
export interface EvaluateSources extends Pick<ModelSources, 'facts' | 'hub'> {
  readonly policy: Policy;
  readonly hardware: HardwareCatalogue;
  readonly models: ModelCatalogue;
  /** `2026-11-25`; without it a waiver with a last day holds no longer. */
  readonly today?: string;
  read(path: string): SourceFile | null;
}

/** The facts of the model that a launch names. What is found once serves every launch that names it. */
export type ModelFinder = (
  id: string,
  revision: string | null,
  engine: Engine,
  args: Workload['arguments'],
) => ModelFacts | { readonly problem: ModelProblem };

/** Estimates a deployment on its targets, judges it, and looks for the values that fit. */
export function evaluate(
  written: Deployment,
  targets: readonly GatedTarget[],
  context: EvaluateContext,
): DeploymentResult {
  const { policy } = context;
  const engine = context.engines.find(({ id }) => id === written.engine.id) ?? null;
  const deployment = withDefaults(written, policy, engine);
  const goal = goalFor(policy, deployment);
  if (!engine) {
    const problem = `Headroom does not model ${deployment.engine.id} yet.`;
    return unknown({ deployment, engine, goal }, targets, { problem, remedy: null }, context);
  }
  const prepared = prepare(deployment, engine, context);
  return 'problem' in prepared
    ? unknown({ deployment, engine, goal }, targets, prepared, context)
    : estimated({ deployment, engine, goal }, targets, prepared, context);
}

/** Why a workload cannot be made, and what to do about that; null where the reason says it. */
interface NoWorkload {
  readonly problem: string;
  readonly remedy: string | null;
}

/** A deployment of which nothing can be estimated. */
function unknown(
  subject: Pick<RuleInput, 'deployment' | 'engine' | 'goal'>,
  targets: readonly GatedTarget[],
  { problem, remedy }: NoWorkload,
  context: EvaluateContext,
): DeploymentResult {
  const results = targets.map(({ target, gated }) => {
    return { target, gated, estimate: withoutMemory('unknown', problem) };
  });
  const nothing = { model: null, drafter: null, recommendation: null, atOnce: () => null, fitsWith: () => false };
  return judged({ ...subject, ...nothing, remedy, targets: results }, null, context);
}

/** A deployment whose workload is known, on each of its targets. */
function estimated(
  { deployment, engine, goal }: Pick<RuleInput, 'deployment' | 'goal'> & { readonly engine: Engine },
  targets: readonly GatedTarget[],
  prepared: Omit<Workload, 'target'>,
  context: EvaluateContext,
): DeploymentResult {
  const cases = targets.map(({ target, gated }) => {
    const workload: Workload = { ...prepared, target };
    return { workload, gated, estimate: engine.estimate(workload) };
  });
  const results = cases.map(({ workload, gated, estimate }): TargetResult => {
    const window = gated ? windowOf(engine, workload, estimate, goal) : null;
    return { target: workload.target, gated, estimate, window, workload };
  });
  const decisive = cases.filter(({ gated }) => gated);
  const { model, drafter } = prepared;
  const recommendation = recommend({
    engine,
    deployment,
    cases: decisive,
    goal,
    variants: () =>
      variantsOf(
        model,
        context.models,
        decisive.map(({ workload }) => workload.target.gpu),
      ),
    declared: targets.filter(({ gated, target }) => !gated && target.origin === 'matrix').map(({ target }) => target),
    hardware: context.hardware,
    edit: (argument, value) => context.edit(deployment, argument, value),
  });
  return judged(
    {
      deployment,
      engine,
      model,
      drafter,
      remedy: null,
      goal,
      targets: results,
      recommendation,
      atOnce({ target, estimate }) {
        return goal.need && atOnce(goal.need, engine, { ...prepared, target }, estimate);
      },
      fitsWith(argument, value) {
        return decisive.every(({ workload }) => {
          const changed = { ...workload, arguments: { ...workload.arguments, [argument]: value } };
          return meets(goal, engine, changed, engine.estimate(changed));
        });
      },
    },
    model.source,
    context,
  );
}

/** The result with what the rules say, apart from what a waiver or the baseline takes out. */
function judged(
  input: Omit<RuleInput, 'policy' | 'hardware' | 'engines'>,
  modelSource: string | null,
  { policy, hardware, engines, today }: EvaluateContext,
): DeploymentResult {
  const { deployment, targets, recommendation } = input;
  const { findings, waived } = sift(judge({ ...input, policy, hardware, engines }), policy, today ?? null);
  return { deployment, modelSource, targets, findings, recommendation, ...(waived.length > 0 ? { waived } : {}) };
}

/** The workload but for its target, or why it cannot be made and what to do about that. */
function prepare(
  deployment: Deployment,
  engine: Engine,
  context: EvaluateContext,
): Omit<Workload, 'target'> | NoWorkload {
  if (deployment.device !== 'gpu') {
    return {
      problem: `This launch runs on ${deployment.device.toUpperCase()}, not on a GPU; Headroom judges GPU memory only.`,
      remedy: 'Nothing to do if that is meant; `ignore` in the policy leaves the file out.',
    };
  }
  const decides = (name: string): boolean => name === 'model' || name === 'gpu_memory' || engine.affectsMemory(name);
  const open = deployment.unresolved.filter(({ name }) => decides(name));
  if (open.length > 0) {
    return {
      problem: openSentence(open),
      remedy: remedyOfOpen(open),
    };
  }
  if (!deployment.model) {
    return {
      problem: 'The launch names no model.',
      remedy: 'Name the model in the config, or leave the file out with `ignore` in the policy.',
    };
  }
  const args = Object.fromEntries([...deployment.arguments].map(([name, { value }]) => [name, value]));
  const revision = args['revision'];
  const model = context.findModel(deployment.model.value, typeof revision === 'string' ? revision : null, engine, args);
  const drafterId = engine.drafterOf(args);
  // Looked up before the first problem is told, so that both are asked of the Hub at once.
  const drafter = drafterId === null ? null : context.findModel(drafterId, null, engine, {});
  if ('problem' in model) {
    const served = servedNames(deployment).find((name) => context.models.find(name) !== null);
    return served === undefined
      ? unknownModel(model.problem, '')
      : {
          problem: `${model.problem.reason} It is served as ${served}, which is known.`,
          remedy: `If it is that model, map it under \`models\` in .github/headroom.yml: \`${JSON.stringify(deployment.model.value.slice(0, 200))}: ${served}\`.`,
        };
  }
  if (drafter && 'problem' in drafter) return unknownModel(drafter.problem, 'Draft model: ');
  return {
    engineVersion: deployment.engine.version,
    arguments: args,
    environment: Object.fromEntries([...deployment.environment].map(([name, { value }]) => [name, value])),
    model,
    drafter,
    gpusAskedFor: deployment.gpuRequest.count?.value ?? null,
    ...measuredOf(engine, context),
  };
}

/** What logs measured of launches of the engine, where the facts file holds any. */
function measuredOf({ id }: Engine, { facts }: EvaluateContext): Pick<Workload, 'measurements'> {
  const measurements = facts?.measurements.filter(({ engine }) => engine === id) ?? [];
  return measurements.length > 0 ? { measurements } : {};
}

/** Looks models up in these sources, each once. */
export function modelFinder({ read, policy, models, facts, hub }: EvaluateSources): ModelFinder {
  const sources = { read, aliases: policy.models, catalogue: models, facts: facts ?? null, ...(hub && { hub }) };
  const known = new Map<string, ReturnType<ModelFinder>>();
  return (id, revision, engine, args) => {
    const key = JSON.stringify([id, revision, ...(engine.resolve ? [engine.id, args] : [])]);
    const found = known.get(key) ?? engine.resolve?.(id, args, sources) ?? resolveModel(id, sources, revision);
    known.set(key, found);
    return found;
  };
}

/** What a reader can do about values that only the run knows. */
function remedyOfOpen(open: readonly Unresolved[]): string {
  if (open.every(({ name }) => name === 'gpu_memory'))
    return 'Judge it with the memory that it gets: `headroom estimate --gpu NAME --gpu-memory-gib GIB -- COMMAND`.';
  return open.every(({ reason }) => reason === 'a template fills it in')
    ? 'Render the template (`helm template`, `kustomize build`) and check the result, or write the value in the config.'
    : 'Write the value, or give the variable a default where it is defined.';
}

function unknownModel({ reason, remedy, suggestions }: ModelProblem, whose: string): NoWorkload {
  const near = suggestions.length > 0 ? ` Near: ${suggestions.join(', ')}.` : '';
  return { problem: `${whose}${reason}${near}`, remedy: remedy === '' ? null : remedy };
}
