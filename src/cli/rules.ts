import { nearest } from '../nearest.ts';
import { describedRules, RULE_IDS } from '../policy/rules/index.ts';
import type { Arguments } from './args.ts';
import { matchesFilter, noMatch, printListing } from './listing.ts';
import { complain, type ExitCode, type Surroundings } from './surroundings.ts';

/** `headroom rules`: what Headroom looks for, with the severity that a policy may change. */
export function runRules(args: Arguments, surroundings: Surroundings): ExitCode {
  const [filter] = args.positionals;
  const found = describedRules.filter(({ id, what }) => matchesFilter([id, what], filter));
  if (found.length === 0) {
    return complain(surroundings, {
      problem: `no rule is about '${filter}'`,
      remedy: noMatch(
        filter,
        RULE_IDS,
        nearest(filter ?? '', RULE_IDS, undefined, 3),
        'headroom rules lists them all.',
      ),
    });
  }
  const options = ({ options: own }: (typeof found)[number]): string =>
    Object.entries(own ?? {})
      .map(([name, { standard }]) => `${name} ${standard}`)
      .join(', ');
  const listing = {
    head: ['rule', 'severity', 'options', 'what it finds'],
    rows: found.map((rule) => [rule.id, rule.severity, options(rule), rule.what]),
    left: [0, 1, 2, 3],
    values: found.map(({ id, severity, what, why, remedy, options: own }) => {
      return { id, severity, what, why, remedy, options: own ?? {} };
    }),
  };
  return printListing(listing, args, surroundings);
}
