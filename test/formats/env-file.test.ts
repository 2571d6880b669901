import { expect, it } from 'vitest';
import { applyEdits } from '../../src/edit.ts';
import { engines } from '../../src/engines/index.ts';
import { editArgument, extractAll } from '../../src/formats/index.ts';

function extractIn(text: string, files: Readonly<Record<string, string>> = {}) {
  const read = (path: string) => (path in files ? { path, text: files[path] ?? '' } : null);
  return extractAll([{ path: 'serve/a.env', text }], { engines, read });
}

const TEXT =
  '# serve\nexport MODEL="org/name"\nTP=2\nGPU_MEM_UTIL=\'0.85\' # of all\nCUDA_VISIBLE_DEVICES=0,1\nAPI_KEY=x\n';

it('variables that name a model and arguments are a launch', () => {
  const [found] = extractIn(TEXT).deployments;
  expect(found).toMatchObject({ name: 'a.env', line: 2, model: { value: 'org/name' } });
  expect([...(found?.arguments ?? [])].map(([name, { value, place }]) => [name, value, place.line])).toEqual([
    ['tensor_parallel_size', 2, 3],
    ['gpu_memory_utilization', 0.85, 4],
  ]);
  expect(found?.gpuRequest.count?.value).toBe(2);
});

it.each([
  ['without a model', 'TP=2\nGPU_MEM_UTIL=0.85\n'],
  ['with one argument alone', 'MODEL=org/name\nMAX_MODEL_LEN=4096\n'],
  ['of a client', 'MODEL=org/name\nMAX_TOKENS=512\nTEMPERATURE=0\n'],
  ['within a script', 'MODEL=org/name\nTP=2\nGPU_MEM_UTIL=0.85\nif true; then echo; fi\n'],
])('variables %s are none', (_title, text) => {
  expect(extractIn(text).deployments).toEqual([]);
});

it('values beside a Compose file are read with that', () => {
  expect(extractIn(TEXT, { 'serve/compose.yaml': 'services: {}\n' }).deployments).toEqual([]);
});

it('an edit changes the value in its quotes', () => {
  const context = { engines, read: () => null };
  const [found] = extractIn(TEXT).deployments;
  const byPath = new Map([['serve/a.env', { path: 'serve/a.env', text: TEXT }]]);
  const edits = found && editArgument(found, 'gpu_memory_utilization', 0.9, context, byPath);
  expect(edits && !('reason' in edits) && applyEdits(TEXT, edits)).toBe(TEXT.replace('0.85', '0.9'));
});

// llama.cpp common/arg.cpp: the variables that llama-server reads itself.
it('variables that an engine reads itself are a launch, whatever else they hold', () => {
  const text = 'LLAMA_ARG_MODEL=/models/a.gguf\nLLAMA_ARG_CTX_SIZE=32768\nLLAMA_ARG_CACHE_TYPE_K=q8_0\n';
  const [found] = extractIn(text).deployments;
  expect(found).toMatchObject({ engine: { id: 'llamacpp' }, model: { value: '/models/a.gguf', place: { line: 1 } } });
  expect([...(found?.arguments ?? [])].map(([name, { value, place }]) => [name, value, place.line])).toEqual([
    ['ctx_size', 32768, 2],
    ['cache_type_k', 'q8_0', 3],
  ]);
  expect(extractIn('LLAMA_ARG_MODEL=/models/a.gguf\nLLAMA_ARG_PORT=80\n').deployments).toEqual([]);
});
