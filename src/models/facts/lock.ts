import { architectureOf } from '../config/config.ts';
import { type FactsEntry, type FactsFile } from './file.ts';
import { valueOf, type Fields } from '../config/fields.ts';
import { type Refusal, shortRevision, type StatedFacts } from '../stated-facts.ts';
import { architectureOfUsed, usedFields } from '../config/used-fields.ts';

/** What was done with, or is to be said of, one model of the facts file. */
export interface FactsStatus {
  readonly key: string;
  readonly state:
    | 'locked'
    | 'kept'
    | 'removed'
    | 'not locked'
    | 'current'
    | 'stale'
    | 'missing'
    | 'unused'
    | 'not checked';
  readonly detail: string;
}

/**
 * The new facts file: what was fetched now, and what was fetched before where it cannot be fetched again.
 * @param prune drops what no config names; else it stays as it is.
 */
export function lockedEntries(
  answers: ReadonlyMap<string, StatedFacts | Refusal>,
  before: FactsFile | null,
  prune: boolean,
): { readonly entries: ReadonlyMap<string, FactsEntry>; readonly statuses: readonly FactsStatus[] } {
  const entries = new Map<string, FactsEntry>();
  const statuses: FactsStatus[] = [];
  for (const [key, answer] of answers) {
    const entry = 'reason' in answer ? answer : entryOf(answer);
    if (!('reason' in entry)) {
      entries.set(key, entry);
      const fields = Object.keys(entry.config).length;
      const at = entry.revision === null ? '' : ` at ${shortRevision(entry.revision)}`;
      statuses.push({ key, state: 'locked', detail: `${fields} fields of ${entry.source}${at}` });
      continue;
    }
    const old = before?.entries.get(key);
    if (old) entries.set(key, old);
    const detail = [entry.reason, entry.remedy].filter((part) => part !== '').join(' ');
    statuses.push({ key, state: old ? 'kept' : 'not locked', detail });
  }
  for (const [key, entry] of before?.entries ?? []) {
    if (answers.has(key)) continue;
    if (!prune) entries.set(key, entry);
    statuses.push({ key, state: prune ? 'removed' : 'unused', detail: 'no config names it' });
  }
  return { entries, statuses: sorted(statuses) };
}

/** Facts cut down to what an estimate asks for; refused where no estimate can be made of them. */
function entryOf(stated: StatedFacts): FactsEntry | Refusal {
  const made = architectureOf(stated.config);
  if ('problem' in made) return { reason: `Its config.json cannot be used: ${made.problem}`, remedy: '' };
  return { ...stated, ...usedFields(stated.config) };
}

/**
 * Holds the facts file against the configs and, unless offline, against what the Hub says now.
 * @param answers null: nobody was asked.
 */
export function compareFacts(
  named: readonly string[],
  facts: FactsFile | null,
  answers: ReadonlyMap<string, StatedFacts | Refusal> | null,
): readonly FactsStatus[] {
  const statuses: FactsStatus[] = [];
  for (const key of named) {
    const entry = facts?.entries.get(key);
    if (entry) statuses.push({ key, ...stateOf(entry, answers?.get(key) ?? null) });
    else statuses.push({ key, state: 'missing', detail: 'a config names it; run headroom facts lock' });
  }
  for (const key of facts?.entries.keys() ?? [])
    if (!named.includes(key)) statuses.push({ key, state: 'unused', detail: 'no config names it' });
  return sorted(statuses);
}

function stateOf(entry: FactsEntry, answer: StatedFacts | Refusal | null): Omit<FactsStatus, 'key'> {
  const made = architectureOfUsed(entry);
  if ('problem' in made) return { state: 'stale', detail: made.problem };
  const at = entry.revision === null ? 'its revision is not known' : `at ${shortRevision(entry.revision)}`;
  if (answer === null) return { state: 'not checked', detail: `${at}; the Hub was not asked` };
  if ('reason' in answer) return { state: 'not checked', detail: answer.reason };
  const now = usedFields(answer.config);
  const changed = [
    ...changedFields(entry.config, now.config),
    ...(entry.checkpointBytes === answer.checkpointBytes ? [] : ['checkpointBytes']),
    ...(canonical(entry.elements) === canonical(answer.elements) ? [] : ['elements']),
    ...(entry.quantizationFrom === answer.quantizationFrom ? [] : ['quantizationFrom']),
  ];
  if (changed.length > 0) return { state: 'stale', detail: `${at}; changed since: ${changed.slice(0, 20).join(', ')}` };
  const moved = entry.revision !== answer.revision && answer.revision !== null;
  return { state: 'current', detail: moved ? `${at}; the same at ${shortRevision(answer.revision ?? '')}` : at };
}

/** Names of the fields that differ, whatever the order of what is in them. */
function changedFields(before: Fields, after: Fields): string[] {
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return keys.filter((key) => canonical(valueOf(before, key)) !== canonical(valueOf(after, key)));
}

function canonical(value: unknown): string {
  return (
    JSON.stringify(value, (_, inner: unknown) =>
      typeof inner === 'object' && inner !== null && !Array.isArray(inner)
        ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
        : inner,
    ) ?? ''
  );
}

function sorted(statuses: readonly FactsStatus[]): readonly FactsStatus[] {
  return statuses.toSorted((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
}
