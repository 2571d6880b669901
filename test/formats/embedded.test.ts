import { describe, expect, it } from 'vitest';
import { applyEdits } from '../../src/edit.ts';
import { engines } from '../../src/engines/index.ts';
import { editArgument, extractAll } from '../../src/formats/index.ts';

const context = { engines, read: () => null };

function read(text: string, path = 'bench/matrix.yaml') {
  return extractAll([{ path, text }], context).deployments;
}

function valuesOf(text: string, path?: string): Record<string, unknown>[] {
  return read(text, path).map(({ model, arguments: args }) =>
    Object.fromEntries([['model', model?.value ?? null], ...[...args].map(([name, { value }]) => [name, value])]),
  );
}

const WANTED = { model: 'org/name', max_model_len: 4096 };

describe('a command in a file of any tool', () => {
  it.each([
    ['a text', 'server:\n  launch: vllm serve org/name --max-model-len 4096\n'],
    [
      'a script',
      'steps:\n- run: |\n    set -e\n    export LEN=4096\n    vllm serve org/name --max-model-len $LEN &\n    wait\n',
    ],
    ['a list of words', 'a:\n- b:\n    argv: [vllm, serve, org/name, --max-model-len, "4096"]\n'],
    ['a list of lines', 'job:\n  script:\n  - export LEN=4096\n  - vllm serve org/name --max-model-len $LEN\n'],
    ['a shell in a list', 'a: [bash, -lc, "cd /opt && vllm serve org/name --max-model-len 4096"]\n'],
    ['a container', 'cmd: docker run --gpus all vllm/vllm-openai:v0.9.0 --model org/name --max-model-len 4096\n'],
    [
      'variables beside it',
      'env: {M: org/name}\ncase:\n  env: {LEN: "4096"}\n  command: vllm serve $M --max-model-len $LEN\n',
    ],
    ['keys beside it', 'model: org/name\nlen: 4096\nserver_cmd: vllm serve {model} --max-model-len {len}\n'],
    [
      'defaults beside it',
      'model: org/name\ncommand: |\n  vllm serve {model} \\\n    --max-model-len {max_model_len}\ndefaults: {port: 8000, max_model_len: 4096}\n',
    ],
    ['arguments beside it', 'command: vllm serve org/name\nargs: [--max-model-len, "4096"]\n'],
    [
      'a file that it holds',
      'files:\n  start.sh: |\n    #!/bin/sh\n    exec vllm serve org/name --max-model-len 4096\n',
    ],
  ])('is read as %s', (_title, text) => {
    expect(valuesOf(text)).toEqual([WANTED]);
    const json = text.startsWith('a: [')
      ? JSON.stringify({ a: ['bash', '-lc', 'vllm serve org/name --max-model-len 4096'] })
      : null;
    if (json) expect(valuesOf(json, 'a.json')).toEqual([WANTED]);
  });

  it('takes the model from beside it where it names none', () => {
    const text = 'model: org/name\nserver_cmd: python -m vllm.entrypoints.openai.api_server --max-model-len 4096\n';
    expect(valuesOf(text)).toEqual([WANTED]);
  });

  it('leaves open what a pipeline or a template puts in', () => {
    const text = 'jobs:\n  a:\n    steps:\n    - run: vllm serve ${{ matrix.model }} --max-model-len 4096\non: push\n';
    const [found] = read(text, '.github/workflows/a.yml');
    expect(found?.unresolved).toMatchObject([{ name: 'model', text: '${{ matrix.model }}' }]);
    expect(found?.arguments.get('max_model_len')?.value).toBe(4096);
  });

  it.each([
    ['speaks of it', 'description: vllm serve org/name --max-model-len 4096\n'],
    ['tells how', 'hint: Start the server with vllm serve org/name\nstart_here: Run vllm serve org/name first\n'],
    ['is called so', 'steps:\n- name: Smoke test vllm serve\n  run: "true"\n'],
    ['shows it in a document', 'guide: |\n  ## Start\n  ```bash\n  vllm serve org/name\n  ```\n'],
    ['asks a server', 'client: vllm bench serve --model org/name --base-url http://x\n'],
    ['is switched off', 'server:\n  enabled: false\n  cmd: vllm serve org/name\n'],
    ['expects it', 'tests:\n- asserts:\n  - equal: {value: vllm serve org/name}\n'],
  ])('is none where the file only %s', (_title, text) => {
    expect(read(text)).toEqual([]);
  });
});

