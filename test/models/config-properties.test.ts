import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import modelData from '../../src/catalogue/models.json' with { type: 'json' };
import { type Parallelism, shareOf } from '../../src/engines/sharding.ts';
import type { Architecture, Cache, Tensor } from '../../src/models/architecture.ts';
import { architectureOf } from '../../src/models/config/config.ts';
import { elementsOf, parametersOf } from '../../src/models/parameters.ts';

const configs = modelData.configs as readonly Readonly<Record<string, unknown>>[];

function computed(config: unknown): Architecture {
  const made = architectureOf(config);
  if ('problem' in made) throw new Error(made.problem);
  return made;
}

function cachesOf({ layers }: Architecture): Cache[] {
  return layers.flatMap(({ caches }) => caches);
}

/** Elements that attention keeps for one token of the context. */
function keptPerToken(architecture: Architecture): number {
  return cachesOf(architecture).reduce(
    (sum, cache) => sum + ('kvHeads' in cache ? cache.kvHeads * (cache.keyDim + cache.valueDim) : 0),
    0,
  );
}

function tensorsOf({ embedding, head, layers }: Architecture): Tensor[] {
  return [...embedding, ...head, ...[...new Set(layers)].flatMap(({ tensors }) => tensors)];
}

/** Every number of a value, however deep. */
function numbersIn(value: unknown): number[] {
  if (typeof value === 'number') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(numbersIn) : [];
}

/** A dense or sparse decoder of sizes that go together. */
const decoder = fc
  .record({
    layers: fc.integer({ min: 1, max: 12 }),
    kvHeads: fc.constantFrom(1, 2, 4, 8),
    groups: fc.integer({ min: 1, max: 8 }),
    headDim: fc.constantFrom(32, 64, 80, 128),
    width: fc.integer({ min: 1, max: 64 }),
    vocabulary: fc.integer({ min: 64, max: 200_000 }),
    experts: fc.constantFrom(0, 4, 16),
    tied: fc.boolean(),
    family: fc.constantFrom('llama', 'qwen2', 'qwen3', 'mistral', 'gemma2', 'olmo2'),
  })
  .map(({ layers, kvHeads, groups, headDim, width, vocabulary, experts, tied, family }) => ({
    model_type: experts > 0 ? 'mixtral' : family,
    num_hidden_layers: layers,
    num_attention_heads: kvHeads * groups,
    num_key_value_heads: kvHeads,
    hidden_size: kvHeads * groups * headDim,
    head_dim: headDim,
    intermediate_size: width * 128,
    vocab_size: vocabulary,
    max_position_embeddings: 32_768,
    tie_word_embeddings: tied,
    ...(experts > 0 && { num_local_experts: experts, num_experts_per_tok: 2 }),
  }));

