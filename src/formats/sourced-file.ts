import { mappedFile } from '../syntax/mapped-text.ts';
import type { SourcedText } from '../syntax/shell/index.ts';
import type { Word } from '../syntax/word.ts';
import type { FormatContext } from './format.ts';
import { foldersFrom, pathIn } from '../paths.ts';

/** Folders above the script in which a file is looked for; no repository is deeper. */
const MAX_FOLDERS = 20;

/**
 * The files of the repository that a script takes its variables from. A folder in front that only the run knows (`$(dirname "$0")`,
 * `$ROOT`) is the script's own or the nearest above it that has such a file.
 */
export function sourcedFrom(folder: string, { read }: Pick<FormatContext, 'read'>): SourcedText {
  return (word) => {
    const path = writtenPath(word);
    if (path === null) return null;
    for (const from of foldersFrom(folder, MAX_FOLDERS)) {
      const at = pathIn(from, path);
      const file = at === null ? null : read(at);
      if (file) return mappedFile(file);
    }
    return null;
  };
}

/** What is written behind the last part that is not known. */
export function writtenPath({ text, unresolved }: Word): string | null {
  const written = text.text.replace(/^["']|["']$/g, '');
  const known = unresolved === null ? written : /[\w})"]\/([\w.][\w./-]{0,200})$/.exec(written.slice(-300))?.[1];
  return known !== undefined && /^[\w.][\w./-]{0,200}$/.test(known) ? known : null;
}
