import type { Argument, ArgumentValue, Deployment } from '../deployment.ts';
import type { TextEdit } from '../edit.ts';
import type { Engine } from '../engines/engine.ts';
import { type MappedText, placeOfMapped, sliceMapped } from '../syntax/mapped-text.ts';
import type { Word } from '../syntax/word.ts';
import type { Place } from '../text.ts';
import { addSetting, changeSetting, removeSetting } from './edit-settings.ts';
import { addItems, addList, removeItems } from './edit-sequence.ts';
import { changeJson, replaced } from './edit-text.ts';
import type { CannotEdit, FormatContext } from './format.ts';
import { editNested } from './nested-file.ts';
import type { Site, SitePart, WordsSite } from './edit-site.ts';

type Edits = readonly TextEdit[] | CannotEdit;

/** The edits that set an argument of a deployment (`undefined` removes it), in the style of its file. */
export function editDeployment(
  deployment: Deployment,
  name: string,
  value: ArgumentValue | undefined,
  context: FormatContext,
): Edits {
  const nested = editNested(deployment, name, value, context);
  if (nested) return nested;
  const site = deployment.site as Site;
  const engine = context.engines.find(({ id }) => id === deployment.engine.id);
  if (site === null || !engine) return { reason: 'it is not written in a file' };
  if (deployment.unresolved.some((open) => open.name === name)) {
    return { reason: 'its value is not in this file, so it cannot be changed here' };
  }
  const written = deployment.arguments.get(name);
  // What a platform sets by itself stands nowhere: an argument that is written down takes its place.
  const argument = written?.source === 'wrapper' ? undefined : written;
  if (site.kind !== 'parts') return editSite(site, engine, name, value, argument);
  const fixed = site.fixed.get(name);
  if (fixed !== undefined) return { reason: fixed };
  const holder = site.parts.find((part) => part.holds.has(name));
  if (argument && holder) return editPart(holder, engine, name, value, argument);
  if (value === undefined) return [];
  let refused: CannotEdit = site.parts.some((part) => part.site.kind === 'variables')
    ? { reason: 'what the program in its image makes of other variables is not known' }
    : { reason: 'there is no place for arguments in its file' };
  for (const part of site.parts.filter(({ takesMore }) => takesMore)) {
    const edits = editPart(part, engine, name, value, undefined);
    if (!('reason' in edits)) return edits;
    refused = edits;
  }
  return refused;
}

/**
 * The edits that set an argument where the launch itself may say more, over what a part says that it shares with others (a
 * runtime, a chart's defaults); null where nothing goes over that.
 */
export function editOver(
  deployment: Deployment,
  name: string,
  value: ArgumentValue,
  engines: readonly Engine[],
): readonly TextEdit[] | null {
  const site = deployment.site as Site;
  const engine = engines.find(({ id }) => id === deployment.engine.id);
  if (site?.kind !== 'parts' || !engine || site.fixed.has(name)) return null;
  const holder = site.parts.findIndex((part) => part.holds.has(name));
  for (const part of holder === -1 ? [] : site.parts.slice(holder + 1).filter(({ takesMore }) => takesMore)) {
    const edits = editPart(part, engine, name, value, undefined);
    if (!('reason' in edits)) return edits;
  }
  return null;
}

/** The edits in one place and in its twins. */
function editPart(
  { site, twins }: SitePart,
  engine: Engine,
  name: string,
  value: ArgumentValue | undefined,
  argument: Argument | undefined,
): Edits {
  const edits = editSite(site, engine, name, value, argument);
  if ('reason' in edits) return edits;
  const all = [...edits];
  for (const twin of twins) {
    const same = argument && twinOf(twin, engine, argument);
    if (argument && !same) return { reason: 'the other pods of its launch say something else' };
    const more = editSite(twin, engine, name, value, same);
    if ('reason' in more) return more;
    all.push(...more);
  }
  return all;
}

/** The same argument as a twin writes it; undefined when it says something else. */
function twinOf({ words, argumentsStart }: WordsSite, engine: Engine, { name, value }: Argument): Argument | undefined {
  const found = engine.parseWords(words.slice(argumentsStart), 'api_server').arguments.get(name);
  return found && JSON.stringify(found.value) === JSON.stringify(value) ? found : undefined;
}

