import { allocationsOf, codeOf, precisionOf } from '../engines/quantized-weight.ts';
import { bytesOf } from '../engines/dtype-bytes.ts';
import { USUAL_STORAGE } from '../engines/vllm/compressed-specs.ts';
import { specsOf } from '../engines/vllm/cache-specs.ts';
import type { Architecture, Cache, FactSource, ModelFacts, Tensor, TensorRole } from '../models/architecture.ts';
import { elementsOf } from '../models/parameters.ts';
import { tensorParallelSizes, type TensorParallelSize } from './model-card-sizes.ts';
import { grouped } from '../text.ts';

/** One line of the card's table of weights. */
export interface WeightLine {
  /** Role, or how it is stored. */
  readonly name: string;
  readonly parameters: number;
  /** As the checkpoint stores it, on one GPU, without an engine's padding. */
  readonly bytes: number;
}

/** What layers of one kind keep. */
export interface CacheLine {
  /** `full attention`, `sliding window of 1,024 tokens`, `mamba2 state`. */
  readonly name: string;
  readonly layers: number;
  /** Of all these layers together for one token, in the model's dtype; 0 for a state. */
  readonly bytesPerToken: number;
  /** Of all these layers together for one request, whatever its length. */
  readonly bytesPerRequest: number;
}

/** What there is to know about one model, whoever serves it. */
export interface ModelCard {
  readonly id: string;
  readonly source: string;
  readonly sources: readonly FactSource[];
  readonly className: string;
  readonly modelType: string;
  readonly task: Architecture['task'];
  readonly dtype: string;
  readonly quantization: string | null;
  readonly layers: number;
  readonly attentionHeads: number;
  readonly kvHeads: number;
  readonly experts: number | null;
  readonly expertsPerToken: number | null;
  readonly parameters: number;
  readonly weightBytes: number;
  readonly checkpointBytes: number | null;
  readonly byRole: readonly WeightLine[];
  readonly byStorage: readonly WeightLine[];
  /** Layers that predict further tokens; loaded only where speculation asks for them. */
  readonly nextTokenPrediction: WeightLine | null;
  readonly caches: readonly CacheLine[];
  readonly contextTokens: number;
  readonly contextKey: string | null;
  readonly tensorParallelSizes: readonly TensorParallelSize[];
  readonly approximations: readonly string[];
}

/** A tensor with its module path, and how many the model has of it. */
interface Placed {
  readonly tensor: Tensor;
  readonly path: string;
  readonly times: number;
}

export function modelCard(facts: ModelFacts): ModelCard {
  const { architecture } = facts;
  const placed = placedTensors(architecture);
  const costs = placed.flatMap((one) => costsOf(one, architecture));
  const ahead = architecture.nextTokenPrediction;
  const extra = ahead
    ? ahead.layers.flatMap(({ tensors }, index) =>
        [...tensors, ...ahead.tensors].map((tensor) => ({
          tensor,
          path: `${ahead.path}${ahead.firstIndex + index}.${tensor.name}`,
          times: 1,
        })),
      )
    : [];
  const [extraLine] = linesBy(
    extra.flatMap((one) => costsOf(one, architecture)),
    () => 'layers that predict further tokens',
  );
  const { moe, quantization, context } = architecture;
  return {
    id: facts.id,
    source: facts.source,
    sources: facts.sources ?? [],
    className: architecture.className,
    modelType: architecture.modelType,
    task: architecture.task,
    dtype: architecture.dtype,
    quantization: quantization?.method ?? null,
    layers: architecture.layers.length,
    attentionHeads: architecture.attentionHeads,
    kvHeads: architecture.kvHeads,
    experts: moe?.experts ?? null,
    expertsPerToken: moe?.expertsPerToken ?? null,
    parameters: costs.reduce((sum, { parameters }) => sum + parameters, 0),
    weightBytes: costs.reduce((sum, { bytes }) => sum + bytes, 0),
    checkpointBytes: facts.checkpointBytes,
    byRole: linesBy(costs, ({ role }) => ROLES[role]),
    byStorage: linesBy(costs, ({ storage }) => storage),
    nextTokenPrediction: extraLine ?? null,
    caches: cacheLines(architecture),
    contextTokens: context.derivedTokens,
    contextKey: context.key,
    tensorParallelSizes: tensorParallelSizes(architecture),
    approximations: architecture.approximations,
  };
}

const ROLES: Readonly<Record<TensorRole, string>> = {
  embedding: 'embedding',
  lm_head: 'output head',
  position_embedding: 'positions',
  norm: 'norms',
  attention: 'attention',
  mlp: 'MLP',
  router: 'router',
  experts: 'experts',
  shared_experts: 'shared experts',
  state: 'state mixers',
  vision: 'vision tower',
  audio: 'audio tower',
  projector: 'projector',
  pooler: 'pooler',
  other: 'other',
};

