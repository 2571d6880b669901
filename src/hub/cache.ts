import { createHash, randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** An answer as it is kept on disk. */
export interface Kept {
  readonly url: string;
  readonly etag: string | null;
  readonly commit: string | null;
  readonly text: string;
  /** Read without a token, so that anybody may have it. */
  readonly open: boolean;
}

export interface Cache {
  read(url: string): Kept | null;
  write(kept: Kept): void;
}

/** Larger than any answer that is kept. */
const MAX_BYTES = 32 * 1024 * 1024;

/**
 * A folder with a file for every address. What cannot be read back whole is as good as absent, and a disk that refuses
 * costs requests and nothing else.
 */
export function openCache(folder: string | null): Cache {
  if (folder === null) return { read: () => null, write: () => {} };
  const pathOf = (url: string): string => join(folder, `${createHash('sha256').update(url).digest('hex')}.json`);
  return {
    read(url) {
      try {
        if (statSync(pathOf(url)).size > MAX_BYTES) return null;
        const value = JSON.parse(readFileSync(pathOf(url), 'utf8')) as Partial<Record<keyof Kept, unknown>> | null;
        const { etag = null, commit = null, text, open } = value ?? {};
        const whole =
          value?.url === url &&
          typeof text === 'string' &&
          typeof open === 'boolean' &&
          (etag === null || typeof etag === 'string') &&
          (commit === null || typeof commit === 'string');
        return whole ? { url, etag, commit, text, open } : null;
      } catch {
        return null;
      }
    },
    write(kept) {
      try {
        mkdirSync(folder, { recursive: true, mode: 0o700 });
        // Written beside and moved, so that no reader sees half a file.
        const unfinished = join(folder, `.${randomUUID()}`);
        writeFileSync(unfinished, JSON.stringify(kept), { mode: 0o600 });
        renameSync(unfinished, pathOf(kept.url));
      } catch {
        // A full or read-only disk.
      }
    },
  };
}
