import { readHcl } from '../../syntax/hcl/index.ts';
import { entriesIn, textOf, type YamlValue } from '../../syntax/yaml.ts';
import type { Extraction, FormatContext } from '../format.ts';
import { pathIn } from '../../paths.ts';
import { moduleIn } from './module.ts';
import { type Scope } from './scope.ts';
import { exceeds } from '../../syntax/unread.ts';

/** Modules call modules; nothing honest goes deeper. */
const MAX_CALLS = 3;
/** Arguments of a call that are none of the module's variables. */
const OWN = /^(?:source|version|count|for_each|providers|depends_on)$/;

type Launches = (file: Scope['file'], scope: Scope, context: FormatContext) => Extraction[];

/** What a module of the repository makes of what it is called with; nothing for a module from elsewhere. */
export function launchesOfCall(
  body: YamlValue,
  scope: Scope,
  context: FormatContext,
  launchesOf: Launches,
): readonly Extraction[] {
  const { module } = scope;
  const source = textOf(entriesIn(body).find(({ key }) => key === 'source')?.value ?? null);
  const folder = source !== null && /^\.{1,2}\//.test(source) ? pathIn(module.folder, source) : null;
  if (folder === null || folder === module.folder) return [];
  if (exceeds(module.calls + 1, MAX_CALLS, 'levels of modules')) return [];
  const given = new Map(entriesIn(body).flatMap(({ key, value }) => (OWN.test(key) ? [] : [[key, value] as const])));
  const inner = {
    ...moduleIn(folder, [], given, context),
    reasons: module.reasons,
    budget: module.budget,
    calls: module.calls + 1,
  };
  return inner.files.flatMap((file) =>
    readHcl(file) === null
      ? []
      : launchesOf(file, { ...scope, file, module: inner, names: new Map(), depth: 0 }, context),
  );
}
