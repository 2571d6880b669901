import modelData from '../../../src/catalogue/models.json' with { type: 'json' };
import { GIB } from '../../../src/bytes.ts';
import type { Workload } from '../../../src/engines/engine.ts';
import { vllm } from '../../../src/engines/vllm/index.ts';
import type { Estimate, Memory } from '../../../src/estimate.ts';
import type { Target } from '../../../src/hardware/gpu.ts';
import { loadHardware } from '../../../src/hardware/gpus.ts';
import { parseTarget } from '../../../src/hardware/lookup.ts';
import type { ModelFacts } from '../../../src/models/architecture.ts';
import { makeModelCatalogue } from '../../../src/models/catalogue.ts';

const hardware = loadHardware();
export const models = makeModelCatalogue(modelData);

export function modelOf(id: string): ModelFacts {
  const model = models.find(id);
  if (!model) throw new Error(`${id} is not in the catalogue`);
  return model;
}

/** A GPU as the command line names it, with what CUDA shows on the host of a log. */
export function targetOf(name: string, visibleGib: number | null = null): Target {
  const target = parseTarget(name, hardware, 'matrix');
  if ('problem' in target) throw new Error(target.problem);
  return { ...target, visibleBytes: visibleGib === null ? null : Math.round(visibleGib * GIB) };
}

export interface Launch {
  readonly model: string;
  readonly drafter?: string;
  readonly version?: string;
  readonly gpu?: string;
  readonly visibleGib?: number;
  readonly args?: Workload['arguments'];
  readonly environment?: Workload['environment'];
}

export function estimateOf({
  model,
  drafter,
  version = '0.19.0',
  gpu = 'h100:8',
  visibleGib,
  args = {},
  environment = {},
}: Launch): Estimate {
  return vllm.estimate({
    engineVersion: version,
    arguments: args,
    environment,
    model: modelOf(model),
    drafter: drafter === undefined ? null : modelOf(drafter),
    target: targetOf(gpu, visibleGib ?? null),
  });
}

export function memoryOf(launch: Launch): Memory {
  const { memory, message } = estimateOf(launch);
  if (memory === null) throw new Error(message ?? 'no estimate');
  return memory;
}

export function inGib(bytes: number): number {
  return bytes / GIB;
}
