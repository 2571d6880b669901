import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Plugin } from 'rolldown';
import { packModels } from './pack.ts';

const MODELS = fileURLToPath(new URL('../../src/catalogue/models.json', import.meta.url));
const UNPACK = fileURLToPath(new URL('../../src/models/packed-catalogue.ts', import.meta.url));

/** Puts the catalogue of models into the bundle in its packed form. */
export function packedModels(): Plugin {
  return {
    name: 'packed-models',
    load(id) {
      if (id !== MODELS) return null;
      const packed = packModels(JSON.parse(readFileSync(id, 'utf8')));
      const code = `import { unpackModels } from ${JSON.stringify(UNPACK)};\nexport default unpackModels(${JSON.stringify(packed)});`;
      return { code, moduleType: 'js' };
    },
  };
}
