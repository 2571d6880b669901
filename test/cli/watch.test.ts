import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { run } from '../../src/cli/run.ts';

let folder = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'headroom-watch-'));
  mkdirSync(join(folder, '.git'));
});

afterEach(() => rmSync(folder, { recursive: true }));

function serve(length: number): void {
  const text = `#!/bin/sh\nvllm serve meta-llama/Llama-3.1-8B-Instruct --max-model-len ${length}\n`;
  writeFileSync(join(folder, 'serve.sh'), text);
}

function watching(words: readonly string[], written: (text: string) => void = () => undefined) {
  const controller = new AbortController();
  const said = { text: '', answers: 0 };
  const say = (text: string): void => {
    said.text += text;
    said.answers += text.includes('watching') ? 1 : 0;
    written(text);
  };
  const surroundings = { out: say, err: say, env: {}, cwd: folder, columns: null, signal: controller.signal };
  const ended = run(['check', '--watch', ...words], surroundings);
  return { said, end: (): void => controller.abort(), ended };
}

const patient = { timeout: 20_000 };

describe('check --watch', () => {
  it('answers again when a file changes, and ends when it is interrupted', async () => {
    serve(131_072);
    const { said, end, ended } = watching(['--gpu', 'l4']);
    await vi.waitFor(() => expect(said.text).toMatch(/^FAIL/m), patient);
    serve(8192);
    await vi.waitFor(() => expect(said.text).toMatch(/^PASS/m), patient);
    end();
    expect(await ended).toBe(0);
  }, 60_000);

  it('says nothing twice, so that answers in a file of the folder call for no others', async () => {
    serve(8192);
    const { said, end, ended } = watching(['--gpu', 'l4'], (text) => appendFileSync(join(folder, 'answers.txt'), text));
    await vi.waitFor(() => expect(said.answers).toBe(1), patient);
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    expect(said.answers).toBe(1);
    serve(131_072);
    await vi.waitFor(() => expect(said.text).toMatch(/^FAIL/m), patient);
    end();
    expect(await ended).toBe(1);
  }, 60_000);

  it('says what is wrong with a policy while it is written, and goes on', async () => {
    serve(8192);
    const policy = join(folder, '.github', 'headroom.yml');
    mkdirSync(join(folder, '.github'));
    writeFileSync(policy, 'gpus: [l4]\n');
    const { said, end, ended } = watching([]);
    await vi.waitFor(() => expect(said.text).toMatch(/^PASS/m), patient);
    writeFileSync(policy, 'gpuz: [l4]\n');
    await vi.waitFor(() => expect(said.text).toMatch(/Did you mean gpus\?/), patient);
    writeFileSync(policy, 'gpus: [t4]\n');
    await vi.waitFor(() => expect(said.text).toMatch(/^FAIL/m), patient);
    end();
    expect(await ended).toBe(1);
  }, 60_000);
});
