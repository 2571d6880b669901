import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const root = new URL('../../', import.meta.url);
const dist = readdirSync(new URL('dist/', root), { recursive: true, encoding: 'utf8' });

describe('dist', () => {
  it('holds the action and the command line, and the licence of every package that is bundled', () => {
    expect(dist).toEqual(expect.arrayContaining(['action.js', 'headroom.js', 'licenses.txt']));
    const licenses = readFileSync(new URL('dist/licenses.txt', root), 'utf8');
    const manifest = JSON.parse(readFileSync(new URL('package.json', root), 'utf8')) as {
      dependencies: Record<string, string>;
    };
    for (const name of Object.keys(manifest.dependencies)) expect(licenses).toContain(name);
  });

  it('stays small: the code of the action under 1.5 MB without the catalogues', () => {
    const code = dist.filter((name) => name.endsWith('.js') && !/catalogue|survey/.test(name));
    const bytes = code.reduce((sum, name) => sum + statSync(new URL(`dist/${name}`, root)).size, 0);
    expect(bytes).toBeLessThan(1_500_000);
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
