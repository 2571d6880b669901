import { type Place, placeOf, type SourceFile } from '../../text.ts';
import { type HclExpression, readExpression } from './expression.ts';
import { type HclTemplate, readWhole } from './template.ts';
import { isIdentifierStart, MAX_NODES, type Reader, readIdentifier, skipBlank, skipLine } from './reader.ts';
import { exceeds, type Noted, readOnce } from '../unread.ts';

/** The body of a file or of a block: what it sets, and the blocks in it, in order. */
export interface HclBody {
  readonly attributes: readonly HclAttribute[];
  readonly blocks: readonly HclBlock[];
}

export interface HclAttribute {
  readonly name: string;
  /** Where the name stands. */
  readonly start: number;
  readonly value: HclExpression;
}

export interface HclBlock {
  readonly type: string;
  readonly labels: readonly string[];
  readonly body: HclBody;
  readonly start: number;
  /** Behind the closing brace. */
  readonly end: number;
}

/** No file of a module is longer; what is, is generated. */
const MAX_CHARACTERS = 512 * 1024;
const MAX_DEPTH = 60;

const EMPTY: HclBody = { attributes: [], blocks: [] };

/**
 * The blocks and attributes of an HCL file (HCL native syntax specification), with the place of every value. What cannot be
 * read is passed over line by line; null for a file that is too large.
 */
export function readHcl(file: SourceFile): HclBody | null {
  return readOnce(read, file, () => bodyOf(file));
}

function bodyOf(file: SourceFile): HclBody | null {
  return isLong(file) ? null : readBody(readerOf(file), true);
}

function isLong(file: SourceFile): boolean {
  return exceeds(file.text.length, MAX_CHARACTERS, 'characters of HCL', () => placeOf(file, 0, 0));
}

/** A whole file as a template (`templatefile`). */
export function readHclTemplate(file: SourceFile): HclTemplate | null {
  return isLong(file) ? null : readWhole(readerOf(file));
}

function readerOf(file: SourceFile): Reader {
  return { file, at: 0, end: file.text.length, left: MAX_NODES, depth: 0, expression: readExpression };
}

/** Every file of a module asks for the others. */
const read = new WeakMap<SourceFile, Noted<HclBody | null>>();

function readBody(reader: Reader, isFile: boolean): HclBody {
  const attributes: HclAttribute[] = [];
  const blocks: HclBlock[] = [];
  const { text } = reader.file;
  const here = (): Place => placeOf(reader.file, reader.at, reader.at);
  if (exceeds(reader.depth, MAX_DEPTH, 'levels of blocks', here)) {
    reader.at = reader.end;
    return EMPTY;
  }
  for (;;) {
    skipBlank(reader, true);
    if (reader.at >= reader.end) break;
    if (exceeds(MAX_NODES + 1 - reader.left--, MAX_NODES, 'expressions of HCL', here)) break;
    if (text[reader.at] === '}') {
      reader.at++;
      if (isFile) continue;
      break;
    }
    if (!isIdentifierStart(text[reader.at])) {
      skipLine(reader);
      continue;
    }
    const start = reader.at;
    const name = readIdentifier(reader);
    skipBlank(reader, false);
    if (text[reader.at] === '=' && text[reader.at + 1] !== '=') {
      reader.at++;
      attributes.push({ name, start, value: readExpression(reader, false) });
      continue;
    }
    const labels = readLabels(reader);
    if (text[reader.at] !== '{') {
      skipLine(reader);
      continue;
    }
    reader.at++;
    reader.depth++;
    const body = readBody(reader, false);
    reader.depth--;
    blocks.push({ type: name, labels, body, start, end: reader.at });
  }
  return { attributes, blocks };
}

/** `"aws_instance" "server"` behind the type of a block. */
function readLabels(reader: Reader): string[] {
  const labels: string[] = [];
  const { text } = reader.file;
  while (labels.length < 10) {
    skipBlank(reader, false);
    const quoted = /"([^"\n\\]{0,400})"/y;
    quoted.lastIndex = reader.at;
    const found = quoted.exec(text);
    if (found && quoted.lastIndex <= reader.end) {
      labels.push(found[1] ?? '');
      reader.at = quoted.lastIndex;
    } else if (isIdentifierStart(text[reader.at])) labels.push(readIdentifier(reader));
    else break;
  }
  return labels;
}
