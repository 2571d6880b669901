import { readFileSync } from 'node:fs';

/** Why a log is far off, where the mechanism is known (reasons.json); null while it is open. */
export function knownReason(id: string): string | null {
  return REASONS[id] ?? null;
}

const REASONS = JSON.parse(readFileSync(new URL('reasons.json', import.meta.url), 'utf8')) as Readonly<
  Record<string, string>
>;