describe('whatever a config.json says', () => {
  const garbage = fc.oneof(
    fc.constantFrom(null, '', 'x', -1, 0, 0.5, 1e9, 1e300, Number.MAX_SAFE_INTEGER, true, [], {}, [null], [[1]], {
      a: {},
    }),
    fc.jsonValue(),
  );
  const spoilt = fc
    .tuple(fc.constantFrom(...configs), fc.array(fc.tuple(fc.nat(), garbage), { minLength: 1, maxLength: 4 }))
    .map(([config, changes]) => {
      const keys = Object.keys(config);
      return { ...config, ...Object.fromEntries(changes.map(([at, value]) => [keys[at % keys.length] ?? 'x', value])) };
    });

  it('gives whole, finite, non-negative sizes or a problem, and never throws', () => {
    fc.assert(
      fc.property(spoilt, (config) => {
        const made = architectureOf(config);
        if ('problem' in made) {
          expect(made.problem).toMatch(/\S+ \S+/);
          return;
        }
        const { total, tiedCopy, nextTokenPrediction } = parametersOf(made);
        for (const one of [total, tiedCopy, nextTokenPrediction]) expect(one).toBeGreaterThanOrEqual(0);
        for (const one of numbersIn([tensorsOf(made), cachesOf(made)])) {
          expect(Number.isFinite(one)).toBe(true);
          expect(one).toBeGreaterThanOrEqual(0);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('a decoder', () => {
  it('has as many parameters as its matrices: Llama counted by hand', () => {
    fc.assert(
      fc.property(decoder, (config) => {
        const llama = { ...config, model_type: 'llama', num_local_experts: 0 };
        const { hidden_size: h, intermediate_size: w, vocab_size: v, head_dim: d } = llama;
        const { num_attention_heads: q, num_key_value_heads: kv, num_hidden_layers: n } = llama;
        const layer = h * d * (q + 2 * kv) + q * d * h + 3 * h * w + 2 * h;
        const tables = llama.tie_word_embeddings ? v * h : 2 * v * h;
        expect(parametersOf(computed(llama)).total).toBe(n * layer + tables + h);
      }),
    );
  });

  it.each([
    ['num_hidden_layers', (value: number) => value + 1],
    ['intermediate_size', (value: number) => value + 128],
    ['vocab_size', (value: number) => value + 64],
    ['num_key_value_heads', (value: number) => value * 2],
  ] as const)('grows with %s', (key, grown) => {
    fc.assert(
      fc.property(decoder, (config) => {
        fc.pre(key !== 'num_key_value_heads' || config.num_attention_heads % (2 * config.num_key_value_heads) === 0);
        const [small, big] = [computed(config), computed({ ...config, [key]: grown(config[key]) })];
        expect(parametersOf(big).total).toBeGreaterThan(parametersOf(small).total);
        expect(keptPerToken(big)).toBeGreaterThanOrEqual(keptPerToken(small));
      }),
    );
  });

  it('keeps as much per token as its layers, heads and their width say', () => {
    fc.assert(
      fc.property(decoder, (config) => {
        const { num_hidden_layers: layers, num_key_value_heads: heads, head_dim: width } = config;
        expect(keptPerToken(computed(config))).toBe(layers * heads * 2 * width);
      }),
    );
  });
});

describe('the shares of tensor parallelism', () => {
  const alone = { pipeline: 1, data: 1, expert: 1, redundantExperts: 0, decodeContext: 1 };
  const shared = (tensor: Tensor, parallelism: Parallelism): number => {
    const { stack, rows, columns, biasElements } = shareOf(tensor, parallelism);
    return stack * rows * columns + biasElements;
  };
  const models = configs.flatMap((config) => {
    const made = architectureOf(config);
    return 'problem' in made ? [] : [made];
  });

  it('add up to the whole tensor, and to no more than a copy on every rank', () => {
    for (const model of models) {
      for (const tensor of tensorsOf(model)) {
        expect(shared(tensor, { ...alone, tensor: 1 })).toBeGreaterThanOrEqual(elementsOf(tensor));
        for (const ranks of [2, 4, 8]) {
          // Heads that do not divide are refused before any tensor is made.
          const { shard } = tensor;
          if (
            shard.kind === 'qkv' &&
            (shard.queryHeads % ranks > 0 || (shard.kvHeads > ranks && shard.kvHeads % ranks > 0))
          )
            continue;
          const each = shared(tensor, { ...alone, tensor: ranks });
          expect(ranks * each).toBeGreaterThanOrEqual(elementsOf(tensor));
          expect(each).toBeLessThanOrEqual(shared(tensor, { ...alone, tensor: 1 }));
        }
      }
    }
  });

  it('are even where the sides divide', () => {
    const even = models.flatMap(tensorsOf).filter(({ shard, rows, columns, biasRows }) => {
      const side = shard.kind === 'column' ? rows : shard.kind === 'row' && biasRows === 0 ? columns : 1;
      return side % 8 === 0 && biasRows % 8 === 0;
    });
    expect(even.length).toBeGreaterThan(1_000);
    for (const tensor of even) expect(8 * shared(tensor, { ...alone, tensor: 8 })).toBe(elementsOf(tensor));
  });
});
