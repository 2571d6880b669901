import { describe, expect, it } from 'vitest';
import { memoryGuide } from '../../src/formats/memory-guide/index.ts';

const detects = (text: string): boolean => memoryGuide.detect({ path: 'a.yaml', text });

describe('a research config', () => {
  it.each([
    'model: Qwen/Qwen3-8B\nmax_model_len: 8192\n',
    'model: Qwen/Qwen3-8B\nengine:\n  max_model_len: 8192\n',
    'model: Qwen/Qwen3-8B\nengine: {dtype: bfloat16, max_model_len: 8192}\n',
    '{"model": "Qwen/Qwen3-8B", "engine": {"max_model_len": 8192}}',
    '[\n  {"model": "Qwen/Qwen3-8B", "max_model_len": 8192}\n]',
  ])('is told by its keys: %j', (text) => {
    expect(detects(text)).toBe(true);
  });

  // A log of 400 kB took the parser of YAML half a second, for nothing.
  it('is no log that prints the arguments of a start', () => {
    expect(
      detects(
        "INFO 03-10 10:59:26 [utils.py:233] non-default args: {'model': 'Qwen/Qwen3-8B', 'max_model_len': 8192}\n",
      ),
    ).toBe(false);
  });
});
