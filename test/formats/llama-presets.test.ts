import { describe, expect, it } from 'vitest';
import { readIni } from '../../src/syntax/ini.ts';
import { editedFiles, noted, readText } from './reading.ts';

const PATH = 'config/models.ini';
const PRESETS = `version = 1

[*]  ; for all models
c = 8192
no-mmap = true

; by its file
[fast]
model = /models/a-Q4_K_M.gguf # kept warm
ngl = 99
fa = off
jinja = true
LLAMA_ARG_N_PARALLEL = 4
load-on-startup = true

[org/name-GGUF:Q8_0]
ctx-size = 16384
mmap = on
`;

describe('presets of llama.cpp’s router', () => {
  // llama.cpp common/preset.cpp: parse_ini_from_file, load_from_ini, to_args
  it('start a model for each section, with what holds for all in front', () => {
    expect(noted(PATH, { [PATH]: PRESETS })).toEqual([
      {
        name: 'fast',
        model: ['/models/a-Q4_K_M.gguf', 9],
        arguments: {
          ctx_size: [8192, 4],
          mmap: [false, 5],
          n_gpu_layers: [99, 10],
          flash_attn: ['off', 11],
          jinja: [true, 12],
          parallel: [4, 13],
        },
        gpus: [null, null],
        open: [],
      },
      {
        name: 'org/name-GGUF:Q8_0',
        model: ['org/name-GGUF:Q8_0', 16],
        arguments: { ctx_size: [16384, 17], mmap: [true, 18] },
        gpus: [null, null],
        open: [],
      },
    ]);
  });

  it.each([
    ['settings of another program', '[server]\nmodel = small\nport = 8080\n'],
    ['a file that llama.cpp would refuse', '[a]\nmodel = x.gguf\nc = 1\nwhat is this\n'],
    ['no section', 'model = x.gguf\nctx-size = 4096\n'],
  ])('are not %s', (_, text) => {
    expect(readText('a.ini', text)).toEqual({ deployments: [], unsupported: [] });
  });

  it('say of a key that the server has not, that it has none', () => {
    const [only] = readText(PATH, '[a]\nmodel = x.gguf\nc = 4096\nctx-sze = 1\n').deployments;
    expect(only?.problems.map(({ code, place }) => [code, place.line])).toEqual([['unknown-argument', 4]]);
  });

  it.each([
    ['a value in place', 'n_gpu_layers', 20, 'ngl = 99', 'ngl = 20'],
    ['a flag by its value', 'jinja', false, 'jinja = true', 'jinja = false'],
    ['a new key behind the last one', 'batch_size', 512, 'startup = true\n', 'startup = true\nbatch-size = 512\n'],
    ['a key over that of all models', 'ctx_size', 4096, 'startup = true\n', 'startup = true\nctx-size = 4096\n'],
    ['a key with its line', 'parallel', undefined, 'LLAMA_ARG_N_PARALLEL = 4\n', ''],
  ])('change %s', (_, argument, value, from, to) => {
    expect(editedFiles(PATH, { [PATH]: PRESETS }, argument, value)).toEqual({ [PATH]: PRESETS.replace(from, to) });
  });

  it('keep the line ends of Windows', () => {
    const text = '[a]\r\nmodel = x.gguf\r\nc = 4096\r\n';
    const files = { [PATH]: text };
    expect(editedFiles(PATH, files, 'parallel', 2)).toEqual({ [PATH]: `${text.slice(0, -2)}\r\nparallel = 2\r\n` });
    expect(editedFiles(PATH, files, 'ctx_size', undefined)).toEqual({ [PATH]: '[a]\r\nmodel = x.gguf\r\n' });
  });

  it('are not read beyond what a file of presets holds', () => {
    expect(readIni({ path: PATH, text: `[a]\n${'c = 1\n'.repeat(10_000)}` })).toBeNull();
  });
});
