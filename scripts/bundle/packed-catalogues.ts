import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'fflate';
import type { Plugin } from 'rolldown';

const CATALOGUES = fileURLToPath(new URL('../../src/catalogue/', import.meta.url));

/**
 * Puts the catalogues of models, GPUs and instance types into the bundle compressed, and without what only their readers
 * need: where each row is from. Compressed by a package, because what zlib writes differs by processor and release.
 */
export function packedCatalogues(): Plugin {
  return {
    name: 'packed-catalogues',
    load(id) {
      if (!id.startsWith(CATALOGUES) || !id.endsWith('.json')) return null;
      const rows: unknown = JSON.parse(readFileSync(id, 'utf8'));
      const text = JSON.stringify(rows, (key, value: unknown) => (key === 'source' ? undefined : value));
      const packed = Buffer.from(gzipSync(Buffer.from(text), { level: 9, mtime: 0 })).toString('base64');
      const code = `import { gunzipSync } from 'node:zlib';
export default JSON.parse(gunzipSync(Buffer.from('${packed}', 'base64')).toString('utf8'));`;
      return { code, moduleType: 'js' };
    },
  };
}
