import { describe, expect, it } from 'vitest';
import { applyEdits } from '../../src/edit.ts';
import { engines } from '../../src/engines/index.ts';
import { editArgument, extractAll } from '../../src/formats/index.ts';

function contextOf(files: Readonly<Record<string, string>>) {
  const read = (path: string) => (path in files ? { path, text: files[path] ?? '' } : null);
  return { engines, read };
}

function extractIn(files: Readonly<Record<string, string>>, path = 'compose.yaml') {
  return extractAll([{ path, text: files[path] ?? '' }], contextOf(files));
}

function service(body: string): string {
  return `services:\n  llm:\n    image: vllm/vllm-openai:v0.11.0\n${body.replace(/^/gm, '    ')}\n`;
}

function only(body: string, files: Readonly<Record<string, string>> = {}) {
  const { deployments, unsupported } = extractIn({ ...files, 'compose.yaml': service(body) });
  expect(unsupported).toEqual([]);
  expect(deployments).toHaveLength(1);
  return deployments[0];
}

function edited(body: string, name: string, value: number | string | boolean | undefined): string {
  const files = { 'compose.yaml': service(body) };
  const [found] = extractIn(files).deployments;
  const byPath = new Map([['compose.yaml', { path: 'compose.yaml', text: files['compose.yaml'] }]]);
  const edits = found && editArgument(found, name, value, contextOf(files), byPath);
  return edits && !('reason' in edits) ? applyEdits(files['compose.yaml'], edits) : JSON.stringify(edits);
}

describe('a command of a service', () => {
  it.each([
    ['a list', 'command:\n  - --model\n  - org/name\n  - --max-model-len\n  - "4096"'],
    ['a list of pairs', 'command:\n  - --model org/name\n  - --max-model-len ${LEN:-4096}'],
    ['a flow list', 'command: ["--model=org/name", "--max-model-len=4096"]'],
    ['a text', 'command: --model org/name --max-model-len 4096'],
    ['a text with the whole command', 'command: vllm serve org/name --max-model-len=4096'],
    ['a folded block', 'command: >-\n  --model org/name\n  --max-model-len 4096'],
    ['a literal block with backslashes', 'command: |\n  org/name \\\n  --max-model-len 4096'],
    ['a folded block with backslashes', 'command: >\n  --model org/name \\\n  --max-model-len "4096"'],
    ['an entrypoint', 'entrypoint: ["vllm", "serve", "org/name", "--max-model-len", "4096"]'],
    ['a subcommand of the image’s entrypoint', 'command: [serve, org/name, --max-model-len, "4096"]'],
    ['an entrypoint and a command', 'entrypoint: vllm serve\ncommand: [org/name, --max-model-len, "4096"]'],
    [
      'a script',
      'entrypoint: ["/bin/bash", "-c"]\ncommand:\n  - |\n    set -e\n    exec vllm serve org/name --max-model-len 4096',
    ],
    ['a script in a text', `command: bash -c "sleep 5 && vllm serve org/name --max-model-len 4096"`],
    [
      'a script with a variable of the container',
      'environment: {LEN: 4096}\ncommand: ["sh", "-c", "vllm serve org/name --max-model-len $$LEN"]',
    ],
    ['a script that compose fills in', 'command: ["sh", "-c", "vllm serve org/name --max-model-len ${LEN:-4096}"]'],
    [
      'a script of a program in front',
      'entrypoint: [/opt/start.sh]\ncommand: [org/name, --max-model-len, "4096", --max-num-seqs, "9"]',
    ],
    [
      'a script that hands on its arguments',
      'entrypoint:\n  - bash\n  - -c\n  - |\n    if [ -n "$$X" ]; then\n      exec vllm serve $${EAGER:+--enforce-eager} "$$@"\n    else\n      exec vllm serve "$$@"\n    fi\n  - --\ncommand: [--model, org/name, --max-model-len, "4096"]',
    ],
    ['an alias', 'x-args: &args [--model, org/name, --max-model-len, "4096"]\ncommand: *args'],
  ])('is read as %s', (_title, body) => {
    const found = only(body);
    expect(found?.model?.value).toBe('org/name');
    expect(found?.arguments.get('max_model_len')?.value).toBe(4096);
    expect(found?.engine.version).toBe('0.11.0');
    expect(found?.unresolved).toEqual([]);
  });

  it.each([
    'command: sleep infinity',
    'command: ["python3", "app.py"]',
    'command: vllm bench serve --model org/name --max-model-len 4096',
    'tty: true',
    'entrypoint: ["curl", "http://llm/v1/models"]',
  ])('%s is no launch', (body) => {
    expect(extractIn({ 'compose.yaml': service(body) })).toEqual({ deployments: [], unsupported: [] });
  });
});

