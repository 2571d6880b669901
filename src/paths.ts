/** Paths inside a repository: with `/`, relative to its root, which is the empty one. */

export function folderOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}

/** Path of a name in a folder of the repository; `''` is the root. */
export function inFolder(folder: string, name: string): string {
  return folder === '' ? name : `${folder}/${name}`;
}

/** The folders from one up to the root, `''`, the nearest first. */
export function foldersFrom(folder: string, most: number): string[] {
  const folders = [folder];
  for (let at = folder; at !== '' && folders.length < most;) {
    at = folderOf(at);
    folders.push(at);
  }
  return folders;
}

/** `a/b` + `../c.txt` → `a/c.txt`; null for what leads out of the repository. */
export function pathIn(folder: string, relative: string): string | null {
  const parts = folder === '' ? [] : folder.split('/');
  for (const part of relative.split('/')) {
    if (part === '..') {
      if (parts.pop() === undefined) return null;
    } else if (part !== '.' && part !== '') parts.push(part);
  }
  return parts.join('/');
}
