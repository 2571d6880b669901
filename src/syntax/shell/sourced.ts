import type { Script } from 'unbash';
import { exceeds } from '../unread.ts';
import type { Word } from '../word.ts';
import { parsed } from './expansion.ts';
import { withoutCarriageReturns } from './text.ts';
import type { Walk } from './walk.ts';

/** Files that files take their variables from. */
const MAX_NESTED = 8;
/** Files of one script. */
const MAX_FILES = 40;

/**
 * The file that a command takes variables and functions from (`source config.sh`, `. ./.env`), to go through in its place; what
 * it starts itself is its own, and read there.
 */
export function sourcedBy(words: readonly Word[], walk: Walk): { readonly script: Script; readonly walk: Walk } | null {
  const [command, file] = words;
  if (!file || command?.unresolved !== null || !/^(?:source|\.)$/.test(command.text.text)) return null;
  const found = walk.sourced(file);
  if (found === null) return null;
  const path = found.segments[0]?.file.path ?? '';
  if (path === '' || walk.within.includes(path)) return null;
  if (exceeds(walk.within.length + 1, MAX_NESTED, 'files within files')) return null;
  if (exceeds(++walk.spent.files, MAX_FILES, 'files that a script takes its variables from')) return null;
  const text = withoutCarriageReturns(found);
  const script = parsed(text);
  if (script === null) return null;
  return { script, walk: { ...walk, text, commands: [], borrowed: true, within: [...walk.within, path] } };
}

/** `if [ -f .env ]; then source .env; fi`: a file that is in the repository is there. */
export function isSourcedIfThere(node: object, { text }: Walk): boolean {
  const { pos, end } = node as { pos?: number; end?: number };
  if (pos === undefined || end === undefined || end - pos > 500) return false;
  return IF_THERE.test(text.text.slice(pos, end));
}

const IF_THERE =
  /^(?:if\s+)?(?:\[{1,2}|test)\s+-[efrs]\s[^\n;&|]{1,200}?(?:;\s*then\s|\n\s*then\s|&&)\s*(?:set\s+-a\s*[;\n]\s*)?(?:source|\.)\s[^\n;&|]{1,200}(?:[;\n]\s*set\s+\+a)?\s*(?:[;\n]\s*fi)?\s*$/;
