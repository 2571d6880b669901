import { type Estimate, withoutMemory } from '../../estimate.ts';
import { between, exactly } from '../../quantity.ts';
import type { Workload } from '../engine.ts';
import { estimateWith } from '../llama-cpp/estimate.ts';
import { contextOf, minorOf, OWN_RUNNER_BYTES, overheadOf, runsServer, settingsOf, toldContext } from './settings.ts';
import { grouped } from '../../text.ts';

/** Predicts what Ollama takes of the fullest GPU. It seldom fails: what does not fit runs on the CPU. */
export function estimate(workload: Workload): Estimate {
  const settings = settingsOf(workload);
  if ('unknown' in settings) return withoutMemory('unknown', settings.unknown);
  if ('refusal' in settings) return withoutMemory('fails', settings.refusal, 1, false);
  const minor = minorOf(workload.engineVersion);
  const reserve = runsServer(minor)
    ? exactly(overheadOf(workload))
    : between(overheadOf(workload), overheadOf(workload), overheadOf(workload) + OWN_RUNNER_BYTES, 'assumed');
  // The projector of a model of the library is always loaded.
  const sees = workload.model.architecture.encoders.length > 0;
  const own = sees ? { ...workload, arguments: { ...workload.arguments, mmproj: 'its projector' } } : workload;
  const one = estimateWith(own, { ...settings, devices: 1 }, reserve);
  // It spreads a model over GPUs only where one does not hold it, unless it is told to.
  const spreads =
    settings.devices > 1 &&
    (workload.arguments['sched_spread'] === true || workload.arguments['sched_spread'] === 1 || one.verdict !== 'fits');
  const made = spreads ? estimateWith(own, settings, reserve) : one;
  const context = contextOf(workload, minor);
  const told = toldContext(workload.arguments);
  return {
    ...made,
    effective: {
      num_ctx: context,
      num_parallel: settings.slots,
      num_batch: settings.batch,
      num_gpu: made.effective['n_gpu_layers'] ?? null,
      kv_cache_type: settings.keyType.name.toLowerCase(),
    },
    notes: [
      ...made.notes.filter(
        (note) => !/no build is stated|is no build of llama\.cpp|--n-gpu-layers|slots has/.test(note),
      ),
      ...(workload.engineVersion === null ? ['no release is stated; the newest is assumed'] : []),
      ...(runsServer(minor)
        ? []
        : [
            'before 0.30 Ollama ran models in runners of its own; their buffers are taken for those of llama.cpp, and up to 1 GiB more',
          ]),
      ...(told === null
        ? [`no context is set: Ollama takes ${grouped(context)} tokens by the memory of the GPUs`]
        : []),
      ...(told !== null && told > context
        ? [`the model was trained for ${grouped(context)} tokens, so num_ctx ${grouped(told)} is cut`]
        : []),
    ],
  };
}
