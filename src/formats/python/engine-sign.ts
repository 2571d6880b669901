/** What a program that starts an engine speaks of, by a package, a command or an image. */
export const ENGINE_SIGN =
  /vllm|sglang|text-generation|trtllm|tensorrt_llm|tensorrt-llm|llama-server|llama\.cpp|llama_cpp|ollama|lmdeploy|nvcr\.io\/nim/i;
