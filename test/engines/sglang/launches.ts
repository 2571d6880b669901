import type { Workload } from '../../../src/engines/engine.ts';
import { sglang } from '../../../src/engines/sglang/index.ts';
import { initialBytes } from '../../../src/engines/sglang/initial.ts';
import { launchOf, type Launch } from '../../../src/engines/sglang/launch.ts';
import { GIB } from '../../../src/bytes.ts';
import type { Estimate, Memory } from '../../../src/estimate.ts';
import type { ModelFacts } from '../../../src/models/architecture.ts';
import { modelOf, targetOf } from '../vllm/catalogue.ts';

export interface Asked {
  readonly model?: string | ModelFacts;
  readonly drafter?: string;
  readonly version?: string | null;
  readonly gpu?: string;
  /** What CUDA shows, GiB. */
  readonly visibleGib?: number;
  /** What is free before loading, GiB, as the log prints it. */
  readonly freeGib?: number;
  readonly args?: Workload['arguments'];
  readonly environment?: Readonly<Record<string, string>>;
}

export function workloadOf(asked: Asked): Workload {
  const { model = 'meta-llama/Llama-3.1-8B-Instruct', drafter, version = '0.5.18', gpu = 'h100' } = asked;
  const workload: Workload = {
    engineVersion: version,
    arguments: asked.args ?? {},
    environment: asked.environment ?? {},
    model: typeof model === 'string' ? modelOf(model) : model,
    drafter: drafter === undefined ? null : modelOf(drafter),
    target: targetOf(gpu, asked.visibleGib ?? null),
  };
  if (asked.freeGib === undefined) return workload;
  const launch = launchOf(workload);
  if (!('version' in launch)) throw new Error(JSON.stringify(launch));
  const visibleBytes = Math.round(asked.freeGib * GIB) + initialBytes(launch).value;
  return { ...workload, target: { ...workload.target, visibleBytes } };
}

/** A launch that the configuration accepts. */
export function launched(asked: Asked): Launch {
  const launch = launchOf(workloadOf(asked));
  if (!('version' in launch)) throw new Error(JSON.stringify(launch));
  return launch;
}

export function estimateOf(asked: Asked): Estimate {
  return sglang.estimate(workloadOf(asked));
}

export function memoryOf(asked: Asked): Memory {
  const { memory, message } = estimateOf(asked);
  if (memory === null) throw new Error(message ?? 'no estimate');
  return memory;
}
