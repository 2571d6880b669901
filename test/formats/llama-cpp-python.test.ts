// llama-cpp-python: llama_cpp/server/settings.py (ModelSettings, ServerSettings: pydantic settings, names of fields are names of
// variables, defaults), server/cli.py (what the command line gives goes before), docker/simple/run.sh (uvicorn with the app).
import { describe, expect, it } from 'vitest';
import { applyEdits } from '../../src/edit.ts';
import { engines } from '../../src/engines/index.ts';
import { editArgument, extractAll } from '../../src/formats/index.ts';

const context = { engines, read: () => null };

function read(text: string, path = 'compose.yaml') {
  const { deployments, unsupported } = extractAll([{ path, text }], context);
  expect(unsupported).toEqual([]);
  expect(deployments).toHaveLength(1);
  const [found] = deployments;
  const args = Object.fromEntries([...(found?.arguments ?? [])].map(([name, { value }]) => [name, value]));
  return { found, args, model: found?.model?.value };
}

const DEFAULTS = { ctx_size: 2048, batch_size: 512, ubatch_size: 512, n_gpu_layers: 0, flash_attn: 'off', parallel: 1 };

describe('the Python server of llama.cpp', () => {
  const service = (more: string) =>
    `services:\n  llm:\n    image: ghcr.io/abetlen/llama-cpp-python:v0.3.8\n${more}    environment:\n      MODEL: /models/a.gguf\n      N_CTX: 8192\n      n_gpu_layers: "-1"\n      TYPE_K: "8"\n      OFFLOAD_KQV: "false"\n      USE_MLOCK: 1\n      LLAMA_ARG_CTX_SIZE: 512\n`;

  it.each([
    ['by its image', ''],
    ['by its module', '    command: python3 -m llama_cpp.server\n'],
    ['by its app', '    command: uvicorn --factory llama_cpp.server.app:create_app --host 0.0.0.0 --port 8000\n'],
    ['in a shell', '    command: sh -c "make build && python -m llama_cpp.server"\n'],
  ])('started %s takes its settings from variables of their names', (_, command) => {
    const { args, model } = read(service(command));
    expect(model).toBe('/models/a.gguf');
    expect(args).toEqual({
      ...DEFAULTS,
      ctx_size: 8192,
      n_gpu_layers: -1,
      cache_type_k: 'q8_0',
      kv_offload: false,
      mlock: true,
    });
  });

  it('takes what the command says before that', () => {
    const { args } = read(service('    command: python3 -m llama_cpp.server --n_ctx 4096\n'));
    expect(args).toMatchObject({ ctx_size: 4096, n_gpu_layers: -1 });
  });

  it('has defaults that are not those of llama-server', () => {
    const { args } = read('#!/bin/sh\nexport MODEL=/models/a.gguf\npython3 -m llama_cpp.server\n', 'run.sh');
    expect(args).toEqual(DEFAULTS);
  });

  it('leaves all to a file of settings where one is named', () => {
    const { args, found } = read('#!/bin/sh\npython3 -m llama_cpp.server --config_file models.json\n', 'run.sh');
    expect(args).toEqual({});
    expect(found?.unresolved.map(({ name }) => name)).toEqual(['more_arguments']);
  });

  it('is edited where the variable stands', () => {
    const text = service('');
    const { found } = read(text);
    const edits =
      found &&
      editArgument(found, 'ctx_size', 1024, context, new Map([['compose.yaml', { path: 'compose.yaml', text }]]));
    expect(edits && !('reason' in edits) && applyEdits(text, edits)).toBe(text.replace('8192', '1024'));
  });

  it('reads no variables of other programs of llama.cpp', () => {
    const text = '#!/bin/sh\nexport MODEL=/models/a.gguf N_CTX=8192\nllama-server -m "$MODEL"\n';
    expect(read(text, 'run.sh').args).toEqual({});
  });
});
