import { describe, expect, it } from 'vitest';
import { editedText, readingMilliseconds, readText } from './reading.ts';

function read(text: string) {
  return readText('justfile', text).deployments;
}

// just manual: assignments, strings, expressions, recipe parameters, quiet lines, shebang recipes
describe('a recipe', () => {
  it.each([
    ['a line', 'serve:\n    vllm serve org/name --max-model-len 4096\n'],
    ['several lines', 'serve:\n\t@vllm serve org/name \\\n\t\t--max-model-len 4096\n'],
    [
      'variables',
      'model := "org/name"\nlen := \'4096\'\n\nserve:\n    vllm serve {{model}} --max-model-len {{ len }}\n',
    ],
    ['a sum', 'm := "org" / "na" + "me"  # ours\nserve:\n  vllm serve {{m}} --max-model-len {{"40" + "96"}}\n'],
    [
      'the environment',
      'm := env("M", "org/name")\nserve:\n  vllm serve {{m}} --max-model-len {{env_var_or_default(\'L\', \'4096\')}}\n',
    ],
    [
      'parameters',
      'serve model="org/name" len="4096" *args: build\n  -vllm serve {{model}} --max-model-len {{len}} {{args}}\n\nbuild:\n  make\n',
    ],
    [
      'a script',
      'serve:\n  #!/usr/bin/env bash\n  set -e\n  MODEL=org/name\n  exec vllm serve "$MODEL" --max-model-len 4096\n',
    ],
    ['exports', 'export MODEL := "org/name"\nserve:\n  vllm serve $MODEL --max-model-len 4096\n'],
    ['Windows', 'm := "org/name"\r\nserve:\r\n    vllm serve {{m}} \\\r\n      --max-model-len 4096\r\n'],
  ])('starts an engine by %s', (_title, text) => {
    expect(read(text)).toMatchObject([
      { format: 'justfile', name: 'serve', model: { value: 'org/name' }, unresolved: [] },
    ]);
    expect(read(text)[0]?.arguments.get('max_model_len')?.value).toBe(4096);
  });

  it.each([
    ['an argument', 'serve len:\n  vllm serve org/name --max-model-len {{len}}\n', 'argument of the recipe'],
    ['a command', 'len := `nproc`\nserve:\n  vllm serve org/name --max-model-len {{len}}\n', 'output of a command'],
    [
      'whoever runs it',
      'len := env("LEN")\nserve:\n  vllm serve org/name --max-model-len {{len}}\n',
      'whoever runs it',
    ],
    [
      'a condition',
      'len := if os() == "linux" { "1" } else { "2" }\nserve:\n  vllm serve org/name --max-model-len {{len}}\n',
      'computed',
    ],
    ['nothing', 'serve:\n  vllm serve org/name --max-model-len {{len}}\n', 'not set'],
  ])('leaves open what %s says', (_title, text, reason) => {
    const [found] = read(text);
    expect(found?.model?.value).toBe('org/name');
    expect(found?.unresolved).toMatchObject([
      { name: 'max_model_len', reason: expect.stringContaining(reason) as string },
    ]);
  });

  it('is none of ours where it only speaks of one, or stops it', () => {
    expect(read('stop:\n    pkill -f "vllm serve"\n    @echo "run: vllm serve org/name"\n')).toEqual([]);
  });
});

describe('an edit of a recipe', () => {
  const edited = (text: string, name: string, value: number): string => editedText('justfile', text, name, value);

  it.each([
    ['in place', 'serve:\n    vllm serve org/name --max-model-len 4096\n', '--max-model-len 8192\n'],
    [
      'at its definition',
      'len := "4096"\nserve:\n    vllm serve org/name --max-model-len {{len}}\n',
      'len := "8192"\n',
    ],
  ])('changes a value %s', (_title, before, after) => {
    expect(edited(before, 'max_model_len', 8192)).toContain(after);
  });

  it('adds an option on a line of its own', () => {
    expect(
      edited('serve:\n    vllm serve org/name \\\n        --max-model-len 4096\n', 'gpu_memory_utilization', 0.8),
    ).toBe(
      'serve:\n    vllm serve org/name \\\n        --max-model-len 4096 \\\n        --gpu-memory-utilization 0.8\n',
    );
  });
});

it.each([
  ['a megabyte', 'serve:\n    vllm serve org/name\n'.repeat(40_000)],
  [
    'variables that hold each other',
    `vllm := "ab"\n${'vllm := vllm + vllm\n'.repeat(3_000)}serve:\n  vllm serve {{vllm}}\n`,
  ],
  ['braces', `serve:\n  vllm serve ${'{{'.repeat(100_000)}\n`],
  ['quotes', `serve a="${'"'.repeat(100_000)}:\n  vllm\n`],
  ['parameters', `serve ${'a=b '.repeat(50_000)}:\n  vllm serve x\n`],
  ['heads', `vllm${' a'.repeat(200_000)}\n  x`],
])('%s is read in bounded time', (_title, text) => {
  expect(readingMilliseconds('justfile', text)).toBeLessThan(3_000);
});
