import type { ArgumentValue, Deployment } from '../../deployment.ts';
import type { Stage } from '../../estimate.ts';
import type { Place } from '../../text.ts';

/** Arguments that a reader would change for a failure at a stage, the likeliest first. */
const CULPRITS: Readonly<Record<Stage, readonly string[]>> = {
  arguments: [],
  free_memory: ['gpu_memory_utilization'],
  load: ['quantization', 'tensor_parallel_size'],
  profile: ['max_num_seqs', 'max_num_batched_tokens'],
  kv_cache: ['max_model_len', 'gpu_memory_utilization'],
  graph_capture: ['gpu_memory_utilization', 'max_num_seqs'],
  serving: ['gpu_memory_utilization', 'max_num_seqs'],
};

/** The line to point at for a failure: the argument that decides the stage if it is written, else the model, else the launch. */
export function culpritPlace(deployment: Deployment, stage: Stage | null): Place {
  for (const name of stage ? CULPRITS[stage] : []) {
    const argument = deployment.arguments.get(name);
    if (argument && argument.place.file === deployment.file) return argument.place;
  }
  return launchPlace(deployment);
}

/** The place of an argument when it is written in the deployment's file, else the launch. */
export function argumentPlace(deployment: Deployment, name: string): Place {
  const written = deployment.arguments.get(name);
  return written?.place.file === deployment.file ? written.place : launchPlace(deployment);
}

/** The model's own place when it stands in the deployment's file, else the line of the launch. */
export function launchPlace(deployment: Deployment): Place {
  if (deployment.model?.place.file === deployment.file) return deployment.model.place;
  return { file: deployment.file, start: 0, end: 0, line: deployment.line };
}

/** The arguments of a launch by name, as the engine takes them. */
export function argumentValues({ arguments: args }: Deployment): Readonly<Record<string, ArgumentValue>> {
  return Object.fromEntries([...args].map(([name, { value }]) => [name, value]));
}
