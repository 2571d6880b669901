import type { Architecture, ModelFacts } from '../../src/models/architecture.ts';

/** The search never looks inside a model: any facts will do. */
const architecture: Architecture = {
  modelType: 'llama',
  className: 'LlamaForCausalLM',
  task: 'generate',
  dtype: 'bfloat16',
  hiddenSize: 1,
  intermediateSize: 1,
  gatedMlp: true,
  vocabSize: 1,
  attentionHeads: 1,
  kvHeads: 1,
  headDim: 1,
  layers: [],
  embedding: [],
  head: [],
  tiedEmbeddings: false,
  ropes: [],
  context: { derivedTokens: 1, key: null, originalTokens: null, modelMaxLength: null },
  moe: null,
  encoders: [],
  encoderLayers: [],
  nextTokenPrediction: null,
  drafter: null,
  quantization: null,
  latentAttention: null,
  approximations: [],
};

export const llama: ModelFacts = { id: 'some/llama', architecture, source: 'test', checkpointBytes: null };
