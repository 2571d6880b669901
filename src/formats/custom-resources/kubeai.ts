import type { Device, GpuRequest } from '../../deployment.ts';
import type { Word } from '../../syntax/word.ts';
import { placeOfMapped, sliceMapped } from '../../syntax/mapped-text.ts';
import { at, entriesIn, textOf, type YamlValue } from '../../syntax/yaml.ts';
import { wordsOf } from '../container.ts';
import { imageAt } from '../image.ts';
import { anchorOf } from '../kubernetes/containers.ts';
import type { LaunchContext, Launched } from '../launch.ts';
import { modelAt } from '../model-uri.ts';
import { notModelled } from '../unsupported.ts';
import { type Part, wrappedDeployment } from '../platform-launch.ts';
import { table } from '../../table.ts';

/** What KubeAI calls its engines; the others serve no tokens. */
const ENGINES: Readonly<Record<string, string>> = table({ OLlama: 'Ollama', Ollama: 'Ollama' });

/** The launch of a KubeAI model, from a Model's `spec` or an entry of its chart's catalogue. */
export function launchOfKubeaiModel(
  spec: YamlValue,
  name: string,
  format: string,
  context: LaunchContext,
): Launched | null {
  const kind = textOf(at(spec, 'engine')) ?? '';
  const anchor = anchorOf(spec);
  const [engine] = context.engines.filter(({ id }) => id === kind.toLowerCase());
  const other = ENGINES[kind];
  if (!engine && other !== undefined) return { unsupported: notModelled(other, name, format, anchor) };
  if (spec.kind !== 'mapping' || !engine) return null;
  const environment = new Map<string, Word>(
    entriesIn(at(spec, 'env')).flatMap(({ key, value }) =>
      value.kind === 'scalar' && value.value !== null ? [[key, { text: value.text, unresolved: null }] as const] : [],
    ),
  );
  const args = at(spec, 'args');
  const parts: Part[] =
    args?.kind === 'sequence'
      ? [{ kind: 'words', words: wordsOf(args, environment), sequence: args, takesMore: true }]
      : [{ kind: 'new-list', mapping: spec, key: 'args' }];
  const values = [...environment].flatMap(([variable, word]) => {
    const argument = engine.argumentOfVariable(variable);
    return argument === null || word.text.text === '' ? [] : [{ name: argument, word }];
  });
  if (values.length > 0) parts.unshift({ kind: 'variables', values });
  const gpuRequest = profileOf(at(spec, 'resourceProfile'));
  const deployment = wrappedDeployment(
    {
      file: spec.file.path,
      format,
      name,
      anchor,
      engine,
      image: imageAt(at(spec, 'image')),
      environment,
      gpuRequest,
      ...deviceOf(gpuRequest.name?.value ?? ''),
      model: withoutScheme(modelAt(at(spec, 'url'))),
      parts,
    },
    context,
  );
  return { deployment };
}

/** `ollama://gemma2:27b` is what Ollama calls `gemma2:27b`; what stands behind `?` is for KubeAI. */
function withoutScheme(word: Word | null): Word | null {
  const [scheme = ''] = /^ollama:\/\//.exec(word?.text.text ?? '') ?? [];
  if (word === null || scheme === '') return word;
  const query = word.text.text.indexOf('?');
  const end = query === -1 ? word.text.text.length : query;
  return { ...word, text: sliceMapped(word.text, scheme.length, end) };
}

/** Profiles of KubeAI's charts that are no GPU (charts/kubeai values). */
function deviceOf(profile: string): { readonly device?: Device } {
  if (profile.startsWith('cpu')) return { device: 'cpu' };
  if (/\btpu\b/.test(profile)) return { device: 'tpu' };
  return /gaudi/.test(profile) ? { device: 'gaudi' } : {};
}

/** `nvidia-gpu-l4:8`: a profile of the team's own, and how many of it. */
function profileOf(value: YamlValue | null): GpuRequest {
  const text = textOf(value);
  if (value?.kind !== 'scalar' || text === null) return { name: null, count: null, nodes: 1 };
  const colon = text.lastIndexOf(':');
  const end = colon === -1 ? text.length : colon;
  const count = Number(text.slice(end + 1));
  const name = sliceMapped(value.text, 0, end);
  return {
    name: end === 0 ? null : { value: name.text, place: placeOfMapped(name) },
    count:
      colon !== -1 && Number.isInteger(count) && count >= 1
        ? { value: count, place: placeOfMapped(sliceMapped(value.text, end + 1, text.length)) }
        : null,
    nodes: 1,
  };
}
