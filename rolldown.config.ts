import { defineConfig } from 'rolldown';
import { instancesWithoutSources } from './scripts/catalogue/instances.ts';
import { packedModels } from './scripts/catalogue/packed-models.ts';
import { leanPackages } from './scripts/lean-packages.ts';
import { bundledLicenses } from './scripts/licenses.ts';

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
    plugins: [packedModels(), instancesWithoutSources(), leanPackages(), bundledLicenses('licenses.txt')],
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
  // What runs in the HTML report: in a browser, and so in one piece.
  {
    input: { 'what-if': 'src/page/what-if.ts' },
    platform: 'browser',
    tsconfig: false,
    transform: { target: 'es2023' },
    output: { dir: 'dist', format: 'iife', minify: true, comments: false, entryFileNames: '[name].js' },
  },
]);
