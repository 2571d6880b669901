import { joinMapped, mappedIdentity, type MappedText, standingFor } from '../../syntax/mapped-text.ts';
import type { TemplateAction } from '../../syntax/template-actions.ts';
import type { MaskedTemplate } from '../../syntax/template-mask.ts';
import { at, type YamlValue } from '../../syntax/yaml.ts';
import type { SourceFile } from '../../text.ts';

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
const TO_YAML =
  /^(?:toYaml\s+(?:\.Values((?:\.[A-Za-z_]\w*){1,12})|\.)|(?:\.Values((?:\.[A-Za-z_]\w*){1,12})|\.)\s*\|\s*toYaml)(?:\s*\|\s*n?indent\s+(\d{1,3}))?$/;
const WITH = /^(with|range)\b(?:\s+\.Values((?:\.[A-Za-z_]\w*){1,12})$)?/;
const RANGE = /^range\s+(?:(?:\$\w+\s*,\s*)?(\$\w+)\s*:=\s*)?\.Values((?:\.[A-Za-z_]\w*){1,12})$/;
/** One item of a list, as it is or in quotes. */
const ITEM = /^(\s*)-\s*\{\{-?\s*(\.|\$\w+)(?:\s*\|\s*(?:quote|squote|toString))*\s*-?\}\}\s*$/;

/** The sections of the values that a template takes whole: by `toYaml`, or item by item into a list. */
export function sectionsOf(
  { actions, branches }: MaskedTemplate,
  file: SourceFile,
  values: YamlValue,
  isOpen: (offset: number) => boolean,
): Written[] {
  const written: Written[] = [];
  const valueOf = (path: string): YamlValue | null => at(values, ...path.slice(1).split('.'));
  const replaced = branches.filter(({ isReplaced }) => isReplaced);
  for (const [index, action] of actions.entries()) {
    if (written.length >= MAX_SECTIONS) break;
    const isGone = replaced.some(({ start, end }) => start <= action.start && action.start < end);
    if (isGone || isOpen(action.start)) continue;
    const inner = innerOf(file.text, action);
    const list = action.word === 'range' ? listed(file, action, actions, index, inner, valueOf) : null;
    if (list) written.push(list);
    const found = action.kind === 'output' ? TO_YAML.exec(inner) : null;
    if (!found) continue;
    const path = found[1] ?? found[2] ?? dotAt(action, actions, branches, file.text);
    const value = path === null ? null : valueOf(path);
    const block = value && blockOf(value, Number(found[3] ?? 0), file, action.start);
    if (!block) continue;
    const lineStart = file.text.lastIndexOf('\n', action.start - 1) + 1;
    const isAlone = file.text.slice(lineStart, action.start).trim() === '';
    const start = isAlone ? lineStart : action.start;
    const text = isAlone ? block : joinMapped([synthetic('\n', file, action.start), block]);
    written.push({ start, end: action.end, text });
  }
  return written;
}

/** What an action says, without its braces and dashes. */
export function innerOf(text: string, { start, end }: TemplateAction): string {
  return text
    .slice(start + 2, end - 2)
    .replace(/^-\s?|\s?-$/g, '')
    .trim();
}

/** The values that the dot stands for at an action; null outside every `with`, in a loop, and where it is something else. */
function dotAt(
  action: TemplateAction,
  actions: readonly TemplateAction[],
  branches: MaskedTemplate['branches'],
  text: string,
): string | null {
  // The inner ones come first.
  for (const { start, end, whole } of branches) {
    if (action.start < start || end <= action.start) continue;
    const opening = actions.find((one) => one.start === whole.start);
    const [, word, path] = opening ? (WITH.exec(innerOf(text, opening)) ?? []) : [];
    if (word !== undefined) return word === 'with' && opening?.end === start ? (path ?? null) : null;
  }
  return null;
}

/** A loop that writes each item of a list of values as an item of a list. */
function listed(
  file: SourceFile,
  action: TemplateAction,
  actions: readonly TemplateAction[],
  index: number,
  inner: string,
  valueOf: (path: string) => YamlValue | null,
): Written | null {
  const [, name = '.', path] = RANGE.exec(inner) ?? [];
  const [item, end] = [actions[index + 1], actions[index + 2]];
  const value = path === undefined ? null : valueOf(path);
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