describe('a server in a pipeline', () => {
  const job = (other: string): string =>
    `on: push\njobs:\n  a:\n    steps:\n    - name: Start\n      run: vllm serve org/name --port 8000 &\n${other}`;

  it.each([
    ['another step is called a test', '    - name: Run e2e tests\n      run: ./go.sh\n'],
    ['another step runs tests', '    - run: pytest -q tests/\n'],
    ['another step runs a script of tests', '    - run: bash scripts/run-routing-test.sh\n'],
  ])('is a fixture where %s', (_title, other) => {
    expect(read(job(other), '.github/workflows/a.yml')).toEqual([]);
  });

  it('is a fixture where its own step goes on to test', () => {
    const text = 'stages: [x]\na:\n  script:\n  - vllm serve org/name &\n  - pytest tests\n';
    expect(read(text, '.gitlab-ci.yml')).toEqual([]);
  });

  it('runs on no GPU where the pipeline has none', () => {
    const on = (runner: string) => job('').replace('steps:', `runs-on: ${runner}\n    steps:`);
    const device = (runner: string) => read(on(runner), '.github/workflows/a.yml')[0]?.device;
    expect(['ubuntu-latest', 'macos-15', 'windows-2025', 'gpu-h100', 'self-hosted'].map(device)).toEqual([
      'cpu',
      'cpu',
      'cpu',
      'gpu',
      'gpu',
    ]);
  });

  it('is a launch where the job only starts it, or looks whether it answers', () => {
    expect(read(job('    - run: curl -f http://localhost:8000/health\n'), '.github/workflows/a.yml')).toHaveLength(1);
  });
});

