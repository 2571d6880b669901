import { describe, expect, it } from 'vitest';
import type { ArgumentValue } from '../../src/deployment.ts';
import { editedText } from './reading.ts';

describe('edits', () => {
  const edited = (text: string, name: string, value: ArgumentValue | undefined): string =>
    editedText('serve.py', text, name, value);
  const head = 'from vllm import LLM\n';

  it.each([
    ['a number', 'LLM("m", max_num_seqs=8)', 'max_num_seqs', 17, 'LLM("m", max_num_seqs=17)'],
    ['a bare number by a word', 'LLM("m", max_model_len=8)', 'max_model_len', 'auto', 'LLM("m", max_model_len="auto")'],
    ['a text', "LLM('m', kv_cache_dtype='auto')", 'kv_cache_dtype', 'fp8', "LLM('m', kv_cache_dtype='fp8')"],
    ['a flag', 'LLM("m", enforce_eager=False)', 'enforce_eager', true, 'LLM("m", enforce_eager=True)'],
    ['one more', 'LLM("m", max_num_seqs=8)', 'max_model_len', 4, 'LLM("m", max_num_seqs=8, max_model_len=4)'],
    ['the first keyword', 'LLM("m")', 'max_model_len', 4, 'LLM("m", max_model_len=4)'],
    ['in front of a dict', 'K = {}\nLLM("m", **K)', 'max_model_len', 4, 'K = {}\nLLM("m", max_model_len=4, **K)'],
    [
      'an entry of a dict',
      'K = {"model": "m"}\nLLM(**K)',
      'max_model_len',
      4,
      'K = {"model": "m", "max_model_len": 4}\nLLM(**K)',
    ],
    [
      'one more line',
      'LLM(\n  "m",\n  max_num_seqs=8,  # few\n)',
      'max_model_len',
      4,
      'LLM(\n  "m",\n  max_num_seqs=8,  # few\n  max_model_len=4,\n)',
    ],
    [
      'without a comma',
      'LLM(\n  "m",\n  max_num_seqs=8\n)',
      'max_model_len',
      4,
      'LLM(\n  "m",\n  max_num_seqs=8,\n  max_model_len=4\n)',
    ],
    ['one less', 'LLM("m", max_num_seqs=8, seed=1)', 'max_num_seqs', undefined, 'LLM("m", seed=1)'],
    [
      'a line less',
      'LLM(\n  "m",\n  max_num_seqs=8,\n  seed=1,\n)',
      'max_num_seqs',
      undefined,
      'LLM(\n  "m",\n  seed=1,\n)',
    ],
    ['the definition', 'N = 8\nLLM("m", max_num_seqs=N)', 'max_num_seqs', 9, 'N = 9\nLLM("m", max_num_seqs=N)'],
    [
      'a key of a dict',
      'K = {"max_num_seqs": 8}\nLLM("m", **K)',
      'max_num_seqs',
      9,
      'K = {"max_num_seqs": 9}\nLLM("m", **K)',
    ],
    ['a computed number', 'LLM("m", max_model_len=8 * 1024)', 'max_model_len', 4096, 'LLM("m", max_model_len=4096)'],
  ])('%s', (_title, before, name, value, after) => {
    expect(edited(head + before, name, value)).toBe(head + after);
  });

  it('keeps the pairs of a list and its quotes', () => {
    const before = "import subprocess\nsubprocess.run([\n    'vllm', 'serve', 'm',\n    '--max-num-seqs', '8',\n])\n";
    const after =
      "import subprocess\nsubprocess.run([\n    'vllm', 'serve', 'm',\n    '--max-num-seqs', '8',\n    '--max-model-len', '4',\n])\n";
    expect(edited(before, 'max_model_len', 4)).toBe(after);
    expect(edited(after, 'max_model_len', undefined)).toBe(before);
  });

  it('says why a value of several launches is left alone', () => {
    const text = `${head}N = 8\nLLM("a", max_num_seqs=N)\nLLM("b", max_num_seqs=N)\n`;
    expect(edited(text, 'max_num_seqs', 9)).toMatch(/\S.{5,}/);
    expect(edited(text, 'max_num_seqs', 9)).not.toContain('LLM(');
  });
});
