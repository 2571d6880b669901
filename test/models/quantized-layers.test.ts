import { describe, expect, it } from 'vitest';
import modelData from '../../src/catalogue/models.json' with { type: 'json' };
import { codeOf, precisionOf } from '../../src/engines/quantized-weight.ts';
import type { Architecture } from '../../src/models/architecture.ts';
import { makeModelCatalogue } from '../../src/models/catalogue.ts';
import { elementsOf, parametersOf } from '../../src/models/parameters.ts';
import { countAll } from './counts.ts';

/** The count of a repository of its own, not that of the model that it was made from. */
const OWN_COUNT = /^stated: /;

/** What the FP8 layers of an architecture store beside their weights, in elements. */
function scalesOf({ layers, quantization }: Architecture): number {
  if (quantization === null) return 0;
  const precision = precisionOf(quantization);
  let scales = 0;
  for (const [index, { tensors }] of layers.entries()) {
    for (const tensor of tensors) {
      const code = codeOf(tensor, `layers.${index}.${tensor.name}`, precision);
      if (code === null) continue;
      const { rows, columns, stack } = tensor;
      if (code.block) scales += stack * Math.ceil(rows / code.block[0]) * Math.ceil(columns / code.block[1]);
      else if (code.groupSize > 0) scales += stack * rows * Math.ceil(columns / code.groupSize);
      else scales += code.groupSize === 0 ? stack * rows : stack;
    }
  }
  return scales;
}

describe('the layers of an FP8 checkpoint that stay in 16 bits', () => {
  const models = makeModelCatalogue(modelData);
  const checked = countAll().flatMap(({ id, stated, variant, mtp, basis }) => {
    const architecture = models.find(id)?.architecture;
    const quantization = architecture?.quantization ?? null;
    if (!architecture || quantization?.weightBits !== 8 || !OWN_COUNT.test(basis)) return [];
    const { total, tiedCopy } = parametersOf(architecture);
    const table = architecture.vocabSize * architecture.hiddenSize;
    const others: Readonly<Record<string, number>> = {
      'with stored lm_head copy': tiedCopy,
      'with MTP layers': mtp ?? 0,
      'with MTP layers and their embeddings': (mtp ?? 0) + 2 * table,
    };
    const counted = stated - total - (others[variant] ?? 0);
    const computed = scalesOf(architecture);
    // A count without scales says nothing of them, and one with more than scales is not about them alone.
    return counted > computed / 2 && counted < total / 500
      ? [{ id, counted, computed, predicts: variant.startsWith('with MTP layers') }]
      : [];
  });

  it('are confirmed by the scales that the repository counts among its parameters', () => {
    const exact = checked.filter(({ predicts }) => !predicts);
    expect(exact.length).toBeGreaterThan(20);
    const off = exact.filter(({ counted, computed }) => {
      // A static scale of the activations beside each of the weights; queries, keys and values count for themselves.
      const perMatrix = counted < 20_000;
      return perMatrix ? counted !== computed && counted !== 3.5 * computed : Math.abs(computed / counted - 1) > 0.001;
    });
    expect(off).toEqual([]);
  });

  it('are confirmed where layers that predict further tokens have scales too', () => {
    const near = checked.filter(({ predicts }) => predicts);
    expect(near.length).toBeGreaterThan(8);
    expect(near.filter(({ counted, computed }) => computed > counted || computed < 0.97 * counted)).toEqual([]);
  });

  it('count what they hold in 16 bits in full', () => {
    const architecture = models.find('meta-llama/Llama-3.1-405B-Instruct-FP8')?.architecture;
    const precision = architecture?.quantization ? precisionOf(architecture.quantization) : null;
    const inFp8 = (architecture?.layers ?? []).flatMap(({ tensors }, index) =>
      tensors.filter((tensor) => codeOf(tensor, `layers.${index}.${tensor.name}`, precision) !== null),
    );
    // The Llama 3 Herd of Models, 6.2: the feed-forward layers of all but the first and the last of 126 layers.
    expect(inFp8.reduce((sum, tensor) => sum + elementsOf(tensor), 0)).toBe(124 * 3 * 16_384 * 53_248);
  });
});
