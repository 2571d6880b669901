import { describe, expect, it } from 'vitest';
import { SGLANG_ARGUMENTS } from '../../../src/engines/sglang/arguments.ts';
import { sglang } from '../../../src/engines/sglang/index.ts';
import { readCommandLine } from '../../../src/formats/command-line/index.ts';

function read(start: readonly string[], ...words: string[]) {
  const deployment = readCommandLine([...start, ...words], [sglang]);
  if ('problem' in deployment) throw new Error(deployment.problem);
  const values = Object.fromEntries([...deployment.arguments].map(([name, { value }]) => [name, value]));
  return {
    model: deployment.model?.value ?? null,
    values,
    open: deployment.unresolved.map(({ name }) => name),
    problems: deployment.problems.map(({ code, argument }) => [code, argument]),
  };
}

const SERVER = ['python3', '-m', 'sglang.launch_server'] as const;
const valuesOf = (...words: string[]) => read(SERVER, '--model-path', 'm', ...words).values;

describe('options as SGLang’s parser reads them (srt/server_args.py add_cli_args, Python’s argparse)', () => {
  it.each([
    [['--tp', '4'], 'tp_size', 4],
    [['--tp-size', '4'], 'tp_size', 4],
    [['--tensor-parallel-size', '4'], 'tp_size', 4],
    [['--tensor-parallel-size=4'], 'tp_size', 4],
    [['--pp-size', '2'], 'pp_size', 2],
    [['--pipeline-parallel-size', '2'], 'pp_size', 2],
    [['--dp', '2'], 'dp_size', 2],
    [['--data-parallel-size', '2'], 'dp_size', 2],
    [['--ep', '8'], 'ep_size', 8],
    [['--ep-size', '8'], 'ep_size', 8],
    [['--expert-parallel-size', '8'], 'ep_size', 8],
    // argparse takes any beginning that only one option has.
    [['--mem-frac', '0.8'], 'mem_fraction_static', 0.8],
    [['--context-len', '8192'], 'context_length', 8192],
    [['--mem-fraction-static', '0.7', '--mem-fraction-static', '0.8'], 'mem_fraction_static', 0.8],
    [['--chunked-prefill-size', '-1'], 'chunked_prefill_size', -1],
    [['--enable-dp-attention'], 'enable_dp_attention', true],
    [['--cuda-graph-bs', '1', '2', '4'], 'cuda_graph_bs', [1, 2, 4]],
    [['--cuda-graph-max-bs-decode', '64'], 'cuda_graph_max_bs', 64],
    [['--speculative-draft-model', 'd'], 'speculative_draft_model_path', 'd'],
    [['--json-model-override-args', '{"a": 1}'], 'json_model_override_args', { a: 1 }],
  ])('%j', (words, name, value) => {
    expect(valuesOf(...words)[name]).toEqual(value);
  });

  it('a model by both names of its option', () => {
    expect(read(SERVER, '--model-path', 'a/b').model).toBe('a/b');
    expect(read(SERVER, '--model', 'a/b').model).toBe('a/b');
  });

  // argparse compares option strings as they are: `--mem_fraction_static` is another one.
  it('underscores are no dashes', () => {
    expect(read(SERVER, '--model', 'm', '--mem_fraction_static', '0.8').problems).toEqual([
      ['unknown-argument', 'mem_fraction_static'],
    ]);
  });

  it('a beginning of several options is none of them', () => {
    expect(read(SERVER, '--model', 'm', '--max', '8').problems).toHaveLength(1);
    expect(valuesOf('--max', '8')).toEqual({});
  });

  it('a flag has no `--no-` twin unless the parser gives it one', () => {
    expect(read(SERVER, '--model', 'm', '--no-disable-radix-cache').problems).toHaveLength(1);
    expect(sglang.printArgument('disable_radix_cache', false)).toEqual([]);
    expect(sglang.printArgument('disable_radix_cache', true)).toEqual(['--disable-radix-cache']);
  });

  it.each(['--enable-ep-moe', '--disable-mla', '--enable-deepep-moe'])('%s is gone', (option) => {
    expect(read(SERVER, '--model', 'm', option).problems.map(([code]) => code)).toEqual(['removed-argument']);
  });

  it('a file of arguments is open until it is read', () => {
    expect(read(SERVER, '--config', 'c.yaml').open).toEqual(['config']);
    expect(sglang.affectsMemory('config')).toBe(true);
  });

  it('Dynamo’s workers take options of their own beside SGLang’s', () => {
    const dynamo = ['python3', '-m', 'dynamo.sglang'];
    const found = read(dynamo, '--model-path', 'm', '--endpoint', 'dyn://a.b', '--tp', '2');
    expect(found.problems).toEqual([]);
    expect(found.values['tp_size']).toBe(2);
  });

  it('every option that the memory model reads is known to move memory', () => {
    for (const name of [
      'mem_fraction_static',
      'max_total_tokens',
      'max_running_requests',
      'chunked_prefill_size',
      'context_length',
      'kv_cache_dtype',
      'swa_full_tokens_ratio',
      'mamba_full_memory_ratio',
      'speculative_algorithm',
      'disable_cuda_graph',
      'cpu_offload_gb',
    ])
      expect(SGLANG_ARGUMENTS.byName.get(name)?.memory, name).toBe(true);
    expect(sglang.affectsMemory('port')).toBe(false);
    expect(sglang.affectsMemory('log_level')).toBe(false);
  });
});

