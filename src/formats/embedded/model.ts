import type { Word } from '../../syntax/word.ts';
import { entriesIn, type YamlEntry } from '../../syntax/yaml.ts';
import { modelIn } from '../helm-values/model-key.ts';
import { modelAt } from '../model-uri.ts';

/** Keys that name a model in files of other tools, beside those of charts. */
const OTHER_KEYS =
  /^(?:pretrained|model[-_]name[-_]or[-_]path|checkpoint|checkpoint[-_]path|hf[-_]model[-_]path|base[-_]model)$/i;
/** Sections that say where the model is, and the keys in them that do. */
const SECTION = /^model[-_](?:source|spec|config|settings|info|args)$/i;
const NAMING = /^(?:model|model[-_]?(?:id|name|path)|id|name|path|uri|url|repo|repo[-_]?id|repository)$/i;

/** The model that the keys of a mapping name. */
export function modelOf(entries: readonly YamlEntry[]): Word | null {
  const own = modelIn(entries);
  if (own !== null) return own;
  const sections = entries.flatMap(({ key, value }) => (SECTION.test(key) ? entriesIn(value) : []));
  const named = [
    ...entries.filter(({ key }) => OTHER_KEYS.test(key)),
    ...sections.filter(({ key }) => NAMING.test(key)),
  ].flatMap(({ value }) => modelAt(value) ?? []);
  return named.find(({ text }) => /^[\w./~@:+-]{2,200}$/.test(text.text) && text.text.includes('/')) ?? null;
}
