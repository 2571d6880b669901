import { gib, MIB } from '../../bytes.ts';
import type { Estimate } from '../../estimate.ts';
import type { Quantity } from '../../quantity.ts';
import type { Workload } from '../engine.ts';
import { has } from './builds.ts';
import type { Layout } from './layout.ts';
import type { Choice } from './plan.ts';
import type { Settings } from './settings.ts';
import { grouped } from '../../text.ts';

interface Shown {
  readonly choice: Choice;
  readonly layout: Layout;
  readonly device: number;
  readonly projector: Quantity;
  readonly drafter: Quantity;
}

/** One line per figure, with its numbers and the place in llama.cpp's source that it follows. */
export function workingOf(
  settings: Settings,
  { choice, layout, device, projector, drafter }: Shown,
  { model, target }: Workload,
): Estimate['working'] {
  const { cells, layersOnGpu, layerCount, hostWeights, hostCache } = layout;
  const storage = model.architecture.quantization?.gguf;
  const stored =
    storage?.kind === 'tensors' ? 'tensors of the GGUF header' : `${storage?.mix ?? '?'} by llama-quantize's rules`;
  const among = settings.devices > 1 ? ` of GPU ${device} of ${settings.devices}` : '';
  const host = hostWeights > 0 ? `; ${gib(hostWeights)} stay on the host` : '';
  const towers = projector.value > 0 ? `; ${mib(projector.value)} MiB of them are the projector` : '';
  const streams =
    cells.streams > 1 ? `${cells.streams} slots × ${grouped(cells.slot)} tokens` : `${grouped(cells.context)} tokens`;
  const kept = hostCache > 0 ? `; ${gib(hostCache)} of it lie on the host` : '';
  const types = `${settings.keyType.name}/${settings.valueType.name}`.toLowerCase();
  return {
    totalBytes: `what CUDA reports on ${target.gpu.id}`,
    budgetBytes: 'llama.cpp has no budget: it takes what it needs',
    weightsBytes: `${stored}, ${layersOnGpu} of ${layerCount} layers${choice.gpuLayers > layerCount ? ' and the output' : ''}${among}${host}${towers}; src/llama-model.cpp load_tensors`,
    drafterBytes: drafter.value > 0 ? 'draft model with its cache and graph' : 'no draft model',
    activationBytes: `graph of ${grouped(Math.min(settings.microBatch, settings.batch))} tokens, flash attention ${settings.flashAttention ? 'on' : 'off'}, ${has(settings.build, 'fewOutputs') ? 'logits of the slots alone' : 'logits of every token'}; src/llama-graph.cpp`,
    nonTorchBytes: 'CUDA context and cuBLAS, measured in start-up logs',
    outsideBudgetBytes: 'other processes',
    kvCacheBytes: `${streams} in ${types}${kept}; src/llama-kv-cache.cpp`,
    kvCacheNeededBytes: `one slot of ${grouped(cells.slot)} tokens`,
    kvCacheTokens: `--ctx-size as it is padded, all slots together`,
    maxConcurrency: `slots with room of their own for ${grouped(cells.slot)} tokens`,
    maxModelLenThatFits: 'longest slot that fits with the same layers',
    peakBytes: 'all parts but what stays free',
    freeBytes: 'total − peak',
  };
}

function mib(bytes: number): string {
  return (bytes / MIB).toFixed(0);
}
