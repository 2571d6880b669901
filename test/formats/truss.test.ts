import { describe, expect, it } from 'vitest';
import { engines } from '../../src/engines/index.ts';
import { extractAll } from '../../src/formats/index.ts';

function read(text: string) {
  return extractAll([{ path: 'model/config.yaml', text }], { engines, read: () => null });
}

function server(command: string): string {
  return `model_name: Chat\nbase_image:\n  image: vllm/vllm-openai:v0.8.5\nresources:\n  accelerator: H100:2\nenvironment_variables:\n  VLLM_USE_V1: "1"\n  TOKEN: null\ndocker_server:\n  start_command: ${command}\n  server_port: 8000\n`;
}

// Baseten docs, "Configuration" (docker_server, resources.accelerator, trt_llm)
describe('a config of Truss', () => {
  it.each([
    ['one command', 'vllm serve org/name --max-model-len 4096'],
    ['a shell', 'sh -c "vllm serve org/name --max-model-len 4096"'],
    [
      'a shell that reads a secret',
      'sh -c "HF_TOKEN=$(cat /secrets/hf_access_token) vllm serve org/name --max-model-len 4096"',
    ],
    ['lines that fold', '>\n    sh -c "vllm serve org/name\n    --max-model-len 4096"'],
    ['several commands', 'bash -c "huggingface-cli download org/name && vllm serve org/name --max-model-len 4096"'],
  ])('starts its server with %s', (_title, command) => {
    expect(read(server(command)).deployments).toMatchObject([
      {
        format: 'truss',
        name: 'Chat',
        engine: { version: '0.8.5' },
        model: { value: 'org/name' },
        gpuRequest: { name: { value: 'H100' }, count: { value: 2 } },
      },
    ]);
    const [found] = read(server(command)).deployments;
    expect(found?.arguments.get('max_model_len')?.value).toBe(4096);
    expect(found?.environment.get('VLLM_USE_V1')?.value).toBe('1');
    expect(found?.environment.has('TOKEN')).toBe(false);
  });

  it('takes the version from what its build installs', () => {
    const text = `base_image: {image: python:3.11}\nrequirements:\n  - vllm==0.7.3\ndocker_server:\n  start_command: vllm serve org/name\n`;
    expect(read(text).deployments[0]?.engine.version).toBe('0.7.3');
  });

  it('builds an engine, which is said; an encoder is none', () => {
    const built = (base: string) =>
      `trt_llm:\n  build:\n    base_model: ${base}\n    checkpoint_repository: {source: HF, repo: org/name}\n    max_seq_len: 4096\n`;
    const { deployments, unsupported } = read(built('decoder'));
    expect(deployments.length + unsupported.length).toBe(1);
    expect(read(built('encoder_bert'))).toEqual({ deployments: [], unsupported: [] });
  });

  it('is none where its server is no engine', () => {
    expect(read(server('text-embeddings-router --model-id org/name'))).toEqual({ deployments: [], unsupported: [] });
  });
});

it('starts a script that lies beside its config', () => {
  const files = [
    { path: 'chat/config.yaml', text: server('sh /app/model/run.sh') },
    { path: 'chat/model/run.sh', text: 'export M=org/name\nvllm serve $M --max-model-len 4096\n' },
  ];
  const readFile = (path: string) => files.find((file) => file.path === path) ?? null;
  const { deployments } = extractAll(files.slice(0, 1), { engines, read: readFile });
  expect(deployments).toMatchObject([
    { name: 'Chat', file: 'chat/config.yaml', model: { value: 'org/name' }, gpuRequest: { count: { value: 2 } } },
  ]);
  expect(deployments[0]?.arguments.get('max_model_len')).toMatchObject({ value: 4096, place: { line: 2 } });
});

it('runs the program of its model on the GPUs that it asks for', () => {
  const files = [
    {
      path: 'chat/model/model.py',
      text: 'from vllm import LLM\n\n\nclass Model:\n    def load(self):\n        self.llm = LLM(model="org/name", max_model_len=4096)\n',
    },
    {
      path: 'chat/config.yaml',
      text: 'model_name: Chat\nrequirements:\n- vllm==0.8.5\nresources:\n  accelerator: H100:2\n',
    },
  ];
  const readFile = (path: string) => files.find((file) => file.path === path) ?? null;
  expect(extractAll(files.slice(0, 1), { engines, read: readFile }).deployments).toMatchObject([
    { format: 'python', model: { value: 'org/name' }, gpuRequest: { name: { value: 'H100' }, count: { value: 2 } } },
  ]);
  expect(extractAll(files.slice(0, 1), { engines, read: () => null }).deployments[0]?.gpuRequest.name).toBeNull();
});