it('two servers in one service are two launches', () => {
  const body = 'command:\n  - sh\n  - -c\n  - |\n    vllm serve org/a --port 1 &\n    vllm serve org/b --port 2 & wait';
  const { deployments } = extractIn({ 'compose.yaml': service(body) });
  expect(deployments.map(({ name, line }) => [name, line])).toEqual([
    ['llm', 8],
    ['llm #2', 9],
  ]);
});

describe('a variable', () => {
  it('has the value of the .env beside before its default, at the place where it is defined', () => {
    const found = only('command: --model ${MODEL:-other/name} --max-model-len ${LEN}', {
      '.env': '# lengths\nexport LEN=8192 # tokens\nMODEL="org/${NAME}"\nNAME=x\n',
    });
    // NAME stands behind its use.
    expect(found?.model).toBeNull();
    expect(found?.unresolved).toMatchObject([{ name: 'model' }]);
    expect(found?.arguments.get('max_model_len')).toMatchObject({ value: 8192, place: { file: '.env', line: 2 } });
  });

  it('that nothing sets is open, also where the container has one of that name', () => {
    const found = only('environment:\n  LEN: 4096\ncommand: sh -c "vllm serve org/name --max-model-len ${LEN}"');
    expect(found?.unresolved).toMatchObject([{ name: 'max_model_len', reason: 'LEN is not set in the repository' }]);
  });

  // compose-spec interpolation.md
  it.each([
    ['${LEN:-1}', 1],
    ['${LEN-1}', 1],
    ['${EMPTY:-1}', 1],
    ['${SET:-1}', 7],
    ['${SET:+2}', 2],
    ['${LEN:-${OTHER:-3}}', 3],
    ['$SET', 7],
    ['1${SET}', 17],
  ])('written %s is %i', (written, value) => {
    const found = only(`command: ["org/name", "--max-num-seqs", "${written}"]`, { '.env': 'EMPTY=\nSET=7\n' });
    expect(found?.arguments.get('max_num_seqs')?.value).toBe(value);
  });

  it('is edited in its default, and where another file defines it', () => {
    const body = 'command:\n  - org/name\n  - --max-model-len\n  - ${LEN:-4096}';
    expect(edited(body, 'max_model_len', 2048)).toBe(service(body.replace('4096', '2048')));
    const files = { 'compose.yaml': service(body), '.env': 'LEN=1024\n' };
    const [found] = extractIn(files).deployments;
    const byPath = new Map([['compose.yaml', { path: 'compose.yaml', text: files['compose.yaml'] }]]);
    const edits = found && editArgument(found, 'max_model_len', 2048, contextOf(files), byPath);
    expect(edits).toEqual([{ file: '.env', start: 4, end: 8, newText: '2048' }]);
  });

  it('that another service uses too is edited where it is used', () => {
    const shared = (name: string): string =>
      `  ${name}:\n    image: vllm/vllm-openai\n    command: org/${name} --max-model-len \${LEN}\n`;
    const text = `services:\n${shared('a')}${shared('b')}`;
    const files = { 'compose.yaml': text, '.env': 'LEN=1024\n' };
    const [first] = extractIn(files).deployments;
    const edits =
      first &&
      editArgument(
        first,
        'max_model_len',
        512,
        contextOf(files),
        new Map([['compose.yaml', { path: 'compose.yaml', text }]]),
      );
    expect(edits && !('reason' in edits) && applyEdits(text, edits)).toBe(text.replace('${LEN}', '512'));
  });

  it('of another file that uses the same `.env` keeps its value', () => {
    const text = service('command: org/name --max-model-len ${LEN}');
    const other = service('command: org/other --max-model-len ${LEN}');
    const files = { 'compose.yaml': text, 'compose.prod.yaml': other, '.env': 'LEN=1024\n' };
    const [first] = extractIn(files).deployments;
    const byPath = new Map([
      ['compose.yaml', { path: 'compose.yaml', text }],
      ['compose.prod.yaml', { path: 'compose.prod.yaml', text: other }],
    ]);
    const edits = first && editArgument(first, 'max_model_len', 512, contextOf(files), byPath);
    expect(edits && !('reason' in edits) && edits.map(({ file, newText }) => [file, newText])).toEqual([
      ['compose.yaml', '512'],
    ]);
  });
});

