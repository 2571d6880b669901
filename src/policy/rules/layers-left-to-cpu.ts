import { argumentPlace } from './place.ts';
import type { Rule } from './rule.ts';

const LAYERS = 'n_gpu_layers';

export const layersLeftToCpu: Rule = {
  id: 'layers-left-to-cpu',
  severity: 'info',
  what: 'A number of layers is written that leaves some to the CPU (`--n-gpu-layers`), although more of them fit on every GPU.',
  why: 'Each token waits for the layers that the CPU computes; the memory of the GPU lies idle.',
  remedy: 'Ask for the layers that fit, unless the rest of the GPU is meant for something else.',
  check({ deployment, model, targets, fitsWith }) {
    const asked = deployment.arguments.get(LAYERS)?.value;
    const gated = targets.filter((one) => one.gated);
    if (model === null || typeof asked !== 'number' || asked < 0 || gated.length === 0) return [];
    if (gated.some(({ estimate: { verdict, memory } }) => verdict !== 'fits' || memory === null)) return [];
    // The output counts as a layer of its own (llama.cpp, llama_model_n_layer() + 1).
    const all = model.architecture.layers.length + 1;
    if (asked >= all) return [];
    const most = mostThatFit(asked, all, (layers) => fitsWith(LAYERS, layers));
    if (most === asked) return [];
    const message = `${asked} of ${all} layers run on the GPU, the others on the CPU.`;
    const remedy = `${most === all ? 'All' : most} of them fit: --n-gpu-layers ${most}, unless the rest of the GPU is meant for something else.`;
    return [{ place: argumentPlace(deployment, LAYERS), subject: LAYERS, message, remedy }];
  },
};

/** The largest number up to `all` that fits; `low` does. */
function mostThatFit(low: number, all: number, fits: (layers: number) => boolean): number {
  let [good, bad] = fits(all) ? [all, all] : [low, all];
  while (bad - good > 1) {
    const middle = Math.floor((good + bad) / 2);
    if (fits(middle)) good = middle;
    else bad = middle;
  }
  return good;
}
