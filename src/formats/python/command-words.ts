import { writtenAs } from '../../syntax/mapped-text.ts';
import type { Word } from '../../syntax/word.ts';

/** Words that a platform's own program puts into a command, in the place of what they stand for. */
export function wrappedWords(texts: readonly string[], instead: Word): Word[] {
  return texts.map((text) => ({ text: writtenAs(instead.text, text), unresolved: null }));
}