it('the environment comes from files, then from the service', () => {
  const files = { 'a.env': "VLLM_USE_V1=1\nMODEL='org/a'\n", 'conf/b.env': 'MODEL=org/b\n' };
  const found = only(
    'env_file:\n  - a.env\n  - path: conf/b.env\n    required: false\nenvironment:\n  - LEN=${LEN:-512}\ncommand: ["sh", "-c", "vllm serve $$MODEL --max-model-len $$LEN"]',
    files,
  );
  expect(found?.model).toMatchObject({ value: 'org/b', place: { file: 'conf/b.env', line: 1 } });
  expect(found?.arguments.get('max_model_len')?.value).toBe(512);
  expect(found?.environment.get('VLLM_USE_V1')?.value).toBe('1');
});

describe('GPUs', () => {
  const reserve = (device: string): string =>
    `deploy: {resources: {reservations: {devices: [{driver: nvidia, capabilities: [gpu], ${device}}]}}}`;
  it.each([
    [reserve('count: 2'), 2],
    [reserve('count: all'), null],
    [reserve('count: "${N:-4}"'), 4],
    [reserve("device_ids: ['0', '3']"), 2],
    ['gpus: all', null],
    ['gpus: [{driver: nvidia, count: 2}]', 2],
    ['runtime: nvidia\nenvironment: [NVIDIA_VISIBLE_DEVICES=0]', 1],
    ['runtime: nvidia\nenvironment: [NVIDIA_VISIBLE_DEVICES=all]', null],
    [`${reserve('count: all')}\nenvironment: {CUDA_VISIBLE_DEVICES: "0,1"}`, 2],
    ['devices: [/dev/kfd, /dev/dri]\nenvironment: [HIP_VISIBLE_DEVICES=2]', 1],
  ])('%s', (body, count) => {
    expect(only(`${body}\ncommand: org/name`)?.gpuRequest.count?.value ?? null).toBe(count);
  });
});

describe('files that belong together', () => {
  const base = service('command: [org/name, --max-model-len, "4096"]\nenvironment: [A=1]');

  it('extends another service, of another file too', () => {
    const files = {
      'base/common.yml': base,
      'compose.yaml':
        'services:\n  big:\n    extends: {file: base/common.yml, service: llm}\n    command: [org/big, -tp, "2"]\n    environment: {B: 2}\n',
    };
    const [found] = extractIn(files).deployments;
    expect(found).toMatchObject({ name: 'big', line: 4, model: { value: 'org/big' }, engine: { version: '0.11.0' } });
    expect([...(found?.environment ?? [])].map(([name, { value }]) => [name, value])).toEqual([
      ['A', '1'],
      ['B', '2'],
    ]);
  });

  it('an override is laid over the usual file, and is nothing where it changes no launch', () => {
    const files = {
      'compose.yaml': base,
      'compose.override.yaml': 'services:\n  llm:\n    command: [org/name, --max-model-len, "1024"]\n',
      'compose.ports.yaml': 'services:\n  llm:\n    ports: ["8000:8000"]\n  web:\n    image: nginx\n',
    };
    expect(extractIn(files).deployments[0]?.arguments.get('max_model_len')?.value).toBe(4096);
    const [found] = extractIn(files, 'compose.override.yaml').deployments;
    expect(found).toMatchObject({ file: 'compose.override.yaml', line: 3, engine: { version: '0.11.0' } });
    expect(found?.arguments.get('max_model_len')?.value).toBe(1024);
    expect(extractIn(files, 'compose.ports.yaml').deployments).toEqual([]);
  });

  it('a built image starts what its Dockerfile says', () => {
    const files = {
      'serve/Dockerfile':
        'FROM vllm/vllm-openai:v0.9.1 AS base\nARG LEN=2048\nENV MODEL=org/name LEN=$LEN\nENTRYPOINT vllm serve $MODEL --max-model-len $LEN\n',
      'compose.yaml':
        'services:\n  llm:\n    build:\n      context: serve\n      args: {LEN: 512}\n    environment: [MODEL=org/other]\n',
    };
    const [found] = extractIn(files).deployments;
    expect(found).toMatchObject({ file: 'compose.yaml', line: 2, model: { value: 'org/other', place: { line: 6 } } });
    expect(found?.arguments.get('max_model_len')).toMatchObject({
      value: 512,
      place: { file: 'compose.yaml', line: 5 },
    });
    expect(found?.engine.version).toBe('0.9.1');
  });
});

