import type { Architecture } from '../../models/architecture.ts';
import { readArguments, type ArgumentReader } from '../argument-reader.ts';
import { has, type EngineVersion } from './versions.ts';

/**
 * How a pooling model makes one vector of many: what the launch says, or the default of its class (vLLM
 * model_executor/models/interfaces_base.py default_pooling_type, and the classes that set their own). The checkpoint's
 * 1_Pooling/config.json comes between the two and is not read here.
 */
function poolingOf(reader: ArgumentReader, { className }: Architecture, version: EngineVersion): string | null {
  const config = readArguments(reader.object('pooler_config') ?? reader.object('override_pooler_config') ?? {});
  const asked = config.word('seq_pooling_type') ?? config.word('tok_pooling_type') ?? config.word('pooling_type');
  if (asked !== null) return asked.toUpperCase();
  if (className.endsWith('ProcessRewardModel')) return 'STEP';
  if (className.endsWith('RewardModel') || reader.word('task') === 'reward' || reader.word('convert') === 'reward')
    return 'ALL';
  if (className === 'GritLM') return 'MEAN';
  // Before 0.10.1 classes had no default, and only what says `last` was chunked.
  return has(version, 'pooledByLast') ? 'LAST' : null;
}

/**
 * Whether prompts of a pooling model may be cut to fit a batch (vLLM config/model.py is_chunked_prefill_supported;
 * engine/arg_utils.py before 0.12): where attention is causal and the vector comes from the last token; since 0.14 also
 * where every token has one.
 */
export function chunksWhilePooling(
  reader: ArgumentReader,
  architecture: Architecture,
  version: EngineVersion,
): boolean {
  // What attends both ways keeps nothing between tokens.
  if (!architecture.layers.some(({ caches }) => caches.length > 0)) return false;
  const pooling = poolingOf(reader, architecture, version);
  if (!has(version, 'pooledByToken')) return pooling === 'LAST';
  return pooling !== 'MEAN' && pooling !== 'CLS' && pooling !== 'STEP';
}

/** Said aloud where the pooling decides the batch and nobody states it. */
export function poolingRemark(
  reader: ArgumentReader,
  { task, className }: Architecture,
  chunked: boolean,
): string | null {
  const said = reader.object('pooler_config') ?? reader.object('override_pooler_config');
  if (task !== 'pooling' || !chunked || said || reader.flag('enable_chunked_prefill') !== null) return null;
  if (reader.integer('max_num_batched_tokens', 1) !== null) return null;
  return (
    `${className.slice(0, 60)} is taken to pool the last token; with MEAN or CLS in the checkpoint's 1_Pooling/config.json ` +
    'one batch holds whole prompts, and max_num_batched_tokens is at least max_model_len'
  );
}
