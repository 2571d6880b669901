import { engines } from '../../src/engines/index.ts';
import type { Workload } from '../../src/engines/engine.ts';
import modelData from '../../src/catalogue/models.json' with { type: 'json' };
import { loadHardware } from '../../src/hardware/gpus.ts';
import { makeModelCatalogue } from '../../src/models/catalogue.ts';

/** Launches that stand for what people run: a dense model, a mixture with latent attention, a hybrid. */
const LAUNCHES: readonly (readonly [model: string, gpu: string, args: Workload['arguments']])[] = [
  ['meta-llama/Llama-3.1-8B-Instruct', 'h100', { max_model_len: 32_768 }],
  ['deepseek-ai/DeepSeek-V3', 'h200', { tensor_parallel_size: 8, max_model_len: 65_536 }],
  ['Qwen/Qwen3-Next-80B-A3B-Instruct', 'h100', { tensor_parallel_size: 4 }],
];

/**
 * Estimates per second of one core's own time, the facts of the model at hand: the best of some runs, for what else the
 * machine does slows others down.
 */
export function estimatesPerSecond(): { readonly model: string; readonly perSecond: number }[] {
  const models = makeModelCatalogue(modelData);
  const { gpus } = loadHardware();
  const engine = engines.find(({ id }) => id === 'vllm');
  return LAUNCHES.map(([id, name, args]) => {
    const model = models.find(id);
    const gpu = gpus.find((one) => one.id.startsWith(name));
    if (!model || !gpu || !engine) throw new Error(`the catalogues have no ${id} or no ${name}`);
    const target = { gpu, count: null, visibleBytes: null, takenByOthersBytes: 0, origin: 'config' as const };
    const run = (times: number): number => {
      const started = process.cpuUsage();
      for (let index = 0; index < times; index++) {
        // A length of its own each time, so that nothing is answered from a cache.
        const own = { ...args, max_num_seqs: 16 + (index % 200) };
        engine.estimate({ engineVersion: '0.19.0', arguments: own, environment: {}, model, drafter: null, target });
      }
      const { user, system } = process.cpuUsage(started);
      return (user + system) / 1e6;
    };
    run(3_000);
    const seconds = Math.min(...Array.from({ length: 5 }, () => run(5_000)));
    return { model: id, perSecond: Math.round(5_000 / seconds) };
  });
}
