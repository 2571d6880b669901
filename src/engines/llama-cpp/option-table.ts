import { FORK_OPTIONS, MEMORY_OPTIONS } from './memory-options.ts';
import { OTHER_OPTIONS } from './other-options.ts';

/**
 * How an option is written. `int`: a whole number behind it; `count`: that, or a word (`auto`, `all`); `choice`: a word of
 * a few behind it in newer builds, nothing in older ones; `text`: any text; `switch`: nothing; `toggle`: nothing, with
 * other spellings that say no; `pair`: two texts.
 */
export type OptionKind = 'int' | 'count' | 'choice' | 'text' | 'switch' | 'toggle' | 'pair';

/** One option of llama-server. */
export interface Option {
  /** Canonical name, snake_case. */
  readonly name: string;
  readonly kind: OptionKind;
  /** Changes what the engine takes of the GPU. */
  readonly memory: boolean;
  /** Of ik_llama.cpp alone. */
  readonly fork: boolean;
  /** The first spelling that says no, of a toggle. */
  readonly negative: string | null;
  readonly variable: string | null;
}

interface Spelling {
  readonly option: Option;
  readonly negated: boolean;
}

interface OptionTable {
  readonly bySpelling: ReadonlyMap<string, Spelling>;
  readonly byName: ReadonlyMap<string, Option>;
  readonly byVariable: ReadonlyMap<string, Option>;
}

export const LLAMA_OPTIONS: OptionTable = tableOf();

function tableOf(): OptionTable {
  const bySpelling = new Map<string, Spelling>();
  const byName = new Map<string, Option>();
  const byVariable = new Map<string, Option>();
  const lists = [
    { kinds: MEMORY_OPTIONS, memory: true, fork: false },
    { kinds: OTHER_OPTIONS, memory: false, fork: false },
    { kinds: FORK_OPTIONS, memory: true, fork: true },
  ];
  for (const { kinds, memory, fork } of lists) {
    for (const [kind, text] of Object.entries(kinds) as [OptionKind, string][]) {
      for (const line of text.trim().split('\n')) {
        const [first = '', ...others] = line.trim().split(' ');
        const negatives = others.filter((word) => word.startsWith('!')).map((word) => word.slice(1));
        const variable = others.find((word) => /^[A-Z]/.test(word)) ?? null;
        const negative = negatives.find((word) => word.startsWith('--')) ?? negatives[0] ?? null;
        const option = { name: first.replaceAll('-', '_'), kind, memory, fork, negative, variable };
        byName.set(option.name, option);
        if (variable !== null) byVariable.set(variable, option);
        const positives = others.filter((word) => word.startsWith('-'));
        for (const word of [`--${first}`, ...positives]) bySpelling.set(word, { option, negated: false });
        for (const word of negatives) bySpelling.set(word, { option, negated: true });
      }
    }
  }
  return { bySpelling, byName, byVariable };
}

/** The option that a word is, with `_` for `-` behind two dashes, as llama.cpp allows. */
export function optionOf(word: string): Spelling | null {
  return LLAMA_OPTIONS.bySpelling.get(word.startsWith('--') ? word.replaceAll('_', '-') : word) ?? null;
}
