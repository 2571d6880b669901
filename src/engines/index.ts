import { withAssumedStorage } from './assumed-storage.ts';
import type { Engine } from './engine.ts';
import { llamaCpp } from './llama-cpp/index.ts';
import { lmdeploy } from './lmdeploy/index.ts';
import { withMeasurements } from './measured-estimate.ts';
import { nim } from './nim/index.ts';
import { ollama } from './ollama/index.ts';
import { sglang } from './sglang/index.ts';
import { tensorrtLlm } from './tensorrt-llm/index.ts';
import { tgi } from './tgi/index.ts';
import { vllm } from './vllm/index.ts';

/** Every engine that Headroom models. Adding one: a folder beside this file, and its name here. */
export const engines: readonly Engine[] = [vllm, sglang, llamaCpp, ollama, tgi, tensorrtLlm, lmdeploy, nim].map(
  (engine) => withMeasurements(withAssumedStorage(engine)),
);
