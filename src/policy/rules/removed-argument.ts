import type { ArgumentProblem } from '../../deployment.ts';
import { compareReleases } from '../../engines/releases.ts';
import { argumentPlace } from './place.ts';
import type { Remark, Rule, RuleInput } from './rule.ts';

export const removedArgument: Rule = {
  id: 'removed-argument',
  severity: 'warning',
  what: 'An argument that this version of the engine no longer has, or does not have yet. Where the version is not known: info.',
  why: 'The engine refuses to start, or ignores what the author relied on.',
  remedy: 'Remove the argument, or use the one that replaced it.',
  check(input) {
    const problems = input.deployment.problems.filter(({ code }) => code === 'removed-argument');
    const told = new Set(problems.map(({ argument }) => argument?.replaceAll('-', '_')));
    const others = [...input.deployment.arguments.values()].filter(
      ({ name, source }) => source !== 'wrapper' && !told.has(name),
    );
    return [
      ...problems.flatMap((problem) => ofProblem(problem, input)),
      ...others.flatMap(({ name }) => ofArgument(name, input)),
    ];
  },
};

/** What the parser takes for removed, unless the stated release still has it. */
function ofProblem({ argument, place, message, remedy }: ArgumentProblem, { deployment, engine }: RuleInput): Remark[] {
  const { version } = deployment.engine;
  const last = argument === undefined ? null : (engine?.releasesOf?.(argument)?.last ?? null);
  const remark = { place, message, remedy, ...(argument === undefined ? {} : { subject: argument }) };
  const order = version === null || last === null ? null : compareReleases(version, last);
  if (order !== null && order <= 0) return [];
  if (order === null) return [version === null || last !== null ? { ...remark, severity: 'info' } : remark];
  return [{ ...remark, message: `${engine?.title ?? ''} ${version} no longer has --${argument}.` }];
}

/** An argument that the parser knows and that the stated release does not have. */
function ofArgument(name: string, { deployment, engine }: RuleInput): Remark[] {
  const { version } = deployment.engine;
  const releases = engine?.releasesOf?.(name) ?? null;
  if (!engine || version === null || releases === null) return [];
  const place = argumentPlace(deployment, name);
  const { since, last } = releases;
  if (since !== null && (compareReleases(version, since) ?? 0) < 0) {
    const message = `${engine.title} ${version} does not have ${name} yet; ${since} is the first release with it.`;
    return [{ place, subject: name, message, remedy: `Remove it, or run ${engine.title} ${since} or newer.` }];
  }
  if (last !== null && (compareReleases(version, last) ?? 0) > 0) {
    const message = `${engine.title} ${version} no longer has ${name}; ${last} was the last release with it.`;
    return [{ place, subject: name, message, remedy: removedArgument.remedy }];
  }
  return [];
}
