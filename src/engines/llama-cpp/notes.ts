import { gib } from '../../bytes.ts';
import type { Workload } from '../engine.ts';
import { has } from './builds.ts';
import type { Layout } from './layout.ts';
import type { Choice } from './plan.ts';
import type { Settings } from './settings.ts';
import { grouped } from '../../text.ts';

/** Assumptions of an estimate, said aloud. */
export function notesOf(
  { engineVersion, model, target, arguments: args }: Workload,
  settings: Settings,
  { asked, layout, unseenBytes }: { readonly asked: Choice; readonly layout: Layout; readonly unseenBytes: number },
): readonly string[] {
  const { architecture } = model;
  const storage = architecture.quantization?.gguf;
  const notes: string[] = [];
  if (settings.build === null)
    notes.push(
      engineVersion === null
        ? 'no build is stated; the newest is assumed'
        : `'${engineVersion}' is no build of llama.cpp; the newest is assumed`,
    );
  if (settings.build === null && args['flash_attn'] === true)
    notes.push('builds since b6325 refuse --flash-attn without a value behind it (on, off, auto)');
  // Notes on how a checkpoint is stored do not hold for another file of the same model.
  notes.push(...architecture.approximations);
  if (storage?.kind === 'mix' && storage.assumed)
    notes.push(`no quantization is named: ${storage.mix} where the repository has it, up to 8 bits where not`);
  else if (storage?.kind === 'mix')
    notes.push(`weights as llama-quantize makes them in ${storage.mix}; other makers of files mix types as they like`);
  if (architecture.latentAttention && has(settings.build, 'latentAttention'))
    notes.push('a GGUF that was converted before April 2025 keeps whole keys and values instead of latents');
  if (asked.gpuLayers <= architecture.layers.length && settings.gpuLayersSet)
    notes.push(
      `--n-gpu-layers ${asked.gpuLayers} leaves ${architecture.layers.length + 1 - asked.gpuLayers} of ${architecture.layers.length + 1} layers to the CPU`,
    );
  if (layout.hostWeights > 0 && layout.layersOnGpu === layout.layerCount)
    notes.push(
      `${gib(layout.hostWeights)} of weights, embeddings among them, stay in host memory, which is not checked`,
    );
  if (settings.fit && unseenBytes > 0)
    notes.push(
      `--fit of builds before b9251 (projectors) and b9304 (draft models) leaves no room for these: ${gib(unseenBytes)} here`,
    );
  if (target.gpu.vendor !== 'nvidia') notes.push('buffers are those of the CUDA build; other backends take others');
  if (settings.slots > 1 && settings.unified && args['parallel'] === undefined)
    notes.push(`${settings.slots} slots share one context of ${grouped(layout.cells.context)} tokens`);
  if (settings.slots > 1 && !settings.unified)
    notes.push(`each of ${settings.slots} slots has ${grouped(layout.cells.slot)} tokens`);
  return notes;
}
