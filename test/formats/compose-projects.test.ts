// Docker documentation: "Merge Compose files", "include", "extends", "Set environment variables", "Pre-defined environment
// variables" (COMPOSE_FILE), "docker compose" (-f, --env-file, --project-directory); Compose specification (env_file, merge).
import { describe, expect, it } from 'vitest';
import { applyEdits } from '../../src/edit.ts';
import { engines } from '../../src/engines/index.ts';
import { editArgument, extractAll } from '../../src/formats/index.ts';

type Files = Readonly<Record<string, string>>;

function contextOf(files: Files) {
  return {
    engines,
    read: (path: string) => (path in files ? { path, text: files[path] ?? '' } : null),
    list: (folder: string) =>
      Object.keys(files).flatMap((path) => {
        const at = path.lastIndexOf('/');
        return (at === -1 ? '' : path.slice(0, at)) === folder ? [path.slice(at + 1)] : [];
      }),
  };
}

/** Name, length and GPUs of every launch of one file. */
function launches(files: Files, path: string) {
  const { deployments, unsupported } = extractAll([{ path, text: files[path] ?? '' }], contextOf(files));
  expect(unsupported).toEqual([]);
  return deployments.map((one) => [
    one.name,
    one.arguments.get('max_model_len')?.value ?? null,
    one.gpuRequest.count?.value ?? null,
  ]);
}

function edited(files: Files, path: string, index = 0): Files | string {
  const file = { path, text: files[path] ?? '' };
  const deployment = extractAll([file], contextOf(files)).deployments[index];
  if (!deployment) return 'no launch';
  const edits = editArgument(deployment, 'max_model_len', 2048, contextOf(files), new Map([[path, file]]));
  if ('reason' in edits) return edits.reason;
  const changed = [...new Set(edits.map((edit) => edit.file))];
  return Object.fromEntries(
    changed.map((one) => [
      one,
      applyEdits(
        files[one] ?? '',
        edits.filter((edit) => edit.file === one),
      ),
    ]),
  );
}

const COMPOSE = `services:
  llm:
    image: vllm/vllm-openai:v0.11.0
    command: --model Qwen/Qwen3-8B --max-model-len \${LEN:-4096}
`;
const GPUS = 'deploy: {resources: {reservations: {devices: [{driver: nvidia, count: 2, capabilities: [gpu]}]}}}';

