import { describe, expect, it } from 'vitest';
import { applyEdits } from '../../src/edit.ts';
import { engines } from '../../src/engines/index.ts';
import { editArgument, extractAll } from '../../src/formats/index.ts';

function extractIn(files: Readonly<Record<string, string>>, path = 'units/llm.service') {
  const read = (name: string) => (name in files ? { path: name, text: files[name] ?? '' } : null);
  return extractAll([{ path, text: files[path] ?? '' }], { engines, read });
}

function unit(body: string): string {
  return `[Unit]\nDescription=vllm serve other/name\n\n[Service]\n${body}\nRestart=always\n`;
}

function only(body: string, files: Readonly<Record<string, string>> = {}) {
  const { deployments } = extractIn({ ...files, 'units/llm.service': unit(body) });
  expect(deployments).toHaveLength(1);
  return deployments[0];
}

// systemd.service(5), "Command lines"; systemd.syntax(7); systemd.exec(5)
describe('a unit', () => {
  it.each([
    ['one line', 'ExecStart=/opt/bin/vllm serve org/name --max-model-len 4096'],
    ['a prefix', 'ExecStart=-@/opt/bin/vllm serve org/name --max-model-len 4096'],
    ['continued lines with a comment', 'ExecStart=vllm serve org/name \\\n  # tokens\n  --max-model-len 4096'],
    ['variables', 'Environment="LEN=4096" MODEL=org/name\nExecStart=vllm serve ${MODEL} --max-model-len $LEN'],
    [
      'more arguments in a variable',
      "Environment='ARGS=--max-model-len 4096 --enforce-eager'\nExecStart=vllm serve org/name $ARGS",
    ],
    ['a file of variables', 'EnvironmentFile=-/etc/llm/llm.env\nExecStart=vllm serve ${MODEL} --max-model-len ${LEN}'],
    ['a shell', "ExecStart=/bin/bash -lc 'cd /opt && exec vllm serve org/name --max-model-len 4096'"],
    [
      'a command that replaces another',
      'ExecStart=vllm serve a\nExecStart=\nExecStart=vllm serve org/name --max-model-len 4096',
    ],
    [
      'docker run',
      'ExecStart=/usr/bin/docker run --rm --gpus all -v /m:/m \\\n vllm/vllm-openai:v0.9.1 --model org/name --max-model-len 4096',
    ],
  ])('with %s', (_title, body) => {
    const found = only(body, { 'units/llm.env': '# values\nMODEL="org/name"\nLEN=4096\n' });
    expect(found).toMatchObject({
      name: 'llm',
      file: 'units/llm.service',
      model: { value: 'org/name' },
      unresolved: [],
    });
    expect(found?.arguments.get('max_model_len')?.value).toBe(4096);
  });

  it('leaves open what is set on the machine', () => {
    const found = only('EnvironmentFile=/etc/llm.env\nExecStart=vllm serve %i --max-model-len ${LEN}');
    expect(found?.unresolved).toMatchObject([
      { name: 'max_model_len', reason: 'LEN is set in /etc/llm.env, which is not in the repository' },
      { name: 'model', reason: '%i is the name of the instance' },
    ]);
  });

  it('leaves placeholders open', () => {
    const found = only("ExecStart=/bin/bash -lc 'exec vllm serve __MODEL__ --max-model-len 4096'");
    expect(found?.unresolved).toMatchObject([{ name: 'model', text: '__MODEL__', reason: 'it is a placeholder' }]);
  });

  it('with a program of its own is read by its variables', () => {
    const found = only(
      'Environment=MODEL_REPO=org/name\nEnvironment=MAX_MODEL_LEN=4096 GPU_MEM_UTIL=0.5\nExecStart=/srv/run.sh',
    );
    expect(found).toMatchObject({ model: { value: 'org/name' } });
    expect(found?.arguments.get('gpu_memory_utilization')).toMatchObject({ value: 0.5, place: { line: 6 } });
  });

  it.each([
    ['stops a server', 'ExecStart=/usr/bin/pkill -f "vllm serve"'],
    ['starts something else', 'Environment=MODEL=org/name\nExecStart=/usr/bin/python3 -m vllm_manager'],
    ['names it in a comment', '#ExecStart=vllm serve org/name\nExecStart=/bin/true'],
  ])('that %s is no launch', (_title, body) => {
    expect(extractIn({ 'units/llm.service': unit(body) })).toEqual({ deployments: [], unsupported: [] });
  });
});