describe('a script of the repository', () => {
  const script = '#!/bin/bash\nset -e\nexec vllm serve "$MODEL" --max-model-len "${LEN:-512}" "$@"\n';
  it.each([
    ['is mounted', 'image: own/image', 'volumes: [./run:/opt/run:ro]\n    entrypoint: [/opt/run/start.sh]', ''],
    [
      'is started by a shell',
      'image: own/image',
      'volumes: [./run/start.sh:/start.sh]\n    entrypoint: bash /start.sh',
      '',
    ],
    ['is built in', 'build: .', 'restart: always', 'FROM a\nCOPY run/start.sh /start.sh\nENTRYPOINT ["/start.sh"]\n'],
    [
      'is built in beside',
      'build: .',
      'restart: always',
      'FROM a\nWORKDIR /app\nCOPY run/ ./run\nENTRYPOINT ["./run/start.sh"]\n',
    ],
  ])('that %s is read with the variables of its service', (_title, image, body, dockerfile) => {
    const files = {
      'run/start.sh': script,
      Dockerfile: dockerfile,
      'compose.yaml': `services:\n  llm:\n    ${image}\n    ${body}\n    environment: {MODEL: org/name, LEN: 4096}\n    command: [--max-num-seqs, "4"]\n`,
    };
    const { deployments } = extractIn(files);
    expect(deployments).toHaveLength(1);
    expect(deployments[0]).toMatchObject({ file: 'compose.yaml', model: { value: 'org/name' }, unresolved: [] });
    expect(deployments[0]?.arguments.get('max_model_len')?.place.file).toBe('compose.yaml');
    expect(deployments[0]?.arguments.get('max_num_seqs')?.value).toBe(4);
  });
});

it.each([
  ['a list', 'command:\n  - org/name\n  - --max-model-len=4096 # tokens', '\n  - --max-num-seqs=7'],
  ['a text', 'command: org/name --max-model-len 4096', ' --max-num-seqs 7'],
  [
    'the list that a script is called with',
    'entrypoint: [sh, -c, exec vllm serve "$$@", --]\ncommand:\n  - org/name\n  - --max-model-len=4096',
    '\n  - --max-num-seqs=7',
  ],
  ['a folded block', 'command: >\n  org/name\n  --max-model-len 4096', '\n  --max-num-seqs 7'],
])('adds an argument to %s in its own style, and takes it out again', (_title, body, more) => {
  const longer = edited(body, 'max_num_seqs', 7);
  expect(longer).toBe(service(body + more));
  expect(edited(body + more, 'max_num_seqs', undefined)).toBe(service(body));
});

it('takes out an item that is a variable with its default', () => {
  const body = 'command:\n  - org/name\n  - --max-num-seqs\n  - ${SEQS:-4}\n  - --enforce-eager';
  const less = 'command:\n  - org/name\n  - --enforce-eager';
  expect(edited(body, 'max_num_seqs', undefined)).toBe(service(less));
});

it('a template that cannot be read is said', () => {
  const text = 'services:\n  llm:\n    image: vllm/vllm-openai\n{% if x %}\n  a: {{ b }}: c\n{% endif %}\n';
  const { deployments, unsupported } = extractIn({ 'compose.yaml': text });
  expect(deployments).toEqual([]);
  expect(unsupported).toMatchObject([{ place: { line: 3 }, reason: expect.stringContaining('template') as string }]);
  const broken = extractIn({ 'compose.yaml': `${service('command: org/name')}  other: [\n` }).unsupported;
  expect(broken).toMatchObject([{ remedy: expect.stringMatching(/^Correct the YAML/) as string }]);
  const shown = `# How to\n\n\`\`\`yaml\n${service('command: org/name')}\`\`\`\n\nAnd: then [run it]: x\n`;
  expect(extractIn({ 'readme.md': shown }, 'readme.md')).toEqual({ deployments: [], unsupported: [] });
});

