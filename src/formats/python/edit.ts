import type { Argument, ArgumentValue, Deployment } from '../../deployment.ts';
import type { TextEdit } from '../../edit.ts';
import { type MappedText, placeOfMapped } from '../../syntax/mapped-text.ts';
import type { PythonEntry, PythonValue } from '../../syntax/python/values.ts';
import type { Place, SourceFile } from '../../text.ts';
import { editDeployment } from '../edit.ts';
import { changeJson } from '../edit-text.ts';
import type { CannotEdit, FormatContext } from '../format.ts';
import { addBehind, removeItems } from './edit-items.ts';
import { bareLiteral, quoteAt, quoted } from './edit-literals.ts';
import type { PythonKeywordsSite, PythonSite, PythonWordsSite } from './edit-site.ts';

type Edits = readonly TextEdit[] | CannotEdit;

/** The edits that set an argument in a Python program (`undefined` removes it), in the program's own style. */
export function editPython(
  deployment: Deployment,
  name: string,
  value: ArgumentValue | undefined,
  context: FormatContext,
): Edits {
  const site = deployment.site as PythonSite | { readonly kind: 'parts' };
  const engine = context.engines.find(({ id }) => id === deployment.engine.id);
  if (!engine) return { reason: 'it is not written in a file' };
  if (site.kind !== 'python-words' && site.kind !== 'python-keywords')
    return editDeployment(deployment, name, value, context);
  if (deployment.unresolved.some((open) => open.name === name))
    return { reason: 'its value is not in this file, so it cannot be changed here' };
  const written = deployment.arguments.get(name);
  const argument = written?.source === 'wrapper' ? undefined : written;
  if (site.kind === 'python-keywords') return editKeyword(site, name, value, argument);
  const inText = (): Edits => editDeployment({ ...deployment, site: site.site }, name, value, context);
  if (value === undefined) return (argument && removeWords(site, argument)) ?? inText();
  return argument ? inText() : (addWords(site, engine.printArgument(name, value)) ?? inText());
}

function editKeyword(
  site: PythonKeywordsSite,
  name: string,
  value: ArgumentValue | undefined,
  argument: Argument | undefined,
): Edits {
  const { file, home } = site;
  const entry = site.entries.get(name);
  if (value === undefined) {
    if (!entry || !argument) return [];
    return entry.element ? removeItems(file, entry.element, entry.element) : { reason: 'it is set in another place' };
  }
  if (argument && entry) return changeValue(entry.value, value, argument.value, file);
  if (argument) return { reason: 'it is put together from several places' };
  const own = home?.entries.filter(({ element }) => element?.list.from === home.literal?.from);
  // `LLM(**CONFIG)`: the dict takes it.
  const spread = home?.entries.findLast(({ element }) => element !== null)?.element;
  const last = own?.at(-1)?.element ?? site.behind ?? spread;
  if (!home || !last) return { reason: 'there is no place for arguments in its file' };
  const literal = literalOf(value, quoteOfDict(file, home.entries));
  if (literal === null) return { reason: 'a mapping or a list is added by hand' };
  const quote = quoteOfDict(file, home.entries);
  const isItem = file.text[last.list.from] === '{';
  return addBehind(file, last, isItem ? `${quoted(name, quote)}: ${literal}` : `${name}=${literal}`);
}

function literalOf(value: ArgumentValue, quote: string): string | null {
  return typeof value === 'string' ? quoted(value, quote) : bareLiteral(value);
}

