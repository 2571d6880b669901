import type { GpuRequest } from '../../deployment.ts';
import { placeOfMapped, sliceMapped } from '../../syntax/mapped-text.ts';
import type { Word } from '../../syntax/word.ts';
import { at, entriesIn, readYaml, type YamlEntry, type YamlValue } from '../../syntax/yaml.ts';
import type { SourceFile } from '../../text.ts';
import { wordsOf } from '../container.ts';
import { editDeployment } from '../edit.ts';
import type { Extraction, Format, FormatContext } from '../format.ts';
import { modelAt } from '../model-uri.ts';
import { type Part, wrappedDeployment } from '../platform-launch.ts';

/** Recipes of the vLLM project: a model, and variants of it that each say what to start it with. */
export const vllmRecipes: Format = {
  id: 'vllm-recipes',
  title: 'Recipes of the vLLM project',
  detect: ({ text }) => /^["']?variants["']?[ \t]*:/m.test(text) && /\bmin_vllm_version["']?[ \t]*:/.test(text),
  extract,
  edit: editDeployment,
};

/** The image in whose numbers `min_vllm_version` counts. */
const IMAGE = 'vllm/vllm-openai';

function extract(file: SourceFile, context: FormatContext): Extraction | null {
  const yaml = readYaml(file);
  const [engine] = context.engines.filter(({ ownsImage }) => ownsImage(IMAGE));
  if ('reason' in yaml || !engine) return null;
  const deployments = yaml.documents.flatMap((document) => {
    const base = at(document, 'model');
    const named = modelAt(at(base, 'model_id'));
    if (named === null) return [];
    return entriesIn(at(document, 'variants')).map((variant) => {
      const { key, keyText, value } = variant;
      const own = modelAt(at(value, 'model_id'));
      const environment = new Map([...environmentIn(at(base, 'base_env')), ...environmentIn(at(value, 'extra_env'))]);
      return wrappedDeployment(
        {
          file: file.path,
          format: 'vllm-recipes',
          name: key === 'default' ? named.text.text : `${named.text.text} (${key})`,
          anchor: keyText,
          engine,
          image: null,
          environment,
          gpuRequest: gpusOf(at(value, 'description')),
          model: own ?? named,
          parts: partsOf(at(base, 'base_args'), variant, environment),
        },
        context,
      );
    });
  });
  return deployments.length === 0 ? null : { deployments, unsupported: [] };
}

/** The options of every variant, then those of its own; what is turned on by whoever asks for it is none of them. */
function partsOf(base: YamlValue | null, { value }: YamlEntry, environment: ReadonlyMap<string, Word>): Part[] {
  const extra = at(value, 'extra_args');
  const words = (list: YamlValue | null, takesMore: boolean): Part[] =>
    list?.kind === 'sequence' ? [{ kind: 'words', words: wordsOf(list, environment), sequence: list, takesMore }] : [];
  const more: Part[] =
    extra === null && value.kind === 'mapping' ? [{ kind: 'new-list', mapping: value, key: 'extra_args' }] : [];
  return [...words(base, false), ...words(extra, true), ...more];
}

function environmentIn(value: YamlValue | null): [string, Word][] {
  return entriesIn(value).flatMap(({ key, value: inner }): [string, Word][] =>
    inner.kind === 'scalar' && inner.value !== null ? [[key, { text: inner.text, unresolved: null }]] : [],
  );
}

/** The GPUs that a variant is written for stand in its description alone: `8x GPU`, `on 4xH200`. */
function gpusOf(description: YamlValue | null): GpuRequest {
  if (description?.kind !== 'scalar') return { name: null, count: null, nodes: 1 };
  const { text } = description;
  const found = /\b(\d{1,3})[x×] ?(GPUs?\b|[A-Z]{1,4}\d{1,4}[A-Z]?\b)/.exec(text.text.slice(0, 1_000));
  if (!found) return { name: null, count: null, nodes: 1 };
  const [whole, count, what = ''] = found;
  const place = placeOfMapped(sliceMapped(text, found.index, found.index + whole.length));
  return {
    name: what.startsWith('GPU') ? null : { value: what, place },
    count: { value: Number(count), place },
    nodes: 1,
  };
}
