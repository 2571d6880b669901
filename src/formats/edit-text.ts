import type { ArgumentValue } from '../deployment.ts';
import type { TextEdit } from '../edit.ts';
import { jsonMembers } from '../syntax/json.ts';
import { type MappedText, placeOfMapped, sliceMapped } from '../syntax/mapped-text.ts';
import type { CannotEdit } from './format.ts';

type Edits = readonly TextEdit[] | CannotEdit;

/** Changes one key of a JSON object in place, so that its other keys stay as they are written. */
export function changeJson(text: MappedText, before: ArgumentValue | undefined, after: ArgumentValue): Edits {
  const members = jsonMembers(text.text);
  if (!members) return { reason: 'it is not written as one JSON object' };
  const [old, now] = [before, after].map((value) => (typeof value === 'object' && value !== null ? value : {})) as [
    Readonly<Record<string, ArgumentValue>>,
    Readonly<Record<string, ArgumentValue>>,
  ];
  const keys = [...new Set([...Object.keys(old), ...Object.keys(now)])];
  const changed = keys.filter((key) => JSON.stringify(old[key]) !== JSON.stringify(now[key]));
  const edits: TextEdit[] = [];
  for (const key of changed) {
    const range = members.get(key);
    if (!range || now[key] === undefined)
      return { reason: `the key ${key} would have to be added to or taken out of its JSON` };
    const edit = replaced(sliceMapped(text, range.start, range.end), JSON.stringify(now[key]));
    if ('reason' in edit) return edit;
    edits.push(...edit);
  }
  return edits;
}

/** Writes a text in the place of a mapped one, through every layer of quoting it stands in. */
export function replaced(mapped: MappedText, text: string): Edits {
  const [segment, ...others] = mapped.segments;
  if (!segment || others.length > 0) return { reason: 'it is put together from several places' };
  const newText = segment.encode(text);
  if (newText === null) return { reason: 'the new value cannot be written in the quotes that stand there' };
  const { file, start, end } = placeOfMapped(mapped);
  return [{ file, start, end, newText }];
}
