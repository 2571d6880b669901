/** What one of LocalAI's backends is, and which of its keys are arguments of that engine. */
export interface Backend {
  readonly engine: string;
  readonly title: string;
  /** LocalAI's key → the engine's argument (core/backend/options.go, backend/cpp/llama-cpp, backend/python). */
  readonly names: Readonly<Record<string, string>>;
  /** Whether the engine's own default length holds where none is given. */
  readonly lengthIsEngines: boolean;
}

const LLAMA_CPP: Backend = {
  engine: 'llamacpp',
  title: 'llama.cpp',
  lengthIsEngines: false,
  names: {
    context_size: 'ctx_size',
    gpu_layers: 'n_gpu_layers',
    batch: 'batch_size',
    mmproj: 'mmproj',
    draft_model: 'model_draft',
    cache_type_k: 'cache_type_k',
    cache_type_v: 'cache_type_v',
    flash_attention: 'flash_attn',
    tensor_split: 'tensor_split',
    main_gpu: 'main_gpu',
    embeddings: 'embedding',
  },
};

const PYTHON_ENGINE = [
  'gpu_memory_utilization',
  'max_model_len',
  'tensor_parallel_size',
  'enforce_eager',
  'quantization',
  'swap_space',
  'trust_remote_code',
  'dtype',
  'load_format',
];

const VLLM: Backend = {
  engine: 'vllm',
  title: 'vLLM',
  lengthIsEngines: true,
  names: { ...Object.fromEntries(PYTHON_ENGINE.map((name) => [name, name])), context_size: 'max_model_len' },
};

const SGLANG: Backend = {
  engine: 'sglang',
  title: 'SGLang',
  lengthIsEngines: true,
  names: {
    context_size: 'context_length',
    max_model_len: 'context_length',
    tensor_parallel_size: 'tp_size',
    quantization: 'quantization',
    dtype: 'dtype',
    trust_remote_code: 'trust_remote_code',
  },
};

/** `cuda12-llama-cpp`, `vllm-development`: LocalAI's galleries put the build around the name. */
const BACKENDS: readonly (readonly [RegExp, Backend])[] = [
  [/(?:^|-)(?:llama-cpp|llama|llama-grpc|llama-stable|ik-llama-cpp|turboquant)(?:$|-)/, LLAMA_CPP],
  [/(?:^|-)vllm(?:$|-(?!omni))/, VLLM],
  [/(?:^|-)sglang(?:$|-)/, SGLANG],
];

/** The backend that a config names; without one LocalAI loads a GGUF file with llama.cpp. Null for anything else. */
export function backendOf(written: string | null, model: string): Backend | null {
  if (written === null || written === '') return /\.gguf$/i.test(model) ? LLAMA_CPP : null;
  return BACKENDS.find(([pattern]) => pattern.test(written.toLowerCase()))?.[1] ?? null;
}

/** LocalAI's key for an argument; null where it has none. */
export function keyOf(argument: string, { names }: Backend): string | null {
  if (Object.hasOwn(names, argument)) return argument;
  return Object.keys(names).find((key) => names[key] === argument) ?? null;
}
