import { watch } from 'node:fs';
import type { Arguments } from './args.ts';
import { runCheck } from './check.ts';
import { complain, type ExitCode, type Surroundings } from './surroundings.ts';
import { rootOf } from './workspace.ts';

/** Editors write a file in several steps; one answer for all of them. */
const SETTLE_MILLISECONDS = 150;
/** Folders that change without a config changing. */
const PASSED_OVER = /(?:^|[/\\])(?:\.git|node_modules)(?:[/\\]|$)/;

/** `headroom check --watch`: judges now, and again whenever a file of the repository changes, until it is interrupted. */
export async function runWatch(args: Arguments, surroundings: Surroundings): Promise<ExitCode> {
  const root = rootOf(args.positionals[0] ?? '.', surroundings.cwd);
  if (typeof root !== 'string') return complain(surroundings, root);
  const changes = watch(root, { recursive: true, ...(surroundings.signal && { signal: surroundings.signal }) });
  // What happens while it judges is remembered.
  const seen: { changed: boolean; over: boolean; wake: (() => void) | null } = {
    changed: false,
    over: false,
    wake: null,
  };
  changes.on('change', (_event, path) => {
    if (path !== null && PASSED_OVER.test(String(path))) return;
    seen.changed = true;
    seen.wake?.();
  });
  for (const end of ['close', 'error']) {
    changes.on(end, () => {
      seen.over = true;
      seen.wake?.();
    });
  }
  let code = await judge(args, surroundings);
  while (!seen.over) {
    if (!seen.changed) await new Promise<void>((resolve) => (seen.wake = resolve));
    seen.wake = null;
    if (seen.over) break;
    await new Promise((resolve) => setTimeout(resolve, SETTLE_MILLISECONDS));
    seen.changed = false;
    code = await judge(args, surroundings);
  }
  return code;
}

/** One answer, alone on the screen where there is one. */
async function judge(args: Arguments, surroundings: Surroundings): Promise<ExitCode> {
  if (surroundings.columns !== null) surroundings.out('\u001B[2J\u001B[H');
  const code = await runCheck(args, surroundings);
  surroundings.err(`headroom: watching; Ctrl+C ends\n`);
  return code;
}
