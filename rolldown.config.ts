import { defineConfig } from 'rolldown';
import { compressed } from './scripts/bundle/compressed.ts';
import { leanPackages } from './scripts/bundle/lean-packages.ts';
import { bundledLicenses } from './scripts/bundle/licenses.ts';
import { packedCatalogues } from './scripts/bundle/packed-catalogues.ts';

/**
 * `dist/` is committed, so the same sources must give the same bytes: no hashes in names, no source maps, no
 * comments with paths. The action and the command line share their chunks, and the command line loads them only
 * when a command needs them, so that `--version` and `--help` answer at once.
 */
export default defineConfig([
  {
    input: { action: 'src/action/index.ts', headroom: 'src/cli/main.ts' },
    platform: 'node',
    tsconfig: false,
    // The command line also runs where only Node 20 is installed.
    transform: { target: 'node20' },
    plugins: [packedCatalogues(), leanPackages(), bundledLicenses('licenses.txt')],
    output: {
      dir: 'dist',
      cleanDir: true,
      format: 'esm',
      minify: true,
      comments: false,
      entryFileNames: '[name].js',
      chunkFileNames: 'chunks/[name].js',
    },
  },
  // What runs in the HTML report: in a browser, and so in one piece. A report carries it as it lies here.
  {
    input: { 'what-if': 'src/page/what-if.ts' },
    platform: 'browser',
    tsconfig: false,
    transform: { target: 'es2023' },
    plugins: [compressed()],
    output: { dir: 'dist', format: 'iife', minify: true, comments: false, entryFileNames: '[name].js' },
  },
]);
