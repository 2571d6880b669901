import { lstatSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Measurement } from '../engines/measurement.ts';
import { FACTS_PATH, type FactsEntry, formatFacts } from '../models/facts/file.ts';
import type { UsageProblem } from './surroundings.ts';
import { MAX_FILE_BYTES } from './workspace.ts';

/** Writes the facts file of a repository; the problem where it cannot, null where it could. */
export function writeFacts(
  root: string,
  entries: ReadonlyMap<string, FactsEntry>,
  measurements: readonly Measurement[],
): UsageProblem | null {
  const path = join(root, FACTS_PATH);
  const text = formatFacts(entries, measurements);
  if (Buffer.byteLength(text) > MAX_FILE_BYTES) {
    return {
      problem: `${FACTS_PATH} would be larger than 1 MiB`,
      remedy: 'Lock the models of fewer paths, or --prune.',
    };
  }
  try {
    if (lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink()) throw new Error('a link is never followed');
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    return null;
  } catch {
    return { problem: `cannot write ${FACTS_PATH}`, remedy: 'It must be a plain file that you may write.' };
  }
}