describe('variables that a script gives', () => {
  it.each([
    ['a makefile', { Makefile: 'up:\n\tdocker compose --env-file prod.env up -d\n' }],
    [
      'a makefile with the command in a variable',
      { Makefile: 'DC = docker compose --env-file=prod.env\nup:\n\t$(DC) up -d llm\n' },
    ],
    ['a justfile', { justfile: 'up:\n    docker compose --env-file prod.env up -d\n' }],
    ['a script', { 'run.sh': 'docker-compose --env-file prod.env -f compose.yaml up\n' }],
    [
      'a script in a folder',
      { 'scripts/run.sh': 'cd "$(dirname "$0")/.."\ndocker compose -f compose.yaml --env-file prod.env up\n' },
    ],
    [
      'a script with its own folder in front',
      { 'scripts/run.sh': 'docker compose -f "$ROOT/compose.yaml" --env-file "${ROOT}/prod.env" up -d\n' },
    ],
    ['an array', { 'run.sh': 'DC=(docker compose -f compose.yaml --env-file prod.env)\n"${DC[@]}" up -d\n' }],
  ])('in a file, as %s names it', (_, scripts) => {
    const files = { 'compose.yaml': COMPOSE, 'prod.env': 'LEN=8192\n', ...scripts };
    expect(launches(files, 'compose.yaml')).toEqual([['llm', 8192, null]]);
    expect(edited(files, 'compose.yaml')).toEqual({ 'prod.env': 'LEN=2048\n' });
  });

  it.each([
    ['exports', 'export LEN=8192\ndocker compose up -d\n'],
    ['sets in front', 'LEN=8192 docker compose up -d\n'],
    ['exports before the file says another', 'export LEN=8192\ndocker compose --env-file prod.env up -d\n'],
  ])('which it %s', (_, script) => {
    const files = { 'compose.yaml': COMPOSE, 'run.sh': script, 'prod.env': 'LEN=512\n' };
    expect(launches(files, 'compose.yaml')).toEqual([['llm', 8192, null]]);
    expect(edited(files, 'compose.yaml')).toEqual({ 'run.sh': script.replace('8192', '2048') });
  });

  it('are several launches where several scripts say different things, and one where they say the same', () => {
    const scripts = {
      'a.sh': 'docker compose --env-file a.env up\n',
      'b.sh': 'docker compose --env-file b.env up\n',
      'c.sh': 'docker compose --env-file a.env up -d\n',
    };
    const files = { 'compose.yaml': COMPOSE, 'a.env': 'LEN=8192\n', 'b.env': 'LEN=512\n', ...scripts };
    expect(launches(files, 'compose.yaml')).toEqual([
      ['llm', 8192, null],
      ['llm (2)', 512, null],
    ]);
    expect(edited(files, 'compose.yaml', 1)).toEqual({ 'b.env': 'LEN=2048\n' });
    // Who starts it without a script has the `.env` beside it.
    expect(launches({ ...files, '.env': 'LEN=1024\n' }, 'compose.yaml')).toHaveLength(3);
  });

  it.each([
    ['stops it', 'docker compose --env-file prod.env down\n'],
    ['only says it', 'echo docker compose --env-file prod.env up\n'],
    ['starts another file', 'docker compose -f other.yaml --env-file prod.env up\n'],
    ['takes its files from nobody knows where', 'docker compose $FILES --env-file prod.env up\n'],
  ])('are none of a script that %s', (_, script) => {
    expect(launches({ 'compose.yaml': COMPOSE, 'prod.env': 'LEN=8192\n', 'run.sh': script }, 'compose.yaml')).toEqual([
      ['llm', 4096, null],
    ]);
  });

  it('are open where the script does not tell them', () => {
    const files = { 'compose.yaml': COMPOSE.replace(':-4096', ''), 'run.sh': 'export LEN=$1\ndocker compose up\n' };
    const [found] = extractAll([{ path: 'compose.yaml', text: files['compose.yaml'] }], contextOf(files)).deployments;
    expect(found?.unresolved).toMatchObject([{ name: 'max_model_len', reason: 'it is an argument of the script' }]);
  });
});

