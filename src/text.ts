/** A repository file as a value: its path from the repository root (with `/`) and its decoded text. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
}

/** A range in a file, in UTF-16 offsets: `start` is the first unit, `end` the one after the last. */
export interface Place {
  readonly file: string;
  readonly start: number;
  readonly end: number;
  /** 1-based line of `start`. */
  readonly line: number;
}

/** Offsets of the line ends of a file: a large one is asked for thousands of places. */
const lineEnds = new WeakMap<SourceFile, Uint32Array>();

function lineEndsOf(file: SourceFile): Uint32Array {
  const known = lineEnds.get(file);
  if (known) return known;
  const ends: number[] = [];
  for (let at = file.text.indexOf('\n'); at !== -1; at = file.text.indexOf('\n', at + 1)) ends.push(at);
  const made = Uint32Array.from(ends);
  lineEnds.set(file, made);
  return made;
}

/** 1-based line of an offset. Offsets past the end give the last line. */
export function lineAt(file: SourceFile, offset: number): number {
  const ends = lineEndsOf(file);
  let [low, high] = [0, ends.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ends[middle] ?? 0) < offset) low = middle + 1;
    else high = middle;
  }
  return low + 1;
}

/** The place of a range in a file. */
export function placeOf(file: SourceFile, start: number, end: number): Place {
  return { file: file.path, start, end, line: lineAt(file, start) };
}

/** The last part of a path, an address or a name with its owner. */
export function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** How the lines of a text end. */
export function lineEndOf(text: string): string {
  return text.includes('\r\n') ? '\r\n' : '\n';
}

/**
 * A count as people read it: rounded, `35,184`. By hand, since the language's own way loads the tables of every locale,
 * which takes longer than to judge a config.
 */
export function grouped(count: number): string {
  return String(Math.round(count)).replace(/\B(?=(?:\d{3})+$)/g, ',');
}
