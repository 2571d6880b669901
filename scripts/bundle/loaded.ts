import { readFileSync, statSync } from 'node:fs';
import { posix } from 'node:path';

const DIST = new URL('../../dist/', import.meta.url);
/** How a chunk names another that it loads, now or later. */
const IMPORTS = /(?:from|import)\s*\(?\s*["'`](\.{1,2}\/[\w./-]+\.js)["'`]/g;
/** The chunks of models, and of GPUs and instance types. */
const CATALOGUES = /\/(?:catalogue|gpus)\.js$/;

/** Bytes of a program of `dist/` with every chunk that it may load, and of the catalogues among them. */
export function loadedBytes(entry: string): { readonly all: number; readonly catalogues: number } {
  const seen = new Set<string>();
  const visit = (name: string): void => {
    if (seen.has(name)) return;
    seen.add(name);
    for (const [, path = ''] of readFileSync(new URL(name, DIST), 'utf8').matchAll(IMPORTS))
      visit(posix.join(posix.dirname(name), path));
  };
  visit(entry);
  const sum = (names: readonly string[]): number =>
    names.reduce((bytes, name) => bytes + statSync(new URL(name, DIST)).size, 0);
  return { all: sum([...seen]), catalogues: sum([...seen].filter((name) => CATALOGUES.test(name))) };
}
