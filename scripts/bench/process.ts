import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** One run of a process: wall time in milliseconds, and the most memory that it held in bytes. */
export interface Run {
  readonly milliseconds: number;
  readonly peakBytes: number;
  readonly stdout: string;
}

/** The bundled command line, as users run it. */
export const CLI = fileURLToPath(new URL('../../dist/headroom.js', import.meta.url));
const PEAK = fileURLToPath(new URL('peak.cjs', import.meta.url));

/** Runs Node with these arguments in a folder; exit codes 0 and 1 (a gate that says no) are both runs. */
export function runNode(args: readonly string[], cwd: string): Run {
  const started = process.hrtime.bigint();
  const { status, stdout, stderr, error } = spawnSync(process.execPath, args, {
    cwd,
    encoding: 'utf8',
    env: { PATH: process.env['PATH'], NO_COLOR: '1' },
    maxBuffer: 256 * 1024 * 1024,
  });
  const milliseconds = Number(process.hrtime.bigint() - started) / 1e6;
  if (error || (status !== 0 && status !== 1)) throw new Error(`${args.join(' ')} ended with ${status}: ${stderr}`);
  return { milliseconds, stdout, peakBytes: Number(/peak (\d+)\n?$/.exec(stderr)?.[1] ?? 0) * 1024 };
}

/** Arguments in front that make a process say how much memory it held at most. */
export const WITH_PEAK: readonly string[] = ['--require', PEAK];

/** The median of so many runs after one that warms the caches of the disk. */
export function medianOf(times: number, run: () => Run): Run {
  run();
  const runs = Array.from({ length: times }, run).sort((a, b) => a.milliseconds - b.milliseconds);
  return runs[Math.floor(times / 2)] as Run;
}
