/** Variables by which SageMaker's containers of engines take a model and its settings. */
export const TELLS_ENGINE =
  /^(?:HF_MODEL_ID|SM_VLLM_\w+|SM_SGLANG_\w+|OPTION_\w+|MAX_TOTAL_TOKENS|MAX_INPUT_(?:TOKENS|LENGTH))$/;
