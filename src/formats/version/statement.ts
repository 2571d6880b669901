import type { Place } from '../../text.ts';

/** One place in the repository that names the engine's package or image. */
export interface Statement {
  /** As the engine numbers its releases; null when what is written leaves it open. */
  readonly version: string | null;
  /** What is written, for a reader: `pip install vllm==0.11.0`, `vllm>=0.9`. */
  readonly text: string;
  readonly place: Place;
  /** Whether it takes the newest even where some version is there already (`pip install -U vllm`). */
  readonly replaces: boolean;
}

/**
 * What holds after several, one behind the other. Different versions do not replace each other: they most likely stand in
 * branches of which one runs, so the version stays open.
 */
export function combined(statements: readonly Statement[]): Statement | null {
  const exact = statements.filter(({ version }) => version !== null);
  const [first] = exact;
  const last = statements.at(-1);
  if (!first || !last) return last ?? null;
  const other = exact.find(({ version }) => version !== first.version);
  if (other) {
    const text = `${first.text} at line ${first.place.line} and ${other.text} at line ${other.place.line}`;
    return { version: null, text, place: other.place, replaces: true };
  }
  return last.version === null && last.replaces ? last : (exact.at(-1) ?? null);
}
