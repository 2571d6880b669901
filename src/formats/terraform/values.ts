import type { Pair, Scalar, YAMLMap, YAMLSeq } from 'yaml';
import type { HclExpression } from '../../syntax/hcl/expression.ts';
import type { HclPart, HclTemplate } from '../../syntax/hcl/template.ts';
import { joinMapped, type MappedText, mappedIdentity, usedAt } from '../../syntax/mapped-text.ts';
import { FILLED } from '../../syntax/template-mask.ts';
import type { YamlEntry, YamlValue } from '../../syntax/yaml.ts';
import type { SourceFile } from '../../text.ts';
import { firstOf } from '../../syntax/unread.ts';

type Range = Pick<HclExpression, 'start' | 'end'>;
export type Mapping = Extract<YamlValue, { kind: 'mapping' }>;
type Sequence = Extract<YamlValue, { kind: 'sequence' }>;
type ScalarValue = Extract<YamlValue, { kind: 'scalar' }>;

/** Items of one list, and characters of one text, that are made of others. */
const MAX_ITEMS = 2_000;
const MAX_CHARACTERS = 256 * 1024;

/** Values of HCL in the shape in which readers of other formats take theirs, with their places in the module's files. */
export function scalar(
  file: SourceFile,
  { start, end }: Range,
  text: MappedText,
  value: ScalarValue['value'] = text.text,
): ScalarValue {
  return { kind: 'scalar', value, text, node: { range: [start, end, end] } as unknown as Scalar, file };
}

/** A number, a truth value or null as it stands. */
export function literal(file: SourceFile, range: Range, value: number | boolean | null): ScalarValue {
  return scalar(file, range, mappedIdentity(file, range.start, range.end, bareText), value);
}

export function sequence(file: SourceFile, { start, end }: Range, items: readonly YamlValue[]): Sequence {
  const node = { flow: true, ...(start >= 0 && { range: [start, end, end] }) } as unknown as YAMLSeq;
  return { kind: 'sequence', items: firstOf(items, MAX_ITEMS, 'items of a list'), node, file, written: 'hcl' };
}

/** What a list or a mapping is without a place of its own: nothing can be added to it. */
export const NOWHERE: Range = { start: -1, end: -1 };

export interface NamedValue {
  readonly key: string;
  /** Where the key stands. */
  readonly keyRange: Range;
  readonly value: YamlValue;
}

/** A mapping; over several lines it reads like a block, and takes another line. */
export function mapping(file: SourceFile, range: Range, named: readonly NamedValue[]): Mapping {
  const { start, end } = range;
  const isPlaced = start >= 0;
  const flow = !isPlaced || !file.text.slice(start, end).includes('\n');
  const node = { flow, ...(isPlaced && { range: [start, end, end] }) } as unknown as YAMLMap;
  const last = new Map(named.map((one) => [one.key, one]));
  return {
    kind: 'mapping',
    entries: [...last.values()].map((one) => entryOf(file, one, node)),
    node,
    file,
    written: 'hcl',
  };
}

function entryOf(file: SourceFile, { key, keyRange, value }: NamedValue, owner: YAMLMap): YamlEntry {
  const place = mappedIdentity(file, keyRange.start, keyRange.end, () => null);
  const keyText: MappedText = { text: key, segments: place.segments };
  return { key, keyText, value, pair: { key: null, value: value.node } as unknown as Pair, owner };
}

/** An expression whose value is not in the repository: it stands for itself, and `reasonAt` knows why. */
export function filled(file: SourceFile, range: Range): ScalarValue {
  return scalar(file, range, filledText(file, range));
}

export function filledText(file: SourceFile, { start, end }: Range): MappedText {
  const own = mappedIdentity(file, start, end, () => null);
  const text = FILLED.repeat(end - start);
  return { text, segments: own.segments.map((segment) => ({ ...segment, text })) };
}

/** A value as it is written instead of an expression that stands for it. */
export function usedFor(value: YamlValue, file: SourceFile, { start, end }: Range): YamlValue {
  if (value.kind !== 'scalar') return value;
  return scalar(file, { start, end }, usedAt(value.text, mappedIdentity(file, start, end, bareText)), value.value);
}

/** The text of a part of a template. */
export function partText(file: SourceFile, part: Extract<HclPart, { kind: 'text' }>, style: HclTemplate['style']) {
  const encode = style === 'quoted' ? quotedText : style === 'heredoc' ? heredocText : () => null;
  if (part.starts === null || part.ends === null) return mappedIdentity(file, part.start, part.end, encode);
  const { text, starts, ends } = part;
  return { text, segments: [{ file, text, starts, ends, origin: part.start, encode }] };
}

/** The value of `${ … }`: it may be written into the template in the place of the expression. */
export function interpolated(text: MappedText, file: SourceFile, { start, end }: Range, style: HclTemplate['style']) {
  const encode = style === 'quoted' ? quotedText : heredocText;
  return usedAt(text, mappedIdentity(file, start, end, encode));
}

/** Several texts as one; one that grows without end stands for itself. */
export function joined(file: SourceFile, range: Range, parts: readonly MappedText[]): MappedText {
  const full = parts.filter(({ text }) => text !== '');
  if (full.length > 1 && full.reduce((sum, { text }) => sum + text.length, 0) > MAX_CHARACTERS)
    return filledText(file, range);
  return full.length > 0 ? joinMapped(full) : mappedIdentity(file, range.start + 1, range.start + 1, quotedText);
}

/** `8192`, `true`, or a text in quotes. */
function bareText(text: string): string | null {
  if (/^(?:-?\d+(?:\.\d+)?|true|false)$/.test(text)) return text;
  const inside = quotedText(text);
  return inside === null ? null : `"${inside}"`;
}

function quotedText(text: string): string | null {
  return JSON.stringify(text)
    .slice(1, -1)
    .replace(/([$%])\{/g, '$1$1{');
}

function heredocText(text: string): string | null {
  return /[\n\r]/.test(text) ? null : text.replace(/([$%])\{/g, '$1$1{');
}
