import type { Word } from '../syntax/word.ts';
import type { YamlEntry, YamlValue } from '../syntax/yaml.ts';

type YamlSequence = Extract<YamlValue, { kind: 'sequence' }>;
type YamlMapping = Extract<YamlValue, { kind: 'mapping' }>;

/** How the arguments of a deployment are carried, for whoever edits them. */
export type Site =
  /** Words of a command: in a shell text, or as items of a YAML list. */
  | {
      readonly kind: 'words';
      /** The launch command's words, arguments from `argumentsStart` on. */
      readonly words: readonly Word[];
      readonly argumentsStart: number;
      /** The list whose items the last words are; null when they are words of a text. */
      readonly sequence: YamlSequence | null;
    }
  /** Keys of a mapping. */
  | {
      readonly kind: 'settings';
      /** Where an argument is added. */
      readonly mapping: YamlMapping;
      /** The entry that holds each argument, by canonical name. */
      readonly entries: ReadonlyMap<string, YamlEntry>;
    }
  /** A command line: there is nothing to edit. */
  | null;
