import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Plugin } from 'rolldown';

const INSTANCES = fileURLToPath(new URL('../../src/catalogue/instances.json', import.meta.url));

/** Puts the instance types into the bundle without what only readers of the catalogue need: where each row is from. */
export function instancesWithoutSources(): Plugin {
  return {
    name: 'instances-without-sources',
    load(id) {
      if (id !== INSTANCES) return null;
      const { instances }: { instances: unknown } = JSON.parse(readFileSync(id, 'utf8'));
      const code = JSON.stringify({ instances }, (key, value: unknown) => (key === 'source' ? undefined : value));
      return { code, moduleType: 'json' };
    },
  };
}
