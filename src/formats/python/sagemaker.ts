import type { GpuRequest, Located } from '../../deployment.ts';
import { type MappedText, mappedIdentity, placeOfMapped, writtenAs } from '../../syntax/mapped-text.ts';
import type { PythonCall } from '../../syntax/python/run.ts';
import { computedText } from '../../syntax/python/text.ts';
import {
  argumentAt,
  entryOf,
  knownText,
  type PythonDict,
  type PythonMade,
  type PythonValue,
  type Range,
} from '../../syntax/python/values.ts';
import { firstOf } from '../../syntax/unread.ts';
import type { Word } from '../../syntax/word.ts';
import type { SourceFile } from '../../text.ts';
import { TELLS_ENGINE } from '../cloudformation/variables.ts';
import { type LaunchContext, launchOf } from '../launch.ts';
import { cannotRead } from '../unsupported.ts';
import type { Found } from './api-launch.ts';
import { addDict } from './platform.ts';

/** What a program that deploys an engine on SageMaker speaks of, where it names none. */
export const SAGEMAKER_SIGN = /\bHF_MODEL_ID\b|\bDJLModel\b/;

/** Containers of one model (SageMaker API, CreateModel: 15). */
const MAX_CONTAINERS = 15;

/**
 * The containers of a model that a program makes on SageMaker (Python SDK: `Model(image_uri=…, env={…})`; boto3:
 * `create_model(PrimaryContainer={"Image": …, "Environment": {…}})`), on the instance that the program names.
 */
export function sagemakerLaunches(
  { made }: PythonCall,
  calls: readonly PythonCall[],
  name: string,
  file: SourceFile,
  context: LaunchContext,
): Found[] {
  const { given } = made;
  const listed = entryOf(given.keywords, 'Containers')?.value;
  const inside = [
    entryOf(given.keywords, 'PrimaryContainer')?.value,
    ...(listed?.kind === 'list' ? listed.items.map(({ value }) => value) : []),
  ];
  const dicts = inside.flatMap((value) => (value?.kind === 'dict' ? [value] : []));
  return [given.keywords, ...firstOf(dicts, MAX_CONTAINERS, 'containers of a model')].flatMap((one) => {
    const environment = variablesOf(one, made, file);
    if (![...environment.keys()].some((variable) => TELLS_ENGINE.test(variable))) return [];
    const image = imageOf(one, made, file);
    const at = one.literal ?? made.range;
    const anchor = mappedIdentity(file, at.from, Math.min(at.to, at.from + 200), () => null);
    const launched = launchOf(
      {
        format: 'python',
        name,
        words: [],
        hasCommand: false,
        image,
        environment,
        gpuRequest: instanceIn(calls),
        sequence: null,
        anchor,
      },
      context,
    );
    if (launched) return [{ launched, key: `${at.from}` }];
    if (image !== null || !hasImage(one)) return [];
    const reason = 'The program computes its image, so it is not known which engine it starts.';
    const remedy = 'Write the image out.';
    return [{ launched: { unsupported: cannotRead(reason, remedy, name, 'python', anchor) }, key: `${at.from}` }];
  });
}

function variablesOf(dict: PythonDict, made: PythonMade, file: SourceFile): ReadonlyMap<string, Word> {
  const environment = new Map<string, Word>();
  for (const key of ['env', 'Environment']) {
    const value = entryOf(dict, key)?.value;
    if (value?.kind === 'dict') addDict(environment, value, file);
  }
  // DJLModel(model_id=…) of the SDK writes it into the variable (sagemaker djl_inference/model.py).
  const model = isDjlModel(made) ? knownText(entryOf(dict, 'model_id')?.value) : null;
  if (model && !environment.has('HF_MODEL_ID')) environment.set('HF_MODEL_ID', { text: model, unresolved: null });
  return environment;
}

const IMAGE_KEYS = ['image_uri', 'Image'];

/** Whether an image is given at all, be it one that only the run knows. */
function hasImage(dict: PythonDict): boolean {
  return IMAGE_KEYS.some((key) => entryOf(dict, key) !== null);
}

function isDjlModel({ path }: PythonMade): boolean {
  return /(?:^|\.)DJLModel$/.test(path);
}

function imageOf(dict: PythonDict, made: PythonMade, file: SourceFile): Located<string> | null {
  const value = IMAGE_KEYS.map((key) => entryOf(dict, key)?.value).find((one) => one !== undefined);
  if (value === undefined) return isDjlModel(made) ? named('djl-inference', made.range, file) : null;
  if (value.kind === 'made') return imageOfCall(value, file);
  if (value.kind !== 'text') return null;
  const { text } = value.text;
  // The registry's region and account may be filled in: the image's own name tells.
  const own = text.slice(text.lastIndexOf('/') + 1);
  const isKnown = value.open.length === 0 || (text.includes('/') && /^[\w.:@-]{1,300}$/.test(own));
  return isKnown ? located(value.open.length === 0 ? value.text : writtenAs(value.text, own)) : null;
}

/** Images by the SDK's own names for them (sagemaker image_uri_config, huggingface.get_huggingface_llm_image_uri). */
function imageOfCall({ path, given, range }: PythonMade, file: SourceFile): Located<string> | null {
  const isTgi = path.endsWith('get_huggingface_llm_image_uri');
  if (!isTgi && !/(?:^|\.)image_uris\.retrieve$/.test(path)) return null;
  const framework = knownText(argumentAt(given, 'framework', 0))?.text ?? '';
  if (framework.startsWith('djl-')) return named('djl-inference', range, file);
  if (framework === 'huggingface-llm' || (isTgi && framework === 'huggingface'))
    return named('huggingface-pytorch-tgi-inference', range, file);
  return null;
}

function named(image: string, range: Range, file: SourceFile): Located<string> {
  return located(computedText(file, range, image));
}

function located(text: MappedText): Located<string> {
  return { value: text.text, place: placeOfMapped(text) };
}

/** The one instance that a program names for its endpoints. */
function instanceIn(calls: readonly PythonCall[]): GpuRequest {
  const texts = calls.flatMap(({ made }) => made.given.keywords.entries.flatMap(instancesOf));
  const [first, ...others] = texts;
  const isOne = first !== undefined && others.every(({ text }) => text === first.text);
  return { name: isOne ? located(first) : null, count: null, nodes: 1 };
}

function instancesOf({ key, value }: { readonly key: string; readonly value: PythonValue }): MappedText[] {
  if (key === 'ProductionVariants' && value.kind === 'list')
    return value.items.flatMap((item) => (item.value.kind === 'dict' ? item.value.entries.flatMap(instancesOf) : []));
  const text = key === 'instance_type' || key === 'InstanceType' ? knownText(value) : null;
  return text && text.text.startsWith('ml.') ? [text] : [];
}
