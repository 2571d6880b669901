import type { MappedText } from './mapped-text.ts';

/** One word of a command as the engine would receive it, with every character's place in the file. */
export interface Word {
  readonly text: MappedText;
  /** Why the value is not in the repository (`$NUM_GPUS is computed by awk`), or null when `text` is the real value. */
  readonly unresolved: string | null;
  /** Of a text in quotes of which parts are not known: all of it, for a shell that is given it to run. */
  readonly script?: OpenScript;
}

/** A text with its known variables put in; what is not known stands in it as it is written. */
export interface OpenScript {
  readonly text: MappedText;
  readonly open: readonly { readonly text: MappedText; readonly reason: string }[];
}
