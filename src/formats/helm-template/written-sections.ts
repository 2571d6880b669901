import { joinMapped, mappedIdentity, type MappedText, standingFor } from '../../syntax/mapped-text.ts';
import type { TemplateAction } from '../../syntax/template-actions.ts';
import type { MaskedTemplate } from '../../syntax/template-mask.ts';
import type { YamlValue } from '../../syntax/yaml.ts';
import type { SourceFile } from '../../text.ts';
import { type Evaluate, rangeOf } from './expressions.ts';

/** A part of a template and what the chart's values write in its place. */
export interface Written {
  readonly start: number;
  readonly end: number;
  readonly text: MappedText;
}

/** Nobody hands more of the values through, or in longer sections. */
const MAX_SECTIONS = 100;
const MAX_SECTION_CHARS = 20_000;
const MAX_SECTION_LINES = 400;
/** Mappings within mappings of one section. */
const MAX_LEVELS = 12;

/** `toYaml .Values.a.b | nindent 8`, `.Values.a.b | toYaml | nindent 8`, and the same of the dot of a `with`. */
const TO_YAML = /^(toYaml\s+)?([^|]{1,200}?)(\s*\|\s*toYaml)?(?:\s*\|\s*n?indent\s+(\d{1,3}))?$/;
const RANGE = /^range\s+(?:(?:\$\w+\s*,\s*)?(\$\w+)\s*:=\s*)?/;
/** One item of a list, as it is or in quotes, also where it may be a template itself. */
const ITEM = /^(\s*)-\s*\{\{-?\s*(?:tpl\s+)?(\.|\$\w+)(?:\s+[.$])?(?:\s*\|\s*(?:quote|squote|toString))*\s*-?\}\}\s*$/;

/** The sections of the values that a template takes whole: by `toYaml`, or item by item into a list. */
export function sectionsOf(
  { actions, branches }: MaskedTemplate,
  file: SourceFile,
  evaluate: Evaluate,
  isOpen: (offset: number) => boolean,
): Written[] {
  const written: Written[] = [];
  const replaced = branches.filter(({ isReplaced }) => isReplaced);
  for (const [index, action] of actions.entries()) {
    if (written.length >= MAX_SECTIONS) break;
    const isGone = replaced.some(({ start, end }) => start <= action.start && action.start < end);
    if (isGone || isOpen(action.start)) continue;
    const list = action.word === 'range' ? listed(file, action, actions, index, evaluate) : null;
    if (list) written.push(list);
    const own = action.kind === 'output' ? rangeOf(file.text, action) : null;
    const [, before, path = '', behind, indent] = own ? (TO_YAML.exec(file.text.slice(own.start, own.end)) ?? []) : [];
    if (!own || (before === undefined) === (behind === undefined)) continue;
    const start = own.start + (before ?? '').length;
    const term = evaluate(start, start + path.length, action);
    const value = term?.kind === 'value' ? term.value : null;
    const block = value && blockOf(value, Number(indent ?? 0), file, action.start);
    if (!block) continue;
    const lineStart = file.text.lastIndexOf('\n', action.start - 1) + 1;
    const isAlone = file.text.slice(lineStart, action.start).trim() === '';
    const from = isAlone ? lineStart : action.start;
    const text = isAlone ? block : joinMapped([synthetic('\n', file, action.start), block]);
    written.push({ start: from, end: action.end, text });
  }
  return written;
}

