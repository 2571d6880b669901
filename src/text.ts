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

/** 1-based line of an offset. Offsets past the end give the last line. */
export function lineAt(text: string, offset: number): number {
  let line = 1;
  for (let at = text.indexOf('\n'); at !== -1 && at < offset; at = text.indexOf('\n', at + 1)) line++;
  return line;
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

/** The place of a range in a file. */
export function placeOf(file: SourceFile, start: number, end: number): Place {
  const ends = lineEndsOf(file);
  let [low, high] = [0, ends.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ends[middle] ?? 0) < start) low = middle + 1;
    else high = middle;
  }
  return { file: file.path, start, end, line: low + 1 };
}
