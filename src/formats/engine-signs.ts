/*
 * Signs by which formats tell before they read a text whether it is about an engine, from the widest to the narrowest. What a
 * format knows an engine by of its own (its keys, its kinds) stands with the format.
 */

/**
 * What stands in every Kubernetes workload that launches an engine, and in few others: a part of an engine's name in its
 * image or command, a model, or a part of an option of which its engine's settings are made. Most workloads of a repository
 * have none of it and need not be parsed.
 */
const SIGN_OF_SERVING =
  /llm|llama|sgl|tgi|text-generation|trt|tensor|triton|lmdeploy|nim|nvcr|djl|aphrodite|model|gguf|hf|gpu|OPTION_|max[-_]|fraction|ctx|parallel|prefill|kv[-_]|quant|dtype|eager|lora|specul|[-_]seq|moe|session[-_]|cache[-_]/i;

/** Whether a manifest may launch an engine: false only where it certainly does not. */
export function mayServe(text: string): boolean {
  return SIGN_OF_SERVING.test(text);
}

/** An engine's name somewhere in a workload, its images and labels included. */
export const ENGINE_NAME = /vllm|sglang|llama|text-generation|tgi|trt-?llm|lmdeploy|nim\b|\bdjl/i;

/** An engine's name in a command of a tool or of a machine that is for serving: any llama there is a launch or a model. */
export const ENGINE_OR_LLAMA = /vllm|sglang|text-generation|trtllm|llama|lmdeploy/;

/** An engine's program, package or image in a script. */
export const ENGINE_IN_SCRIPT = /vllm|sglang|text-generation|trtllm|llama-server|llama_cpp|ollama|lmdeploy/;

/** What a program that starts an engine speaks of, by a package, a command or an image. */
export const ENGINE_SIGN =
  /vllm|sglang|text-generation|trtllm|tensorrt_?llm|tensorrt-llm|llama-server|llama\.cpp|llama_cpp|ollama|lmdeploy|nvcr\.io\/nim/i;

/** By what a program that starts an engine is told from one that only speaks of it. */
export const STARTS =
  /\b(?:LLM|EngineArgs|AsyncEngineArgs|Engine|pipeline|Llama)\(|vllm[\s"',]{1,8}serve|vllm\.entrypoints|sglang\.launch_server|llama-server|trtllm-serve|text-generation-launcher/;

/** A launch that is written out, for a text that cannot be parsed. */
export const WRITTEN_LAUNCH =
  /vllm serve|vllm\.entrypoints|image:\s*\S*vllm\S*|sglang(?:\.launch_server| serve)|text-generation-launcher|llama-server/;
