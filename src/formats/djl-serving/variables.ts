import type { Word } from '../../syntax/word.ts';
import { placeOfMapped } from '../../syntax/mapped-text.ts';
import type { LaunchContext, Launched, Start } from '../launch.ts';
import { djlLaunch, isDjlImage, isTelling, type Options } from './launch.ts';
import { table } from '../../table.ts';

/** Variables of the container that stand for options without being called after them (DJL Serving, LMI configurations). */
const OTHER_NAMES: Readonly<Record<string, string>> = table({
  HF_MODEL_ID: 'model_id',
  TENSOR_PARALLEL_DEGREE: 'tensor_parallel_degree',
  PIPELINE_PARALLEL_DEGREE: 'pipeline_parallel_degree',
  HF_REVISION: 'revision',
  HF_TRUST_REMOTE_CODE: 'trust_remote_code',
});

/** `OPTION_MAX_MODEL_LEN=8192`: what DJL Serving reads as `option.max_model_len`. */
function optionsIn(environment: ReadonlyMap<string, Word>): Options {
  const options = new Map<string, Word>();
  for (const [variable, word] of environment) {
    const own = /^OPTION_[A-Z][A-Z0-9_]{1,60}$/.test(variable);
    const option = own ? variable.slice('OPTION_'.length).toLowerCase() : OTHER_NAMES[variable];
    // The others count where the option itself is not set (serving ModelStore.java, LmiConfigRecommender.java).
    if (option === undefined || word.text.text === '' || (!own && options.has(option))) continue;
    options.set(option === 'entrypoint' ? 'entryPoint' : option, word);
  }
  return options;
}

/** A container that DJL Serving runs in with its options as variables; null for any other. */
export function launchByOptions(start: Start, context: LaunchContext): Launched | null {
  const { image, environment, words } = start;
  const options = optionsIn(environment);
  const isImage = image !== null && isDjlImage(image.value);
  const isOther = image !== null && context.engines.some(({ ownsImage }) => ownsImage(image.value));
  // Elsewhere the variables' own names must tell: an image may be a variable too.
  const telling = [...environment.keys()].filter(
    (one) => one.startsWith('OPTION_') && isTelling(one.slice(7).toLowerCase()),
  );
  if (!isImage && (isOther || telling.length < 2)) return null;
  if (![...options.keys()].some(isTelling) || words.some(({ text }) => text.text.startsWith('-'))) return null;
  return djlLaunch(
    {
      file: placeOfMapped(start.anchor).file,
      format: start.format,
      name: start.name,
      anchor: start.anchor,
      options,
      image,
      environment,
      gpuRequest: start.gpuRequest,
      ...(start.device && { device: start.device }),
    },
    context,
  );
}
