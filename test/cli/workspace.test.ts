import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { run } from '../../src/cli/run.ts';

let folder = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'headroom-workspace-'));
  mkdirSync(join(folder, '.git'));
});

afterEach(() => rmSync(folder, { recursive: true }));

async function check(...paths: string[]) {
  let [out, err] = ['', ''];
  const code = await run(['check', ...paths], {
    out: (text) => (out += text),
    err: (text) => (err += text),
    env: {},
    cwd: folder,
    columns: null,
  });
  return { code, out, err };
}

const LAUNCH = '#!/bin/bash\nvllm serve Qwen/Qwen3-8B --max-model-len 8192\n';

describe('a folder that is not only texts', () => {
  it('tells of a config with NUL bytes, which Bash passes over, and refuses it by name', async () => {
    writeFileSync(join(folder, 'serve.sh'), `${LAUNCH}# \0\n`);
    writeFileSync(join(folder, 'picture.png'), '\x89PNG\0');
    expect(await check()).toMatchObject({ code: 0, err: 'headroom: not read, binary or in UTF-16: serve.sh\n' });
    expect(await check('serve.sh')).toMatchObject({
      code: 2,
      err: expect.stringContaining("'serve.sh' cannot be checked"),
    });
  });

  it('tells of a config in UTF-16', async () => {
    writeFileSync(join(folder, 'serve.sh'), Buffer.from(`\uFEFF${LAUNCH}`, 'utf16le'));
    expect((await check()).err).toBe('headroom: not read, binary or in UTF-16: serve.sh\n');
  });

  it('refuses a large config by name', async () => {
    writeFileSync(join(folder, 'large.yaml'), 'a: 1\n'.repeat(300_000));
    expect(await check('large.yaml')).toMatchObject({ code: 2, err: expect.stringContaining('larger than 1 MiB') });
  });

  it.runIf(process.platform === 'linux')('goes on where a name is not in UTF-8, and says so', async () => {
    writeFileSync(join(folder, 'serve.sh'), LAUNCH);
    writeFileSync(Buffer.concat([Buffer.from(`${folder}/`), Buffer.from([0x61, 0xff]), Buffer.from('.sh')]), LAUNCH);
    const { code, out, err } = await check();
    expect(err).toMatch(/^headroom: could not be opened: a.\.sh\n$/);
    expect(out).toContain('serve.sh:2');
    expect(code).toBe(0);
  });

  it.runIf(process.platform !== 'win32')('never waits for a pipe', async () => {
    execFileSync('mkfifo', [join(folder, 'pipe.sh')]);
    expect((await check()).code).toBe(0);
    expect(await check('pipe.sh')).toMatchObject({
      code: 2,
      err: expect.stringContaining("'pipe.sh' is no file and no folder"),
    });
  });
});
