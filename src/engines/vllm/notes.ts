import { gib } from '../../bytes.ts';
import { keeps } from '../distinct-layers.ts';
import type { Workload } from '../engine.ts';
import type { Launch } from './launch.ts';
import { loadingExtraBytes } from './loading-peak.ts';
import type { StageParts } from './parts.ts';

/** Assumptions of an estimate, said aloud. */
export function notesOf(launch: Launch, workload: Workload, parts: StageParts): readonly string[] {
  const { architecture, parallelism, gpu } = launch;
  const notes: string[] = [];
  if (launch.version.note) notes.push(launch.version.note);
  notes.push(...launch.remarks, ...architecture.approximations);
  if (launch.speculation && launch.speculation.architecture !== architecture)
    notes.push(...launch.speculation.architecture.approximations);
  const heads = architecture.kvHeads;
  if (parallelism.tensor > heads && heads > 0 && !architecture.latentAttention) {
    notes.push(`${heads} KV heads are fewer than ${parallelism.tensor} ranks, so each rank keeps a copy of one`);
  }
  if (architecture.latentAttention && parallelism.tensor > 1 && parallelism.decodeContext === 1) {
    notes.push('the latent KV cache is the same on every tensor-parallel rank');
  }
  if ((parts.layout?.paddingLayers ?? 0) > 0) {
    notes.push(`${parts.layout?.paddingLayers} layers of padding make the KV cache groups equal`);
  }
  const { layers } = architecture;
  if (launch.hybridDisabled && keeps(layers, 'full') && keeps(layers, 'sliding')) {
    notes.push('the hybrid KV cache manager is off, so layers with a window keep every token');
  }
  if (
    launch.profilesEncoder &&
    architecture.encoders.some(({ items }) => items.some(({ tokens }) => tokens === null))
  ) {
    notes.push(
      'the size of the largest image or clip is not known; the profile run may take up to twice the encoder activation assumed',
    );
  }
  if (parts.activation.benchmarkBytes >= parts.activation.bytes.value && parts.activation.benchmarkBytes > 0) {
    notes.push(
      `the peak of ${gib(parts.activation.benchmarkBytes)} is torch.compile timing kernels on a copy of the embedding table; a start ` +
        'with the compiled model in its cache does without, as does inductor_compile_config {"benchmark_combo_kernel": false}',
    );
  }
  if (launch.quantization === null && architecture.dtype === 'float32' && launch.dtype !== 'float32') {
    notes.push(`the float32 checkpoint is loaded as ${launch.dtype}`);
  }
  const loading = loadingExtraBytes(launch, parts.stage);
  if (loading > parts.weights.value / 10)
    notes.push(`the weights take ${gib(parts.weights.value + loading)} while they load, until they are converted`);
  if (gpu.unifiedMemory) notes.push('the GPU shares its memory with the CPU, so what is free depends on the host');
  if (gpu.vendor !== 'nvidia')
    notes.push(`overheads rest on the start-up logs of few ${gpu.vendor.toUpperCase()} setups`);
  if (parts.stored.offloaded > 0) notes.push(`${gib(parts.stored.offloaded)} of weights per GPU stay in host memory`);
  const frontend = launch.frontend.frames + launch.frontend.decoders;
  if (frontend > 0) notes.push(`${gib(frontend)} are left to API servers that decode media on the GPU`);
  if (workload.target.takenByOthersBytes > 0)
    notes.push(`${gib(workload.target.takenByOthersBytes)} are taken by other processes`);
  if (launch.extensible) {
    notes.push(
      'the KV cache that grows after warm-up is in no release known here; its size follows pull request #56492',
    );
  }
  if (parallelism.data > 1)
    notes.push(`each of ${parallelism.data} data-parallel ranks has a KV cache of its own; figures are per rank`);
  return notes;
}
