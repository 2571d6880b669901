/** What an own comment carries for the next run, out of a reader's sight. */
export interface Marker {
  /** Keeps several uses in one repository apart. */
  readonly id: string;
  /** Run number of the workflow: a later run is never overwritten by an earlier one that was slower. */
  readonly run: number;
  readonly sha: string;
}

/** What a marker's id may be made of: nothing that could end an HTML comment. */
export const MARKER_ID = /^(?!.*--)[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$/;

/** An HTML comment; the record is base64url, so that no `-->` can come of it. */
export function printMarker({ id, run, sha }: Marker): string {
  return `<!-- headroom:v1:${id} ${Buffer.from(JSON.stringify({ run, sha })).toString('base64url')} -->`;
}

/** The marker with that id in a comment, or null. */
export function findMarker(body: string, id: string): Marker | null {
  const found = new RegExp(`<!-- headroom:v1:${id} ([A-Za-z0-9_-]{1,400}) -->`).exec(body)?.[1];
  if (!found) return null;
  try {
    const record = JSON.parse(Buffer.from(found, 'base64url').toString('utf8')) as { run?: unknown; sha?: unknown };
    if (typeof record.run !== 'number' || typeof record.sha !== 'string') return null;
    return { id, run: record.run, sha: record.sha };
  } catch {
    return null;
  }
}
