import type { Architecture, Layer, Tensor } from '../../../models/architecture.ts';
import { vocabulary } from '../../../models/tensors.ts';
import { has, type EngineVersion } from '../versions.ts';
import type { SpeculationMethod } from './method.ts';

/** What decides which tables a drafter shares with its target. */
export interface Surroundings {
  readonly version: EngineVersion;
  readonly engine: 'v0' | 'v1' | 'v2';
  readonly pipeline: number;
  readonly target: Architecture;
}

/** What a drafter loads, before its neighbours are known. */
export interface DrafterParts {
  readonly method: SpeculationMethod;
  readonly tokens: number;
  readonly architecture: Architecture;
  readonly layers: readonly Layer[];
  /** Projections and norms of its own, without the token embeddings and heads that may be shared. */
  readonly tensors: readonly Tensor[];
  /** Every layer brings a head that engines may merge with the target's. */
  readonly ownHeads: boolean;
}

/**
 * Everything that a drafter loads beside its layers. V0 shares nothing. V1 shares the token embeddings unless the pipeline
 * has several stages (the last one does not hold them): by equal shape until 0.11.0, then unless the checkpoint ships
 * others. It shares the head with EAGLE and MTP, but until 0.16 not the copies that MTP layers hold
 * (vLLM v1/spec_decode/eagle.py load_model at each release; spec_decode/spec_decode_worker.py for V0).
 */
export function drafterTensors(parts: DrafterParts, around: Surroundings): readonly Tensor[] {
  const { method, layers, architecture, tokens } = parts;
  const { drafter } = architecture;
  if (method === 'medusa' || method === 'mlp_speculator') {
    const perToken = drafter?.tensorsPerToken ?? [];
    const each = perToken.map((tensor) => (method === 'medusa' ? overVocabulary(tensor, around.target) : tensor));
    return [...parts.tensors, ...Array.from({ length: tokens }, () => each).flat()];
  }
  // What proposes without layers, and draft models that stand alone.
  if (method === 'draft_model' || layers.length === 0) return parts.tensors;
  const tables = [...embeddings(parts, around), ...heads(parts, around)];
  return [...parts.tensors, ...tables, ...(method === 'dflash' || method === 'dspark' ? fusedKeys(layers) : [])];
}

/** Medusa's heads are over the target's vocabulary whatever the checkpoint says (config/speculative.py). */
function overVocabulary(tensor: Tensor, target: Architecture): Tensor {
  return tensor.role === 'lm_head' ? { ...tensor, rows: target.vocabSize } : tensor;
}

function embeddings({ method, architecture }: DrafterParts, around: Surroundings): Tensor[] {
  const { version, engine, pipeline, target } = around;
  const { vocabSize, hiddenSize, drafter } = architecture;
  // An assistant's own table is its head; its embeddings are the target's.
  if (drafter?.method === 'mtp') return [];
  const table = [vocabulary('embedding', 'embed_tokens', vocabSize, hiddenSize)];
  if (engine === 'v0' || pipeline > 1) return table;
  if (method === 'mtp') return [];
  if (hiddenSize !== target.hiddenSize || drafter?.ownsEmbedding === true) return table;
  // Before shapes were compared, EAGLE kept its copy (0.8.5).
  if (!has(version, 'sharedByShape')) return method === 'eagle' ? table : [];
  return has(version, 'sharedByValue') || vocabSize === target.vocabSize ? [] : table;
}

function heads({ method, architecture, layers, ownHeads }: DrafterParts, around: Surroundings): readonly Tensor[] {
  const { version, engine, target } = around;
  const { vocabSize, hiddenSize, drafter } = architecture;
  const own = architecture.head.filter(({ name }) => name === 'lm_head');
  const full = [vocabulary('lm_head', 'lm_head', vocabSize, hiddenSize, { linear: true })];
  if (method === 'mtp' && drafter === null) {
    const copies = ownHeads && (engine === 'v0' || !has(version, 'sharedMtpHeads'));
    return copies ? layers.flatMap(() => full) : engine === 'v0' ? full : [];
  }
  // A speculator of one kind may be asked for under the method of another; what it holds does not change.
  const kind = drafter?.method ?? method;
  if (kind === 'eagle') return engine === 'v0' ? full : [];
  // 0.11.0 took heads of one shape for one head.
  const equal = drafter?.draftVocabSize === target.vocabSize && hiddenSize === target.hiddenSize;
  if (kind === 'eagle3' && equal && has(version, 'eagle3HeadsByShape') && !has(version, 'sharedByValue')) return [];
  return drafter?.ownsHead === true ? own : [];
}

/** DFlash keeps the key and value projections of all its layers once more, as one matrix (models/qwen3_dflash.py). */
function fusedKeys(layers: readonly Layer[]): Tensor[] {
  return layers.flatMap(({ tensors }) =>
    tensors.flatMap((tensor) => {
      if (tensor.shard.kind !== 'qkv') return [];
      const { kvHeads, keyDim, valueDim } = tensor.shard;
      const rows = kvHeads * (keyDim + valueDim);
      const shard = { ...tensor.shard, queryHeads: 0, queryDim: 0 };
      return [{ ...tensor, name: 'fused_kv', rows, shard, linear: false, biasRows: 0 }];
    }),
  );
}
