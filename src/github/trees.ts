import type { Client, Repository } from './client.ts';

/** The files of a commit. */
export interface Tree {
  /** Blob ids by path, of ordinary files alone: links and submodules are left out. */
  readonly blobs: ReadonlyMap<string, string>;
  /** Names of the files in each folder (`''` is the root). */
  readonly folders: ReadonlyMap<string, readonly string[]>;
  /** Whether there are more than GitHub lists in one answer (100,000 entries or 7 MB; docs: get a tree). */
  readonly truncated: boolean;
}

export async function treeAt(client: Client, repository: Repository, sha: string): Promise<Tree> {
  const { data } = await client.rest.git.getTree({ ...repository, tree_sha: sha, recursive: 'true' });
  const blobs = new Map<string, string>();
  for (const { path, mode, type, sha: blob } of data.tree) {
    const ordinary = type === 'blob' && (mode === '100644' || mode === '100755');
    if (path && blob && ordinary) blobs.set(path, blob);
  }
  return { blobs, folders: namesByFolder(blobs.keys()), truncated: data.truncated };
}

/** Names of the files in each folder. */
export function namesByFolder(paths: Iterable<string>): ReadonlyMap<string, readonly string[]> {
  const folders = new Map<string, string[]>();
  for (const path of paths) {
    const slash = path.lastIndexOf('/');
    const folder = path.slice(0, Math.max(0, slash));
    const names = folders.get(folder);
    if (names) names.push(path.slice(slash + 1));
    else folders.set(folder, [path.slice(slash + 1)]);
  }
  return folders;
}
