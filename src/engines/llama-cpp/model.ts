import type { ArgumentValue } from '../../deployment.ts';
import type { ModelFacts } from '../../models/architecture.ts';
import { resolveGguf } from '../../models/gguf/model.ts';
import type { ModelProblem, ModelSources } from '../../models/resolve.ts';

/** What a repository without a quantization behind it gives (common/download.cpp): Q4_K_M where there is one. */
const DEFAULT_MIX = 'Q4_K_M';

/** The model of a launch: a GGUF file by its path, its address, or its repository with a file beside it. */
export function resolve(
  id: string,
  args: Readonly<Record<string, ArgumentValue>>,
  sources: ModelSources,
): ModelFacts | { readonly problem: ModelProblem } {
  const file = args['hf_file'];
  const isRepository = /^[^/.\\~:][^/\\:]*\/[^/\\:]+$/.test(id) && !id.endsWith('.gguf');
  const written = isRepository && typeof file === 'string' ? `${id}/${file}` : id;
  return resolveGguf({ written, defaultMix: isRepository && written === id ? DEFAULT_MIX : null }, sources);
}
