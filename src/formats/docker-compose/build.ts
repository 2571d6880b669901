import type { Word } from '../../syntax/word.ts';
import { at, entriesIn, itemsOf, textOf } from '../../syntax/yaml.ts';
import { interpolate, type Lookup, wordOf } from '../../syntax/interpolation.ts';
import { sliceMapped } from '../../syntax/mapped-text.ts';
import { type Stage, stagesOf } from '../dockerfile/stages.ts';
import type { FormatContext } from '../format.ts';
import { pathIn } from '../../paths.ts';
import { wordAt } from './environment.ts';
import { directoryOf, type Service, valueIn, valuesIn } from './services.ts';

/** The stage of the Dockerfile that a service builds its image of; null where it builds none, or one from elsewhere. */
export function builtStage(service: Service, variables: Lookup, context: FormatContext): Stage | null {
  const build = valueIn(service, 'build');
  if (build === null) return null;
  const folder = pathIn(
    directoryOf(service, build),
    knownText(build.kind === 'scalar' ? build : at(build, 'context'), variables) ?? '.',
  );
  const named = knownText(at(build, 'dockerfile'), variables) ?? 'Dockerfile';
  const path = folder === null ? null : pathIn(folder, named);
  const file = path === null ? null : context.read(path);
  if (!file) return null;
  const given = buildArguments(service, variables);
  const stages = stagesOf(file, context, (name) => given.get(name) ?? null, folder);
  const target = knownText(at(build, 'target'), variables);
  return (target === null ? null : stages.find(({ name }) => name === target)) ?? stages.at(-1) ?? null;
}

/** What a service gives the build of its image: a mapping, or a list of `NAME=value` (Compose build specification). */
export function buildArguments(service: Service, variables: Lookup): ReadonlyMap<string, Word> {
  const given = new Map<string, Word>();
  for (const declared of valuesIn(service, 'build', 'args')) {
    for (const { key, value } of entriesIn(declared)) {
      const word = wordAt(value, variables);
      if (word) given.set(key, word);
    }
    for (const item of itemsOf(declared)) {
      const equals = textOf(item)?.indexOf('=') ?? -1;
      if (item.kind !== 'scalar' || equals <= 0) continue;
      const value = sliceMapped(item.text, equals + 1, item.text.text.length);
      given.set(item.text.text.slice(0, equals), wordOf(interpolate(value, variables)));
    }
  }
  return given;
}

function knownText(value: Parameters<typeof wordAt>[0], variables: Lookup): string | null {
  const word = wordAt(value, variables);
  return word?.unresolved === null && word.text.text !== '' ? word.text.text : null;
}
