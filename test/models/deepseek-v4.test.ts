import { describe, expect, it } from 'vitest';
import modelData from '../../src/catalogue/models.json' with { type: 'json' };
import { precisionOf } from '../../src/engines/quantized-weight.ts';
import { layerBytes, tensorBytes, type Storage } from '../../src/engines/stored-tensors.ts';
import type { Architecture } from '../../src/models/architecture.ts';
import { makeModelCatalogue } from '../../src/models/catalogue.ts';
import { architectureOf } from '../../src/models/config/config.ts';
import { parametersOf } from '../../src/models/parameters.ts';

const models = makeModelCatalogue(modelData);
const row = modelData.models.find(({ ids }) => ids.includes('deepseek-ai/DeepSeek-V4-Flash'));
const flashConfig = modelData.configs[row?.config ?? -1] as object;

function found(id: string): Architecture {
  const architecture = models.find(id)?.architecture;
  if (!architecture) throw new Error(`${id} is not computed`);
  return architecture;
}

/** Bytes of one whole copy as a checkpoint stores it. */
function storedBytes(architecture: Architecture): number {
  const { quantization, layers, embedding, head, nextTokenPrediction: prediction } = architecture;
  const storage: Storage = {
    parallelism: { tensor: 1, pipeline: 1, data: 1, expert: 1, redundantExperts: 0, decodeContext: 1 },
    elementBytes: 2,
    precision: quantization && precisionOf(quantization),
    padding: (share) => share,
    cutting: 'exact',
  };
  const model = layerBytes(layers, 0, storage) + tensorBytes([...embedding, ...head], storage);
  const drafting = prediction
    ? prediction.layers.length * tensorBytes(prediction.tensors, storage) + layerBytes(prediction.layers, 0, storage)
    : 0;
  return model + drafting;
}

describe('DeepSeek V4', () => {
  it.each([
    // llmfit data/hf_models.json, from the safetensors of the FP8 base models: with the drafting layer, its own
    // embedding and head, and one scale for every 128 × 128 elements, counted by hand from the shapes.
    ['deepseek-ai/DeepSeek-V4-Flash', 292_021_347_282, 17_669_120],
    ['deepseek-ai/DeepSeek-V4-Pro', 1_600_790_440_862, 97_408_000],
  ])('%s has what is stated to the last parameter', (id, stated, scales) => {
    const architecture = found(id);
    const { total, nextTokenPrediction } = parametersOf(architecture);
    const tables = 2 * architecture.vocabSize * architecture.hiddenSize;
    expect(total + nextTokenPrediction + tables + scales).toBe(stated);
  });

  it.each([
    // kaito presets/workspace/models/model_catalog.yaml: 148.66 and 805.34 GiB, the sum of the weight files.
    ['deepseek-ai/DeepSeek-V4-Flash', 148.66],
    ['deepseek-ai/DeepSeek-V4-Pro', 805.34],
  ])('%s takes the %d GiB of its weight files, within 0.1 %', (id, gib) => {
    expect(Math.abs(storedBytes(found(id)) / 2 ** 30 / gib - 1)).toBeLessThan(0.001);
  });

  it('keeps its experts in four bits whether MXFP4 or NVFP4, and the rest of the linear layers in fp8', () => {
    // Groups of 16 have twice the scales: one byte more for every 32 expert weights, and nothing else differs.
    const experts = 43 * 256 * 3 * 4096 * 2048;
    const [flash, nvidia] = ['deepseek-ai/DeepSeek-V4-Flash', 'nvidia/DeepSeek-V4-Flash-NVFP4'].map((id) =>
      storedBytes({ ...found(id), nextTokenPrediction: null }),
    );
    expect((nvidia ?? 0) - (flash ?? 0)).toBe(experts / 32);
  });

  it('is told by its fields, whatever it is called', () => {
    const config = { ...flashConfig, model_type: 'deepseek_ref' };
    const made = architectureOf(config);
    expect('problem' in made ? made.problem : parametersOf(made).total).toBe(
      parametersOf(found('deepseek-ai/DeepSeek-V4-Flash')).total,
    );
  });

  it.each([
    ['o_groups', { o_groups: undefined }],
    ['compress_ratios', { compress_ratios: [0, 4] }],
    ['compress_ratios', { compress_ratios: Array.from({ length: 44 }, () => 16) }],
  ])('is refused where %s is not what engines know', (named, change) => {
    const refused = architectureOf({ ...flashConfig, ...change });
    expect('problem' in refused ? refused.problem : '').toContain(named);
  });
});
