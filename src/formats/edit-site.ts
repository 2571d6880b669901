import type { MappedText } from '../syntax/mapped-text.ts';
import type { Word } from '../syntax/word.ts';
import type { YamlEntry, YamlValue } from '../syntax/yaml.ts';

type YamlSequence = Extract<YamlValue, { kind: 'sequence' }>;
type YamlMapping = Extract<YamlValue, { kind: 'mapping' }>;

/** Words of a command: in a shell text, or as items of a YAML list. */
export interface WordsSite {
  readonly kind: 'words';
  /** The launch command's words, arguments from `argumentsStart` on. */
  readonly words: readonly Word[];
  readonly argumentsStart: number;
  /** The list whose items the last words are; null when they are words of a text. */
  readonly sequence: YamlSequence | null;
}

/** Keys of a mapping. */
export interface SettingsSite {
  readonly kind: 'settings';
  /** Where an argument is added. */
  readonly mapping: YamlMapping;
  /** The entry that holds each argument, by canonical name. */
  readonly entries: ReadonlyMap<string, YamlEntry>;
  /** What a file of this kind calls an argument, null for one that it has no key for. Absent: by the argument's own name. */
  readonly keyOf?: (name: string) => string | null;
}

/** Values inside a JSON text, by canonical name. */
export interface JsonSite {
  readonly kind: 'json';
  readonly values: ReadonlyMap<string, MappedText>;
}

/** Variables of which a program of somebody's own makes arguments, by canonical name; what it makes of others is not known. */
export interface VariablesSite {
  readonly kind: 'variables';
  readonly values: ReadonlyMap<string, MappedText>;
}

/** A list of arguments that is not there yet: the key that a mapping would hold it under. */
export interface NewListSite {
  readonly kind: 'new-list';
  readonly mapping: YamlMapping;
  readonly key: string;
}

/** One of the places from which a platform puts the arguments of a launch together. */
export interface SitePart {
  readonly site: WordsSite | SettingsSite | JsonSite | VariablesSite | NewListSite;
  /** Arguments that this part has the last word on. */
  readonly holds: ReadonlySet<string>;
  /** Whether a new argument may be written here. */
  readonly takesMore: boolean;
  /** The same words written again for another pod of the same launch; they change together. */
  readonly twins: readonly WordsSite[];
}

/** How the arguments of a deployment are carried, for whoever edits them. */
export type Site =
  | WordsSite
  | SettingsSite
  /** Several places; the platform itself decides on what is `fixed`, for the reason given. */
  | { readonly kind: 'parts'; readonly parts: readonly SitePart[]; readonly fixed: ReadonlyMap<string, string> }
  /** A command line: there is nothing to edit. */
  | null;
