import { gib } from '../../bytes.ts';
import type { Workload } from '../engine.ts';
import type { Launch } from './launch.ts';
import type { StageParts } from './parts.ts';
import type { Outcome } from './scenario.ts';

/** Assumptions of an estimate, said aloud. */
export function notesOf(launch: Launch, workload: Workload, parts: StageParts, expected: Outcome): readonly string[] {
  const { architecture, division, gpu, speculation } = launch;
  const { attention, tensor, data } = division;
  const notes: string[] = [];
  if (launch.version.note) notes.push(launch.version.note);
  notes.push(...architecture.approximations);
  if (speculation && speculation.architecture !== architecture) notes.push(...speculation.architecture.approximations);
  const heads = architecture.kvHeads;
  if (attention > heads && heads > 0 && !architecture.latentAttention)
    notes.push(`${heads} KV heads are fewer than ${attention} ranks, so each rank keeps a copy of one`);
  if (architecture.latentAttention && attention > 1 && division.decodeContext === 1)
    notes.push('the latent KV cache is the same on every tensor-parallel rank');
  if (division.dpAttention)
    notes.push(
      `attention is divided over ${attention} of ${tensor} ranks; each of ${data} replicas has a KV cache of its own, and figures are per rank`,
    );
  else if (data > 1)
    notes.push(`each of ${data} data-parallel replicas has a KV cache of its own; figures are per rank`);
  const windows = architecture.layers.some(({ caches }) =>
    caches.some(({ kind }) => kind === 'sliding' || kind === 'chunked'),
  );
  if (windows && !launch.windowPools) notes.push('layers with a window keep every token');
  if (launch.featurePoolBytes > 0)
    notes.push(
      `features of images travel through ${gib(launch.featurePoolBytes)} of the first GPU; --mm-feature-transport cpu gives it back`,
    );
  if (launch.lora && !launch.lora.stated)
    notes.push(`the rank of the LoRA adapters is not stated; slots are counted for rank ${launch.lora.rank}`);
  if (division.exchange === 'deepep')
    notes.push(
      "the buffers in which deepep exchanges experts' tokens are assumed: up to the 2 GiB that SGLang reserves",
    );
  else if (division.exchange !== null)
    notes.push(`the buffers in which ${division.exchange} exchanges experts' tokens are not in the figures`);
  if (launch.automaticFraction && gpu.smiMib === null)
    notes.push(`mem_fraction_static was worked out from what CUDA shows on ${gpu.id}, since nvidia-smi shows no total`);
  if (
    expected.pool.requests > 0 &&
    launch.maxRunningRequests !== null &&
    expected.pool.requests < launch.maxRunningRequests / (division.dpAttention ? data : 1)
  )
    notes.push(`the pool allows ${expected.pool.requests} requests at once`);
  if (gpu.unifiedMemory) notes.push('the GPU shares its memory with the CPU, so what is free depends on the host');
  if (gpu.vendor !== 'nvidia')
    notes.push(`overheads rest on the start-up logs of few ${gpu.vendor.toUpperCase()} setups`);
  if (parts.stored.offloaded > 0) notes.push(`${gib(parts.stored.offloaded)} of weights per GPU stay in host memory`);
  if (workload.target.takenByOthersBytes > 0)
    notes.push(`${gib(workload.target.takenByOthersBytes)} are taken by other processes`);
  return notes;
}
