import { loadCatalogues } from '../../../src/cli/catalogues.ts';
import type { ArgumentValue } from '../../../src/deployment.ts';
import type { Workload } from '../../../src/engines/engine.ts';
import type { Gpu } from '../../../src/hardware/gpu.ts';
import { asGguf } from '../../../src/models/gguf/model.ts';

const { models, hardware } = loadCatalogues();

/** A launch of a model of the catalogue as one file of GGUF, on one of the catalogue's GPUs. */
export function workloadOf(
  id: string,
  mix: string,
  args: Readonly<Record<string, ArgumentValue>>,
  { gpu = 'rtx-4090', count = 1, version = null as string | null } = {},
): Workload {
  const facts = models.find(id);
  const found = hardware.gpus.find((one) => one.id === gpu);
  if (!facts || !found) throw new Error(`${id} or ${gpu} is not in the catalogue`);
  return {
    engineVersion: version,
    arguments: args,
    environment: {},
    model: asGguf(facts, mix),
    drafter: null,
    target: { gpu: found as Gpu, count, visibleBytes: null, takenByOthersBytes: 0, origin: 'matrix' },
  };
}
