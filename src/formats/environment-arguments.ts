import type { Engine } from '../engines/engine.ts';
import type { Word } from '../syntax/word.ts';
import { table } from '../table.ts';
import { isTelling } from './known-by-options.ts';

/** What the variables of an environment say of an engine's arguments. */
export interface EnvironmentArguments {
  /** Null where it is one of the values. */
  readonly model: Word | null;
  readonly values: readonly { readonly name: string; readonly word: Word }[];
}

/** Names that people give to arguments in variables, beside the arguments' own in capitals. */
const OTHER_NAMES: Readonly<Record<string, string>> = table({
  TP: 'tensor_parallel_size',
  TP_SIZE: 'tensor_parallel_size',
  TENSOR_PARALLEL: 'tensor_parallel_size',
  TENSOR_PARALLELISM: 'tensor_parallel_size',
  PP: 'pipeline_parallel_size',
  PP_SIZE: 'pipeline_parallel_size',
  PIPELINE_PARALLEL: 'pipeline_parallel_size',
  PIPELINE_PARALLELISM: 'pipeline_parallel_size',
  DP_SIZE: 'data_parallel_size',
  GPU_MEM_UTIL: 'gpu_memory_utilization',
  GPU_MEM_UTILIZATION: 'gpu_memory_utilization',
  GPU_MEMORY_UTIL: 'gpu_memory_utilization',
  GPU_UTILIZATION: 'gpu_memory_utilization',
  MAX_NUM_SEQ: 'max_num_seqs',
  MAX_MODEL_LENGTH: 'max_model_len',
  MAX_CONTEXT_LEN: 'max_model_len',
  MAX_CONTEXT_LENGTH: 'max_model_len',
  CONTEXT_LENGTH: 'max_model_len',
});
const MODEL = /^(?:(?:VLLM|SGLANG|LLM|HF|SERVED|ENGINE)_){0,2}MODEL(?:_(?:NAME|ID|PATH|REPO|TAG))?$/;
const SERVED = /(?:^|_)SERVED_/;
/** Arguments that only a program that serves has variables for. */
const DECISIVE = new Set([
  'max_model_len',
  'gpu_memory_utilization',
  'max_num_seqs',
  'max_num_batched_tokens',
  'tensor_parallel_size',
]);

/**
 * Arguments that are given to a program through its environment alone (`MAX_MODEL_LEN=8192`): a model with at least two of
 * the engine's arguments, one of them decisive. Null where the variables are no such thing.
 */
export function environmentArguments(
  environment: ReadonlyMap<string, Word>,
  engine: Engine,
): EnvironmentArguments | null {
  const values = [...environment].flatMap(([variable, word]) => {
    const name = argumentOf(variable, engine);
    return name === null || word.text.text === '' ? [] : [{ name, word }];
  });
  const models = [...environment].filter(([name, word]) => MODEL.test(name) && word.text.text !== '');
  const model = models.find(([name]) => !SERVED.test(name))?.[1];
  const names = new Set(values.map(({ name }) => name));
  if (!model || names.size < 2 || ![...names].some((name) => DECISIVE.has(name))) return null;
  return { model, values };
}

/** Variables that hold a model in an engine's own words. */
const OWN_MODEL = new Set(['model', 'hf_repo', 'model_url', 'docker_repo']);

/** What is written in the variables that an engine reads itself (`LLAMA_ARG_CTX_SIZE`): a model, and what only a server has. */
export function ownArguments(environment: ReadonlyMap<string, Word>, engine: Engine): EnvironmentArguments | null {
  const values = [...environment].flatMap(([variable, word]) => {
    const name = engine.argumentOfVariable(variable);
    return name === null || word.text.text === '' ? [] : [{ name, word }];
  });
  const isServed = values.some(({ name }) => OWN_MODEL.has(name)) && values.some(({ name }) => isTelling(name));
  return isServed ? { model: null, values } : null;
}

function argumentOf(variable: string, engine: Engine): string | null {
  if (!/^[A-Z][A-Z0-9_]{1,60}$/.test(variable)) return null;
  const bare = variable.replace(/^(?:(?:VLLM|SGLANG|LLM)_)?(?:ENGINE_)?/, '');
  const other = OTHER_NAMES[bare];
  if (other !== undefined) return engine.knowsArgument(other) ? other : null;
  const name = bare.toLowerCase();
  // `VLLM_…_BACKEND` are variables that the engine reads itself.
  if (bare !== variable && name.endsWith('_backend')) return null;
  return engine.knowsArgument(name) && engine.affectsMemory(name) ? name : null;
}
