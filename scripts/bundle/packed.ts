import { gzipSync } from 'fflate';

/**
 * A text as gzip, the same bytes wherever it is made: what zlib writes differs by processor and release, so a package
 * does it.
 */
export function packed(text: string): Uint8Array {
  return gzipSync(Buffer.from(text), { level: 9, mtime: 0 });
}
