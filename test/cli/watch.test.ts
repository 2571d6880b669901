import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { run } from '../../src/cli/run.ts';

it('check --watch answers again when a file changes, and ends when it is interrupted', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'headroom-watch-'));
  mkdirSync(join(folder, '.git'));
  const script = join(folder, 'serve.sh');
  const serve = (length: number): string =>
    `#!/bin/sh\nvllm serve meta-llama/Llama-3.1-8B-Instruct --max-model-len ${length}\n`;
  writeFileSync(script, serve(131_072));
  const controller = new AbortController();
  let out = '';
  const surroundings = {
    out: (text: string) => void (out += text),
    err: () => undefined,
    env: {},
    cwd: folder,
    columns: null,
    signal: controller.signal,
  };
  const ended = run(['check', '--gpu', 'l4', '--watch'], surroundings);
  await vi.waitFor(() => expect(out).toMatch(/^FAIL/m), { timeout: 20_000 });
  writeFileSync(script, serve(8192));
  await vi.waitFor(() => expect(out).toMatch(/^PASS/m), { timeout: 20_000 });
  controller.abort();
  expect(await ended).toBe(0);
  rmSync(folder, { recursive: true });
}, 60_000);
