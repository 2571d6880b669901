import type { Deployment } from '../../deployment.ts';
import type { Word } from '../../syntax/word.ts';
import { at, entriesIn, textOf, type YamlValue } from '../../syntax/yaml.ts';
import type { FormatContext } from '../format.ts';
import { launchByVariables } from '../variables-launch.ts';
import { anchorOf } from './containers.ts';

/** The launch that a ConfigMap of variables describes by itself, for whatever reads it. */
export function launchOfConfigMap(document: YamlValue, context: FormatContext): Deployment | null {
  const data = at(document, 'data');
  if (textOf(at(document, 'kind')) !== 'ConfigMap' || data?.kind !== 'mapping') return null;
  const environment = new Map<string, Word>(
    entriesIn(data).flatMap(({ key, value }) =>
      value.kind === 'scalar' ? [[key, { text: value.text, unresolved: null }] as const] : [],
    ),
  );
  return launchByVariables(
    {
      format: 'kubernetes',
      name: textOf(at(document, 'metadata', 'name')) ?? 'ConfigMap',
      words: [],
      hasCommand: true,
      image: null,
      environment,
      gpuRequest: { name: null, count: null, nodes: 1 },
      sequence: null,
      anchor: anchorOf(data),
    },
    context,
  );
}
