import { mappedFile, type MappedText, sliceMapped, usedAt } from '../../syntax/mapped-text.ts';
import { textBuilder } from '../../syntax/text-builder.ts';
import { branchesOf, type TemplateAction, templateActions } from '../../syntax/template-actions.ts';
import { type MaskedTemplate, NOTHING } from '../../syntax/template-mask.ts';
import { readYaml, type YamlValue } from '../../syntax/yaml.ts';
import type { SourceFile } from '../../text.ts';
import type { FormatContext } from '../format.ts';
import { evaluator, rangeOf, type Term, truthOf } from './expressions.ts';
import { sectionsOf, type Written } from './written-sections.ts';
import { inFolder } from '../../paths.ts';

/** Values that one template may take from the file beside its chart. */
const MAX_VALUES = 400;

/** The folder of the chart that a template belongs to (`CHART/templates/…`), `''` for the root; null for any other file. */
export function chartFolder(path: string): string | null {
  if (path.startsWith('templates/')) return '';
  const found = path.lastIndexOf('/templates/');
  return found === -1 ? null : path.slice(0, found);
}

/** The values of the chart that a template belongs to, or null. */
export function chartValues(template: SourceFile, context: Pick<FormatContext, 'read'>): YamlValue | null {
  return chartFile(template, 'values.yaml', context);
}

/** The `Chart.yaml` beside it, or null. */
export function chartOf(template: SourceFile, context: Pick<FormatContext, 'read'>): YamlValue | null {
  return chartFile(template, 'Chart.yaml', context);
}

function chartFile({ path }: SourceFile, name: string, { read }: Pick<FormatContext, 'read'>): YamlValue | null {
  const folder = chartFolder(path);
  const file = folder === null ? null : read(inFolder(folder, name));
  const yaml = file && readYaml(file);
  return yaml && 'documents' in yaml ? (yaml.documents[0] ?? null) : null;
}

const COMPARISON = /\b(?:eq|ne|gt|ge|lt|le)\s/;
/** A branch that holds a whole manifest. */
const MANIFEST = /^apiVersion\s*:/m;

export interface Decided {
  readonly file: SourceFile;
  /** Offsets at which a branch begins that is there for certain. */
  readonly certain: ReadonlySet<number>;
  /** What was left out. */
  readonly off: readonly Range[];
}

interface Range {
  readonly start: number;
  readonly end: number;
}

/** A template without the branches that the chart's values switch off; its length stays. */
export function withoutOffBranches(file: SourceFile, values: YamlValue, chart: YamlValue | null): Decided {
  const actions = templateActions(file.text);
  const branches = branchesOf(actions);
  const evaluate = evaluator({ file, actions, branches, values, chart });
  const certain = new Set<number>();
  const off: Range[] = [];
  const blank = (start: number, end: number): void => {
    off.push({ start, end });
  };
  const byEnd = new Map(actions.map((action) => [action.end, action]));
  for (const action of actions) {
    const section = action.kind === 'output' ? rangeOf(file.text, action, /^toYaml\s+/) : null;
    const whole = section && evaluate(section.start, sectionEnd(file.text, section), action);
    if (whole?.kind === 'value' && isEmpty(whole.value)) blank(action.start, action.end);
    if (!/^(?:if|with|range)$/.test(action.word)) continue;
    const chain = branches
      .filter(({ whole: { start } }) => start === action.start)
      .toSorted((a, b) => a.start - b.start);
    const [first] = chain;
    const last = chain.at(-1);
    if (!first || !last) continue;
    const holds = chain.map(({ start, isDefault }) => {
      const mark = byEnd.get(start);
      const own =
        mark && rangeOf(file.text, mark, /^(?:(?:else\s+)?(?:if|with)|range(?:\s+(?:\$\w+\s*,\s*)?\$\w+\s*:=)?)\s+/);
      return isDefault ? true : own && mark ? truthOf(evaluate(own.start, own.end, mark)) : null;
    });
    // What runs how often is another matter.
    if (action.word === 'range' && (chain.length > 1 || holds[0] !== false)) continue;
    const unsure = holds.indexOf(null);
    const chosen = holds.indexOf(true);
    if (unsure !== -1 && (chosen === -1 || unsure < chosen)) continue;
    const branch = chain[chosen];
    if (!branch) {
      // Which of a chart's ways to deploy is taken, whoever installs it may say elsewhere.
      const isChoice = COMPARISON.test(file.text.slice(action.start, action.end));
      if (!isChoice || !MANIFEST.test(file.text.slice(first.start, last.end))) blank(first.start, last.end);
      continue;
    }
    // The condition in front stands for that of the branch.
    certain.add(first.start);
    blank(first.start, branch.start);
    blank(branch.end, last.end);
  }
  return { file: { path: file.path, text: blanked(file.text, off) }, certain, off };
}

function blanked(text: string, off: readonly Range[]): string {
  const parts: string[] = [];
  let at = 0;
  for (const { start, end } of off.toSorted((a, b) => a.start - b.start)) {
    const from = Math.max(at, start);
    if (from >= end) continue;
    parts.push(text.slice(at, from), text.slice(from, end).replace(/[^\n\r]/g, ' '));
    at = end;
  }
  return parts.join('') + text.slice(at);
}

/** Where the expression of a section ends, in front of its indentation. */
function sectionEnd(text: string, { start, end }: Range): number {
  const pipe = text.slice(start, end).search(/\s*\|\s*n?indent\s+\d{1,3}\s*$/);
  return pipe === -1 ? end : start + pipe;
}

/** A masked template with the chart's values in it; null where it takes none. `isOpen`: whether a place may not be there. */
export function withKnownValues(
  masked: MaskedTemplate,
  source: SourceFile,
  values: YamlValue,
  chart: YamlValue | null,
  isOpen: (offset: number) => boolean,
): MappedText | null {
  const { file, actions, branches } = masked;
  const whole = mappedFile(file);
  const evaluate = evaluator({ file: source, actions, branches, values, chart });
  const sections = sectionsOf(masked, source, evaluate, isOpen);
  const inSection = ({ start }: TemplateAction): boolean =>
    sections.some((one) => one.start <= start && start < one.end);
  const single = actions.flatMap((action): Written[] => {
    if (action.kind !== 'output' || inSection(action)) return [];
    // What the mask left out, as a line of a branch that is not there, stays out.
    if (file.text.slice(action.start, action.end).replaceAll(NOTHING, '').trim() === '') return [];
    const own = rangeOf(source.text, action);
    const text = own && textOf(evaluate(own.start, own.end, action));
    if (!text || text.text === '' || /[\n\r]/.test(text.text)) return [];
    const { start, end } = action;
    return [{ start, end, text: usedAt(text, sliceMapped(whole, start, end)) }];
  });
  const all = [...sections, ...single.slice(0, MAX_VALUES)].toSorted((a, b) => a.start - b.start);
  const filled = textBuilder(whole);
  let from = 0;
  for (const { start, end, text } of all) {
    if (start < from) continue;
    filled.passTo(start, end);
    filled.add(text);
    from = end;
  }
  return from === 0 ? null : filled.built().text;
}

/** The text that an expression writes. */
function textOf(term: Term): MappedText | null {
  if (term?.kind === 'literal') return term.text;
  return term?.value?.kind === 'scalar' && term.value.value !== null ? term.value.text : null;
}

/** A section that is written and holds nothing. */
function isEmpty(value: YamlValue | null): boolean {
  if (value?.kind === 'sequence') return value.items.length === 0;
  return value?.kind === 'mapping' && value.entries.length === 0;
}
