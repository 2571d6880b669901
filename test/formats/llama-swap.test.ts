import { describe, expect, it } from 'vitest';
import { applyEdits } from '../../src/edit.ts';
import { engines } from '../../src/engines/index.ts';
import { editArgument, extractAll } from '../../src/formats/index.ts';

const context = { engines, read: () => null };
const read = (text: string) => extractAll([{ path: 'config.yaml', text }], context);

/** Sets an argument of the first launch; the edited text, or the reason why not. */
function set(text: string, argument: string, value: number | string | undefined, index = 0): string {
  const file = { path: 'config.yaml', text };
  const deployment = read(text).deployments[index];
  if (!deployment) return 'no launch';
  const edits = editArgument(deployment, argument, value, context, new Map([[file.path, file]]));
  return 'reason' in edits ? edits.reason : applyEdits(text, edits);
}

const MACROS = `macros:
  "server-latest": >
    /app/llama-server --port \${PORT}
  models_dir: /models
  ctx: 16384
models:
  small:
    macros:
      ctx: 8192
    env: ["CUDA_VISIBLE_DEVICES=0,1"]
    cmd: |
      \${server-latest}
      # -c 1
      -m \${models_dir}/Qwen3-8B-Q4_K_M.gguf
      -c \${ctx} -ngl 99
  large:
    cmd: \${server-latest} -m \${models_dir}/Qwen3-32B-Q4_K_M.gguf -c \${ctx} --alias \${MODEL_ID}
  elsewhere:
    cmd: llama-server -m \${env.HOME}/x.gguf --port \${PORT}
`;

describe('macros', () => {
  const { deployments } = read(MACROS);

  it('are put in, the model’s own before those of the file, with the place where each is defined', () => {
    expect(deployments.map(({ name, model }) => [name, model?.value ?? null])).toEqual(
      expect.arrayContaining([
        ['small', '/models/Qwen3-8B-Q4_K_M.gguf'],
        ['large', '/models/Qwen3-32B-Q4_K_M.gguf'],
        ['elsewhere', null],
      ]),
    );
    const small = deployments.find(({ name }) => name === 'small');
    expect(small?.arguments.get('ctx_size')).toMatchObject({ value: 8192, place: { line: 9 } });
    expect(small?.arguments.get('n_gpu_layers')?.value).toBe(99);
    expect(small?.gpuRequest.count?.value).toBe(2);
    const large = deployments.find(({ name }) => name === 'large');
    expect(large?.arguments.get('ctx_size')?.value).toBe(16_384);
    expect(large?.arguments.get('alias')?.value).toBe('large');
  });

  it('of the host stay open, and the port is llama-swap’s own', () => {
    const elsewhere = deployments.find(({ name }) => name === 'elsewhere');
    expect(elsewhere?.unresolved).toMatchObject([{ name: 'model', reason: 'env.HOME is not set in this file' }]);
  });

  it('that hold each other end', () => {
    const text = 'macros:\n  a: ${b}\n  b: ${a}\nmodels:\n  x:\n    cmd: llama-server -m ${a}\n';
    expect(read(text).deployments[0]?.unresolved[0]?.reason).toMatch(/each other without end/);
  });
});

describe('commands', () => {
  it('keep backslashes where paths are those of Windows', () => {
    const { deployments } = read(
      'models:\n  x:\n    cmd: |\n      C:\\llama\\llama-server.exe\n      -m F:\\ai\\Qwen3-8B-Q4_K_M.gguf\n',
    );
    expect(deployments[0]?.model?.value).toBe('F:\\ai\\Qwen3-8B-Q4_K_M.gguf');
  });

  it('may start other engines, in containers and shells too', () => {
    const { deployments } = read(
      'models:\n' +
        '  v:\n    cmd: docker run --gpus all vllm/vllm-openai:v0.11.0 --model Qwen/Qwen3-8B --max-model-len 8192\n' +
        '  s:\n    cmd: bash -c "exec llama-server -m /m/a-Q4_0.gguf -c 4096"\n' +
        '  w:\n    cmd: whisper-server -m /m/whisper.bin\n',
    );
    expect(deployments.map(({ name, engine, model }) => [name, engine.id, engine.version, model?.value])).toEqual([
      ['v', 'vllm', '0.11.0', 'Qwen/Qwen3-8B'],
      ['s', 'llamacpp', null, '/m/a-Q4_0.gguf'],
    ]);
  });
});

