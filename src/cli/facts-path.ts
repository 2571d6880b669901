import { FACTS_PATH, type FactsFile, parseFacts } from '../models/facts-file.ts';
import type { UsageProblem } from './surroundings.ts';
import { readFrom } from './workspace.ts';

/** The facts file of the repository, null where there is none, or what is wrong with it. */
export function loadFacts(root: string): FactsFile | null | UsageProblem {
  const file = readFrom(root, FACTS_PATH);
  if (file === null) return null;
  const facts = parseFacts(file);
  return 'problem' in facts ? { ...facts, remedy: 'Run headroom facts lock to write it anew.' } : facts;
}
