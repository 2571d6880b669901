import type { Deployment, Device, GpuRequest, Located, Unresolved } from '../../deployment.ts';
import type { Engine } from '../../engines/engine.ts';
import { imageName } from '../../engines/image-name.ts';
import { type MappedText, placeOfMapped } from '../../syntax/mapped-text.ts';
import type { Word } from '../../syntax/word.ts';
import { certain } from '../known-words.ts';
import type { LaunchContext, Launched } from '../launch.ts';
import { cannotRead } from '../unsupported.ts';
import { wrappedDeployment, type WrappedStart } from '../platform-launch.ts';
import { argumentOfProperty, type Backend } from './arguments.ts';

/** Properties of DJL Serving's Python engine by their names without `option.`, whoever carries them. */
export type Options = ReadonlyMap<string, Word>;

export interface DjlStart {
  readonly file: string;
  readonly format: string;
  readonly name: string;
  readonly anchor: MappedText;
  readonly options: Options;
  readonly image: Located<string> | null;
  readonly environment: ReadonlyMap<string, Word>;
  readonly gpuRequest: GpuRequest;
  readonly device?: Device;
}

/** Images of DJL Serving, its own and SageMaker's. */
export function isDjlImage(image: string): boolean {
  const { last } = imageName(image);
  return /^djl-(?:serving|inference)(?:$|[-_])/.test(last);
}

/** Options by which a config shows that it is for a language model. */
const TELLING =
  /^(?:model_id|rolling_batch|tensor_parallel_degree|max_rolling_batch_size|max_rolling_batch_prefill_tokens|max_model_len|gpu_memory_utilization|max_num_seqs|quantize)$/;

export function isTelling(option: string): boolean {
  return TELLING.test(option);
}

/** What answers: TensorRT-LLM where batching, handler or image say so, else vLLM. */
export function backendOf(options: Options, image: string): Backend {
  const handler = textOf(options, 'entryPoint');
  const isTrt = textOf(options, 'rolling_batch') === 'trtllm' || /trtllm|tensorrt/.test(`${handler} ${image}`);
  return isTrt ? 'trtllm' : 'vllm';
}

function textOf(options: Options, name: string): string {
  const word = options.get(name);
  return word && word.unresolved === null ? word.text.text : '';
}

/** Tasks whose answer is made of tokens. */
const TASK = /^(?:text-generation|generate|auto|conversational|chat)?$/;
const OTHER_HANDLER =
  /(?:stable.diffusion|huggingface|transformers_neuronx|neuron|deepspeed|sentence|tabular|model\.py)/;

/**
 * The launch that options make (wlm LmiConfigRecommender.java, djl_python/properties_manager, 0.36): in vLLM's or
 * TensorRT-LLM's own arguments, with what DJL sets by itself. Null for a model that no engine of tokens serves.
 */
export function djlLaunch(start: DjlStart, context: LaunchContext): Launched | null {
  const options = new Map([...start.options].map(([name, word]) => [name, certain(word, context)] as const));
  const batch = textOf(options, 'rolling_batch').toLowerCase();
  const handler = textOf(options, 'entryPoint');
  if (!TASK.test(textOf(options, 'task')) || textOf(options, 'model_id').startsWith('djl://')) return null;
  const image = start.image?.value ?? '';
  const backend = backendOf(options, image);
  const asked = backend === 'trtllm' ? 'kv_cache_config.free_gpu_memory_fraction' : 'gpu_memory_utilization';
  const [engine] = context.engines.filter(({ knowsArgument }) => knowsArgument(asked));
  if (!engine) return null;
  const neuron = /neuron/.test(`${handler} ${image}`) || options.has('n_positions');
  if (!neuron && /^(?:scheduler|deepspeed|neuron|huggingface|hf-accelerate|accelerate)$/.test(batch))
    return {
      unsupported: cannotRead(
        `DJL Serving’s ${batch} batching is not modelled.`,
        'Check it by hand.',
        start.name,
        start.format,
        start.anchor,
      ),
    };
  // A handler of somebody's own loads the model as it likes.
  if (handler !== '' && OTHER_HANDLER.test(handler) && !neuron && batch === '')
    return {
      unsupported: cannotRead(
        `What the handler ${handler.slice(0, 80)} loads is not known.`,
        'Check it by hand.',
        start.name,
        start.format,
        start.anchor,
      ),
    };
  const device: { device?: Device } = neuron ? { device: 'neuron' } : start.device ? { device: start.device } : {};
  return { deployment: deploymentOf(start, options, engine, backend, device, context) };
}

function deploymentOf(
  start: DjlStart,
  options: Options,
  engine: Engine,
  backend: Backend,
  device: { readonly device?: Device },
  context: LaunchContext,
): Deployment {
  const values = [...options].flatMap(([property, word]) => {
    if (property.endsWith('_parallel_degree') && word.text.text === 'max') return [];
    return argumentOfProperty(property, word, backend, engine) ?? [];
  });
  const { defaults, open } = ownDefaults(start, options, backend, new Set(values.map(({ name }) => name)));
  const { anchor, environment, file, format, gpuRequest, image, name } = start;
  return wrappedDeployment(
    {
      file,
      format,
      name,
      anchor,
      engine,
      image,
      environment,
      gpuRequest,
      ...device,
      model: modelOf(options),
      parts: [{ kind: 'variables', values }],
      defaults,
      open,
    },
    context,
  );
}

function modelOf(options: Options): Word | null {
  return options.get('model_id') ?? options.get('s3url') ?? options.get('model_dir') ?? null;
}

/** As many requests as DJL lets run at once, and all GPUs that it sees, where nobody says otherwise (setRollingBatchSize, setTensorParallelDegree). */
function ownDefaults(
  { anchor, gpuRequest }: DjlStart,
  options: Options,
  backend: Backend,
  given: ReadonlySet<string>,
): Required<Pick<WrappedStart, 'defaults' | 'open'>> {
  const place = placeOfMapped(anchor);
  const batch = options.get('rolling_batch')?.text.text ?? 'auto';
  const [requests, ranks] =
    backend === 'trtllm' ? ['max_batch_size', 'tp_size'] : ['max_num_seqs', 'tensor_parallel_size'];
  const rolling = /^(?:vllm|lmi-dist|trtllm)$/.test(batch);
  const own: { name: string; value: number; place: typeof place }[] = [
    { name: requests, value: rolling ? 256 : 32, place },
  ];
  if (batch === 'trtllm') own.push({ name: 'max_num_tokens', value: 16_384, place });
  if (backend === 'vllm' && /^true$/i.test(textOf(options, 'enable_lora')))
    own.push({ name: 'max_loras', value: 4, place });
  const count = gpuRequest.count?.value ?? null;
  if (count !== null) own.push({ name: ranks, value: count, place });
  const all: Unresolved = {
    name: ranks,
    text: 'max',
    reason: 'DJL Serving takes every GPU that it sees, and the file does not say how many there are',
    place: options.get('tensor_parallel_degree')
      ? placeOfMapped(options.get('tensor_parallel_degree')?.text ?? anchor)
      : place,
  };
  const isOpen = count === null && !given.has(ranks);
  return { defaults: own, open: isOpen ? [all] : [] };
}