describe('launches', () => {
  it.each([
    [['sglang', 'serve', 'a/b'], 'a/b'],
    [['sglang', 'serve', '--model-path', 'a/b'], 'a/b'],
    [['python', '-m', 'sglang.cli.main', 'serve', 'a/b'], 'a/b'],
    [['/opt/venv/bin/python3', '-m', 'sglang.launch_server', '--model-path', 'a/b'], 'a/b'],
    [['uv', 'run', 'python', '-m', 'sglang.launch_server', '--model-path', 'a/b'], 'a/b'],
    [['python', '-m', 'sglang.srt.server', '--model-path', 'a/b'], 'a/b'],
    [['python3', '-m', 'dynamo.sglang', '--model-path', 'a/b'], 'a/b'],
    [['CUDA_VISIBLE_DEVICES=0', 'nohup', 'python3', '-m', 'sglang.launch_server', '--model', 'a/b'], 'a/b'],
  ])('%j', (words, model) => {
    expect(read(words).model).toBe(model);
  });

  it.each([
    ['a benchmark', ['python', '-m', 'sglang.bench_serving', '--model', 'a/b']],
    ['a router', ['python', '-m', 'sglang_router.launch_router', '--worker-urls', 'http://a']],
    ['an installation', ['pip', 'install', 'sglang']],
    ['a package’s name in a path', ['ls', '/opt/sglang/launch_server']],
  ])('%s is none', (_what, words) => {
    expect(readCommandLine(words, [sglang])).toHaveProperty('problem');
  });
});

describe('images', () => {
  it.each([
    ['lmsysorg/sglang:v0.5.3-cu126', '0.5.3'],
    ['docker.io/lmsysorg/sglang:v0.4.6.post5-rocm630-mi30x', '0.4.6.post5'],
    ['lmsysorg/sglang:v0.5.3rc0-cu129-amd64', '0.5.3rc0'],
    ['my.registry:5000/mirror/sglang:v0.4.10.post2-cu126', '0.4.10.post2'],
    ['rocm/sgl-dev:v0.5.2-rocm700-mi35x-20250915', '0.5.2'],
    // Dynamo's support matrix: 0.7.x holds SGLang 0.5.4.post3.
    ['nvcr.io/nvidia/ai-dynamo/sglang-runtime:0.7.0', '0.5.4.post3'],
    ['lmsysorg/sglang:latest', null],
    ['lmsysorg/sglang:dev-cu13', null],
    ['nvcr.io/nvidia/sglang:25.10-py3', null],
  ])('%s', (image, version) => {
    expect(sglang.ownsImage(image)).toBe(true);
    expect(sglang.versionOfImage(image)?.version ?? null).toBe(version);
  });

  it.each(['vllm/vllm-openai:v0.10.0', 'lmsysorg/sglang-router:latest', 'ghcr.io/me/api:1.2'])(
    '%s is another',
    (image) => {
      expect(sglang.ownsImage(image)).toBe(false);
    },
  );

  it('of other devices say so', () => {
    expect(sglang.deviceOf('lmsysorg/sglang:v0.5.6-xeon', [])).toBe('cpu');
    expect(sglang.deviceOf('lmsysorg/sglang:v0.5.6-cu129', [])).toBe('gpu');
  });
});
