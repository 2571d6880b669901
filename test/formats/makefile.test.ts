import { describe, expect, it } from 'vitest';
import { editedText, type Files, readFile, readText } from './reading.ts';

function extractIn(text: string, files: Files = {}) {
  return readFile('Makefile', { ...files, Makefile: text });
}

function edited(text: string, name: string, value: number | undefined): string {
  return editedText('Makefile', text, name, value);
}

// GNU make manual: the two flavors of variables, conditionals, functions, target-specific values
describe('variables of make', () => {
  it.each([
    ['one that is put in when it is used', 'LEN = $(A)\nA = 4096'],
    ['one that is put in at once', 'A := 4096\nLEN := $(A)\nA := 1'],
    ['a default', 'LEN ?= 4096 # tokens'],
    ['a default behind a value', 'LEN = 4096\nLEN ?= 1'],
    ['braces', 'A = 4096\nLEN = ${A}'],
    ['an include', 'include values.mk'],
    ['a branch that holds', 'BIG = 1\nifeq ($(BIG),1)\nLEN = 4096\nelse\nLEN = 1\nendif'],
    [
      'a branch behind another',
      'BIG = 2\nifeq "$(BIG)" "1"\nLEN = 1\nelse ifeq "$(BIG)" "2"\nLEN = 4096\nelse\nLEN = 3\nendif',
    ],
    ['a value of the target', 'LEN = 1\nserve: LEN = 4096'],
    ['a function', 'LEN = $(or $(GIVEN),4096)'],
    ['several lines', 'define LEN\n4096\nendef'],
    ['an exported one', 'export LEN = 4096\nX = $$LEN', 'X'],
  ])('%s', (_title, definitions, name = 'LEN') => {
    const text = `${definitions}\n.PHONY: serve\nserve: build ## start\n\t@echo "vllm serve $(MODEL)"\n\t-vllm serve org/name \\\n\t\t--max-model-len $(${name})\n`;
    const [found, ...others] = extractIn(text, { 'values.mk': 'LEN := 4096\n' }).deployments;
    expect(others).toEqual([]);
    expect(found).toMatchObject({ name: 'serve', model: { value: 'org/name' }, unresolved: [] });
    expect(found?.arguments.get('max_model_len')?.value).toBe(4096);
  });

  it.each([
    ['nothing sets', '', 'LEN is given to make by whoever runs it'],
    ['a command prints', 'LEN != nproc', 'it is the output of a command'],
    ['a branch sets', 'ifeq ($(WHO),me)\nLEN = 1\nendif', 'LEN is set in a branch of the makefile'],
  ])('one that %s stays open', (_title, definitions, reason) => {
    const [found] = extractIn(`${definitions}\nserve:\n\tvllm serve org/name --max-model-len $(LEN)\n`).deployments;
    expect(found?.unresolved).toMatchObject([
      { name: 'max_model_len', reason, place: { line: 2 + definitions.split('\n').length } },
    ]);
  });
});

it('more arguments in one variable are arguments', () => {
  const [found] = extractIn('A := --enforce-eager\nA += --max-num-seqs 4\nserve:\n\tvllm serve m $(A)\n').deployments;
  expect([...(found?.arguments ?? [])].map(([name, { value }]) => [name, value])).toEqual([
    ['enforce_eager', true],
    ['max_num_seqs', 4],
  ]);
});

it('one shell runs the whole recipe', () => {
  const [found] = extractIn('.ONESHELL:\nserve:\n\tM=org/name\n\tvllm serve $$M\n').deployments;
  expect(found?.model).toMatchObject({ value: 'org/name', place: { line: 3 } });
  const [apart] = extractIn('serve:\n\tM=org/name\n\tvllm serve $$M\n').deployments;
  expect(apart?.model).toBeNull();
});

it('docker run starts what its image brings', () => {
  const [found] = extractIn(
    'IMAGE = vllm/vllm-openai\nTAG = v0.9.1\nup:\n\tdocker run -d --gpus \'"device=0,1"\' $(IMAGE):$(TAG) \\\n\t\t--model org/name -tp 2\n',
  ).deployments;
  expect(found).toMatchObject({ model: { value: 'org/name' }, engine: { version: '0.9.1' } });
  expect(found?.gpuRequest.count?.value).toBe(2);
});

it.each([
  ['a script of Python', 'try:\n\tvllm serve m\n', 'serve.py'],
  ['a stopped server', 'stop:\n\tpkill -f "vllm serve"\n', 'Makefile'],
  ['a benchmark', 'bench:\n\tvllm bench serve --model m\n', 'Makefile'],
  ['a container to work in', 'dev:\n\tdocker run -it --rm vllm/vllm-openai bash\n', 'Makefile'],
])('%s is no launch', (_title, text, path) => {
  expect(readText(path, text).deployments).toEqual([]);
});

it.each([
  ['in the recipe', 'serve:\n\tvllm serve m \\\n\t\t--max-model-len 4096 # x\n'],
  ['in a default', 'LEN ?= 4096   # tokens\nserve:\n\tvllm serve m --max-model-len $(LEN)\n'],
  ['in quotes', 'LEN := "4096"\r\nserve:\r\n\tvllm serve m --max-model-len=$(LEN)\r\n'],
])('a value is edited %s', (_title, text) => {
  expect(edited(text, 'max_model_len', 512)).toBe(text.replace('4096', '512'));
});

it('a variable that others use too is changed where it is used', () => {
  const text = 'LEN = 4096\na:\n\tvllm serve a --max-model-len $(LEN)\nb:\n\tvllm serve b --max-model-len $(LEN)\n';
  expect(edited(text, 'max_model_len', 512)).toBe(text.replace('$(LEN)', '512'));
});

it('adds an argument on a line of its own, and takes it out again', () => {
  const text = 'serve:\n\tvllm serve m \\\n\t\t--max-model-len 4096\n\necho:\n\techo\n';
  const longer = text.replace('4096', '4096 \\\n\t\t--max-num-seqs 7');
  expect(edited(text, 'max_num_seqs', 7)).toBe(longer);
  expect(edited(longer, 'max_num_seqs', undefined)).toBe(text);
});

it('adds an argument in front of an option whose value stands elsewhere', () => {
  const text = 'SPEC := {"method":"ngram"}\nserve:\n\tvllm serve m \\\n\t\t--speculative-config \'$(SPEC)\'\n';
  expect(edited(text, 'max_num_seqs', 7)).toBe(text.replace(' m ', ' m --max-num-seqs 7 '));
});

it('puts a new option in front of a backslash that goes on to nothing', () => {
  const text = 'serve:\n\tvllm serve org/name \\\n\t\t--port 9000 \\\n';
  expect(edited(text, 'max_model_len', 4096)).toBe(
    'serve:\n\tvllm serve org/name \\\n\t\t--port 9000 \\\n\t\t--max-model-len 4096 \\\n',
  );
});
