import type { Tensor } from '../../models/architecture.ts';
import { allocatedBytes } from '../caching-allocator.ts';
import { shareOf, type Parallelism } from '../sharding.ts';
import type { Launch } from './launch.ts';
import type { LoraSlots } from './lora-slots.ts';
import type { Stage } from './stages.ts';
import type { Storage } from '../stored-tensors.ts';
import { has } from './versions.ts';

/** Slots for adapters on every linear layer: A is `rank × in`, B is `out × rank`, one pair per fused slice. */
export function loraBytes(launch: Launch, lora: LoraSlots, stage: Stage, storage: Storage): number {
  const whole = { ...storage.parallelism, tensor: 1 };
  let bytes = tableBytes(launch, lora, stage, storage);
  const known = new Map<object, number>();
  for (const layer of stage.layers) {
    let cost = known.get(layer);
    if (cost === undefined) {
      cost = 0;
      for (const tensor of layer.tensors) if (tensor.linear) cost += adapterBytes(lora, tensor, storage, whole);
      known.set(layer, cost);
    }
    bytes += cost;
  }
  return bytes;
}

function adapterBytes(lora: LoraSlots, tensor: Tensor, storage: Storage, whole: Parallelism): number {
  const share = shareOf(tensor, storage.parallelism);
  const { rows, columns } = shareOf(tensor, whole);
  const slices = tensor.shard.kind === 'qkv' ? 3 : tensor.name.includes('gate_up') ? 2 : 1;
  const cutByRows = share.rows < tensor.rows;
  const cut = cutByRows || share.columns < tensor.columns;
  // Fully sharded, the factor that the layer does not cut is cut too: the rank of A, or the rows of B (lora/layers create_lora_weights).
  const parts = lora.fullySharded && cut ? storage.parallelism.tensor : 1;
  const inside = slices * (cutByRows ? columns / parts : share.columns);
  const outside = cutByRows ? share.rows : rows / parts;
  const perSlot = lora.rank * (inside + outside) * lora.elementBytes * share.stack;
  return allocatedBytes(lora.slots * perSlot, storage.cutting);
}

/** Families whose token table and head take adapters (`embedding_modules` in vLLM's model_executor/models). */
const ADAPTS_TABLES =
  /^(?:llama|mistral|mixtral|granite|nemotron|phimoe|cohere|exaone|jamba|minicpm|solar|bamba|lfm2|apertus)/;
/** Qwen3 does so since #29816. */
const ADAPTS_TABLES_LATER = /^qwen3(?:_moe)?$/;

/** Adapters of the token table and of the head, whole on every rank (vLLM lora/layers). */
function tableBytes({ architecture, version }: Launch, lora: LoraSlots, stage: Stage, storage: Storage): number {
  const { modelType, vocabSize, hiddenSize } = architecture;
  const later = has(version, 'loraTablesOfQwen3') && ADAPTS_TABLES_LATER.test(modelType);
  if (!later && !ADAPTS_TABLES.test(modelType)) return 0;
  const extra = has(version, 'loraWithoutExtraTokens') ? 0 : lora.extraTokens;
  const elements = [(vocabSize + extra) * lora.rank, hiddenSize * lora.rank, extra * hiddenSize];
  const table = elements.reduce(
    (sum, count) => sum + allocatedBytes(lora.slots * count * lora.elementBytes, storage.cutting),
    0,
  );
  return (Number(stage.first) + Number(stage.last)) * table;
}
