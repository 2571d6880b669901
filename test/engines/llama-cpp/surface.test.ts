import { describe, expect, it } from 'vitest';
import { llamaCpp } from '../../../src/engines/llama-cpp/index.ts';
import { mappedIdentity } from '../../../src/syntax/mapped-text.ts';
import type { Word } from '../../../src/syntax/word.ts';

/** Words of a command, each with its place in it. */
function wordsOf(command: string): Word[] {
  const file = { path: 'command', text: command };
  return [...command.matchAll(/\S+/g)].map((found) => ({
    text: mappedIdentity(file, found.index, found.index + found[0].length, (text) => text),
    unresolved: null,
  }));
}

function parsed(command: string) {
  const words = wordsOf(command);
  const launch = llamaCpp.recognise(words);
  if (!launch) throw new Error('no launch');
  return llamaCpp.parseWords(words.slice(launch.argumentsStart), launch.entrypoint);
}

const valuesOf = (command: string) =>
  Object.fromEntries([...parsed(command).arguments].map(([name, { value }]) => [name, value]));

describe('commands', () => {
  it.each([
    'llama-server -m a.gguf',
    '/app/llama-server -hf a/b',
    './build/bin/llama-server.exe --model a.gguf',
    'nohup numactl --all llama-server -m a.gguf',
    './server -m a.gguf',
    '/opt/llama.cpp/server -m a.gguf',
    'python3 -m llama_cpp.server --model a.gguf',
    '--server -m a.gguf -c 512',
    'llama-server',
  ])('%s starts it', (command) => {
    expect(llamaCpp.recognise(wordsOf(command))).not.toBeNull();
  });

  it.each([
    'llama-cli -m a.gguf',
    'llama-bench -m a.gguf',
    'systemctl restart llama-server',
    'docker logs llama-server --tail 5',
    'pkill -f llama-server',
    'cmake --build build --target llama-server',
    'which llama-server',
    'llama-server --version',
    './server --port 80',
    'cp llama-server /usr/bin',
  ])('%s does not', (command) => {
    expect(llamaCpp.recognise(wordsOf(command))).toBeNull();
  });
});