it('a script that runs something else in a service starts no engine', () => {
  const text =
    '#!/bin/sh\ndocker compose run --rm -e A=1 vllm bench throughput --model org/name --max-model-len 1024\n';
  expect(extractAll([{ path: 'bench.sh', text }], { engines, read: () => null }).deployments).toEqual([]);
});

describe('a service that says little', () => {
  const extraction = (text: string) => extractAll([{ path: 'compose.yaml', text }], { engines, read: () => null });
  const gpus = '    gpus: all\n';

  it('is known by its options where a variable names the image', () => {
    const text = `services:\n  llm:\n    image: \${IMAGE}\n    command: --model org/name --max-model-len 4096\n${gpus}`;
    const { deployments, unsupported } = extraction(text);
    expect(deployments).toMatchObject([{ engine: { id: 'vllm' }, model: { value: 'org/name' } }]);
    expect(unsupported).toEqual([]);
  });

  it.each([
    ['its image’s variable', 'llm', '${VLLM_IMAGE}'],
    ['its own name', 'sglang', '${IMAGE:?}'],
  ])('is shown where %s speaks of an engine and all is set elsewhere', (_title, name, image) => {
    const { deployments, unsupported } = extraction(
      `services:\n  ${name}:\n    image: ${image}\n    command: \${SERVER_ARGS}\n${gpus}`,
    );
    expect(deployments).toEqual([]);
    expect(unsupported).toMatchObject([{ name, place: { line: 3 } }]);
  });

  it.each([
    ['without a GPU', 'services:\n  vllm:\n    image: ${VLLM_IMAGE}\n    command: ${ARGS}\n'],
    ['of another name', `services:\n  web:\n    image: \${WEB_IMAGE}\n    command: \${ARGS}\n${gpus}`],
    ['whose image is known', `services:\n  vllm:\n    image: redis:7\n    command: \${ARGS}\n${gpus}`],
  ])('is none of ours %s', (_title, text) => {
    expect(extraction(text)).toEqual({ deployments: [], unsupported: [] });
  });

  it('says enough where its variables decide on the engine’s memory', () => {
    const text =
      'services:\n  ollama:\n    image: ollama/ollama:0.6.2\n    environment:\n      OLLAMA_CONTEXT_LENGTH: 32768\n';
    expect(extraction(text).deployments[0]?.arguments.get('context_length')?.value).toBe(32768);
    const host = 'services:\n  ollama:\n    image: ollama/ollama:0.6.2\n    environment:\n      OLLAMA_HOST: 0.0.0.0\n';
    expect(extraction(host).deployments).toEqual([]);
  });
});

describe('the image of a NIM', () => {
  const nim = (image: string) => {
    const text = `services:\n  llm:\n    image: ${image}\n    runtime: nvidia\n`;
    const [found] = extractAll([{ path: 'compose.yaml', text }], { engines, read: () => null }).deployments;
    return [found?.model?.value ?? null, found?.unresolved.map(({ name, place }) => [name, place.line])];
  };

  it('names its model, whatever its tag is', () => {
    expect(nim('nvcr.io/nim/meta/llama3-8b-instruct:${TAG}')).toEqual(['meta/llama3-8b-instruct', []]);
  });

  it('leaves it open where a variable names it', () => {
    expect(nim('nvcr.io/nim/${LLM_MODEL}:${TAG}')).toEqual([null, [['model', 3]]]);
  });
});

