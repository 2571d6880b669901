import type { Word } from '../syntax/word.ts';
import { baseName } from '../text.ts';

/** Words in front of a launch that make it something else: it is searched for, printed or stopped, not started. */
const NOT_A_LAUNCH =
  /^(?:echo|printf|cat|grep|egrep|fgrep|rg|pgrep|pkill|killall|kill|ps|awk|sed|which|whereis|type|man|log|logger|pip3?|alias|test|\[|\[\[)$/;

/** The texts of words that may start something; null where their first one does something else with them. */
export function launchTexts(words: readonly Word[]): readonly string[] | null {
  const texts = words.map(({ text }) => text.text);
  return NOT_A_LAUNCH.test(baseName(texts[0] ?? '')) ? null : texts;
}

/** What `--device` asks for; empty where nothing does. */
export function askedDevice(words: readonly Word[]): string {
  const texts = words.map(({ text }) => text.text);
  const flag = texts.findIndex((text) => text === '--device' || text.startsWith('--device='));
  return flag === -1 ? '' : (texts[flag]?.split('=')[1] ?? texts[flag + 1] ?? '');
}
