import type { Parallelism } from '../sharding.ts';
import type { ArgumentReader } from '../argument-reader.ts';
import { balancingOf } from './balancing.ts';

/** How the launch divides the model; experts are spread over the ranks of tensor and data parallelism together. */
export function parallelismOf(reader: ArgumentReader): Parallelism {
  const tensor = reader.integer('tensor_parallel_size', 1) ?? 1;
  const data = reader.integer('data_parallel_size', 1) ?? 1;
  return {
    tensor,
    data,
    pipeline: reader.integer('pipeline_parallel_size', 1) ?? 1,
    expert: reader.flag('enable_expert_parallel') === true ? tensor * data : 1,
    redundantExperts: balancingOf(reader).redundantExperts,
    decodeContext: reader.integer('decode_context_parallel_size', 1) ?? 1,
  };
}