describe('a service that starts a script which nobody can read', () => {
  const gpus = 'gpus: all';

  it.each([
    ['entrypoint: ["/bin/bash", "/entrypoint.sh"]', '/entrypoint.sh'],
    ['entrypoint: [bash, -c, "cp /a.sh /tmp/b.sh && exec bash /tmp/b.sh"]', '/tmp/b.sh'],
    ['entrypoint: /srv/start.sh', '/srv/start.sh'],
  ])('is said: %s', (body, script) => {
    const { deployments, unsupported } = extractIn({ 'compose.yaml': service(`${body}\n${gpus}`) });
    expect(deployments).toEqual([]);
    expect(unsupported).toMatchObject([{ name: 'llm', reason: expect.stringContaining(`starts ${script},`) }]);
  });

  it.each([
    ['without a GPU', 'entrypoint: ["/bin/bash", "/entrypoint.sh"]'],
    ['that is no script', `entrypoint: [sleep, infinity]\n${gpus}`],
  ])('is not said %s', (_, body) => {
    expect(extractIn({ 'compose.yaml': service(body) })).toMatchObject({ deployments: [], unsupported: [] });
  });
});

describe('a service whose image is built on an engine’s', () => {
  const built = (args: string): string =>
    `services:\n  llm:\n    build:\n      context: .\n      args:\n        ${args}\n    gpus: all\n`;

  it.each(['BASE: ${VLLM:-vllm/vllm-openai:v0.9.0}', '- BASE=vllm/vllm-openai:v0.9.0'])(
    'is said where nobody has the Dockerfile: %s',
    (args) => {
      const { deployments, unsupported } = extractIn({ 'compose.yaml': built(args) });
      expect(deployments).toEqual([]);
      expect(unsupported).toMatchObject([{ name: 'llm', place: { line: 6 } }]);
    },
  );

  it('is not said for another image, or where the Dockerfile is there', () => {
    const own = { 'compose.yaml': built('BASE: vllm/vllm-openai:v0.9.0'), Dockerfile: 'FROM python:3.12\n' };
    for (const files of [own, { 'compose.yaml': built('BASE: python:3.12 # vllm') }])
      expect(extractIn(files)).toMatchObject({ deployments: [], unsupported: [] });
  });
});

describe('a service with a program of the team’s own', () => {
  const own = (environment: string, image = 'team/gateway:1', command = 'command: [python, server.py]') =>
    `services:\n  llm:\n    image: ${image}\n    ${command}\n    environment:\n      ${environment}\n    gpus: all\n`;
  const said = (text: string, files: Readonly<Record<string, string>> = {}) => {
    const { deployments, unsupported } = extractIn({ ...files, 'compose.yaml': text });
    return [deployments.length, unsupported.map(({ name, reason }) => [name, reason])];
  };

  it('has the arguments that its variables are called after', () => {
    const variables = ['VLLM_ENGINE_MODEL: org/name', 'VLLM_ENGINE_MAX_MODEL_LEN: 8192', 'VLLM_ENGINE_MAX_NUM_SEQS: 8'];
    const [found, ...others] = extractIn({ 'compose.yaml': own(variables.join('\n      ')) }).deployments;
    expect(others).toEqual([]);
    expect([found?.model?.value, found?.arguments.get('max_model_len')?.value]).toEqual(['org/name', 8192]);
  });

  it('is said where its variables or its image speak of an engine, and nobody can tell what it starts', () => {
    const unknown = 'but what it starts is not known.';
    const [, told] = said(own('VLLM_ENGINE_DTYPE: auto'));
    expect(told).toEqual([['llm', `It asks for a GPU and it is told VLLM_ENGINE_DTYPE, ${unknown}`]]);
    const [, called] = said(own('A: b', 'team/trtllm-runtime:2', 'restart: always'));
    expect(called).toEqual([['llm', `It asks for a GPU and its image is called trtllm-runtime, ${unknown}`]]);
  });

  it.each([
    ['a client', own('VLLM_BASE_URL: http://llm:8000\n      VLLM_API_KEY: x\n      VLLM_MODEL: org/name')],
    ['a container to work in', own('VLLM_ENGINE_DTYPE: auto', 'team/vllm-dev:1', 'command: [sleep, infinity]')],
    ['one without a GPU', own('VLLM_ENGINE_DTYPE: auto').replace('    gpus: all\n', '')],
  ])('is not said for %s', (_, text) => {
    expect(said(text)).toEqual([0, []]);
  });

  it('is not said where its program is read by itself', () => {
    const program = 'from vllm import LLM\nllm = LLM(model="org/name", max_model_len=4096)\n';
    const text = `${own('VLLM_ENGINE_DTYPE: auto')}    volumes:\n      - ./server.py:/app/server.py\n`;
    expect(said(text, { 'server.py': program })).toEqual([0, []]);
  });
});
