import { BINARY, type BlobAt, type BlobReader, fileOf } from '../github/blobs.ts';
import type { Tree } from '../github/trees.ts';
import { isUsualConfig } from '../policy/paths.ts';
import type { SourceFile } from '../text.ts';

/** Other files that the checks of one commit may ask for; a handful is usual. */
const MAX_ASKED_FILES = 300;
/** A folder may hold a file that names a second, and that a third (Dockerfile, requirements, what they include). */
const MAX_ROUNDS = 6;

/** The repository at a commit as a pure check may look at it: it answers from what was read, and notes what it lacked. */
export interface View {
  read(path: string): SourceFile | null;
  list(folder: string): readonly string[];
}

/** A commit whose files are read as they are asked for. */
export interface CommitView {
  /**
   * Runs pure work until it lacks nothing that the commit has. The tree is asked for when something is lacking, once; it
   * says which of the files there are, so that only those cost more.
   */
  settle<T>(work: (view: View) => T): Promise<T>;
  /** Puts files of the commit in, by the ids of their blobs, and gives those that could be read; `quiet` notes no others. */
  load(wanted: readonly BlobAt[], quiet?: boolean): Promise<readonly SourceFile[]>;
  tree(): Promise<Tree>;
  /** What was not read, in words. */
  readonly notes: readonly string[];
}

export function commitView(blobs: BlobReader, treeOf: () => Promise<Tree>): CommitView {
  const files = new Map<string, SourceFile | null>();
  const notes = new Set<string>();
  let known: Promise<Tree> | null = null;
  let listed: Tree['folders'] | null = null;
  let left = MAX_ASKED_FILES;

  async function tree(): Promise<Tree> {
    if (known === null) {
      known = treeOf();
      const found = await known;
      listed = found.folders;
      if (found.truncated)
        notes.add(
          'The repository has more files than GitHub lists in one answer; files that a config refers to may be missing.',
        );
    }
    return known;
  }

  async function load(wanted: readonly BlobAt[], quiet = false): Promise<readonly SourceFile[]> {
    const texts = await blobs.read(wanted);
    return wanted.flatMap(({ path }) => {
      const text = texts.get(path);
      const file = fileOf(path, text);
      files.set(path, file);
      if (!quiet && text && 'reason' in text && (text.reason !== BINARY || isUsualConfig(path)))
        notes.add(`${path}: ${text.reason}.`);
      return file ? [file] : [];
    });
  }

  async function settle<T>(work: (view: View) => T): Promise<T> {
    for (let round = 1; ; round++) {
      const missing = new Set<string>();
      let unlisted = false;
      const result = work({
        read(path) {
          const file = files.get(path);
          if (file === undefined) missing.add(path);
          return file ?? null;
        },
        list(folder) {
          unlisted ||= listed === null;
          return listed?.get(folder) ?? [];
        },
      });
      if ((missing.size === 0 && !unlisted) || round >= MAX_ROUNDS) return result;
      const { blobs: shas } = await tree();
      const present: BlobAt[] = [];
      for (const path of missing) {
        const sha = shas.get(path);
        if (sha !== undefined && left > 0) {
          left--;
          present.push({ path, sha });
          continue;
        }
        files.set(path, null);
        if (sha !== undefined)
          notes.add(`More than ${MAX_ASKED_FILES} other files were asked for; the rest was not read.`);
      }
      // What a config merely refers to is not worth a note when it cannot be read: the config says what it misses.
      const texts = await blobs.read(present);
      for (const { path } of present) files.set(path, fileOf(path, texts.get(path)));
    }
  }

  return {
    settle,
    load,
    tree,
    get notes() {
      return [...notes];
    },
  };
}
