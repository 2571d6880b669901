import { gzipSync } from 'fflate';
import type { Plugin } from 'rolldown';

/**
 * Writes each program of a build as `NAME.js.gz`. Compressed by a package, because what zlib writes differs by processor
 * and release, and dist must be the same bytes wherever it is built.
 */
export function compressed(): Plugin {
  return {
    name: 'compressed',
    generateBundle(_options, bundle) {
      for (const [fileName, output] of Object.entries(bundle)) {
        if (output.type !== 'chunk') continue;
        const source = gzipSync(Buffer.from(output.code), { level: 9, mtime: 0 });
        this.emitFile({ type: 'asset', fileName: `${fileName}.gz`, source });
        delete bundle[fileName];
      }
    },
  };
}
