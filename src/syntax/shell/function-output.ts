import type { Word as ShellWord, WordPart } from 'unbash';
import type { Word } from '../word.ts';
import { exceeds } from '../unread.ts';
import type { Node } from './assignment.ts';
import { bodyCalledBy } from './calls.ts';
import type { Walk } from './walk.ts';

/** Times that one script takes what a function says. */
const MAX_OUTPUTS = 200;
/** Words of one function, with those of functions in it; what says more is no list of options. */
const MAX_WORDS = 500;

/**
 * The words that a function of the script says and does nothing besides (`options() { echo --port "$PORT"; }`), where `$(options)`
 * takes them; null for anything else.
 * @param wordsOf - What a word of the function becomes.
 */
export function saidBy(
  part: WordPart | undefined,
  walk: Walk,
  wordsOf: (word: ShellWord, inside: Walk) => readonly Word[],
): readonly Word[] | null {
  if (part?.type !== 'CommandExpansion' || walk.functions.size === 0) return null;
  const call = onlyCommand(part.script);
  if (typeof call?.name !== 'object' || (call.suffix ?? []).length > 0) return null;
  const { name } = call;
  if (!walk.functions.has(name.text) || exceeds(++walk.spent.outputs, MAX_OUTPUTS, 'outputs of functions')) return null;
  const called = bodyCalledBy(wordsOf(name, walk), walk);
  if (!called) return null;
  const says = onlyCommand((called.body as { readonly body?: object }).body);
  if (typeof says?.name !== 'object' || says.name.text !== 'echo') return null;
  const inside = { ...walk, text: called.text, within: [...walk.within, name.text] };
  const words = (says.suffix ?? []).flatMap((word) => (word.type === 'Word' ? [word as ShellWord] : []));
  const isOption = /^-[neE]{1,3}$/.test(words[0]?.text ?? '');
  const said: Word[] = [];
  for (const word of words.slice(isOption ? 1 : 0)) {
    if (exceeds(said.length, MAX_WORDS, 'words of a function')) break;
    said.push(...wordsOf(word, inside).slice(0, MAX_WORDS));
  }
  return said;
}

/** The one command of a list of statements whose output goes nowhere else; null for any other list. */
function onlyCommand(list: object | undefined): Node | null {
  const { commands: [statement, ...more] = [] } = (list ?? {}) as {
    readonly commands?: readonly { readonly command?: Node; readonly redirects?: readonly object[] }[];
  };
  const command = statement?.command;
  if (more.length > 0 || command?.type !== 'Command' || (statement?.redirects ?? []).length > 0) return null;
  const hasMore = (command.prefix ?? []).length > 0 || (command.redirects ?? []).length > 0;
  return hasMore || (command.suffix ?? []).some(({ type }) => type === 'Redirect') ? null : command;
}
