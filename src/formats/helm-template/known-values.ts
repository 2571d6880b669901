import { mappedFile, type MappedText, sliceMapped, usedAt } from '../../syntax/mapped-text.ts';
import { textBuilder } from '../../syntax/text-builder.ts';
import { branchesOf, type TemplateAction, templateActions } from '../../syntax/template-actions.ts';
import type { MaskedTemplate } from '../../syntax/template-mask.ts';
import { at, readYaml, type YamlValue } from '../../syntax/yaml.ts';
import type { SourceFile } from '../../text.ts';
import type { FormatContext } from '../format.ts';
import { innerOf, sectionsOf, type Written } from './written-sections.ts';
import { inFolder } from '../../paths.ts';

/** Values that one template may take from the file beside its chart. */
const MAX_VALUES = 400;
/** `.Values.a.b`, with functions behind it that leave a value as it is. */
const REFERENCE =
  /^\.Values((?:\.[A-Za-z_]\w*){1,12})(?:\s*\|\s*(?:quote|squote|toString|int|int64|default\s+[^\s|()]{1,80}))*$/;
/** A whole section of the values. */
const SECTION = /^toYaml\s+\.Values((?:\.[A-Za-z_]\w*){1,12})(?:\s*\|\s*n?indent\s+\d{1,3})?$/;
const CONDITION = /^(?:if|with)\s+(not\s+)?\.Values((?:\.[A-Za-z_]\w*){1,12})$/;

/** The folder of the chart that a template belongs to (`CHART/templates/…`), `''` for the root; null for any other file. */
export function chartFolder(path: string): string | null {
  if (path.startsWith('templates/')) return '';
  const found = path.lastIndexOf('/templates/');
  return found === -1 ? null : path.slice(0, found);
}

/** The values of the chart that a template belongs to, or null. */
export function chartValues({ path }: SourceFile, { read }: Pick<FormatContext, 'read'>): YamlValue | null {
  const folder = chartFolder(path);
  if (folder === null) return null;
  const file = read(inFolder(folder, 'values.yaml'));
  const yaml = file && readYaml(file);
  return yaml && 'documents' in yaml ? (yaml.documents[0] ?? null) : null;
}

export interface Decided {
  readonly file: SourceFile;
  /** Offsets at which a branch begins that is there for certain. */
  readonly certain: ReadonlySet<number>;
}

/** A template without the branches that the chart's values switch off; its length stays. */
export function withoutOffBranches(file: SourceFile, values: YamlValue): Decided {
  const actions = templateActions(file.text);
  const branches = branchesOf(actions);
  const certain = new Set<number>();
  let { text } = file;
  const blank = (start: number, end: number): void => {
    text = text.slice(0, start) + text.slice(start, end).replace(/[^\n\r]/g, ' ') + text.slice(end);
  };
  for (const action of actions) {
    const inner = innerOf(file.text, action);
    const section = SECTION.exec(inner)?.[1];
    if (section !== undefined && isEmpty(at(values, ...section.slice(1).split('.')))) blank(action.start, action.end);
    const holds = /^(?:if|with)$/.test(action.word) ? truthOf(inner, values) : null;
    const own = branches.find(({ start }) => start === action.end);
    if (holds === null || !own) continue;
    if (holds && action.word === 'with') {
      // What stands in it is there; what the dot is in it is another matter.
      certain.add(own.start);
      continue;
    }
    const others = branches.filter(({ whole }) => whole.start === action.start);
    const [, second] = others;
    // A chain of conditions is left to the template.
    if (others.length > 2 || (second && !second.isDefault)) continue;
    if (!holds) {
      if (!second) blank(own.start, own.end);
      continue;
    }
    certain.add(own.start);
    if (second) blank(own.end, second.end);
  }
  return { file: { path: file.path, text }, certain };
}

/** A masked template with the chart's values in it; null where it takes none. `isOpen`: whether a place may not be there. */
export function withKnownValues(
  masked: MaskedTemplate,
  source: SourceFile,
  values: YamlValue,
  isOpen: (offset: number) => boolean,
): MappedText | null {
  const { file, actions } = masked;
  const whole = mappedFile(file);
  const sections = sectionsOf(masked, source, values, isOpen);
  const inSection = ({ start }: TemplateAction): boolean =>
    sections.some((one) => one.start <= start && start < one.end);
  const single = actions.flatMap((action): Written[] => {
    if (action.kind !== 'output' || inSection(action)) return [];
    const [, path] = REFERENCE.exec(innerOf(source.text, action)) ?? [];
    const value = path === undefined ? null : at(values, ...path.slice(1).split('.'));
    const isText = value?.kind === 'scalar' && value.value !== null && value.text.text !== '';
    if (!isText || /[\n\r]/.test(value.text.text)) return [];
    // What the mask left out, as a line of a branch that is not there, stays out.
    if (file.text.slice(action.start, action.end).trim() === '') return [];
    const { start, end } = action;
    return [{ start, end, text: usedAt(value.text, sliceMapped(whole, start, end)) }];
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

/** A section that is written and holds nothing. */
function isEmpty(value: YamlValue | null): boolean {
  if (value?.kind === 'sequence') return value.items.length === 0;
  return value?.kind === 'mapping' && value.entries.length === 0;
}

/** What a condition on one value comes to; null for any other condition. What the values leave out is nothing, unless a chart above may say it. */
function truthOf(condition: string, values: YamlValue): boolean | null {
  const [, not, path] = CONDITION.exec(condition) ?? [];
  const value = path === undefined ? null : at(values, ...path.slice(1).split('.'));
  if (path === undefined || (value === null && path.startsWith('.global.'))) return null;
  const holds =
    value === null
      ? false
      : value.kind === 'scalar'
        ? value.value !== null && value.value !== false && value.value !== '' && value.value !== 0
        : value.kind === 'sequence'
          ? value.items.length > 0
          : value.entries.length > 0;
  return not === undefined ? holds : !holds;
}
