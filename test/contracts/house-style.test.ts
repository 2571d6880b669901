import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { ROOT, filesUnder, textOf } from './source-files.ts';

const MAX_LINES = 400;

describe('source files', () => {
  it.each(filesUnder('src').filter((path) => path.endsWith('.ts')))('%s is short enough to read', (path) => {
    expect(textOf(path).split('\n').length).toBeLessThanOrEqual(MAX_LINES);
  });
});

it.each(filesUnder('src').filter((path) => path.endsWith('.ts')))(
  '%s looks up what others wrote in tables that hold no names of their own',
  (path) => {
    // `{}` holds `constructor`; `table({})` does not.
    expect(textOf(path)).not.toMatch(/^(?:export )?const \w+: Readonly<Record<string, .*>> = \{/m);
  },
);

it('no tracked file names a path of the machine it was written on', () => {
  const tracked = execFileSync('git', ['ls-files', '-z'], { cwd: ROOT, encoding: 'utf8' }).split('\0');
  const own = tracked.filter(
    (path) =>
      /\.(ts|json|md|ya?ml|sh)$|^\.ci\//.test(path) && !/^(dist|test\/corpus)\/|^package-lock\.json$/.test(path),
  );
  expect(own.length).toBeGreaterThan(50);
  const local = /(?<![\w.])\/(?:work|home|root|Users)\/[a-z]|\.\.\/shared\//;
  expect(own.filter((path) => local.test(textOf(path)))).toEqual([]);
});