function editSite(
  site: SitePart['site'],
  engine: Engine,
  name: string,
  value: ArgumentValue | undefined,
  argument: Argument | undefined,
): Edits {
  switch (site.kind) {
    case 'settings': {
      const entry = site.entries.get(name);
      if (value === undefined) return entry ? removeSetting(entry) : [];
      return entry ? changeSetting(entry, value, argument?.value) : addSetting(site, name, value);
    }
    case 'json': {
      const text = site.values.get(name);
      if (value === undefined || !text) return { reason: 'its JSON is changed by hand' };
      return replaced(text, JSON.stringify(value));
    }
    case 'variables': {
      const text = site.values.get(name);
      if (value === undefined || !text) return { reason: 'its variables are changed by hand' };
      return replaced(text, typeof value === 'string' ? value : JSON.stringify(value));
    }
    case 'new-list':
      return value === undefined ? [] : addList(site, engine.printArgument(name, value));
    case 'words':
      if (value === undefined) return argument ? removeOption(site, argument) : [];
      return argument ? changeOption(site, engine, argument, value) : addOption(site, engine, name, value);
  }
}

/** The option's words: the flag, and the value behind it when it stands apart. */
export function optionAt(
  { words, argumentsStart }: WordsSite,
  place: Place,
): { flag: Word; value: Word | null; index: number } | null {
  for (let index = argumentsStart; index < words.length; index++) {
    const word = words[index];
    if (!word || !holds(word.text, place)) continue;
    if (word.text.text.startsWith('-') && !/^-[\d.]/.test(word.text.text)) return { flag: word, value: null, index };
    const flag = words[index - 1];
    return flag?.text.text.startsWith('-') ? { flag, value: word, index: index - 1 } : null;
  }
  return null;
}

function holds(text: MappedText, place: Place): boolean {
  return text.segments.some(
    ({ file, starts, ends, origin, text: own }) =>
      file.path === place.file && (starts[0] ?? origin) <= place.start && place.end <= (ends[own.length - 1] ?? origin),
  );
}

function changeOption(site: WordsSite, engine: Engine, argument: Argument, value: ArgumentValue): Edits {
  const option = optionAt(site, argument.place);
  if (!option) return { reason: 'it is put together from several places' };
  const { flag, value: apart } = option;
  const equals = flag.text.text.indexOf('=');
  const isBareFlag = apart === null && equals === -1;
  if (isBareFlag) {
    const [written, ...more] = engine.printArgument(argument.name, value);
    return written === undefined || more.length > 0
      ? { reason: 'it is a flag without a value' }
      : replaced(flag.text, written);
  }
  const text = apart ? apart.text : sliceMapped(flag.text, equals + 1, flag.text.text.length);
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return changeJson(text, argument.value, value);
  return replaced(text, typeof value === 'string' ? value : JSON.stringify(value));
}