// common/arg.cpp: what each option takes.
describe('options', () => {
  it('have short and long spellings, and take their value whatever it looks like', () => {
    expect(
      valuesOf(
        'llama-server -m a.gguf -c 8192 -ngl -1 -np 2 -ub 256 -b 512 -ctk q8_0 -ctv q4_0 -sm row -mg 1 -ncmoe 5',
      ),
    ).toEqual({
      ctx_size: 8192,
      n_gpu_layers: -1,
      parallel: 2,
      ubatch_size: 256,
      batch_size: 512,
      cache_type_k: 'q8_0',
      cache_type_v: 'q4_0',
      split_mode: 'row',
      main_gpu: 1,
      n_cpu_moe: 5,
    });
    expect(valuesOf('llama-server --ctx_size 1 --n-gpu-layers all --reasoning-budget -1')).toEqual({
      ctx_size: 1,
      n_gpu_layers: 'all',
      reasoning_budget: -1,
    });
  });

  it('may take a value or none, or say no', () => {
    expect(valuesOf('llama-server -fa --metrics')).toEqual({ flash_attn: true, metrics: true });
    expect(valuesOf('llama-server -fa on -nkvo --no-mmap -kvu')).toEqual({
      flash_attn: 'on',
      kv_offload: false,
      mmap: false,
      kv_unified: true,
    });
  });

  it('add up where they move tensors, else the last one wins', () => {
    expect(valuesOf('llama-server -ot a=CPU -ot b=CUDA1 -c 1 -c 2')).toEqual({
      override_tensor: 'a=CPU,b=CUDA1',
      ctx_size: 2,
    });
  });

  it('end a number at what is no digit, and that is said', () => {
    const { arguments: args, problems } = parsed('llama-server -c 32k');
    expect(args.get('ctx_size')?.value).toBe(32);
    expect(problems[0]?.message).toBe("llama-server reads '32k' as 32: it knows no suffixes.");
  });

  it('know no `=` and no prefixes', () => {
    const { arguments: args, problems } = parsed('llama-server --ctx-size=4096 --ctx 5');
    expect(args.get('ctx_size')?.value).toBe(4096);
    expect(problems.map(({ code }) => code)).toEqual(['unknown-argument', 'unknown-argument']);
  });

  it('name the model in several ways, of which a repository goes first', () => {
    expect(parsed('llama-server -m a.gguf').model?.value).toBe('a.gguf');
    expect(parsed('llama-server -m a.gguf -hf o/r:Q4_K_M').model?.value).toBe('o/r:Q4_K_M');
    expect(parsed('llama-server --hf-repo o/r --hf-file x.gguf').arguments.get('hf_file')?.value).toBe('x.gguf');
  });

  it('are read from variables', () => {
    expect(llamaCpp.argumentOfVariable('LLAMA_ARG_CTX_SIZE')).toBe('ctx_size');
    expect(llamaCpp.argumentOfVariable('LLAMA_ARG_N_GPU_LAYERS')).toBe('n_gpu_layers');
    expect(llamaCpp.argumentOfVariable('CTX_SIZE')).toBeNull();
  });

  it('are printed as they are read', () => {
    for (const [name, value] of [
      ['ctx_size', 5],
      ['n_gpu_layers', 'auto'],
      ['flash_attn', 'on'],
      ['flash_attn', true],
      ['kv_unified', true],
      ['kv_unified', false],
      ['cpu_moe', true],
    ] as const) {
      expect(valuesOf(`llama-server ${llamaCpp.printArgument(name, value).join(' ')}`)).toEqual({ [name]: value });
    }
  });

  it('of the Python server have its names', () => {
    const { model, arguments: args } = parsed(
      'python -m llama_cpp.server --model a.gguf --n_ctx 4096 --n_gpu_layers -1 --flash_attn true --type_k 8 --offload_kqv false',
    );
    expect(model?.value).toBe('a.gguf');
    expect(Object.fromEntries([...args].map(([name, { value }]) => [name, value]))).toEqual({
      ctx_size: 4096,
      n_gpu_layers: -1,
      flash_attn: true,
      cache_type_k: 'q8_0',
      kv_offload: false,
    });
  });

  it('of the Python server may stand in one word, or in a file that is open', () => {
    const { model, arguments: args, unresolved } = parsed('python -m llama_cpp.server --model=a.gguf --n_ctx=4096');
    expect([model?.value, args.get('ctx_size')?.value, unresolved]).toEqual(['a.gguf', 4096, []]);
    // llama-cpp-python docs, "Configuration and Multi-Model Support": the file has the models and their settings.
    expect(parsed('python -m llama_cpp.server --config_file models.json').unresolved).toMatchObject([
      { name: 'more_arguments', text: 'models.json' },
    ]);
  });
});

describe('images', () => {
  it.each([
    ['ghcr.io/ggml-org/llama.cpp:server-cuda-b6123', true, 'b6123', 'gpu'],
    ['ghcr.io/ggml-org/llama.cpp:server-cuda', true, null, 'gpu'],
    ['ghcr.io/ggerganov/llama.cpp:server', true, null, 'cpu'],
    ['ghcr.io/ggml-org/llama.cpp:server-b6123', true, 'b6123', 'cpu'],
    ['ghcr.io/ggml-org/llama.cpp:server-vulkan', true, null, 'gpu'],
    ['local/llama.cpp:server-cuda', true, null, 'gpu'],
    ['ghcr.io/ggml-org/llama.cpp:light-cuda', false, null, 'gpu'],
    ['ghcr.io/mostlygeek/llama-swap:cuda', false, null, 'gpu'],
    ['ollama/ollama', false, null, 'gpu'],
  ])('%s', (image, own, version, device) => {
    expect(llamaCpp.ownsImage(image)).toBe(own);
    expect(llamaCpp.versionOfImage(image)?.version ?? null).toBe(version);
    expect(llamaCpp.deviceOf(image, [])).toBe(device);
  });
});