it('a drop-in is laid over its unit, and is nothing where it changes no launch', () => {
  const files = {
    'units/llm.service': unit('Environment=LEN=4096\nExecStart=vllm serve org/name --max-model-len ${LEN}'),
    'units/llm.service.d/override.conf': '[Service]\nEnvironment=LEN=512\n',
    'units/llm.service.d/limits.conf': '[Service]\nLimitNOFILE=65536\n',
  };
  const [found] = extractIn(files, 'units/llm.service.d/override.conf').deployments;
  expect(found).toMatchObject({ name: 'llm', file: 'units/llm.service.d/override.conf', line: 2 });
  expect(found?.arguments.get('max_model_len')).toMatchObject({ value: 512, place: { line: 2 } });
  expect(extractIn(files, 'units/llm.service.d/limits.conf').deployments).toEqual([]);
});

it('a container of Podman starts what its image brings', () => {
  const text =
    '[Container]\nImage=docker.io/vllm/vllm-openai:v0.11.0\nEnvironment=CUDA_VISIBLE_DEVICES=0,1\nExec=--model org/name \\\n  -tp 2\nAddDevice=nvidia.com/gpu=all\n';
  const [found] = extractIn({ 'llm.container': text }, 'llm.container').deployments;
  expect(found).toMatchObject({ name: 'llm', model: { value: 'org/name' }, engine: { version: '0.11.0' } });
  expect(found?.gpuRequest.count?.value).toBe(2);
});

it('a container of Podman with an image of the team’s own is told by the options behind it', () => {
  const text =
    '[Container]\nImage=ghcr.io/team/chat:stable\nEnvironment=MODEL=/models/a.gguf\nExec=--model ${MODEL} --n-gpu-layers 99 --ctx-size 8192\n';
  const [found] = extractIn({ 'chat.container': text }, 'chat.container').deployments;
  expect(found).toMatchObject({ engine: { id: 'llamacpp' }, model: { value: '/models/a.gguf' } });
  const other = text.replace(/Exec=.*/, 'Exec=--config /etc/app.yaml --port 8080');
  expect(extractIn({ 'chat.container': other }, 'chat.container').deployments).toEqual([]);
});

it.each([
  ['a word', 'ExecStart=vllm serve m --max-model-len 4096'],
  ['quotes', 'ExecStart=vllm serve m "--max-model-len=4096"'],
  ['a definition', 'Environment="LEN=4096"\r\nExecStart=vllm serve m --max-model-len ${LEN}'],
])('an edit changes %s in its place', (_title, body) => {
  const text = unit(body);
  const context = { engines, read: () => null };
  const [found] = extractIn({ 'units/llm.service': text }).deployments;
  const byPath = new Map([['units/llm.service', { path: 'units/llm.service', text }]]);
  const edits = found && editArgument(found, 'max_model_len', 512, context, byPath);
  expect(edits && !('reason' in edits) && applyEdits(text, edits)).toBe(text.replace('4096', '512'));
});

describe('a container of Podman', () => {
  const quadlet = (body: string) =>
    extractIn({ 'units/llm.container': `[Container]\n${body}\n` }, 'units/llm.container').deployments;

  // podman-systemd.unit(5): without Exec= the image starts its own command.
  it('starts what its image does where it says nothing else', () => {
    expect(quadlet('Image=docker.io/ollama/ollama:0.12.6')).toMatchObject([
      { engine: { id: 'ollama', version: '0.12.6' }, model: null },
    ]);
    expect(quadlet('Image=docker.io/ollama/ollama:0.12.6\nExec=sleep 1000')).toEqual([]);
  });

  // Container Device Interface: nvidia.com/gpu=INDEX, =UUID, or =all.
  it.each([
    ['AddDevice=nvidia.com/gpu=0\nAddDevice=nvidia.com/gpu=1', 2],
    ['AddDevice=nvidia.com/gpu=GPU-3b2a', 1],
    ['AddDevice=nvidia.com/gpu=all', undefined],
    ['AddDevice=/dev/dri', undefined],
  ])('has the GPUs of %j', (devices, count) => {
    const [found] = quadlet(`Image=vllm/vllm-openai:v0.10.0\n${devices}\nExec=--model org/a --max-model-len 4096`);
    expect(found?.model?.value).toBe('org/a');
    expect(found?.gpuRequest.count?.value).toBe(count);
  });
});