describe("an engine's own keys", () => {
  it.each([
    [
      'beside the model',
      'model: org/name\nextra: {x: 1}\nvllm:\n  max_model_len: 4096\n  gpu_memory_utilization: 0.9\n',
    ],
    ['with the model', 'runs:\n- llm: {model_name: org/name, max_model_len: 4096, gpu_memory_utilization: 0.9}\n'],
    [
      'under a model section',
      'serve:\n  model: {id: org/name}\n  limits: {max-model-len: 4096, gpu-memory-utilization: 0.9}\n',
    ],
    ['under names of their own', 'a:\n  model: org/name\n  max_model_length: 4096\n  gpu_util: 0.9\n'],
    ['as options', 'case:\n  model: org/name\n  server_args: --max-model-len 4096 --gpu-memory-utilization 0.9\n'],
    [
      'as a list of options',
      'model: org/name\ncases:\n- extra_args: [--max-model-len=4096, --gpu-memory-utilization=0.9]\n',
    ],
  ])('are read %s', (_title, text) => {
    expect(valuesOf(text)).toEqual([{ ...WANTED, gpu_memory_utilization: 0.9 }]);
  });

  it('are one launch where they are spread over sections', () => {
    const text =
      'vllm:\n  server: {port: 8000}\n  model: {name: org/name, dtype: auto, max_model_len: 4096}\n  performance: {max_num_seqs: 8, swap_space: 4}\n';
    expect(valuesOf(text)).toEqual([{ ...WANTED, dtype: 'auto', max_num_seqs: 8, swap_space: 4 }]);
  });

  it('make a launch for each item of a list', () => {
    const text =
      'model: org/name\nengines:\n- {max_model_len: 4096, max_num_seqs: 8}\n- {max_model_len: 8192, max_num_seqs: 4}\n';
    expect(valuesOf(text)).toEqual([
      { ...WANTED, max_num_seqs: 8 },
      { model: 'org/name', max_model_len: 8192, max_num_seqs: 4 },
    ]);
  });

  it('turn features on and off by sections', () => {
    const text =
      'model: {id: org/name}\nvllm: {max_model_len: 4096, max_num_seqs: 8}\nprefix_caching: {enabled: false}\nspeculative_decoding: {enabled: true, method: eagle3, model: org/head, num_speculative_tokens: 3}\n';
    expect(valuesOf(`deployment:\n${text.replace(/^/gm, '  ')}`)).toEqual([
      {
        ...WANTED,
        max_num_seqs: 8,
        enable_prefix_caching: false,
        speculative_config: { method: 'eagle3', model: 'org/head', num_speculative_tokens: 3 },
      },
    ]);
  });

  it.each([
    ['RTX 3090', 'RTX 3090', undefined],
    ['8xH100', 'H100', 8],
    ['NVIDIA A100 80GB x 2', 'NVIDIA A100 80GB', 2],
    ['H200:4', 'H200', 4],
    ['all', undefined, undefined],
    ['cuda', undefined, undefined],
  ])('run on the GPU that is called %s', (gpu, name, count) => {
    const [found] = read(`model: org/name\ngpu: ${gpu}\nstatic: {max_model_len: 4096, max_num_seqs: 8}\n`);
    expect([found?.gpuRequest.name?.value, found?.gpuRequest.count?.value]).toEqual([name, count]);
  });

  it('belong to the machine, the version and the variables around them', () => {
    const text =
      'deployment:\n  model: {id: org/name}\n  instance: {type: ml.g6e.12xlarge}\n  container: {type: vllm-dlc, version: 0.15.1}\n  env: {VLLM_USE_V1: "1"}\n  vllm: {max_model_len: 4096, max_num_seqs: 8}\n';
    const [found] = read(text);
    expect(found).toMatchObject({
      engine: { version: '0.15.1' },
      gpuRequest: { name: { value: 'ml.g6e.12xlarge' } },
    });
    expect(found?.environment.get('VLLM_USE_V1')?.value).toBe('1');
    const devices =
      'model: org/name\nhardware: {device_ids: [0, 1, 2]}\nstatic: {max_model_len: 4096, max_num_seqs: 8}\n';
    expect(read(devices)[0]?.gpuRequest.count?.value).toBe(3);
    const named = 'model: org/name\naccelerator: H100:4\nstatic: {max_model_len: 4096, max_num_seqs: 8}\n';
    expect(read(named)[0]?.gpuRequest).toMatchObject({ name: { value: 'H100' }, count: { value: 4 } });
  });

  it.each([
    [
      'a training',
      'trainer: {epochs: 1}\nmodel: org/name\nengine_x: {max_model_len: 4096, gpu_memory_utilization: 0.9}\n',
    ],
    ['a rollout', 'rollout:\n  model: org/name\n  max_model_len: 4096\n  gpu_memory_utilization: 0.9\n'],
    [
      'what a run recorded',
      'model: org/name\nx: {max_model_len: 4096, gpu_memory_utilization: 0.9}\nthroughput_tok_s: 12.5\n',
    ],
    [
      'a space to search',
      'model: org/name\nparameters: {max_model_len: [1024, 2048], gpu_memory_utilization: {min: 0.5, max: 0.9}}\n',
    ],
    [
      'a schema',
      'properties: {max_model_len: {type: integer}, gpu_memory_utilization: {type: number}, model: {type: string}}\n',
    ],
    [
      'an offline measurement',
      'case: {model: org/name, max_model_len: 4096, gpu_memory_utilization: 0.9, num_prompts: 100}\n',
    ],
    [
      "a benchmark's options",
      'model: org/name\nargs: --model org/name --gpu-memory-utilization 0.9 --num-prompts 100\n',
    ],
    ['one key alone', 'model: org/name\nx: {max_model_len: 4096, name: y}\n'],
    [
      'a catalogue without models',
      'a: {x: {max_model_len: 1, max_num_seqs: 2, dtype: half}, y: {max_model_len: 1, max_num_seqs: 2, dtype: half}}\n',
    ],
  ])('are none in %s', (_title, text) => {
    expect(read(text)).toEqual([]);
  });

  it.each([
    ['a value', 'max_model_len', 8192, (text: string) => text.replace('4096', '8192')],
    [
      'a new key',
      'max_num_batched_tokens',
      512,
      (text: string) => text.replace('8 # most\n', '8 # most\n    max_num_batched_tokens: 512\n'),
    ],
  ] as const)('are edited: %s', (_title, name, value, wanted) => {
    const text =
      'serve:\n  model: org/name\n  vllm:\n    max_model_len: 4096\n    max_num_seqs: 8 # most\n  after: 1\n';
    const file = { path: 'bench/matrix.yaml', text };
    const [found] = extractAll([file], context).deployments;
    const edits = found && editArgument(found, name, value, context, new Map([[file.path, file]]));
    if (!edits || 'reason' in edits) throw new Error(JSON.stringify(edits));
    expect(applyEdits(text, edits)).toBe(wanted(text));
  });
});

