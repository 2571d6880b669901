import type { ArgumentProblem } from '../../deployment.ts';
import type { Rule } from './rule.ts';

/** One rule per code, all with the same mechanism: the engine's own parser found something while reading. */
function problemRule(code: ArgumentProblem['code'], texts: Pick<Rule, 'severity' | 'what' | 'why' | 'remedy'>): Rule {
  return {
    id: code,
    ...texts,
    check: ({ deployment }) => deployment.problems.filter((problem) => problem.code === code),
  };
}

export const argumentProblems: readonly Rule[] = [
  problemRule('unknown-argument', {
    severity: 'warning',
    what: 'An argument that the engine does not know.',
    why: 'On a command line the engine refuses to start; in a settings file the value is silently not used.',
    remedy: 'Correct the spelling, or remove the argument.',
  }),
  problemRule('removed-argument', {
    severity: 'warning',
    what: 'An argument that this version of the engine no longer has.',
    why: 'The engine refuses to start, or ignores what the author relied on.',
    remedy: 'Remove the argument, or use the one that replaced it.',
  }),
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