describe('edits', () => {
  it('change the word in the command or add one behind the last', () => {
    const text = 'models:\n  x:\n    cmd: llama-server -m /m/a-Q4_0.gguf -c 4096\n';
    expect(set(text, 'ctx_size', 8192)).toBe(text.replace('4096', '8192'));
    expect(set(text, 'n_gpu_layers', 20)).toBe(text.replace('4096', '4096 --n-gpu-layers 20'));
    expect(set(text, 'ctx_size', undefined)).toBe(text.replace(' -c 4096', ''));
  });

  it('leave a macro alone that another model uses too', () => {
    const text =
      'macros:\n  ctx: 4096\nmodels:\n' +
      '  a:\n    cmd: llama-server -m /m/a-Q4_0.gguf -c ${ctx}\n  b:\n    cmd: llama-server -m /m/b-Q4_0.gguf -c ${ctx}\n';
    const edited = set(text, 'ctx_size', 8192);
    expect(edited).toContain('ctx: 4096');
  });

  it('put a new option into the command, not into a macro that it uses', () => {
    const text =
      'macros:\n  server: /opt/llama-server --port ${PORT}\n  temp: 0.7\nmodels:\n' +
      '  a:\n    cmd: |\n      ${server}\n      -m /m/a-Q4_0.gguf\n      --temp ${temp}\n';
    expect(set(text, 'n_gpu_layers', 20)).toBe(text.replace('a-Q4_0.gguf\n', 'a-Q4_0.gguf --n-gpu-layers 20\n'));
  });
});

describe('a command that starts a script', () => {
  // llama-swap: a command is started as it is, without a shell; `env` (coreutils) sets variables for what it starts.
  const text =
    'models:\n  a:\n    cmd: >\n      env MODEL=org/a LEN=4096\n      /app/scripts/serve.sh --port ${PORT}\n      --max-num-seqs 8\n';

  it('has what the script of the repository starts', () => {
    const files = [
      { path: 'swap/config.yaml', text },
      { path: 'swap/scripts/serve.sh', text: '#!/bin/bash\nexec vllm serve "$MODEL" --max-model-len "$LEN" "$@"\n' },
    ];
    const all = { engines, read: (path: string) => files.find((file) => file.path === path) ?? null };
    const [found] = extractAll(files, all).deployments;
    expect(found).toMatchObject({ name: 'a', format: 'llama-swap', model: { value: 'org/a', place: { line: 4 } } });
    expect([...(found?.arguments ?? [])].map(([name, { value, place }]) => [name, value, place.line])).toEqual([
      ['max_model_len', 4096, 4],
      ['port', 5800, 5],
      ['max_num_seqs', 8, 6],
    ]);
  });

  it('is said where the script is not in the repository', () => {
    const { deployments, unsupported } = read(text);
    expect(deployments).toEqual([]);
    expect(unsupported).toMatchObject([{ name: 'a', place: { line: 5 }, reason: expect.stringContaining('serve.sh') }]);
  });
});

it('the options of llama.cpp are known behind an image of any name', () => {
  const run =
    'docker run --rm ghcr.io/me/spark:latest -m /m/a.gguf --ctx-size 8192 -ngl 99 --jinja --no-mmap --parallel 2';
  expect(read(`models:\n  a:\n    cmd: ${run}\n`).deployments).toMatchObject([
    { engine: { id: 'llamacpp' }, model: { value: '/m/a.gguf' } },
  ]);
});

describe('a command whose program is a macro from elsewhere', () => {
  it('is known by its options, and may have more', () => {
    const { deployments } = read('models:\n  a:\n    cmd: ${server} -m /m/a.gguf --ctx-size 8192 --n-gpu-layers 99\n');
    expect(deployments).toMatchObject([
      {
        engine: { id: 'llamacpp' },
        model: { value: '/m/a.gguf' },
        unresolved: [{ name: 'more_arguments', text: '${server}', place: { line: 3 } }],
      },
    ]);
  });

  it('is said where they do not tell', () => {
    const { deployments, unsupported } = read('models:\n  a:\n    cmd: ${server} --model /m/a\n');
    expect(deployments).toEqual([]);
    expect(unsupported).toMatchObject([
      { name: 'a', place: { line: 3 }, reason: expect.stringContaining('${server}') },
    ]);
  });
});

describe('what is no config of llama-swap', () => {
  it.each([
    'models:\n  - name: a\n    cmd: ls\n',
    'models:\n  a:\n    cmd: 5\n',
    'models:\n  a:\n    cmd: ["llama-server"]\n',
    'jobs:\n  models:\n    cmd: llama-server -m a.gguf\n',
  ])('%j', (text) => {
    expect(read(text).deployments.filter(({ format }) => format === 'llama-swap')).toEqual([]);
  });
});
