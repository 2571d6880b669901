import type { Stage } from '../estimate.ts';
import { joined } from './logged-figures.ts';
import type { LogLine } from './log-lines.ts';
import type { LoggedFailure } from './start-up-log.ts';
import { type TorchOutOfMemory, torchOutOfMemory } from './torch-out-of-memory.ts';

/** A message with which an engine stops, and what to make of it. */
export interface FailureKind {
  readonly pattern: RegExp;
  readonly stage: Stage;
  cause(found: RegExpExecArray): string;
  remedies(found: RegExpExecArray): readonly string[];
}

const LONGEST_TEXT = 600;

/** The first line of the first kind that a log has; null when it has none. */
export function failureOfKind(lines: readonly LogLine[], kinds: readonly FailureKind[]): LoggedFailure | null {
  for (const { pattern, stage, cause, remedies } of kinds) {
    for (const [index, line] of lines.entries()) {
      const found = pattern.exec(joined(line, lines[index + 1]));
      if (!found || found.index > line.text.length) continue;
      const text = found[0].slice(0, LONGEST_TEXT).trim();
      return { stage, line: line.number, text, cause: cause(found), remedies: remedies(found) };
    }
  }
  return null;
}

/** The first place where PyTorch or the driver ran out of memory. */
export function outOfMemoryIn(
  lines: readonly LogLine[],
): { readonly index: number; readonly line: number; readonly said: TorchOutOfMemory } | null {
  for (const [index, line] of lines.entries()) {
    // Three lines: where people break the message, its figures stand in the third.
    const whole = `${joined(line, lines[index + 1])} ${lines[index + 2]?.text.trim() ?? ''}`;
    const said = torchOutOfMemory(whole, line.text.length);
    if (said) return { index, line: line.number, said };
  }
  return null;
}

/**
 * The lines of the last of several starts in one log: earlier ones were other launches, or the same before it crashed.
 * @param marks what only a start prints; the first that the log has counts.
 */
export function lastStart(lines: readonly LogLine[], marks: readonly RegExp[]): readonly LogLine[] {
  const begins = marks.find((mark) => lines.some(({ text }) => mark.test(text)));
  if (!begins) return lines;
  let start = 0;
  let quiet = true;
  for (const [index, { text }] of lines.entries()) {
    // Several processes of one start introduce themselves one after another.
    if (begins.test(text)) {
      if (!quiet) start = index;
      quiet = true;
    } else if (OUTCOME.test(text)) quiet = false;
  }
  return lines.slice(start);
}

/** What a start prints once it is under way: that it serves, or that it stopped. */
const OUTCOME = /Error: |Error\(|Application startup complete|fired up and ready|failed to load|server is listening/;
