import { describe, expect, it } from 'vitest';
import modelData from '../../src/catalogue/models.json' with { type: 'json' };
import { ignoreList } from '../../src/engines/ignore-list.ts';
import { precisionOf } from '../../src/engines/quantized-weight.ts';
import { makeModelCatalogue } from '../../src/models/catalogue.ts';

describe('patterns of modules', () => {
  // What Python's re.match says of the same pattern on the whole path `model.layers.…`.
  it.each([
    ['re:.*mlp\\.gate_proj$', 'layers.3.mlp.gate_proj', true],
    ['re:.*mlp\\.gate$', 'layers.3.mlp.gate_proj', false],
    ['re:.*layers\\.[0-3]\\..*', 'layers.2.self_attn.o_proj', true],
    ['re:.*layers\\.[0-3]\\..*', 'layers.4.self_attn.o_proj', false],
    ['re:.*layers\\.(?:0|1|61)\\.', 'layers.61.mlp.down_proj', true],
    ['re:^model\\.layers\\.\\d+\\.self_attn', 'layers.12.self_attn.o_proj', true],
    ['re:^layers\\.\\d+\\.mlp$', 'layers.12.mlp.down_proj', false],
    ['re:.*\\.layers\\.[0-9]+\\.mlp\\.\\w+_proj', 'model.layers.10.mlp.down_proj', true],
    ['re:.*experts\\.\\d*\\.?down_proj', 'layers.1.mlp.experts.w2', true],
    ['model.layers.*.mlp*', 'layers.7.mlp.up_proj', true],
    ['mtp*', 'layers.7.mlp.up_proj', false],
    ['layers.7', 'layers.7.mlp.up_proj', true],
    ['layers.7', 'layers.70.mlp.up_proj', false],
    // vLLM looks for AWQ's within the path (awq.py, skip_with_substr), where the dot keeps other numbers out.
    ['model.layers.7.', 'layers.7.mlp.up_proj', true],
    ['model.layers.7.', 'layers.70.mlp.up_proj', false],
  ])('%s names %s: %s', (pattern, path, named) => {
    const list = ignoreList([pattern]);
    expect(list.unread).toEqual([]);
    expect(list.matches(path)).toBe(named);
  });

  it.each(['re:.*(?!mlp).*', 're:(a(b|c))+', 're:[^a]*', 're:a{3}', 're:\\bmlp', `re:${'a'.repeat(400)}`, 're:('])(
    'says that it does not read %s',
    (pattern) => {
      expect(ignoreList([pattern]).unread).toHaveLength(1);
    },
  );

  it('takes no time for patterns that make regular expressions backtrack', () => {
    const list = ignoreList(['re:.*.*.*.*.*.*.*.*.*.*.*.*x$', 're:a*a*a*a*a*a*a*a*a*b$']);
    const begun = performance.now();
    expect(list.matches('a'.repeat(3000))).toBe(false);
    expect(performance.now() - begun).toBeLessThan(2000);
  });

  it('are all read in the catalogue', () => {
    const models = makeModelCatalogue(modelData);
    const unread = models.ids.flatMap((id) => {
      const quantization = models.find(id)?.architecture.quantization;
      return quantization ? precisionOf(quantization).unread.map((pattern) => `${id}: ${pattern}`) : [];
    });
    expect(unread).toEqual([]);
  });
});
