import { describe, expect, it } from 'vitest';
import modelData from '../../src/catalogue/models.json' with { type: 'json' };
import { loadHardware } from '../../src/hardware/gpus.ts';
import { makeModelCatalogue } from '../../src/models/catalogue.ts';
import { variantsOf } from '../../src/models/variants.ts';

const models = makeModelCatalogue(modelData);
const { gpus } = loadHardware();

function variants(id: string, gpu?: string): string[] {
  const model = models.find(id);
  const found = gpus.find((one) => one.id === gpu);
  if (!model) throw new Error(`no ${id}`);
  return variantsOf(model, models, found ? [found] : []).map((facts) => facts.id);
}

describe('the same model with narrower weights', () => {
  it('goes by the name before the quantization, the widest weights first', () => {
    const found = variants('Qwen/Qwen3-32B');
    expect(found[0]).toMatch(/Qwen3-32B-FP8$/);
    expect(found.indexOf('Qwen/Qwen3-32B-AWQ')).toBeGreaterThan(0);
    // Neither another size nor a model that is trained on.
    for (const id of found) expect(id.toLowerCase()).toMatch(/\/qwen3-32b-/);
  });

  it('prefers what the GPU computes in: NVFP4 on Blackwell, integers before it on Hopper', () => {
    const narrow = (gpu: string): string | undefined =>
      variants('meta-llama/Llama-3.3-70B-Instruct', gpu).find((id) => /awq|nvfp4|w4a16/i.test(id));
    expect(narrow('b200-180gb')).toMatch(/NVFP4/);
    expect(narrow('h100-80gb-sxm')).toMatch(/awq|w4a16/i);
  });

  it('finds none for what is quantized already', () => {
    expect(variants('Qwen/Qwen3-32B-AWQ')).toEqual([]);
  });

  it('works for a path of the same name', () => {
    const model = models.find('Qwen/Qwen3-32B');
    if (!model) throw new Error('no model');
    expect(variantsOf({ ...model, id: '/models/Qwen3-32B' }, models)[0]?.id).toMatch(/Qwen3-32B-FP8$/);
  });
});