describe('files that are laid over others', () => {
  const prod = 'services:\n  llm:\n    image: vllm/vllm-openai:v0.12.0\n    environment: {A: b}\n';
  it.each([
    ['by a script', { 'run.sh': 'docker compose -f compose.yaml -f prod.yaml up -d\n' }],
    ['by COMPOSE_FILE', { '.env': 'COMPOSE_FILE=compose.yaml:prod.yaml\n' }],
    ['by an include of several', { 'all.compose.yaml': 'include:\n  - path: [compose.yaml, prod.yaml]\n' }],
    ['by a stack', { 'run.sh': 'docker stack deploy -c compose.yaml -c prod.yaml llm\n' }],
  ])('%s have what the others say', (_, scripts) => {
    const files = { 'compose.yaml': COMPOSE, 'prod.yaml': prod, ...scripts };
    const [found, ...more] = extractAll([{ path: 'prod.yaml', text: prod }], contextOf(files)).deployments;
    expect(more).toEqual([]);
    expect(found).toMatchObject({
      file: 'prod.yaml',
      line: 3,
      engine: { version: '0.12.0' },
      model: { value: 'Qwen/Qwen3-8B' },
    });
    expect(found?.arguments.get('max_model_len')).toMatchObject({ value: 4096, place: { file: 'compose.yaml' } });
  });

  it('stand alone where nobody lays them over another', () => {
    expect(launches({ 'compose.yaml': COMPOSE, 'prod.yaml': prod }, 'prod.yaml')).toEqual([]);
  });

  it('are laid over the usual file by their name', () => {
    const files = { 'compose.yaml': COMPOSE, 'compose.override.yaml': prod };
    expect(launches(files, 'compose.override.yaml')).toEqual([['llm', 4096, null]]);
  });

  it('may say no more than the GPUs', () => {
    const over = `services:\n  llm:\n    ${GPUS}\n`;
    const files = { 'compose.yaml': COMPOSE, 'gpu.yaml': over };
    const script = { 'run.sh': 'docker compose -f compose.yaml -f gpu.yaml up\n' };
    expect(launches({ ...files, ...script }, 'gpu.yaml')).toEqual([['llm', 4096, 2]]);
    expect(edited({ ...files, ...script }, 'gpu.yaml')).toEqual({ 'compose.yaml': COMPOSE.replace('4096', '2048') });
  });

  it('are no launch of their own where they change nothing of it', () => {
    const over = 'services:\n  llm:\n    environment: {HF_TOKEN: x}\n';
    expect(launches({ 'compose.yaml': COMPOSE, 'compose.override.yaml': over }, 'compose.override.yaml')).toEqual([]);
  });

  it('take out what they reset, and all that is below what they override', () => {
    const base = `${COMPOSE}    ${GPUS}\n`;
    const reset = 'services:\n  llm:\n    deploy: !reset null\n    environment: {A: b}\n';
    expect(launches({ 'compose.yaml': base, 'compose.override.yaml': reset }, 'compose.override.yaml')).toEqual([
      ['llm', 4096, null],
    ]);
    const own = `services:\n  llm:\n    deploy: !override\n      resources: {reservations: {devices: [{count: 4, capabilities: [gpu]}]}}\n`;
    expect(launches({ 'compose.yaml': base, 'compose.override.yaml': own }, 'compose.override.yaml')).toEqual([
      ['llm', 4096, 4],
    ]);
  });
});

describe('included files', () => {
  const files = {
    'compose.yaml':
      'include:\n  - path: llm/compose.yaml\n    env_file: llm/prod.env\nservices:\n  web: {image: nginx}\n',
    'llm/compose.yaml': COMPOSE,
    'llm/prod.env': 'LEN=8192\n',
  };

  it('have the variables that the include names', () => {
    expect(launches(files, 'llm/compose.yaml')).toEqual([['llm', 8192, null]]);
    expect(edited(files, 'llm/compose.yaml')).toEqual({ 'llm/prod.env': 'LEN=2048\n' });
    expect(launches(files, 'compose.yaml')).toEqual([]);
  });

  it('have those of whoever includes them before their own', () => {
    expect(launches({ ...files, '.env': 'LEN=512\n' }, 'llm/compose.yaml')).toEqual([['llm', 512, null]]);
    const plain = { ...files, 'compose.yaml': 'include: [llm/compose.yaml]\n', 'llm/.env': 'LEN=1024\n' };
    expect(launches(plain, 'llm/compose.yaml')).toEqual([['llm', 1024, null]]);
  });

  it('start their paths from the folder that the include names', () => {
    const own = {
      'compose.yaml': 'include:\n  - path: llm/compose.yaml\n    project_directory: .\n',
      'llm/compose.yaml':
        'services:\n  llm:\n    image: own/vllm\n    env_file: model.env\n    entrypoint: sh -c "vllm serve Qwen/Qwen3-8B --max-model-len $$LEN"\n',
      'model.env': 'LEN=8192\n',
    };
    expect(launches(own, 'llm/compose.yaml')).toEqual([['llm', 8192, null]]);
  });

  it('are what a file overrides that is laid over the one that includes them', () => {
    const over = 'services:\n  llm:\n    command: --model Qwen/Qwen3-8B --max-model-len 1024\n';
    expect(launches({ ...files, 'compose.override.yaml': over }, 'compose.override.yaml')).toEqual([
      ['llm', 1024, null],
    ]);
  });

  it.each([
    ['oci://docker.io/acme/vllm-stack:latest'],
    ['https://github.com/acme/serving.git#main:vllm/compose.yaml'],
    ['../vllm/compose.yaml'],
    ['missing/sglang.yaml'],
  ])('%s that is not in the repository is said', (path) => {
    const text = `include:\n  - ${path}\n`;
    const { deployments, unsupported } = extractAll(
      [{ path: 'compose.yaml', text }],
      contextOf({ 'compose.yaml': text }),
    );
    expect(deployments).toEqual([]);
    expect(unsupported).toMatchObject([
      { reason: `It includes ${path}, which is not in the repository.`, place: { file: 'compose.yaml', line: 2 } },
    ]);
  });

  it('of other programs are none', () => {
    const text = 'include:\n  - local: vllm.yml\nstages: [build]\n';
    expect(extractAll([{ path: '.gitlab-ci.yml', text }], contextOf({})).unsupported).toEqual([]);
  });
});

