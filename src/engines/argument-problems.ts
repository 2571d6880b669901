import type { ArgumentProblem } from '../deployment.ts';
import { nearest, withoutSeparators } from '../nearest.ts';
import type { Place } from '../text.ts';
import { kebab, spellings, type ArgumentSpec, type ArgumentTable } from './argument-table.ts';

export function unknownOption(written: string, place: Place, table: ArgumentTable): ArgumentProblem {
  const near = nearest(kebab(written.replace(/^--?/, '')), spellings(table), withoutSeparators, 3).map(
    (name) => `--${name}`,
  );
  return {
    code: 'unknown-argument',
    argument: written.replace(/^--?/, '').slice(0, 80),
    message: `${table.engine} has no option '${written.slice(0, 80)}'.`,
    remedy: near.length > 0 ? `Did you mean ${near.join(', ')}?` : 'Correct the spelling, or remove it.',
    place,
  };
}

export function unknownKey(key: string, place: Place, table: ArgumentTable): ArgumentProblem {
  const near = nearest(kebab(key), spellings(table), withoutSeparators, 3);
  return {
    code: 'ignored-argument',
    argument: key.slice(0, 80),
    message: `${table.engine} does not read the key '${key.slice(0, 80)}'.`,
    remedy: near.length > 0 ? `Did you mean ${near.join(', ')}?` : 'Correct the spelling, or remove it.',
    place,
  };
}

export function removedOption(spec: ArgumentSpec, place: Place, table: ArgumentTable): ArgumentProblem {
  return {
    code: 'removed-argument',
    argument: kebab(spec.name),
    message: `Current versions of ${table.engine} no longer have --${kebab(spec.name)}.`,
    remedy: spec.removed ?? 'Remove it.',
    place,
  };
}
