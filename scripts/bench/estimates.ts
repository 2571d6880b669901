import { engines } from '../../src/engines/index.ts';
import type { Workload } from '../../src/engines/engine.ts';
import modelData from '../../src/catalogue/models.json' with { type: 'json' };
import { loadHardware } from '../../src/hardware/gpus.ts';
import { makeModelCatalogue } from '../../src/models/catalogue.ts';

/** Launches that stand for what people run: a dense model, a mixture with latent attention, a hybrid. */
const LAUNCHES: readonly Benched[] = [
  { engine: 'vllm', model: 'meta-llama/Llama-3.1-8B-Instruct', gpu: 'h100', args: { max_model_len: 32_768 } },
  {
    engine: 'vllm',
    model: 'deepseek-ai/DeepSeek-V3',
    gpu: 'h200',
    args: { tensor_parallel_size: 8, max_model_len: 65_536 },
  },
  { engine: 'vllm', model: 'Qwen/Qwen3-Next-80B-A3B-Instruct', gpu: 'h100', args: { tensor_parallel_size: 4 } },
  { engine: 'sglang', model: 'deepseek-ai/DeepSeek-V3', gpu: 'h200', args: { tp_size: 8 } },
];

interface Benched {
  readonly engine: keyof typeof VARIED;
  readonly model: string;
  readonly gpu: string;
  readonly args: Workload['arguments'];
}

/** What each run has a value of its own of, so that nothing is answered from a cache; and the version. */
const VARIED = { vllm: ['max_num_seqs', '0.19.0'], sglang: ['max_running_requests', '0.5.6'] } as const;

/**
 * Estimates per second of one core's own time, the facts of the model at hand: the best of some runs, for what else the
 * machine does slows others down.
 */
export function estimatesPerSecond(): { readonly what: string; readonly perSecond: number }[] {
  const models = makeModelCatalogue(modelData);
  const { gpus } = loadHardware();
  return LAUNCHES.map(({ engine: engineId, model: id, gpu: name, args }) => {
    const engine = engines.find((one) => one.id === engineId);
    const model = models.find(id);
    const gpu = gpus.find((one) => one.id.startsWith(name));
    if (!model || !gpu || !engine) throw new Error(`the catalogues have no ${id} or no ${name}`);
    const [varied, engineVersion] = VARIED[engineId];
    const target = { gpu, count: null, visibleBytes: null, takenByOthersBytes: 0, origin: 'config' as const };
    const run = (times: number): number => {
      const started = process.cpuUsage();
      for (let index = 0; index < times; index++) {
        const own = { ...args, [varied]: 16 + (index % 200) };
        engine.estimate({ engineVersion, arguments: own, environment: {}, model, drafter: null, target });
      }
      const { user, system } = process.cpuUsage(started);
      return (user + system) / 1e6;
    };
    run(3_000);
    const seconds = Math.min(...Array.from({ length: 5 }, () => run(5_000)));
    return { what: `${engine.title}, ${id}`, perSecond: Math.round(5_000 / seconds) };
  });
}
