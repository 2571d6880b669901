import { describe, expect, it } from 'vitest';
import modelData from '../../src/catalogue/models.json' with { type: 'json' };
import { precisionOf } from '../../src/engines/quantized-weight.ts';
import { layerBytes, tensorBytes, type Storage } from '../../src/engines/stored-tensors.ts';
import type { Tensor } from '../../src/models/architecture.ts';
import { makeModelCatalogue } from '../../src/models/catalogue.ts';
import { parametersOf } from '../../src/models/parameters.ts';

const architecture = makeModelCatalogue(modelData).find('moonshotai/Kimi-K3')?.architecture;
if (!architecture) throw new Error('not computed');
const { layers, encoders, quantization } = architecture;
const named = (index: number, name: string): Tensor | undefined =>
  layers[index]?.tensors.find((tensor) => tensor.name === name);

describe('Kimi K3', () => {
  it('has the 2.8 trillion parameters of its model card', () => {
    expect((parametersOf(architecture).total / 1e12).toFixed(1)).toBe('2.8');
  });

  it('stores between the 1.56 TB that InferenceX#2351 and the 1.68 TB that vLLM recipes count for its checkpoint', () => {
    const storage: Storage = {
      parallelism: { tensor: 1, pipeline: 1, data: 1, expert: 1, redundantExperts: 0, decodeContext: 1 },
      elementBytes: 2,
      precision: quantization && precisionOf(quantization),
      padding: (share) => share,
      cutting: 'exact',
    };
    const bytes =
      layerBytes(layers, 0, storage) + tensorBytes([...architecture.embedding, ...architecture.head], storage);
    expect(bytes / 1e12).toBeGreaterThan(1.55);
    expect(bytes / 1e12).toBeLessThan(1.69);
  });

  it('keeps a latent in every fourth layer and in the last, and states of 96 heads in the others', () => {
    const full = [4, 8, 12, 16, 20, 24, 28, 32, 36, 40, 44, 48, 52, 56, 60, 64, 68, 72, 76, 80, 84, 88, 92, 93];
    const kinds = layers.map(({ caches }) => caches.map(({ kind }) => kind));
    expect(kinds.flatMap((kind, index) => (kind[0] === 'latent' ? [index + 1] : []))).toEqual(full);
    expect(layers[0]?.caches).toEqual([
      expect.objectContaining({ kind: 'state', convChannels: 3 * 96 * 128, stateElements: 96 * 128 * 128 }),
    ]);
  });

  /** Shapes of vLLM models/kimi_k3/nvidia/{model,mla}.py and model_executor/models/kimi_k25_vit.py. */
  it('has an output gate, readers of earlier blocks, and a latent mixture whose projections stay in 16 bits', () => {
    expect(named(3, 'self_attn.g_proj')).toMatchObject({ rows: 96 * 128, columns: 7168 });
    expect(named(3, 'mlp_res_proj')).toMatchObject({ rows: 1, columns: 7168, linear: false });
    expect(named(3, 'block_sparse_moe.experts.w13')).toMatchObject({ stack: 896, rows: 2 * 3072, columns: 3584 });
    expect(named(3, 'block_sparse_moe.routed_expert_down_proj')).toMatchObject({ rows: 3584, linear: false });
    expect(named(3, 'block_sparse_moe.routed_expert_norm')).toMatchObject({ rows: 3584 });
    expect(encoders[0]?.block.map(({ rows, columns }) => rows * columns).reduce((sum, one) => sum + one, 0)).toBe(
      2 * 1024 + 4 * 1536 * 1024 + 2 * 4096 * 1024,
    );
  });
});
