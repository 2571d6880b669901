import type { Measurement } from '../../engines/measurement.ts';
import { lineAt, type SourceFile } from '../../text.ts';
import { jsonMembers } from '../../syntax/json.ts';
import { measurementSchema } from './schema.ts';

/** Rows beyond these are refused: nobody learns so many launches. */
const MOST_ROWS = 1_000;

/** The rows of `measurements` in a facts file, each with its place; or what is wrong with the first that is no row, with its line. */
export function measurementsOf(
  file: SourceFile,
  written: unknown,
): readonly Measurement[] | { readonly problem: string } {
  if (written === undefined) return [];
  if (!Array.isArray(written)) return { problem: `${file.path}: its 'measurements' are no list.` };
  if (written.length > MOST_ROWS) return { problem: `${file.path}: more than ${MOST_ROWS} measurements.` };
  const starts = elementStarts(file.text, 'measurements');
  const measurements: Measurement[] = [];
  for (const [index, row] of written.entries()) {
    const start = starts[index] ?? null;
    const checked = measurementSchema.safeParse(row);
    if (!checked.success) {
      const [issue] = checked.error.issues;
      const path = issue?.path ?? [];
      const where = ['measurements', index, ...path].map(String).join('.');
      const line = start === null ? 1 : lineAt(file, placeIn(file.text, start, path));
      return { problem: `${file.path}:${line}: '${where}' ${issue?.message ?? 'is not valid'}. Learn the log again.` };
    }
    const place = start === null ? file.path : `${file.path}:${lineAt(file, start)}`;
    // The schema's names are those of the interface; an absent figure is absent.
    measurements.push({ ...(checked.data as Omit<Measurement, 'place'>), place });
  }
  return measurements;
}

/** Where the elements of a list under one of the file's own keys begin; none where the text is no plain JSON. */
function elementStarts(text: string, key: string): number[] {
  const range = jsonMembers(text)?.get(key);
  if (!range) return [];
  const starts: number[] = [];
  let depth = 0;
  let expects = false;
  const token = /"(?:[^"\\]|\\.)*"|[{}[\],]|[^\s"{}[\],]+/g;
  for (const { 0: word, index } of text.slice(range.start, range.end).matchAll(token)) {
    if (expects && word !== ']') starts.push(range.start + index);
    expects = (depth === 0 && word === '[') || (depth === 1 && word === ',');
    if (word === '{' || word === '[') depth++;
    if (word === '}' || word === ']') depth--;
  }
  return starts;
}

/** Where a value stands within the object that begins at `start`, as far as its path is written. */
function placeIn(text: string, start: number, path: readonly PropertyKey[]): number {
  let at = start;
  let end = text.length;
  for (const key of path) {
    const part = objectAt(text.slice(at, end));
    const member = part === null ? undefined : jsonMembers(part)?.get(String(key));
    if (!member) break;
    [at, end] = [at + member.start, at + member.end];
  }
  return at;
}

/** The object that a text begins with; null when it begins with something else. */
function objectAt(text: string): string | null {
  let depth = 0;
  for (const { 0: word, index } of text.matchAll(/"(?:[^"\\]|\\.)*"|[{}]/g)) {
    if (word === '{') depth++;
    if (word === '}' && --depth === 0) return text.slice(0, index + 1);
    if (depth === 0) return null;
  }
  return null;
}

/** The list with one row more; of the same launch the newer one stays. */
export function withMeasurement(rows: readonly Measurement[], added: Measurement): readonly Measurement[] {
  return [...rows.filter((row) => keyOf(row) !== keyOf(added)), added].toSorted((a, b) =>
    keyOf(a) < keyOf(b) ? -1 : 1,
  );
}

function keyOf({ model, engine, version, gpu, arguments: args, environment }: Measurement): string {
  const sorted = (record: object): unknown[] => Object.entries(record).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([model, engine, version, gpu, sorted(args), sorted(environment)]);
}