/** A loop that writes each item of a list of values as an item of a list. */
function listed(
  file: SourceFile,
  action: TemplateAction,
  actions: readonly TemplateAction[],
  index: number,
  evaluate: Evaluate,
): Written | null {
  const said = rangeOf(file.text, action);
  const [front = '', name = '.'] = (said && RANGE.exec(file.text.slice(said.start, said.end))) ?? [];
  const [item, end] = [actions[index + 1], actions[index + 2]];
  const term = said && evaluate(said.start + front.length, said.end, action);
  const value = term?.kind === 'value' ? term.value : null;
  if (value?.kind !== 'sequence' || item?.kind !== 'output' || end?.kind !== 'end') return null;
  const body = file.text.slice(action.end, end.start).replace(/^[^\S\n]*\n/, '');
  const [, indent, used] = body.length > 1_000 ? [] : (ITEM.exec(body) ?? []);
  if (indent === undefined || used !== name || value.items.some(({ kind }) => kind !== 'scalar')) return null;
  const lines = value.items.slice(0, MAX_SECTION_LINES).flatMap(({ node, file: own }) => {
    const [from = 0, to = 0] = node.range ?? [];
    const text = own.text.slice(from, to);
    if (text === '' || text.includes('\n')) return [];
    return [synthetic(`${indent.replace(/^.*\n/s, '')}- `, file, action.start), raw(own, from, to)];
  });
  const apart = lines.flatMap((line, place) =>
    place > 0 && place % 2 === 0 ? [synthetic('\n', file, action.start), line] : [line],
  );
  const start = file.text.lastIndexOf('\n', action.start - 1) + 1;
  const isAlone = file.text.slice(start, action.start).trim() === '';
  return isAlone && lines.length > 0 ? { start, end: end.end, text: joinMapped(apart) } : null;
}

/** A section as it is written in the values, moved to another indentation; null for one that cannot be moved. */
function blockOf(value: YamlValue, indent: number, file: SourceFile, use: number, depth = 0): MappedText | null {
  if (value.kind === 'mapping' && isMixed(value, 0)) return mixedBlock(value, indent, file, use, depth);
  const isEmpty =
    value.kind === 'mapping' ? value.entries.length === 0 : value.kind === 'scalar' || value.items.length === 0;
  const [from = 0, to = 0] = value.kind === 'scalar' ? [] : (value.node.range ?? []);
  const own = value.file;
  const source = own.text.slice(from, to).trimEnd();
  // What an anchor stands for is outside of the section.
  if (isEmpty || source === '' || source.length > MAX_SECTION_CHARS || /(?:^|[\s[,:-])\*\w|<<\s*:/.test(source))
    return null;
  const column = from - (own.text.lastIndexOf('\n', from - 1) + 1);
  const lines = source.split('\n');
  if (lines.length > MAX_SECTION_LINES) return null;
  const parts: MappedText[] = [];
  let start = from;
  for (const [index, line] of lines.entries()) {
    const text = line.trimEnd();
    const lead = index === 0 ? 0 : Math.min(column, text.length - text.trimStart().length);
    if (index > 0) parts.push(synthetic('\n', file, use));
    if (text.trim() !== '')
      parts.push(synthetic(' '.repeat(indent), file, use), raw(own, start + lead, start + text.length));
    start += line.length + 1;
  }
  return joinMapped(parts);
}

type Mapping = Extract<YamlValue, { kind: 'mapping' }>;

/** Whether a section is put together from several files of values. */
function isMixed({ entries, file }: Mapping, depth: number): boolean {
  return entries.some(
    ({ value }) =>
      value.file.path !== file.path || (value.kind === 'mapping' && depth < MAX_LEVELS && isMixed(value, depth + 1)),
  );
}

/** A section that several files of values say something of, key by key. */
function mixedBlock(value: Mapping, indent: number, file: SourceFile, use: number, depth: number): MappedText | null {
  if (depth > MAX_LEVELS) return null;
  const parts: MappedText[] = [];
  for (const { keyText, value: own } of value.entries) {
    parts.push(synthetic(`${parts.length === 0 ? '' : '\n'}${' '.repeat(indent)}`, file, use), keyText);
    const [from = 0, to = 0] = own.node.range ?? [];
    const isPlain =
      own.kind === 'scalar' || (own.kind === 'mapping' ? own.entries.length === 0 : own.items.length === 0);
    if (isPlain) {
      const written = own.file.text.slice(from, to);
      if (written.includes('\n') || /^[*&]/.test(written)) return null;
      parts.push(synthetic(': ', file, use), raw(own.file, from, to));
      continue;
    }
    const block = blockOf(own, indent + 2, file, use, depth + 1);
    if (block === null) return null;
    parts.push(synthetic(':\n', file, use), block);
  }
  return joinMapped(parts.filter(({ text }) => text !== ''));
}

function raw(file: SourceFile, start: number, end: number): MappedText {
  return mappedIdentity(file, start, end, (text) => text);
}

/** Text that stands nowhere, at the place that asks for it; nothing can be written into it. */
function synthetic(text: string, file: SourceFile, use: number): MappedText {
  return standingFor(file, use, use, text);
}
