import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Plugin } from 'rolldown';
import { packed } from './packed.ts';

const CATALOGUES = fileURLToPath(new URL('../../src/catalogue/', import.meta.url));

/**
 * Puts the catalogues of models, GPUs and instance types into the bundle compressed, and without what only their readers
 * need: where each row is from.
 */
export function packedCatalogues(): Plugin {
  return {
    name: 'packed-catalogues',
    load(id) {
      if (!id.startsWith(CATALOGUES) || !id.endsWith('.json')) return null;
      const rows: unknown = JSON.parse(readFileSync(id, 'utf8'));
      const text = JSON.stringify(rows, (key, value: unknown) => (key === 'source' ? undefined : value));
      const base64 = Buffer.from(packed(text)).toString('base64');
      const code = `import { gunzipSync } from 'node:zlib';
export default JSON.parse(gunzipSync(Buffer.from('${base64}', 'base64')).toString('utf8'));`;
      return { code, moduleType: 'js' };
    },
  };
}
