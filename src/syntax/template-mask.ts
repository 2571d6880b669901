import type { SourceFile } from '../text.ts';
import { branchesOf, type TemplateAction, templateActions, type TemplateBranch } from './template-actions.ts';

/** Stands for what a template fills in; no text of a config holds it. */
export const FILLED = '\uE000';
/** Stands in a script for a line that the template leaves out. */
export const NOTHING = '\uE001';
/** Stands for a sign of an expression that would take a word apart. */
export const SIGN = '\uE002';
/** Any of these. */
const MARK = /[\uE000-\uE002]/;

/** What a template of Jinja or Go writes into a line. */
export const OUTPUT = /\{\{-?\s*[\w.$"'(][^{}\n]{0,300}\}\}/g;

/** A text of lines with runs of `FILLED` where a template writes into them, at the same offsets. */
export function withOutputsFilled(file: SourceFile): SourceFile {
  if (!file.text.includes('{{')) return file;
  return { path: file.path, text: file.text.replace(OUTPUT, (written) => FILLED.repeat(written.length)) };
}

export interface MaskedTemplate {
  /** The template with the same offsets and lines, its actions written so that it reads as YAML. */
  readonly file: SourceFile;
  readonly actions: readonly TemplateAction[];
  readonly branches: readonly TemplateBranch[];
}

/**
 * A Helm template as YAML of the same length. Of an `if` with an `else` the last branch is kept; what is written into
 * a line becomes a run of `FILLED`; lines that only decide something are blank.
 * @param off ranges that are blank because what stood there is not written.
 */
export function maskTemplate(
  { path, text }: SourceFile,
  off: readonly { readonly start: number; readonly end: number }[] = [],
): MaskedTemplate | null {
  if (MARK.test(text)) return null;
  const actions = templateActions(text);
  const branches = branchesOf(actions);
  const spans = spansOf(actions, branches, text, off);
  const lines: string[] = [];
  const state: State = { block: null, previous: '', at: 0, lines, waiting: [] };
  let at = 0;
  let next = 0;
  for (const line of text.split('\n')) {
    const end = at + line.length;
    while (next < spans.length && (spans[next]?.end ?? 0) <= at) next++;
    lines.push(maskedLine(line, at, spans, next, state));
    at = end + 1;
  }
  return { file: { path, text: lines.join('\n') }, actions, branches };
}

interface Span {
  readonly start: number;
  readonly end: number;
  readonly writes: boolean;
}

/** Ranges of the template that are no text of its own, in order and without overlaps. */
function spansOf(
  actions: readonly TemplateAction[],
  branches: readonly TemplateBranch[],
  text: string,
  off: readonly { readonly start: number; readonly end: number }[],
): Span[] {
  const inline = (from: number, to: number): boolean => !text.slice(from, to).includes('\n');
  const spans: Span[] = [
    ...actions.map(({ start, end, kind }) => ({ start, end, writes: kind === 'output' })),
    ...off.flatMap(({ start, end }) => (inline(start, end) ? [] : [{ start, end, writes: false }])),
    ...branches.flatMap(({ start, end, isReplaced, whole }) => {
      if (inline(whole.start, whole.end)) return [{ ...whole, writes: true }];
      return isReplaced ? [{ start, end, writes: false }] : [];
    }),
  ];
  spans.sort((a, b) => a.start - b.start || b.end - a.end);
  const kept: Span[] = [];
  for (const span of spans) {
    const last = kept.at(-1);
    if (!last || span.start >= last.end) kept.push(span);
  }
  return kept;
}

interface State {
  /** The block scalar that is being read: the indentation of what holds it, and its own once it is known. */
  block: { readonly outer: number; inner: number | null } | null;
  /** The last line that says something, as it was masked. */
  previous: string;
  /** Its number. */
  at: number;
  readonly lines: string[];
  /** Lines of the block in front of its first word, which get its indentation once that is known. */
  waiting: number[];
}

function maskedLine(line: string, at: number, spans: readonly Span[], first: number, state: State): string {
  const ending = line.endsWith('\r') ? '\r' : '';
  const size = line.length - ending.length;
  const units = line.slice(0, size).split('');
  let writes = false;
  let touched = false;
  let own = '';
  let cursor = 0;
  for (let index = first; index < spans.length; index++) {
    const span = spans[index];
    if (!span || span.start >= at + size) break;
    const [from, to] = [Math.max(0, span.start - at), Math.min(size, span.end - at)];
    if (to <= from) continue;
    touched = true;
    writes ||= span.writes && span.start >= at;
    own += line.slice(cursor, from);
    cursor = to;
    for (let unit = from; unit < to; unit++) units[unit] = span.start >= at ? FILLED : ' ';
  }
  own += line.slice(cursor, size);
  const alone = touched && own.trim() === '';
  const masked = alone ? lineAlone(line.slice(0, size), writes, state) : units.join('');
  follow(masked, alone, state);
  return masked + ending;
}

/** A line of which the template writes all: a word of a script, an item of a list, or nothing that matters. */
function lineAlone(line: string, writes: boolean, { block, previous }: State): string {
  const blank = ' '.repeat(line.length);
  const fill = (indent: number, lead: string, unit: string): string => {
    const rest = line.length - indent - lead.length;
    return rest < 1 ? blank : ' '.repeat(indent) + lead + unit.repeat(rest);
  };
  if (block) {
    if (block.inner === null) return blank;
    const written = fill(block.inner, '', writes ? FILLED : NOTHING);
    return previous.trimEnd().endsWith('\\') && written.length > block.inner + 2
      ? `${written.slice(0, -2)} \\`
      : written;
  }
  if (!writes) return blank;
  const item = /^(\s*)-\s+(?:"[^"]*"|'[^']*'|[^\s:"']+|[^\s"'].*\S)\s*$/.exec(previous);
  if (item && !/^\s*-\s+[\w.-]+:(?:\s|$)/.test(previous)) return fill(item[1]?.length ?? 0, '- ', FILLED);
  const key = /^(\s*)(?:-\s+)?(?:args|command|extraArgs):\s*$/.exec(previous);
  return key ? fill((key[1]?.length ?? 0) + 2, '- ', FILLED) : blank;
}

/** A key whose value the template fills in, with keys below it: a part of a mapping (`labels: {{ include … | nindent 4 }}`). */
const FILLED_KEY = /^(\s*(?:- +)?)[\w./-]{1,100}: +\uE000+\s*$/;

function openKey(masked: string, indent: number, { previous, at, lines }: State): void {
  const lead = FILLED_KEY.exec(previous)?.[1];
  if (lead === undefined || indent <= lead.length || !/^\s*[\w./"'-]{1,100}\s*:(?:\s|$)/.test(masked)) return;
  const line = lines[at];
  if (line !== undefined) lines[at] = line.replaceAll(FILLED, ' ');
}

function follow(masked: string, alone: boolean, state: State): void {
  if (masked.trim() === '') {
    if (alone && state.block?.inner === null) state.waiting.push(state.lines.length);
    return;
  }
  const indent = masked.length - masked.trimStart().length;
  const { block } = state;
  if (block) {
    if (alone || indent > block.outer) {
      if (!alone && block.inner === null) {
        block.inner = indent;
        for (const index of state.waiting) {
          const line = state.lines[index] ?? '';
          const size = line.trimEnd() === '' && line.endsWith('\r') ? line.length - 1 : line.length;
          if (size > indent) state.lines[index] = ' '.repeat(indent) + NOTHING.repeat(size - indent) + line.slice(size);
        }
      }
      state.previous = masked;
      return;
    }
    state.block = null;
  }
  if (!alone) openKey(masked, indent, state);
  if (!alone || !/^\s*$/.test(masked)) {
    state.previous = masked;
    state.at = state.lines.length;
  }
  if (/(?:^|[\s:-])[|>][-+\d]{0,2}\s*(?:#.*)?$/.test(masked) && !alone) {
    state.block = { outer: indent, inner: null };
    state.waiting = [];
  }
}
