import { placeOfMapped } from '../../syntax/mapped-text.ts';
import type { Launched, LaunchContext, Start } from '../launch.ts';
import { notModelled } from '../unsupported.ts';
import { wrappedDeployment } from '../wrapped.ts';
import { isHuggingfaceServer, serverWords, TRANSFORMERS, visibleGpus } from './huggingface-server.ts';

/** The launch of a container with KServe's Hugging Face server outside of an InferenceService; null for any other image. */
export function launchOfHuggingfaceServer(start: Start, context: LaunchContext): Launched | null {
  const { words, image, anchor, sequence, gpuRequest } = start;
  const engine = context.engines.find(({ knowsArgument }) => knowsArgument('gpu_memory_utilization'));
  if (!engine || start.hasCommand || !isHuggingfaceServer(image?.value ?? null)) return null;
  const told = serverWords(words);
  if (told.backend === 'huggingface')
    return { unsupported: notModelled(TRANSFORMERS, start.name, start.format, anchor) };
  const deployment = wrappedDeployment(
    {
      ...start,
      file: placeOfMapped(anchor).file,
      engine,
      model: told.model ?? told.folder,
      parts: [{ kind: 'words', words, translated: told.words, sequence, takesMore: words.length > 0 }],
      overrides: visibleGpus(gpuRequest.count),
    },
    context,
  );
  return { deployment };
}
