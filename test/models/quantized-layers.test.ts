import { describe, expect, it } from 'vitest';
import { GIB } from '../../src/bytes.ts';
import modelData from '../../src/catalogue/models.json' with { type: 'json' };
import { allocationsOf, codeOf, precisionOf, type Precision } from '../../src/engines/quantized-weight.ts';
import type { Architecture, Tensor } from '../../src/models/architecture.ts';
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

/** Bytes of the tensors of a checkpoint: without the layers that predict further tokens, and with those in so many bytes each. */
function storedBytes(architecture: Architecture): {
  readonly model: number;
  readonly further: number;
  readonly table: number;
} {
  const precision = architecture.quantization ? precisionOf(architecture.quantization) : null;
  const bytesOf = (tensor: Tensor, path: string, under: Precision | null): number => {
    const share = { ...tensor, biasElements: tensor.stack * tensor.biasRows };
    const element = tensor.dtype === 'float32' ? 4 : 2;
    return allocationsOf(share, element, codeOf(tensor, path, under)).reduce((sum, bytes) => sum + bytes, 0);
  };
  const sumOf = (tensors: readonly Tensor[], prefix: string, under: Precision | null): number =>
    tensors.reduce((sum, tensor) => sum + bytesOf(tensor, prefix + tensor.name, under), 0);
  const { embedding, head, layers, encoders, nextTokenPrediction } = architecture;
  const towers = encoders.reduce(
    (sum, { tensors, block, depth }) => sum + sumOf(tensors, '', null) + depth * sumOf(block, '', null),
    0,
  );
  const text = layers.reduce((sum, { tensors }, index) => sum + sumOf(tensors, `layers.${index}.`, precision), 0);
  return {
    model: sumOf(embedding, '', precision) + sumOf(head, '', precision) + text + towers,
    further: (nextTokenPrediction?.layers ?? []).reduce(
      (sum, { tensors }) => sum + sumOf(tensors, '', null) + sumOf(nextTokenPrediction?.tensors ?? [], '', null),
      0,
    ),
    table: 2 * architecture.vocabSize * architecture.hiddenSize,
  };
}

