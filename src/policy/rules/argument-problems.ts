import type { ArgumentProblem } from '../../deployment.ts';
import { removedArgument } from './removed-argument.ts';
import type { Rule, RuleInput } from './rule.ts';

/** One rule per code, all with the same mechanism: the engine's own parser found something while reading. */
function problemRule(code: ArgumentProblem['code'], texts: Pick<Rule, 'severity' | 'what' | 'why' | 'remedy'>): Rule {
  return {
    id: code,
    ...texts,
    check: (input) =>
      input.deployment.problems
        .filter((problem) => problem.code === code && ownersOf(problem, input).length === 0)
        .map(({ place, message, remedy, argument }) => ({
          place,
          message,
          remedy,
          ...(argument === undefined ? {} : { subject: argument }),
        })),
  };
}

/** Other engines whose option an unknown one is. */
function ownersOf({ code, argument }: ArgumentProblem, { engine, engines }: RuleInput): readonly string[] {
  if (argument === undefined || (code !== 'unknown-argument' && code !== 'ignored-argument')) return [];
  // Known, and left unread for how or where it is written.
  if (engine?.knowsArgument(argument)) return [];
  return engines.filter((one) => one.id !== engine?.id && one.knowsArgument(argument)).map(({ title }) => title);
}

export const argumentOfAnotherEngine: Rule = {
  id: 'argument-of-another-engine',
  severity: 'warning',
  what: 'An option that this engine does not have and another one does.',
  why: 'It was copied from a launch of the other engine: this one refuses to start, or leaves it unread, and the memory it was meant to bound is not bound.',
  remedy: 'Use the option of this engine that does the same.',
  check: (input) =>
    input.deployment.problems.flatMap((problem) => {
      const owners = ownersOf(problem, input);
      if (owners.length === 0) return [];
      const { place, argument = '', remedy } = problem;
      const title = input.engine?.title ?? input.deployment.engine.id;
      const message = `'${argument.slice(0, 80)}' is an option of ${owners.join(' and ')}, not of ${title}.`;
      return [{ place, subject: argument, message, remedy }];
    }),
};

export const argumentProblems: readonly Rule[] = [
  problemRule('unknown-argument', {
    severity: 'warning',
    what: 'An argument that the engine does not know.',
    why: 'On a command line the engine refuses to start; in a settings file the value is silently not used.',
    remedy: 'Correct the spelling, or remove the argument.',
  }),
  removedArgument,
  problemRule('ignored-argument', {
    severity: 'warning',
    what: 'An argument that the loader accepts and does not use.',
    why: 'The config promises something that the engine does not do.',
    remedy: 'Move it to where the loader reads it, or remove it.',
  }),
  problemRule('invalid-value', {
    severity: 'error',
    what: 'A value that the engine cannot parse or does not accept.',
    why: 'The engine refuses to start.',
    remedy: 'Write a value of the type that the engine expects.',
  }),
];
