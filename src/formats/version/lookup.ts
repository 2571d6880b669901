import type { SourceFile } from '../../text.ts';

/** Whose package is looked for, and where files that commands and files name are found. */
export interface Lookup {
  readonly packages: readonly string[];
  /** The folder that relative names start from; `''` is the root. */
  readonly folder: string;
  read(path: string): SourceFile | null;
}
