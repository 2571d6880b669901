import { type MappedText, sliceMapped } from '../syntax/mapped-text.ts';
import type { Word } from '../syntax/word.ts';
import type { YamlValue } from '../syntax/yaml.ts';
import { withDefaults } from './known-words.ts';

/** `hf://org/model`, and the same behind a volume that is filled from there: `pvc+hf://volume/org/model`. */
const HUB = /^(?:hf:\/\/|pvc\+hf:\/\/[^/]*\/)(["']?)([\w.-]+\/[\w.-]+)\1/;

/** The model that a storage address names: its id on the Hub where that is what it says, else the address itself. */
function modelOfUri(text: MappedText): Word {
  const found = HUB.exec(text.text);
  const id = found?.[2];
  if (!found || id === undefined) return { text, unresolved: openReason(text.text) };
  const start = found[0].length - id.length - (found[1] ?? '').length;
  return { text: sliceMapped(text, start, start + id.length), unresolved: null };
}

/** A scalar as a model's name or address; null where none is written. */
export function modelAt(value: YamlValue | null): Word | null {
  if (value?.kind !== 'scalar' || value.value === null || value.text.text.trim() === '') return null;
  return modelOfUri(withDefaults(value.text));
}

/** A variable in the last part of a path, in front of a tag: which model it is hangs on it. */
const NAMED_BY_VARIABLE = /(?:^|\/)[^/:@]*\$[({]?[A-Za-z_][^/:@]*(?:[:@][^/]*)?$/;

function openReason(text: string): string | null {
  if (/^hf:\/\/.*[${]/.test(text) || NAMED_BY_VARIABLE.test(text))
    return 'it holds a variable that is not set in this file';
  return /\{\{.*\}\}/.test(text) ? 'a template fills it in' : null;
}
