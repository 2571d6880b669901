import type { MappedText } from './mapped-text.ts';

/** One word of a command as the engine would receive it, with every character's place in the file. */
export interface Word {
  readonly text: MappedText;
  /** Why the value is not in the repository (`$NUM_GPUS is computed by awk`), or null when `text` is the real value. */
  readonly unresolved: string | null;
}
