import type { Plugin } from 'rolldown';
import { packed } from './packed.ts';

/** Writes each program of a build as `NAME.js.gz`. */
export function compressed(): Plugin {
  return {
    name: 'compressed',
    generateBundle(_options, bundle) {
      for (const [fileName, output] of Object.entries(bundle)) {
        if (output.type !== 'chunk') continue;
        this.emitFile({ type: 'asset', fileName: `${fileName}.gz`, source: packed(output.code) });
        delete bundle[fileName];
      }
    },
  };
}
