import { fileURLToPath } from 'node:url';
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

const YAML = fileURLToPath(new URL('../node_modules/yaml/browser/index.js', import.meta.url));

/** Takes of packages only what is used of them where their own entries stand in the way. */
export function leanPackages(): Plugin {
  return {
    name: 'lean-packages',
    resolveId(source) {
      // Its modules for browsers are the same sources as ES modules, of which what is unused can be left out.
      return source === 'yaml' ? YAML : null;
    },
    load(id) {
      return /[\\/]node_modules[\\/]undici[\\/]index\.js$/.test(id) ? { code: UNDICI, moduleType: 'js' } : null;
    },
  };
}
