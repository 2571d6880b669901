import { describe, expect, it } from 'vitest';
import { commitView } from '../../src/action/commit-view.ts';
import type { BlobText } from '../../src/github/blobs.ts';

/** A commit with a.0 to a.999, and what was asked of it. */
function commit() {
  const paths = Array.from({ length: 1_000 }, (_, index) => `a.${index}`);
  const asked: string[] = [];
  const blobs = {
    async read(wanted: readonly { readonly path: string }[]) {
      asked.push(...wanted.map(({ path }) => path));
      return new Map(wanted.map(({ path }): [string, BlobText] => [path, { text: path }]));
    },
  };
  const tree = {
    blobs: new Map(paths.map((path) => [path, path])),

    folders: new Map(),
    truncated: false,
  };
  return { view: commitView(blobs, async () => tree), asked };
}

describe('what a check asks of a commit beside its own files', () => {
  const askFor = (view: ReturnType<typeof commit>['view'], from: number, to: number) =>
    view.settle(({ read }) =>
      Array.from({ length: to - from }, (_, index) => read(`a.${from + index}`)).filter((file) => file !== null),
    );

  it('is read up to a limit, over all that asks, and said once where that was too little', async () => {
    const { view, asked } = commit();
    expect(await askFor(view, 0, 300)).toHaveLength(300);
    expect(view.notes).toEqual([]);
    expect(await askFor(view, 290, 310)).toHaveLength(10);
    expect(await askFor(view, 400, 410)).toHaveLength(0);
    expect(asked).toHaveLength(300);
    expect(view.notes).toEqual(['More than 300 other files were asked for; the rest was not read.']);
  });

  it('costs nothing where the commit has no such file', async () => {
    const { view, asked } = commit();
    expect(await view.settle(({ read }) => read('b'))).toBeNull();
    expect([asked, view.notes]).toEqual([[], []]);
  });
});