describe('a template that is no YAML', () => {
  it('is said aloud where it launches an engine, and only there', () => {
    const template = (command: string) => `{% if gpu %}\na: [\n{% endif %}\n  run: ${command} {{ model }}\n`;
    const found = (command: string) =>
      extractAll([{ path: 'a.yaml.j2', text: template(command) }], context).unsupported.map(({ place }) => place.line);
    expect(found('vllm serve')).toEqual([4]);
    expect(found('# vllm serve')).toEqual([]);
    expect(found('echo max_model_len:')).toEqual([]);
  });
});

describe('JSON with comments', () => {
  const text = `{
  // started by hand: "vllm serve other/name"
  "tasks": [
    { "label": "serve", /* one
      line */ "command": "vllm serve org/name --max-model-len 4096", },
  ],
}
`;

  it('is read and edited where its comments stand', () => {
    const file = { path: '.vscode/tasks.json', text };
    const [found, ...more] = extractAll([file], context).deployments;
    expect(more).toEqual([]);
    expect(found).toMatchObject({ name: 'serve', line: 5, model: { value: 'org/name' } });
    const edits = found && editArgument(found, 'max_model_len', 8192, context, new Map([[file.path, file]]));
    if (!edits || 'reason' in edits) throw new Error(JSON.stringify(edits));
    expect(applyEdits(text, edits)).toBe(text.replace('4096', '8192'));
  });

  it.each(['/*', '"', "'", '\\"', '//'])('ends in time with many %s', (piece) => {
    const start = performance.now();
    read(`{"a": "vllm serve x" ${piece.repeat(100_000)}`, 'a.jsonc');
    expect(performance.now() - start).toBeLessThan(5_000);
  });
});

describe('a file without a sign of an engine', () => {
  it('is not parsed, however large it is', () => {
    const text = `a:\n${'- {model: org/name, tasks: [x, y], port: 8000}\n'.repeat(20_000)}`;
    const start = performance.now();
    expect(read(text)).toEqual([]);
    expect(performance.now() - start).toBeLessThan(1_000);
  });
});

describe('what a template puts into a file of tasks', () => {
  const readAt = (path: string, text: string) =>
    extractAll([{ path, text }], { engines, read: () => null }).deployments;

  // taskfile.dev, variables; Ansible docs, using variables
  it.each([
    [
      'Task',
      'Taskfile.yml',
      'vars:\n  MODEL: org/name\ntasks:\n  serve:\n    vars: {LEN: 4096}\n    cmds:\n      - vllm serve {{.MODEL}} --max-model-len {{.LEN}}\n',
    ],
    [
      'Ansible',
      'play.yml',
      '- hosts: all\n  vars:\n    model: org/name\n    len: 4096\n  tasks:\n    - name: serve\n      shell: vllm serve {{ model }} --max-model-len {{ len }}\n',
    ],
  ])('is what %s is told in the file', (_title, path, text) => {
    const [found] = readAt(path, text);
    expect([found?.model?.value, found?.arguments.get('max_model_len')?.value, found?.unresolved]).toEqual([
      'org/name',
      4096,
      [],
    ]);
  });

  it('is open where it is said elsewhere, in options beside an image too', () => {
    const text = `- name: serve
  community.docker.docker_container:
    name: vllm
    image: vllm/vllm-openai:v0.9.1
    command: --model {{ model }} --max-model-len 4096
    device_requests:
      - driver: nvidia
        count: 2
`;
    const [found] = readAt('tasks/main.yml', text);
    expect(found?.model).toBeNull();
    expect(found?.unresolved).toMatchObject([{ name: 'model', reason: 'a template fills it in' }]);
    expect(found?.arguments.get('max_model_len')?.value).toBe(4096);
    expect(found?.gpuRequest.count?.value).toBe(2);
  });
});

it('adds a variable of the environment as one', () => {
  const text = `endpoint:
  url: ghcr.io/huggingface/text-generation-inference:3.3.4
  env:
    MODEL_ID: org/name
    MAX_TOTAL_TOKENS: "4096"
    MAX_BATCH_PREFILL_TOKENS: "2048"
`;
  const file = { path: 'deploy.yaml', text };
  const [found] = extractAll([file], context).deployments;
  const edits = found && editArgument(found, 'cuda_memory_fraction', 0.8, context, new Map([[file.path, file]]));
  expect(edits && !('reason' in edits) ? applyEdits(text, edits) : edits).toBe(
    `${text}    CUDA_MEMORY_FRACTION: "0.8"\n`,
  );
});

