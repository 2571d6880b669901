import type { SourceFile } from '../../text.ts';
import type { HclExpression } from './expression.ts';

/** Expressions and blocks of one file. */
export const MAX_NODES = 60_000;

/** How far a file has been read. */
export interface Reader {
  readonly file: SourceFile;
  at: number;
  /** Nothing from here on is read: the end of the file, or of a here-document. */
  end: number;
  /** Nodes that may still be made. */
  left: number;
  depth: number;
  /** Reads the expression at the reader; `newlines` inside brackets, where a line end does not end it. */
  expression(reader: Reader, newlines: boolean): HclExpression;
}

export function isIdentifierStart(unit: string | undefined): boolean {
  return unit !== undefined && /[\p{L}_]/u.test(unit);
}

const IDENTIFIER = /[\p{L}_][\p{L}\p{N}_-]*/uy;

/** The identifier at the reader; it must stand at one. */
export function readIdentifier(reader: Reader): string {
  IDENTIFIER.lastIndex = reader.at;
  const [name = ''] = IDENTIFIER.exec(reader.file.text) ?? [];
  reader.at = Math.min(reader.end, reader.at + Math.max(1, name.length));
  return name;
}

/** Passes over spaces and comments, and over line ends where these mean nothing. */
export function skipBlank(reader: Reader, newlines: boolean): void {
  const { text } = reader.file;
  while (reader.at < reader.end) {
    const unit = text[reader.at];
    if (unit === ' ' || unit === '\t' || unit === '\r' || unit === '\uFEFF' || (unit === '\n' && newlines)) reader.at++;
    else if (unit === '#' || (unit === '/' && text[reader.at + 1] === '/')) {
      const newline = text.indexOf('\n', reader.at);
      reader.at = newline === -1 ? reader.end : Math.min(newline, reader.end);
    } else if (unit === '/' && text[reader.at + 1] === '*') {
      const close = text.indexOf('*/', reader.at + 2);
      reader.at = close === -1 ? reader.end : Math.min(close + 2, reader.end);
    } else return;
  }
}

/** Goes behind the end of the line. */
export function skipLine(reader: Reader): void {
  const newline = reader.file.text.indexOf('\n', reader.at);
  reader.at = newline === -1 ? reader.end : Math.min(newline + 1, reader.end);
}