/** The quotes that most of the neighbours stand in. */
function quoteOfDict(file: SourceFile, entries: readonly PythonEntry[]): string {
  const single = entries.filter(({ element }) => element && /'/.test(file.text.slice(element.from, element.to)));
  return single.length * 2 > entries.length ? "'" : '"';
}

/** Changes a value where it is written: between its quotes, or a bare literal as a whole. */
function changeValue(old: PythonValue, value: ArgumentValue, before: ArgumentValue, file: SourceFile): Edits {
  if (typeof value === 'object' && value !== null) return changeNested(old, value, before, file);
  const text = 'text' in old ? old.text : null;
  const [segment, ...others] = text?.segments ?? [];
  if (!text || !segment || others.length > 0) return { reason: 'it is put together from several places' };
  const place = placeOfMapped(text);
  const quote = quoteAt(segment.file.text, place);
  if (quote === null) return replaceBare(text, place, value);
  const newText = segment.encode(typeof value === 'boolean' ? (value ? 'True' : 'False') : String(value));
  if (newText === null) return { reason: 'the new value cannot be written in the quotes that stand there' };
  return [{ file: place.file, start: place.start, end: place.end, newText }];
}

function replaceBare({ segments }: MappedText, place: Place, value: ArgumentValue): Edits {
  const encoded = segments[0]?.encode(typeof value === 'boolean' ? (value ? 'True' : 'False') : String(value)) ?? null;
  const source = segments[0]?.file.text.slice(place.start, place.end) ?? '';
  const isLiteral = /^(?:True|False|None|-?[\d._]+(?:e[+-]?\d+)?)$/i.test(source);
  const newText = encoded ?? (isLiteral ? literalOf(value, '"') : null);
  if (newText === null) return { reason: 'it is computed there' };
  return [{ file: place.file, start: place.start, end: place.end, newText }];
}

/** `speculative_config={"num_speculative_tokens": 5}`: each key in its own place. */
function changeNested(old: PythonValue, value: ArgumentValue, before: ArgumentValue, file: SourceFile): Edits {
  if (old.kind === 'text') return changeJson(old.text, before, value);
  if (old.kind !== 'dict' || Array.isArray(value)) return { reason: 'a list is changed by hand' };
  const [was, now] = [before, value].map((one) => (typeof one === 'object' && one !== null ? one : {})) as [
    Readonly<Record<string, ArgumentValue>>,
    Readonly<Record<string, ArgumentValue>>,
  ];
  const edits: TextEdit[] = [];
  for (const key of new Set([...Object.keys(was), ...Object.keys(now)])) {
    if (JSON.stringify(was[key]) === JSON.stringify(now[key])) continue;
    const entry = old.entries.findLast((one) => one.key === key);
    const [from, to] = [was[key], now[key]];
    if (!entry || from === undefined || to === undefined)
      return { reason: `the key ${key} would have to be added or taken out` };
    const edit = changeValue(entry.value, to, from, file);
    if ('reason' in edit) return edit;
    edits.push(...edit);
  }
  return edits;
}

/** New items behind the last one that is sure to be there; null where the command is no list. */
function addWords({ file, elements, site }: PythonWordsSite, words: readonly string[]): Edits | null {
  const at = elements.findLastIndex(
    (element, index) => element !== null && index >= site.argumentsStart - 1 && !isParted(site, elements, index),
  );
  const element = elements[at];
  if (!element) return null;
  const flag = elements.findLastIndex(
    (one, index) => one !== null && index <= at && /^--?[A-Za-z]/.test(site.words[index]?.text.text ?? ''),
  );
  const options = site.words.slice(site.argumentsStart).map(({ text }) => text.text);
  const joined = options.some((one) => /^--[\w.-]+=/.test(one)) && !options.some((one) => /^--[\w.-]+$/.test(one));
  const items = joined && words.length === 2 ? [words.join('=')] : words;
  const source = file.text.slice(element.from, element.to);
  const quote = /^[A-Za-z]{0,2}(["'])/.exec(source)?.[1] ?? '"';
  const [own, value] = [elements[flag], elements[flag + 1]];
  const apart = own && value && flag + 1 <= at && file.text.slice(own.to, value.from).includes('\n');
  const written = items.map((item) => quoted(item, quote));
  return addBehind(file, element, ...(apart ? written : [written.join(', ')]));
}

/** An option whose value behind it is no item of the same list: nothing may come between them. */
function isParted({ words }: PythonWordsSite['site'], elements: PythonWordsSite['elements'], index: number): boolean {
  const [flag, value] = [words[index]?.text.text ?? '', words[index + 1]];
  if (!/^--?[A-Za-z][^=]*$/.test(flag) || !value || /^--?[A-Za-z]/.test(value.text.text)) return false;
  return elements[index + 1]?.list.from !== elements[index]?.list.from;
}

/** Takes the items of an option out; null where it does not stand in a list. */
function removeWords({ file, site, elements }: PythonWordsSite, { place }: Argument): Edits | null {
  const at = site.words.findIndex(({ text }, index) => index >= site.argumentsStart && holds(text, place));
  if (at === -1) return null;
  const isFlag = /^--?[A-Za-z]/.test(site.words[at]?.text.text ?? '');
  const [first, last] = [elements[isFlag ? at : at - 1], elements[at]];
  if (!first || !last || first.list.from !== last.list.from) return null;
  return removeItems(file, first, last);
}

function holds(text: MappedText, place: Place): boolean {
  return text.segments.some(
    ({ file, starts, ends, origin, text: own }) =>
      file.path === place.file && (starts[0] ?? origin) <= place.start && place.end <= (ends[own.length - 1] ?? origin),
  );
}
