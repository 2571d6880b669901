import type { ArgumentValue } from '../deployment.ts';
import type { TextEdit } from '../edit.ts';
import { placeOfMapped } from '../syntax/mapped-text.ts';
import { entriesIn, type YamlEntry, type YamlValue } from '../syntax/yaml.ts';
import { lineEndOf } from '../text.ts';
import { changeJson, replaced } from './edit-text.ts';
import type { CannotEdit } from './format.ts';
import type { SettingsSite } from './edit-site.ts';

type Edits = readonly TextEdit[] | CannotEdit;

/** Changes the value of a key in place, in the quotes that stand there. */
export function changeSetting(entry: YamlEntry, value: ArgumentValue, before: ArgumentValue | undefined): Edits {
  const { value: node } = entry;
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return changeObject(node, value, before);
  if (Array.isArray(value)) return { reason: 'a list is changed by hand' };
  if (node.kind !== 'scalar') return { reason: 'it is a mapping or a list there' };
  if (node.value === null && node.text.text === '') {
    const { file, end } = placeOfMapped(entry.keyText);
    const colon = node.file.text.indexOf(':', end);
    if (colon === -1) return { reason: 'it has no value to change' };
    return [{ file, start: colon + 1, end: colon + 1, newText: ` ${plainText(value)}` }];
  }
  return replaced(node.text, negates(entry.key, value) ? String(value !== true) : plainText(value));
}

/** `no-enable-prefix-caching: true` says false. */
function negates(key: string, value: ArgumentValue): boolean {
  return typeof value === 'boolean' && /^no[-_]/.test(key);
}

function changeObject(node: YamlValue, value: ArgumentValue, before: ArgumentValue | undefined): Edits {
  if (node.kind === 'scalar') return changeJson(node.text, before, value);
  const old = (typeof before === 'object' && before !== null ? before : {}) as Readonly<Record<string, ArgumentValue>>;
  const edits: TextEdit[] = [];
  for (const [key, inner] of Object.entries(value as Readonly<Record<string, ArgumentValue>>)) {
    if (JSON.stringify(inner) === JSON.stringify(old[key])) continue;
    // The memory guide's `num_tokens` is vLLM's `num_speculative_tokens`.
    const entry = entriesIn(node).find(
      (one) => one.key === key || (key === 'num_speculative_tokens' && one.key === 'num_tokens'),
    );
    if (!entry) return { reason: `the key ${key} would have to be added` };
    const edit = changeSetting(entry, inner, old[key]);
    if ('reason' in edit) return edit;
    edits.push(...edit);
  }
  const gone = Object.keys(old).find((key) => !(key in (value as object)));
  return gone === undefined ? edits : { reason: `the key ${gone} would have to be taken out` };
}

/** Adds a key behind the last one of its mapping, with its siblings' indentation and spelling. */
export function addSetting({ mapping, keyOf }: SettingsSite, name: string, value: ArgumentValue): Edits {
  const { file, node } = mapping;
  const own = mapping.entries.filter(({ owner }) => owner === node);
  const last = own.at(-1);
  if (!last || typeof value === 'object') return { reason: 'there is no key that it could stand behind' };
  const kebab = own.some(({ key }) => /^[a-z]+(?:-[a-z]+)+$/.test(key)) && !own.some(({ key }) => key.includes('_'));
  const key = keyOf ? keyOf(name) : kebab ? name.replaceAll('_', '-') : name;
  if (key === null) return { reason: 'files of its kind have no key for it' };
  const json = file.text[placeOfMapped(last.keyText).start - 1] === '"' && node.flow === true;
  if (mapping.written === 'hcl') return addEntry(mapping, () => `${key} = ${JSON.stringify(value)}`);
  // Variables of the environment are texts.
  if (own.length > 0 && own.every((entry) => /^[A-Z][A-Z0-9_]*$/.test(entry.key)))
    return addEntry(
      mapping,
      () => `${json ? JSON.stringify(name.toUpperCase()) : name.toUpperCase()}: ${JSON.stringify(plainText(value))}`,
    );
  return addEntry(mapping, () =>
    json ? `${JSON.stringify(key)}: ${JSON.stringify(value)}` : `${key}: ${plainText(value)}`,
  );
}

/** Adds text behind the last entry of a mapping; `written` gets the indentation and the line end that hold there. */
export function addEntry(
  { file, node, entries }: SettingsSite['mapping'],
  written: (indent: string, eol: string) => string,
): Edits {
  const last = entries.findLast(({ owner }) => owner === node);
  const range = node.range;
  if (!last || !range) return { reason: 'there is no key that it could stand behind' };
  const eol = lineEndOf(file.text);
  const valueEnd = last.value.node.range?.[1] ?? range[1];
  if (node.flow) {
    const lineStart = file.text.lastIndexOf('\n', placeOfMapped(last.keyText).start) + 1;
    const indent = /^[ \t]*/.exec(file.text.slice(lineStart))?.[0] ?? '';
    const broken = file.text.slice(range[0], range[1]).includes('\n');
    const text = written(indent, eol);
    return [
      { file: file.path, start: valueEnd, end: valueEnd, newText: broken ? `,${eol}${indent}${text}` : `, ${text}` },
    ];
  }
  const keyStart =
    placeOfMapped(last.keyText).start - (/["']/.test(file.text[placeOfMapped(last.keyText).start - 1] ?? '') ? 1 : 0);
  const lineStart = file.text.lastIndexOf('\n', keyStart - 1) + 1;
  const indent = file.text.slice(lineStart, keyStart).replace(/[^ \t]/g, ' ');
  const end = blockEnd(file.text, Math.max(valueEnd, placeOfMapped(last.keyText).end));
  const text = written(indent, eol);
  return [
    {
      file: file.path,
      start: end.at,
      end: end.at,
      newText: end.ended ? `${indent}${text}${eol}` : `${eol}${indent}${text}`,
    },
  ];
}

function blockEnd(text: string, offset: number): { at: number; ended: boolean } {
  let at = offset;
  // A nested block ends behind its own line end; step back over the blank lines that belong to nobody.
  while (at > 0 && /\s/.test(text[at - 1] ?? '')) at--;
  const newline = text.indexOf('\n', at);
  if (newline === -1) return { at: text.length, ended: text.endsWith('\n') };
  return { at: text[newline - 1] === '\r' ? newline - 1 : newline, ended: false };
}

/** Takes a key out with its whole lines. */
export function removeSetting({ pair, value, keyText, owner }: YamlEntry): Edits {
  const { file } = value;
  const key = placeOfMapped(keyText);
  if (owner.flow) return { reason: 'it stands in braces; take it out by hand' };
  const lineStart = file.text.lastIndexOf('\n', key.start - 1) + 1;
  if (!/^[ \t]*["']?$/.test(file.text.slice(lineStart, key.start))) return { reason: 'it does not start its line' };
  const range = (pair.value as { range?: readonly [number, number, number] } | null)?.range;
  let end = Math.max(key.end, range?.[1] ?? key.end);
  while (end > key.end && /\s/.test(file.text[end - 1] ?? '')) end--;
  const newline = file.text.indexOf('\n', end);
  if (newline !== -1) return [{ file: file.path, start: lineStart, end: newline + 1, newText: '' }];
  // On a last line without an end, the end of the line above goes with it.
  const above = /\r?\n$/.exec(file.text.slice(Math.max(0, lineStart - 2), lineStart))?.[0].length ?? 0;
  return [{ file: file.path, start: lineStart - above, end: file.text.length, newText: '' }];
}

function plainText(value: ArgumentValue): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
