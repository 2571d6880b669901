import type { ArgumentValue } from '../../deployment.ts';
import type { ModelFacts } from '../../models/architecture.ts';
import { asGguf, resolveGguf } from '../../models/gguf/model.ts';
import { type ModelProblem, type ModelSources, resolveModel } from '../../models/resolve.ts';
import { libraryModel } from './library.ts';

type Resolved = ModelFacts | { readonly problem: ModelProblem };

/** The model of a launch: a name of the library, a repository (`hf.co/owner/name:Q4_K_M`), or a file. */
export function resolve(id: string, _args: Readonly<Record<string, ArgumentValue>>, sources: ModelSources): Resolved {
  const written = id.replace(/^ollama:\/\//, '');
  if (
    /^(?:https?:\/\/)?(?:hf\.co|huggingface\.co)\//.test(written) ||
    /\.gguf$/i.test(written) ||
    sources.aliases.has(written)
  )
    return resolveGguf({ written, defaultMix: /\.gguf$/i.test(written) ? null : 'Q4_K_M' }, sources);
  const known = libraryModel(written);
  if (!known) {
    const reason = `'${written.slice(0, 100)}' is not among the names of Ollama's library that Headroom knows.`;
    const remedy =
      'Map it under `models` in .github/headroom.yml to the model that it is, such as `Qwen/Qwen3-8B:Q4_K_M`.';
    return { problem: { reason, remedy, suggestions: [] } };
  }
  const base = resolveModel(known.hubId, sources);
  if ('problem' in base) return base;
  const made = asGguf(base, known.mix, { quantizationAware: /-qat(?:-|$)/.test(written) });
  const source = `${base.source}, as ollama.com/library names it, in ${known.mix}`;
  return { ...made, id, source };
}