describe('files of variables of a service', () => {
  const compose = (files: string) =>
    `services:\n  llm:\n    image: ghcr.io/huggingface/text-generation-inference:3.3.4\n    ${GPUS}\n    env_file: ${files}\n`;
  const given = { 'a.env': 'MODEL_ID=Qwen/Qwen3-8B\nMAX_TOTAL_TOKENS=4096\n', 'b.env': 'MAX_TOTAL_TOKENS=8192\n' };
  it.each([
    ['a path', 'a.env', 4096],
    ['a list, later ones winning', '[a.env, b.env]', 8192],
    ['mappings', '[{path: a.env, required: true}, {path: none.env, required: false}]', 4096],
    ['a path with a variable', '${ENV_FILE:-a.env}', 4096],
  ])('are %s', (_, written, tokens) => {
    const text = compose(written);
    const { deployments } = extractAll([{ path: 'compose.yaml', text }], contextOf(given));
    expect(deployments).toMatchObject([{ model: { value: 'Qwen/Qwen3-8B' }, unresolved: [] }]);
    expect(deployments[0]?.arguments.get('max_total_tokens')?.value).toBe(tokens);
  });

  it('leave the model open where one that is needed is not in the repository', () => {
    const { deployments } = extractAll([{ path: 'compose.yaml', text: compose('secret.env') }], contextOf({}));
    expect(deployments).toMatchObject([
      { model: null, unresolved: [{ name: 'model', text: 'secret.env', place: { line: 5 } }] },
    ]);
  });
});

describe('a service that extends another file', () => {
  const text =
    'services:\n  vllm:\n    extends: {file: ../common/gpu.yaml, service: vllm}\n    environment: {LEN: 8192}\n';
  it('is read with it', () => {
    const base =
      'services:\n  vllm:\n    image: vllm/vllm-openai:v0.11.0\n    command: --model Qwen/Qwen3-8B --max-model-len ${LEN:-4096}\n';
    const files = { 'a/compose.yaml': text, 'common/gpu.yaml': base, 'a/.env': 'LEN=1024\n' };
    expect(launches(files, 'a/compose.yaml')).toEqual([['vllm', 1024, null]]);
    expect(edited(files, 'a/compose.yaml')).toEqual({ 'a/.env': 'LEN=2048\n' });
  });

  it('is said where that is not in the repository', () => {
    const { deployments, unsupported } = extractAll([{ path: 'a/compose.yaml', text }], contextOf({}));
    expect(deployments).toEqual([]);
    expect(unsupported).toMatchObject([
      { name: 'vllm', reason: 'It extends ../common/gpu.yaml, which is not in the repository.' },
    ]);
  });
});
