/** What a program that starts an engine speaks of, by a package, a command or an image. */
export const ENGINE_SIGN =
  /vllm|sglang|text-generation|trtllm|tensorrt_?llm|tensorrt-llm|llama-server|llama\.cpp|llama_cpp|ollama|lmdeploy|nvcr\.io\/nim/i;

/** By what a program that starts an engine is told from one that only speaks of it. */
export const STARTS =
  /\b(?:LLM|EngineArgs|AsyncEngineArgs|Engine|pipeline|Llama)\(|vllm[\s"',]{1,8}serve|vllm\.entrypoints|sglang\.launch_server|llama-server|trtllm-serve|text-generation-launcher/;
