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

/** The place of a range in a file. */
export function placeOf(file: SourceFile, start: number, end: number): Place {
  return { file: file.path, start, end, line: lineAt(file.text, start) };
}
