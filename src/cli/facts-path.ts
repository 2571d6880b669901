import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { FACTS_PATH, type FactsFile } from '../models/facts/file.ts';
import { parseFacts } from '../models/facts/parse.ts';
import type { UsageProblem } from './surroundings.ts';
import { readFrom } from './workspace.ts';

/** The facts file of the repository, null where there is none, or what is wrong with it. */
export function loadFacts(root: string): FactsFile | null | UsageProblem {
  const file = readFrom(root, FACTS_PATH);
  if (file === null) {
    if (!existsSync(join(root, FACTS_PATH))) return null;
    // Not the same as none: without it other facts would hold.
    return { problem: `${FACTS_PATH} cannot be read`, remedy: 'It must be a plain text file of at most 1 MiB.' };
  }
  const facts = parseFacts(file);
  return 'problem' in facts ? { ...facts, remedy: 'Run headroom facts lock to write it anew.' } : facts;
}
