import type { ArgumentValue } from '../../deployment.ts';

/** A class or function of a Python package that starts an engine in the program's own process. */
export interface PythonApi {
  /** Full path, by whichever module of the package it is imported. */
  readonly path: RegExp;
  readonly engine: string;
  readonly title: string;
  /** Keywords that name the model; the first may also stand as the first argument. */
  readonly model: readonly string[];
  /** Keywords whose own entries are arguments too (`vllm_kwargs={…}`, `backend_config=TurbomindEngineConfig(…)`). */
  readonly nested: readonly string[];
  /** What holds the keywords where the call is given an object of it (`launch_server(ServerArgs(…))`). */
  readonly config?: RegExp;
  /** Keywords that the package calls otherwise than the engine. */
  readonly renamed: Readonly<Record<string, string>>;
  /** What the package sets where nothing is said. */
  readonly defaults: Readonly<Record<string, ArgumentValue>>;
}

/** How vLLM calls being started so (usage/usage_lib.py UsageContext); its default batches are larger then. */
const LLM_CLASS = { usage_context: 'LLM_CLASS' } as const;
const NONE = { nested: [], renamed: {}, defaults: {} } as const;

const PYTHON_APIS: readonly PythonApi[] = [
  {
    path: /^vllm(?:\.\w+)*\.LLM$/,
    engine: 'vllm',
    title: 'vLLM',
    model: ['model'],
    ...NONE,
    defaults: LLM_CLASS,
  },
  {
    path: /^vllm(?:\.\w+)*\.(?:Async)?EngineArgs(?:\.from_cli_args)?$/,
    engine: 'vllm',
    title: 'vLLM',
    model: ['model'],
    ...NONE,
    config: /^argparse\.Namespace$/,
  },
  // langchain-community llms/vllm.py, llama-index-llms-vllm, distilabel models/llms/vllm.py, outlines models/vllm.py: all make an LLM.
  {
    path: /^langchain\w*(?:\.\w+)*\.VLLM$|^llama_index(?:\.\w+)*\.Vllm$|^distilabel(?:\.\w+)*\.vLLM$|^outlines(?:\.\w+)*\.(?:vllm|VLLM)$/,
    engine: 'vllm',
    title: 'vLLM',
    model: ['model', 'model_name'],
    ...NONE,
    nested: ['vllm_kwargs', 'extra_kwargs', 'model_kwargs'],
    defaults: LLM_CLASS,
  },
  // Beam's VLLM starts a server.
  { path: /^beam(?:\.\w+)*\.VLLMArgs$/, engine: 'vllm', title: 'vLLM', model: ['model'], ...NONE },
  {
    path: /^sglang(?:\.\w+)*\.(?:Engine|Runtime|launch_server)$/,
    engine: 'sglang',
    title: 'SGLang',
    model: ['model_path'],
    ...NONE,
    config: /^sglang(?:\.\w+)*\.ServerArgs$/,
  },
  {
    path: /^lmdeploy(?:\.\w+)*\.(?:pipeline|serve|(?:VL)?AsyncEngine)$/,
    engine: 'lmdeploy',
    title: 'LMDeploy',
    model: ['model_path'],
    ...NONE,
    nested: ['backend_config'],
  },
  {
    path: /^tensorrt_llm(?:\.\w+)*\.LLM$/,
    engine: 'tensorrt-llm',
    title: 'TensorRT-LLM',
    model: ['model'],
    ...NONE,
    nested: ['kv_cache_config'],
  },
  {
    path: /^llama_cpp(?:\.\w+)*\.Llama(?:\.from_pretrained)?$/,
    engine: 'llamacpp',
    title: 'llama.cpp',
    model: ['model_path', 'repo_id'],
    nested: [],
    // llama-cpp-python llama.py, Llama.__init__
    renamed: { n_ctx: 'ctx_size', n_gpu_layers: 'n_gpu_layers', n_batch: 'batch_size', n_ubatch: 'ubatch_size' },
    defaults: { ctx_size: 512, n_gpu_layers: 0, batch_size: 512 },
  },
];

/** The API that a path belongs to; null for any other. */
export function pythonApiOf(path: string): PythonApi | null {
  return PYTHON_APIS.find((api) => api.path.test(path)) ?? null;
}
