import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import type { ReviewThread } from '../github-api/graphql.ts';
import { type FakeGitHub, startGitHub } from '../github-api/server.ts';
import type { World } from '../github-api/world.ts';
import type { Ran } from './run-action.ts';

/**
 * A GitHub for one test, which fails afterwards when a request was made that the real one does not know.
 * @param finished of the test's own context, where tests run side by side.
 */
export async function start(world: World, finished: typeof onTestFinished = onTestFinished): Promise<FakeGitHub> {
  const github = await startGitHub(world);
  finished(async () => {
    await github.close();
    expect(github.violations, 'requests that GitHub would not take').toEqual([]);
  });
  return github;
}

/** The token stands in nothing that the action says, writes or posts. */
export function expectNoToken(world: World, fake: FakeGitHub, ...runs: Ran[]): void {
  const said = runs.flatMap(({ log, summary, outputs, files }) => [
    log.replaceAll(`::add-mask::${world.token}`, ''),
    summary,
    outputs,
    ...files.values(),
  ]);
  expect([...said, ...fake.comments.map(({ body }) => body)].join('\n')).not.toContain(world.token);
}

/** An output of the action, which the runner reads from a file of `name<<DELIMITER` blocks. */
export function outputOf({ outputs }: Ran, name: string): string | null {
  const found = new RegExp(`^${name}<<(ghadelimiter_[\\w-]+)\\n([\\s\\S]*?)\\n?\\1$`, 'm').exec(outputs);
  return found?.[2] ?? null;
}

/** What git itself makes of a file with a patch. */
export function gitApplied(path: string, text: string, patch: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'headroom-apply-'));
  try {
    mkdirSync(join(folder, dirname(path)), { recursive: true });
    writeFileSync(join(folder, path), text);
    execFileSync('git', ['apply', '-'], { cwd: folder, input: patch });
    return readFileSync(join(folder, path), 'utf8');
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The text with a suggestion in the place of the lines that it stands on, as GitHub applies it. */
export function suggestionApplied(text: string, thread: ReviewThread): string {
  const [, fence = '', block = ''] = /^(`{3,})suggestion\n([\s\S]*?)(?:\n)?^\1$/m.exec(thread.body) ?? [];
  expect(fence, thread.body).not.toBe('');
  const { line = 0, start_line: first = line } = thread;
  const lines = text.split('\n');
  lines.splice(first - 1, line - first + 1, ...(block === '' ? [] : block.replace(/\n$/, '').split('\n')));
  return lines.join('\n');
}
