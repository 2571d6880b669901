import type { ListElement, PythonDict, PythonEntry } from '../../syntax/python/values.ts';
import type { SourceFile } from '../../text.ts';
import type { WordsSite } from '../edit-site.ts';

/** Words of a command that stand in lists of a program, or in its texts. */
export interface PythonWordsSite {
  readonly kind: 'python-words';
  readonly file: SourceFile;
  readonly site: WordsSite;
  /** The literal item that each word is; null for one that stands in a text, or may not be there. */
  readonly elements: readonly (ListElement | null)[];
}

/** Keywords of a call, or entries of a dict. */
export interface PythonKeywordsSite {
  readonly kind: 'python-keywords';
  readonly file: SourceFile;
  /** The entry that holds each argument, by canonical name. */
  readonly entries: ReadonlyMap<string, PythonEntry>;
  /** Where another is added; null where none may be. */
  readonly home: PythonDict | null;
  /** What the first keyword of a call stands behind (`LLM("org/name")`). */
  readonly behind: ListElement | null;
}

export type PythonSite = PythonWordsSite | PythonKeywordsSite;