describe('what a checkpoint keeps in 16 bits', () => {
  const models = makeModelCatalogue(modelData);

  interface Stored {
    /** How much of the layers for further tokens in 16 bits it holds. */
    readonly further?: number;
    /** Copies of the tied head, or tables that the layers for further tokens bring along. */
    readonly tables?: number;
  }

  function computedOf(id: string, stored: Stored): number {
    const architecture = models.find(id)?.architecture;
    if (!architecture) throw new Error(id);
    const { model, further, table } = storedBytes(architecture);
    return model + (stored.further ?? 0) * further + (stored.tables ?? 0) * table;
  }

  it.each<[id: string, bytes: number, stored: Stored, source: string]>([
    ['cyankiwi/Qwen3-VL-4B-Instruct-AWQ-4bit', 4_430_808_624, { tables: 1 }, 'model.safetensors'],
    ['cyankiwi/Qwen3-VL-8B-Instruct-AWQ-4bit', 7.55e9, {}, 'GB on disk'],
    ['cyankiwi/Qwen3-30B-A3B-Instruct-2507-AWQ-4bit', 16.85 * GIB, {}, 'safetensors, Hub API'],
    ['stelterlab/Qwen3-30B-A3B-Instruct-2507-AWQ', 15.55 * GIB, {}, 'safetensors, Hub API'],
    ['cyankiwi/Qwen3-Coder-30B-A3B-Instruct-AWQ-4bit', 18.1e9, {}, 'GB on disk'],
    ['QuantTrio/Qwen3-Coder-30B-A3B-Instruct-AWQ', 16.8e9, {}, 'GB on disk'],
    ['cyankiwi/gemma-4-26B-A4B-it-AWQ-4bit', 16.01 * GIB, {}, 'GiB on disk'],
    ['nvidia/Llama-3_3-Nemotron-Super-49B-v1_5-NVFP4', 31.07e9, {}, 'raw tensors'],
    ['nvidia/Llama-3_3-Nemotron-Super-49B-v1_5-FP8', 52e9, {}, 'GB on disk'],
    ['QuantTrio/Qwen3.5-9B-AWQ', 11.55 * GIB, { further: 1 }, 'GiB on disk'],
    ['QuantTrio/Qwen3.5-27B-AWQ', 21.9e9, { further: 1 }, 'GB on disk'],
    ['QuantTrio/Qwen3.6-27B-AWQ', 20.36 * GIB, { further: 1 }, 'GiB on disk'],
    ['QuantTrio/Qwen3.6-35B-A3B-AWQ', 23.7 * GIB, { further: 1 }, 'safetensors headers'],
    ['QuantTrio/MiniMax-M2.5-AWQ', 130.21e9, {}, 'total_size of the tensor index'],
    [
      'mistralai/Mistral-Small-4-119B-2603-NVFP4',
      70_813_273_293,
      {},
      'Hub listing; 2.1% more than with attention in 4 bits',
    ],
    ['nvidia/DeepSeek-R1-0528-NVFP4-v2', 413_340_567_567, { further: 1, tables: 2 }, '350 files'],
    ['nvidia/DeepSeek-R1-FP4', 395 * GIB, { further: 1, tables: 2 }, 'GiB on disk'],
    ['zai-org/GLM-4.5-FP8', 336.5 * GIB, { further: 0.5, tables: 2 }, 'files on the Hub'],
    ['zai-org/GLM-4.5-Air-FP8', 104.85 * GIB, { further: 0.5, tables: 2 }, 'files on the Hub'],
    ['zai-org/GLM-4.7-FP8', 362e9, { further: 0.5, tables: 2 }, 'GB on disk; further tokens in FP8'],
    ['RedHatAI/gemma-4-26B-A4B-it-FP8-dynamic', 26.67 * GIB, { tables: 1 }, 'GiB on disk'],
  ])('%s adds up to its %d bytes', (id, bytes, stored, _source) => {
    // Headers and tokenizers are files too, and scales and routers may be stored in other widths than they are loaded in.
    expect(Math.abs(computedOf(id, stored) / bytes - 1)).toBeLessThan(0.0055);
  });

  it.each<[id: string, gib: number, stored: Stored]>([
    ['QuantTrio/MiniMax-M2-AWQ', 113, {}],
    ['QuantTrio/MiniMax-M2.1-AWQ', 117, {}],
    ['RedHatAI/gemma-4-31B-it-NVFP4', 22, { tables: 1 }],
  ])('%s fills the %dG that du prints, which it rounds up', (id, gib, stored) => {
    expect(Math.ceil(computedOf(id, stored) / GIB)).toBe(gib);
  });

  it('is all but the MLPs of QuantTrio/Qwen3.5-4B-AWQ', () => {
    // Stated as 5.6 GB, as 6 GB and as 5.8 GiB with its tokenizer; 3.8 GiB with attention in 4 bits.
    const stored = computedOf('QuantTrio/Qwen3.5-4B-AWQ', { further: 1 }) / GIB;
    expect(stored).toBeGreaterThan(5.55);
    expect(stored).toBeLessThan(5.8);
  });

  it('is nothing of GLM-4.6-FP8 but its tables and norms', () => {
    const architecture = models.find('zai-org/GLM-4.6-FP8')?.architecture;
    // Logged on eight GPUs, in two stages that differ: 40.3 to 42.4 GiB each; 42.8 on average with attention in 16 bits.
    const each = architecture ? storedBytes(architecture).model / 8 / GIB : 0;
    expect(each).toBeGreaterThan(40.3);
    expect(each).toBeLessThan(42.4);
  });

  it('is no Linear of the text of gemma-4-31B-it-FP8-block', () => {
    const architecture = models.find('RedHatAI/gemma-4-31B-it-FP8-block')?.architecture;
    if (!architecture) throw new Error('not in the catalogue');
    // Elements of the repository less those of the model (parameters.jsonl): a scale for each block of 128 by 128.
    const counted = 31_274_876_396 - 31_273_088_876;
    // Ten layers have their keys for values, which engines store twice: 2,048 rows of 5,376.
    expect(scalesOf(architecture) - (10 * 2048 * 5376) / 128 ** 2).toBe(counted);
  });
});
