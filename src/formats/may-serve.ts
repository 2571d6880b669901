/**
 * What stands in every Kubernetes workload that launches an engine, and in few others: a part of an engine's name in its
 * image or command, a model, or a part of an option of which its engine's settings are made. Most workloads of a repository
 * have none of it and need not be parsed.
 */
const SIGN =
  /llm|llama|sgl|tgi|text-generation|trt|tensor|triton|lmdeploy|nim|nvcr|djl|aphrodite|model|gguf|hf|gpu|OPTION_|max[-_]|fraction|ctx|parallel|prefill|kv[-_]|quant|dtype|eager|lora|specul|[-_]seq|moe|session[-_]|cache[-_]/i;

/** Whether a manifest may launch an engine: false only where it certainly does not. */
export function mayServe(text: string): boolean {
  return SIGN.test(text);
}
