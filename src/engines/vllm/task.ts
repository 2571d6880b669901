import type { Architecture } from '../../models/architecture.ts';
import type { ArgumentReader } from '../argument-reader.ts';

/** Values of `--convert` and of the older `--task` that make a generating model pool (vLLM config/model.py). */
const POOLS: ReadonlySet<string> = new Set(['embed', 'embedding', 'classify', 'score', 'reward', 'mm_encoder_only']);

/**
 * The model as the launch uses it: `--runner pooling`, `--convert` and `--task` take the head off a generating model
 * (model_executor/models/adapters.py), and no sampler runs.
 */
export function usedAs(reader: ArgumentReader, architecture: Architecture): Architecture {
  const words = [reader.word('convert'), reader.word('task')];
  const pools = reader.word('runner') === 'pooling' || words.some((word) => word !== null && POOLS.has(word));
  return pools && architecture.task !== 'pooling' ? { ...architecture, task: 'pooling', head: [] } : architecture;
}
