import { gib, GIB, MIB } from '../../bytes.ts';
import type { Estimate, Memory } from '../../estimate.ts';
import { grouped } from './activations.ts';
import { capturedBytes, capturesOf, chargesGraphs } from './graph-memory.ts';
import { blocksPerRequest, type KvRules } from './kv-cache.ts';
import type { Launch } from './launch.ts';
import { nonTorchKeys, statedGrowth } from './non-torch.ts';
import type { StageParts } from './parts.ts';
import { nonTorchSource } from './residuals.ts';
import type { Outcome } from './scenario.ts';

/** One line per figure, with its numbers and the place in vLLM's source that it follows. */
export function workingOf(
  launch: Launch,
  parts: StageParts,
  rules: KvRules,
  memory: Memory,
  expected: Outcome,
): Estimate['working'] {
  const { parallelism, utilization, speculation } = launch;
  const { stage, layout } = parts;
  const part = parallelism.pipeline > 1 ? ` of pipeline stage ${stage.index + 1}` : '';
  const charged = chargesGraphs(launch) ? ` − ${gib(memory.cudaGraphBytes.value)} graphs` : '';
  return {
    totalBytes: `what CUDA reports on ${launch.gpu.id}`,
    budgetBytes: `${gib(memory.totalBytes.value)} × ${utilization}; vLLM v1/worker/utils.py request_memory`,
    weightsBytes: `${weightsWorking(parts)}; ${stage.layers.length} layers${part} in ${launch.quantization?.method ?? launch.dtype}, ÷ ${parallelism.tensor} ranks, rounded as PyTorch allocates; 'Model loading took'`,
    drafterBytes: speculation
      ? `${speculation.method}: ${speculation.layers.length} layers, ${speculation.tokens} tokens per step`
      : 'no speculative decoding',
    activationBytes: parts.activation.working,
    releasedBytes: 'activations − the peak of a step under load',
    cudaGraphBytes: graphsWorking(launch, parts),
    nonTorchBytes: nonTorchWorking(launch, parts),
    outsideBudgetBytes: `${gib(parts.initial.value)} CUDA context and communicators + ${gib(parts.late.value + parts.firstPrompt.value)} buffers and workspaces${parts.others > 0 ? ` + ${gib(parts.others)} of other processes` : ''}`,
    kvCacheBytes: cacheWorking(launch, memory, charged),
    ...(layout === null
      ? {}
      : {
          kvCacheNeededBytes: `${grouped(blocksPerRequest(layout, expected.length, rules))} blocks × ${grouped(layout.uneven?.checkedBlockBytes ?? layout.blockBytes)} B for ${grouped(expected.length)} tokens; vLLM v1/core/kv_cache_utils.py`,
          kvCacheTokens: `${grouped(expected.capacity.blocks)} blocks of ${grouped(layout.blockTokens)} tokens and ${grouped(layout.blockBytes)} B`,
          maxConcurrency: `${grouped(expected.capacity.blocks)} blocks ÷ ${grouped(blocksPerRequest(layout, expected.length, rules))} per request`,
          maxModelLenThatFits: `longest request whose blocks fit into ${gib(Math.max(0, expected.cache))}`,
        }),
    peakBytes: 'all parts but what stays free',
    freeBytes: 'total − peak',
  };
}

/** What would print as nothing. */
const LEAST_SHOWN_BYTES = 0.005 * GIB;

function weightsWorking({ stored, weights }: StageParts): string {
  const held = stored.parts.filter(([, bytes]) => bytes >= LEAST_SHOWN_BYTES);
  const sum = held.map(([what, bytes]) => `${gib(bytes)} ${what}`).join(' + ');
  const host = stored.offloaded > 0 ? ` − ${gib(stored.offloaded)} in host memory` : '';
  return `${sum}${host}${ratioOf(weights.value, stored.model)}`;
}

function graphsWorking(launch: Launch, { stage, graphs }: StageParts): string {
  const captures = capturesOf(launch, stage);
  if (captures === null) return 'no CUDA graphs';
  const further = (['piecewise', 'full'] as const)
    .filter((kind) => captures[kind].count > 0)
    .map((kind) => ` + ${captures[kind].count} ${kind} × ${mib(captures[kind].each)}`);
  return (
    `${launch.graphs.mode} up to ${launch.graphs.largest} tokens: ${mib(captures.first)} first capture${further.join('')}` +
    `${ratioOf(graphs.value, capturedBytes(captures))}; vLLM v1/cudagraph_dispatcher.py`
  );
}

function nonTorchWorking(launch: Launch, parts: StageParts): string {
  const { stage, nonTorch } = parts;
  const [growth, descriptors] = [parts.growth.value, parts.descriptors.value];
  const state = nonTorch.value - growth - descriptors;
  const source = statedGrowth(launch) ? null : nonTorchSource(nonTorchKeys(launch, stage.last));
  const why = source === null ? 'which no log of such a setup covers' : `as ${source} show`;
  const kept = state > 0 ? ` + ${gib(state)} state of the runner and buffers` : '';
  const held = descriptors > 0 ? ` + ${gib(descriptors)} tensor descriptors of the driver` : '';
  return `${gib(growth)} CUDA modules, NCCL channels and all-reduce workspaces, ${why}${held}${kept}`;
}

/** ` × 1.004 on start-up logs`, where logs differ from a formula. */
function ratioOf(bytes: number, formulaBytes: number): string {
  const ratio = (bytes / formulaBytes).toFixed(3);
  return formulaBytes === 0 || ratio === '1.000' ? '' : `, × ${ratio} on start-up logs`;
}

function mib(bytes: number): string {
  return `${(bytes / MIB).toFixed(1)} MiB`;
}

function cacheWorking(launch: Launch, memory: Memory, charged: string): string {
  if (launch.kvCacheMemoryBytes !== null) return 'kv_cache_memory_bytes, whatever the profile run finds';
  const { budgetBytes, weightsBytes, drafterBytes, activationBytes, nonTorchBytes } = memory;
  const drafter = drafterBytes.value > 0 ? ` − ${gib(drafterBytes.value)} drafter` : '';
  return (
    `${gib(budgetBytes.value)} budget − ${gib(weightsBytes.value)} weights${drafter} − ${gib(activationBytes.value)} activations` +
    ` − ${gib(nonTorchBytes.value)} non-torch${charged}; vLLM v1/worker/gpu_worker.py determine_available_memory`
  );
}