function removeOption(site: WordsSite, argument: Argument): Edits {
  const option = optionAt(site, argument.place);
  if (!option) return { reason: 'it is put together from several places' };
  const last = option.value ?? option.flag;
  if (site.sequence) return removeItems(site.sequence, placeOfMapped(option.flag.text), placeOfMapped(last.text));
  const previous = site.words[option.index - 1];
  const file = option.flag.text.segments[0]?.file;
  if (!previous || !file) return { reason: 'nothing stands in front of it' };
  const [from, to] = [placeOfMapped(previous.text), placeOfMapped(last.text)];
  const own = placeOfMapped(option.flag.text);
  if (from.file !== to.file || from.end > own.start || to.end < own.end) {
    return { reason: 'its words stand in different places' };
  }
  const gap = file.text.slice(from.end, own.start);
  const [before = ''] = /^["']?/.exec(gap) ?? [];
  if (!/^["']?[ \t\r\n\\^`]*["']?$/.test(gap))
    return { reason: 'something else stands between it and what comes before' };
  const start = from.end + before.length;
  const closing = /^["']/.exec(file.text.slice(to.end))?.[0] ?? '';
  // A quote that opened in front of all of it closes something larger.
  const opened = closing !== '' && file.text.slice(start, to.end).split(closing).length % 2 === 0;
  return [{ file: file.path, start, end: to.end + (opened ? closing.length : 0), newText: '' }];
}

function addOption(site: WordsSite, engine: Engine, name: string, value: ArgumentValue): Edits {
  if (site.words.some(({ text }) => text.text === 'llama_cpp.server'))
    return { reason: 'the Python server of llama.cpp calls its options by names of its own' };
  const printed = engine.printArgument(name, value);
  const options = site.words.slice(site.argumentsStart);
  if (site.sequence) return addItems(site.sequence, options, printed);
  const last = lastWritten(site);
  const segment = last?.word.text.segments.at(-1);
  if (!last || !segment) return { reason: 'the command has no argument that another could stand behind' };
  const written = printed.map((word) => segment.encode(word));
  if (written.some((word) => word === null))
    return { reason: 'the new value cannot be written in the quotes that stand there' };
  const { file, end } = placeOfMapped(last.word.text);
  const text = segment.file.text;
  const closing = /^["']/.exec(text.slice(end))?.[0] ?? '';
  // Around the only option of a text stand the quotes of the text.
  const isWhole = site.words.length === 1 && site.argumentsStart === 0;
  const at = end + (!isWhole && quoteOpens(text, last.word, closing) ? closing.length : 0);
  return [{ file, start: at, end: at, newText: `${last.separator}${written.join(' ')}` }];
}

/** The last word that is written in the command itself (not in a variable's definition), and what stood in front of its option. */
function lastWritten({ words, argumentsStart }: WordsSite): { word: Word; separator: string } | null {
  const first = words.find((word) => !isDefinedElsewhere(word)) ?? words[0];
  const home = placeOfMapped(first?.text ?? { text: '', segments: [] });
  const written = words.filter((word, index) => {
    const { text } = word;
    const place = placeOfMapped(text);
    const isHere = index >= argumentsStart - 1 && place.file === home.file && place.start >= home.start;
    // A backslash behind the last option goes on to nothing.
    return isHere && !/^\\?$/.test(text.text) && !isDefinedElsewhere(word) && !isParted(words, index, home);
  });
  const word = written.at(-1);
  if (!word) return null;
  return { word, separator: separatorBefore(written) };
}

/** Whether a word is the value of a variable or a macro that is defined outside the place where it is used; a default in that place is not. */
function isDefinedElsewhere({ text }: Word): boolean {
  const [last] = text.segments.slice(-1);
  if (!last?.use) return false;
  const start = last.starts[0] ?? last.origin;
  const { use } = last;
  return last.file.path !== use.file.path || start < use.start || use.end < start;
}

/** An option whose value behind it is defined in another place: nothing may come between them. */
function isParted(words: readonly Word[], index: number, home: Place): boolean {
  const [flag, value] = [words[index]?.text.text ?? '', words[index + 1]];
  if (!/^--?[A-Za-z][^=]*$/.test(flag) || !value || value.text.text.startsWith('-')) return false;
  const place = placeOfMapped(value.text);
  return place.file !== home.file || place.start < home.start || isDefinedElsewhere(value);
}

/** What separates the last option from the words before it: a space, or a continued line with its indentation. */
function separatorBefore(written: readonly Word[]): string {
  const index = written.findLastIndex(({ text }) => text.text.startsWith('-'));
  const [previous, flag] = [written[index - 1], written[index]];
  const text = flag?.text.segments[0]?.file.text;
  if (!previous || !flag || text === undefined) return ' ';
  const gap = text.slice(placeOfMapped(previous.text).end, placeOfMapped(flag.text).start).replace(/^["']|["']$/g, '');
  // A line goes on behind a backslash of a shell, a caret of Windows or a backtick of PowerShell.
  return /^[ \t]*[\\^`]?\r?\n[ \t]*$|^[ \t]+$/.test(gap) ? gap : ' ';
}

/** Whether the quote behind a word is the one that opened right in front of it, so that it belongs to the word. */
function quoteOpens(text: string, word: Word, closing: string): boolean {
  return closing !== '' && text[placeOfMapped(word.text).start - 1] === closing;
}