function placedTensors(architecture: Architecture): Placed[] {
  const { embedding, head, layers, encoderLayers, encoders } = architecture;
  const once = (tensors: readonly Tensor[]): Placed[] =>
    tensors.map((tensor) => ({ tensor, path: tensor.name, times: 1 }));
  const inLayers = (list: Architecture['layers']): Placed[] =>
    list.flatMap(({ tensors }, index) =>
      tensors.map((tensor) => ({ tensor, path: `layers.${index}.${tensor.name}`, times: 1 })),
    );
  return [
    ...once(embedding),
    ...inLayers(layers),
    ...once(head),
    ...inLayers(encoderLayers),
    ...encoders.flatMap(({ tensors, block, depth }) => [
      ...once(tensors),
      ...block.map((tensor) => ({ tensor, path: tensor.name, times: depth })),
    ]),
  ];
}

interface Cost {
  readonly role: TensorRole;
  readonly storage: string;
  readonly parameters: number;
  readonly bytes: number;
}

/** A tensor is one cost; a quantized one is its weight, and what comes with it: scales, zero points, orders. */
function costsOf({ tensor, path, times }: Placed, { dtype, quantization }: Architecture): Cost[] {
  const { role, stack, rows, columns, biasRows } = tensor;
  const parameters = times * elementsOf(tensor);
  const plain = tensor.dtype ?? dtype;
  const code = codeOf(tensor, path, quantization === null ? null : precisionOf(quantization));
  if (code === null) return [{ role, storage: plain, parameters, bytes: parameters * bytesOf(plain) }];
  const share = { stack, rows, columns, biasElements: stack * biasRows };
  const [weight = 0, ...beside] = allocationsOf(share, bytesOf(plain), code);
  return [
    { role, storage: `${code.weightBits}-bit`, parameters, bytes: times * weight },
    { role, storage: 'scales and biases', parameters: 0, bytes: times * beside.reduce((sum, one) => sum + one, 0) },
  ];
}

function linesBy(costs: readonly Cost[], nameOf: (cost: Cost) => string): WeightLine[] {
  const lines = new Map<string, { name: string; parameters: number; bytes: number }>();
  for (const cost of costs) {
    const name = nameOf(cost);
    const line = lines.get(name) ?? { name, parameters: 0, bytes: 0 };
    line.parameters += cost.parameters;
    line.bytes += cost.bytes;
    lines.set(name, line);
  }
  return [...lines.values()].filter(({ bytes }) => bytes > 0);
}

function cacheLines({ layers, dtype }: Architecture): CacheLine[] {
  const lines = new Map<string, { name: string; layers: number; bytesPerToken: number; bytesPerRequest: number }>();
  const context = {
    tensorParallelSize: 1,
    elementBytes: bytesOf(dtype),
    kvDtype: 'auto',
    convElementBytes: null,
    stateElementBytes: null,
    speculativeTokens: 0,
    latentBlockTokens: 1,
    skipSliding: false,
    packedSparse: false,
    compressed: USUAL_STORAGE,
  };
  for (const cache of layers.flatMap(({ caches }) => caches)) {
    const name = cacheName(cache);
    const line = lines.get(name) ?? { name, layers: 0, bytesPerToken: 0, bytesPerRequest: 0 };
    line.layers++;
    for (const { kind, tokenBytes, stateBytes, spanTokens } of specsOf(cache, context)) {
      // A compressed cache has windows beside what grows.
      const kept = cache.kind === 'compressed' && kind === 'sliding';
      line.bytesPerToken += kept ? 0 : tokenBytes;
      line.bytesPerRequest += kept ? tokenBytes * spanTokens : stateBytes;
    }
    lines.set(name, line);
  }
  return [...lines.values()];
}

function cacheName(cache: Cache): string {
  const tokens = (count: number): string => `${grouped(count)} tokens`;
  switch (cache.kind) {
    case 'full':
      return 'full attention';
    case 'sliding':
      return `sliding window of ${tokens(cache.windowTokens)}`;
    case 'chunked':
      return `chunks of ${tokens(cache.chunkTokens)}`;
    case 'latent':
      return 'latent attention';
    case 'sparse_index':
      return 'sparse index';
    case 'compressed':
      return cache.compressRatio > 0 ? `compressed ${cache.compressRatio} to 1` : 'compressed window';
    case 'cross':
      return `cross attention to ${tokens(cache.encoderTokens)}`;
    case 'state':
      return `${cache.family.replaceAll('_', ' ')} state`;
  }
}
