import { placeOfMapped } from '../../syntax/mapped-text.ts';
import type { Launched, LaunchContext, Start } from '../launch.ts';
import { notModelled } from '../unsupported.ts';
import { wrappedDeployment } from '../platform-launch.ts';
import { isHuggingfaceServer, serverWords, TRANSFORMERS, visibleGpus } from './huggingface-server.ts';

/** The launch of KServe's Hugging Face server by its image or its module, outside of an InferenceService; null for any other. */
export function launchOfHuggingfaceServer(start: Start, context: LaunchContext): Launched | null {
  const { words, image, anchor, sequence, gpuRequest } = start;
  const engine = context.engines.find(({ knowsArgument }) => knowsArgument('gpu_memory_utilization'));
  // `python -m huggingfaceserver --model_id M`
  const module = words.findIndex(
    ({ text }, index) => text.text === 'huggingfaceserver' && words[index - 1]?.text.text === '-m',
  );
  const isByImage = !start.hasCommand && isHuggingfaceServer(image?.value ?? null);
  if (!engine || (module === -1 && !isByImage)) return null;
  const argumentsStart = module + 1;
  const told = serverWords(words.slice(argumentsStart));
  if (told.backend === 'huggingface')
    return { unsupported: notModelled(TRANSFORMERS, start.name, start.format, anchor) };
  const deployment = wrappedDeployment(
    {
      ...start,
      file: placeOfMapped(anchor).file,
      engine,
      model: told.model ?? told.folder,
      parts: [
        {
          kind: 'words',
          words,
          argumentsStart,
          translated: [...words.slice(0, argumentsStart), ...told.words],
          sequence,
          takesMore: words.length > 0,
        },
      ],
      overrides: gpuRequest.nodes === 1 ? visibleGpus(gpuRequest.count) : [],
    },
    context,
  );
  return { deployment };
}