it.each(['constructor', 'toString', '__proto__', 'hasOwnProperty'])(
  'takes a key that every object has for a key: %s',
  (key) => {
    const text = `${key}: org/name\ngpuMemoryUtilization: "0.90"\nmaxModelLen: 16384\nimage: {tag: v0.5.3}\n`;
    expect(extractAll([{ path: 'deploy.yaml', text }], context)).toMatchObject({ deployments: [], unsupported: [] });
  },
);

it('reads options that are shortened, as argparse does', () => {
  const text =
    'llm:\n  name: serve\n  server_args:\n    - --model\n    - org/name\n    - --max-model\n    - "4096"\n    - --gpu-memory-util=0.9\n';
  const [found] = read(text);
  expect(found?.arguments.get('max_model_len')?.value).toBe(4096);
  expect(found?.arguments.get('gpu_memory_utilization')?.value).toBe(0.9);
  expect(
    read(text.replace('--max-model', '--no-such-option-a').replace('--gpu-memory-util', '--no-such-option-b')),
  ).toEqual([]);
});

describe('an image whose tag stands beside it', () => {
  const cell = (keys: string, duration = '129600'): string =>
    `engine:\n  ${keys}\n  command:\n    - --model\n    - org/name\n    - --max-model-len\n    - "4096"\nduration_s: ${duration}\n`;

  it.each([
    'image_repo: vllm/vllm-openai\n  image_tag: v0.9.0',
    'imageRepository: vllm/vllm-openai\n  imageTag: v0.9.0',
    'docker_image_repo: vllm/vllm-openai\n  docker_image_tag: v0.9.0',
  ])('%s', (keys) => {
    expect(valuesOf(cell(keys))).toEqual([WANTED]);
    expect(read(cell(keys))[0]?.engine).toMatchObject({ id: 'vllm', version: '0.9.0' });
  });

  it('is no launch where the file says how long it took', () => {
    expect(read(cell('image_repo: vllm/vllm-openai\n  image_tag: v0.9.0', '129600.4'))).toEqual([]);
  });
});

describe('an engine that is named beside keys of another', () => {
  // Shape of a catalogue of models that a manager starts (unarmedpuppy/homelab-ai, llm-manager/models.json).
  const model = (runtime: string): string =>
    JSON.stringify({
      models: [
        {
          ...(runtime === '' ? {} : { runtime }),
          hf_model: 'org/name',
          quantization: 'awq',
          gpu_count: 1,
          max_context: 32_768,
          extra_args: ['--max-num-batched-tokens', '4096', '--gpu-memory-utilization', '0.85'],
        },
      ],
    });

  it.each([
    ['', 'vllm'],
    ['vllm', 'vllm'],
    ['llamacpp', 'llamacpp'],
    ['sglang', 'sglang'],
    ['of our own', 'vllm'],
  ])('%j is meant', (runtime, engine) => {
    expect(read(model(runtime), 'models.json').map((one) => one.engine.id)).toEqual([engine]);
  });
});

it('reads JSON of which every brace is doubled, where names stand in single ones', () => {
  const text = `model: org/name
defaults:
  max_model_len: 4096
command: |
  vllm serve org/name \\
    --max-model-len {max_model_len} \\
    --hf-overrides '{{"a": {{"b": 1}}}}' \\
    --speculative-config '{{"method":"mtp","num_speculative_tokens":3}}'
`;
  const file = { path: 'bench/matrix.yaml', text };
  const [found] = read(text);
  expect(found?.arguments.get('max_model_len')).toMatchObject({ value: 4096, place: { line: 3 } });
  expect(found?.arguments.get('hf_overrides')?.value).toEqual({ a: { b: 1 } });
  const drafted = { method: 'mtp', num_speculative_tokens: 3 };
  expect(found?.arguments.get('speculative_config')?.value).toEqual(drafted);
  const more = { ...drafted, num_speculative_tokens: 1 };
  const edits = found && editArgument(found, 'speculative_config', more, context, new Map([[file.path, file]]));
  expect(edits && !('reason' in edits) && applyEdits(text, edits)).toBe(text.replace('tokens":3', 'tokens":1'));
});
