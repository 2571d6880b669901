/** What a command may touch besides the disk. Tests pass their own. */
export interface Surroundings {
  out(text: string): void;
  /** Settles once what was given to `out` is on its way, so that no more of it waits than a reader is behind. Absent: at once. */
  drained?(): Promise<void>;
  err(text: string): void;
  /** Makes the process hold little memory from here on. Absent: it is not the command's own. */
  saveMemory?(): void;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Absolute. */
  readonly cwd: string;
  /** Width of the terminal that shows `out`, or null when that is a file or a pipe. */
  readonly columns: number | null;
  /** Ends what would go on for ever. */
  readonly signal?: AbortSignal;
  /** Whether a terminal shows `err`, so that a line may be written over. */
  readonly progress?: boolean;
  /** `2026-11-25`; left out, the day of the clock. */
  readonly today?: string;
}

/** 0: passes. 1: the policy is violated. 2: the command or the policy is wrong, and nothing was judged. */
export type ExitCode = 0 | 1 | 2;

/** Something wrong with how the program was called, with what to do instead. */
export interface UsageProblem {
  readonly problem: string;
  readonly remedy: string;
}

/** Says what is wrong with a call, for exit code 2. */
export function complain(surroundings: Surroundings, { problem, remedy }: UsageProblem): ExitCode {
  surroundings.err(`headroom: ${problem}\n${remedy === '' ? '' : `  ${remedy}\n`}`);
  return 2;
}
