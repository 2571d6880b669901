import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Plugin } from 'rolldown';

/**
 * What is asked of undici: `fetch` (@actions/github) and `ProxyAgent` (@actions/http-client), which opens its tunnels with
 * `connect`. Its own entry is one CommonJS module that brings all the rest: WebSockets, mocks, caches. Anything else that a
 * newer release of those two asks for fails the build.
 */
const UNDICI = `
import fetching from './lib/web/fetch/index.js';
import ProxyAgent from './lib/dispatcher/proxy-agent.js';
import Dispatcher from './lib/dispatcher/dispatcher.js';
import connect from './lib/api/api-connect.js';
Dispatcher.prototype.connect = connect;
export const fetch = fetching.fetch;
export { ProxyAgent };
`;

const YAML = fileURLToPath(new URL('../../node_modules/yaml/browser/index.js', import.meta.url));
const GITHUB = new URL('../../src/github/', import.meta.url);

/** Takes of packages only what is used of them where their own entries stand in the way. */
export function leanPackages(): Plugin {
  return {
    name: 'lean-packages',
    resolveId(source) {
      // Its modules for browsers are the same sources as ES modules, of which what is unused can be left out.
      return source === 'yaml' ? YAML : null;
    },
    async load(id) {
      const path = id.replaceAll('\\', '/');
      if (path.endsWith('/node_modules/undici/index.js')) return { code: UNDICI, moduleType: 'js' };
      // The parser of HTTP twice, once for processors with SIMD: an action's few requests need no faster one.
      if (path.endsWith('/undici/lib/llhttp/llhttp_simd-wasm.js'))
        return { code: `module.exports = require('./llhttp-wasm.js');`, moduleType: 'js' };
      if (path.endsWith('/plugin-rest-endpoint-methods/dist-src/generated/endpoints.js'))
        return { code: `export default ${JSON.stringify(await endpointsUsed(id))};`, moduleType: 'js' };
      return null;
    },
  };
}

type Endpoints = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** Of GitHub's thousand endpoints those that src/github calls, by group and name; one that does not exist fails the build. */
async function endpointsUsed(modulePath: string): Promise<Endpoints> {
  const all = ((await import(pathToFileURL(modulePath).href)) as { readonly default: Endpoints }).default;
  const used: Record<string, Record<string, unknown>> = {};
  for (const file of readdirSync(GITHUB)) {
    for (const [call, group = '', name = ''] of readFileSync(new URL(file, GITHUB), 'utf8').matchAll(
      /\brest\.(\w+)\.(\w+)/g,
    )) {
      const endpoint = all[group]?.[name];
      if (endpoint === undefined) throw new Error(`src/github/${file} calls ${call}, which GitHub does not have`);
      (used[group] ??= {})[name] = endpoint;
    }
  }
  return used;
}
