import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { loadedBytes } from '../../scripts/bundle/loaded.ts';

const root = new URL('../../', import.meta.url);
const dist = readdirSync(new URL('dist/', root), { recursive: true, encoding: 'utf8' });

/** Size of a program with all the chunks that it may load, but for the catalogues of models and GPUs, in kB. */
function loadedBy(entry: string): number {
  const { all, catalogues } = loadedBytes(entry);
  return (all - catalogues) / 1000;
}

describe('dist', () => {
  it('holds the action and the command line, and the licence of every package that is bundled', () => {
    expect(dist).toEqual(expect.arrayContaining(['action.js', 'headroom.js', 'what-if.js.gz', 'licenses.txt']));
    const licenses = readFileSync(new URL('dist/licenses.txt', root), 'utf8');
    const manifest = JSON.parse(readFileSync(new URL('package.json', root), 'utf8')) as {
      dependencies: Record<string, string>;
    };
    for (const name of Object.keys(manifest.dependencies)) expect(licenses).toContain(name);
  });

  it('stays small: what each program loads, without the catalogues, in kB', () => {
    // 230 kB of the action are undici, which @actions/http-client brings for proxies.
    expect(loadedBy('action.js')).toBeLessThan(1_950);
    expect(loadedBy('headroom.js')).toBeLessThan(1_700);
    expect(statSync(new URL('dist/what-if.js.gz', root)).size / 1000).toBeLessThan(220);
  });

  it('runs where nothing is installed', () => {
    const output = execFileSync(process.execPath, ['dist/headroom.js', '--version'], {
      cwd: root,
      encoding: 'utf8',
      env: {},
    });
    expect(output).toMatch(/^headroom \d+\.\d+\.\d+\n$/);
  });
});
