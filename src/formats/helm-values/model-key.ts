import { joinMapped, standingFor } from '../../syntax/mapped-text.ts';
import type { Word } from '../../syntax/word.ts';
import { at, itemsOf, textOf, type YamlEntry, type YamlValue } from '../../syntax/yaml.ts';
import { modelAt } from '../model-uri.ts';

/** Keys whose value is a model. */
const MODEL =
  /^(?:(?:llm[-_]?)?model|(?:llm[-_]?)?model[-_]?(?:id|name|path|url|uri|repo|ref|reference|tag)|hf[-_]?(?:model|repo)(?:[-_]?(?:id|name))?|hugging[-_]?face[-_]?(?:model|repo)(?:[-_]?(?:id|name))?|repo[-_]?id)$/i;
/** Keys of files of which a model in one file is one. */
const MODEL_FILE = /^model[-_]?file(?:[-_]?(?:name|path))?$/i;
/** Sections that describe a model, and the keys in them that name it, the surest first. */
const SECTION = /^(?:model|model[-_]?ref|llm|hf|hugging[-_]?face)$/i;
const NAMING =
  /^(?:(?:hf|hugging[-_]?face)?[-_]?(?:model)?[-_]?(?:id|name|repo|repository|repo[-_]?id|model|path)|(?:model)?[-_]?(?:artifact)?s?[-_]?(?:uri|url))$/i;

/** A volume that an image with a model in it is mounted as (Kubernetes, image volumes: `reference`). */
const VOLUME = /^model[-_]?(?:volume|image)$/i;

/** An id with its owner, or an address. */
const OWNED = /^[\w.-]+\/[\w.-]+$|:\/\//;

/** The model that keys of a values file name; one with an owner goes before a bare name. */
export function modelIn(entries: readonly YamlEntry[]): Word | null {
  const found = entries.flatMap((entry) => {
    const word = modelOfEntry(entry);
    return word === null ? [] : [word];
  });
  return found.find(({ text }) => OWNED.test(text.text)) ?? found[0] ?? null;
}

function modelOfEntry({ key, value }: YamlEntry): Word | null {
  if (value.kind === 'scalar') {
    const isModel = MODEL.test(key) || (MODEL_FILE.test(key) && /\.gguf$/i.test(value.text.text));
    return isModel ? plausible(modelAt(value)) : null;
  }
  // Ollama's chart: what is loaded at the start goes before what is only there.
  if (key === 'models' && value.kind === 'mapping') {
    const [first] = [at(value, 'run'), at(value, 'pull')].flatMap(itemsOf);
    return first ? plausible(modelAt(first)) : null;
  }
  if (value.kind === 'mapping' && VOLUME.test(key))
    return textOf(at(value, 'enabled')) === 'false' ? null : plausible(modelAt(at(value, 'reference')));
  if (value.kind !== 'mapping' || !SECTION.test(key)) return null;
  const owner = at(value, 'organization') ?? at(value, 'org') ?? at(value, 'owner') ?? at(value, 'root');
  const name = at(value, 'id') ?? at(value, 'name');
  if (owner && name && !textOf(name)?.includes('/')) return joined(owner, name);
  const named = value.entries.flatMap((entry) =>
    NAMING.test(entry.key) ? (plausible(modelAt(entry.value)) ?? []) : [],
  );
  return named.find(({ text }) => OWNED.test(text.text)) ?? named[0] ?? null;
}

function joined(owner: YamlValue, name: YamlValue): Word | null {
  if (owner.kind !== 'scalar' || name.kind !== 'scalar' || owner.text.text === '' || name.text.text === '') return null;
  // Pointed at by the name: the owner is rarely what is wrong.
  const start = name.text.segments[0]?.starts[0] ?? 0;
  const front = standingFor(owner.file, start, start, `${owner.text.text}/`);
  return { text: joinMapped([front, name.text]), unresolved: null };
}

/** A model is an id, a path or an address; not a title, a flag or a list. */
function plausible(word: Word | null): Word | null {
  if (word === null || word.unresolved !== null) return word;
  return /^[\w./~@:${}+\uE000-]{2,200}$/.test(word.text.text) &&
    !/^(?:true|false|auto|default|none)$/i.test(word.text.text)
    ? word
    : null;
}
