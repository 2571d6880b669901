import { describe, expect, it } from 'vitest';
import { editedText, readText } from './reading.ts';

function job(task: string, around = ''): string {
  return `${around}
job "llm" {
  group "g" {
    task "serve" {
${task}
    }
  }
}
`;
}

function read(text: string) {
  return readText('llm.nomad.hcl', text).deployments;
}

const IMAGE = 'image = "vllm/vllm-openai:v0.9.1"';

// Nomad docs: task drivers (docker, podman, exec, raw_exec), env, template, HCL2 variables
describe('a task of Nomad', () => {
  it.each([
    ['the arguments of an image', `config {\n ${IMAGE}\n args = ["--model", "org/name", "--max-model-len", "4096"]\n}`],
    ['one word each', `config {\n ${IMAGE}\n args = ["--model=org/name", "--max-model-len=4096"]\n}`],
    [
      'an entrypoint',
      `config {\n ${IMAGE}\n entrypoint = ["vllm", "serve"]\n args = ["org/name", "--max-model-len", "4096"]\n}`,
    ],
    [
      'a shell',
      `config {\n ${IMAGE}\n entrypoint = ["sh", "-c"]\n args = ["vllm serve org/name --max-model-len 4096"]\n}`,
    ],
    [
      'a program',
      'driver = "raw_exec"\nconfig {\n command = "/opt/venv/bin/vllm"\n args = ["serve", "org/name", "--max-model-len", "4096"]\n}',
    ],
    [
      'a script that it renders',
      `config {\n ${IMAGE}\n entrypoint = ["/local/run.sh"]\n}\ntemplate {\n destination = "local/run.sh"\n data = <<EOF\n#!/bin/sh\nexec vllm serve org/name --max-model-len 4096\nEOF\n}`,
    ],
  ])('is read by %s', (_title, task) => {
    const found = read(job(task));
    expect(found).toMatchObject([{ format: 'nomad', name: 'serve', model: { value: 'org/name' }, unresolved: [] }]);
    expect(found[0]?.arguments.get('max_model_len')?.value).toBe(4096);
  });

  it('has the values of variables, and leaves open what only the cluster knows', () => {
    const variables = 'variable "model" {\n  default = "org/name"\n}\nvariable "len" {}\n';
    const [found] = read(
      job(
        `config {\n ${IMAGE}\n args = ["--model", var.model, "--max-model-len", var.len, "--port", "\${NOMAD_PORT_http}"]\n}`,
        variables,
      ),
    );
    expect(found?.model).toMatchObject({ value: 'org/name', place: { line: 2 } });
    expect(found?.unresolved).toMatchObject([
      { name: 'max_model_len', text: 'var.len', reason: 'var.len has no value in the repository' },
      { name: 'port' },
    ]);
  });

  it.each([
    ['a count', 'device "nvidia/gpu" {\n count = 2\n}', null, 2],
    ['one, where it says none', 'device "nvidia/gpu" {}', null, 1],
    ['a model', 'device "nvidia/gpu/A100" {\n count = 4\n}', 'A100', 4],
    [
      'a constraint',
      'device "nvidia/gpu" {\n count = 1\n constraint {\n attribute = "${device.model}"\n value = "Tesla T4"\n }\n}',
      'Tesla T4',
      1,
    ],
    ['no other device', 'device "intel/qat" {\n count = 2\n}', null, null],
  ])('asks for GPUs with %s', (_title, device, name, count) => {
    const task = `config {\n ${IMAGE}\n args = ["--model", "org/name"]\n}\nresources {\n ${device}\n}`;
    const [found] = read(job(task));
    expect([found?.gpuRequest.name?.value ?? null, found?.gpuRequest.count?.value ?? null]).toEqual([name, count]);
  });

  it('has the arguments among its variables', () => {
    const [found] = read(
      job(
        'config {\n image = "ghcr.io/huggingface/text-generation-inference:3.3.4"\n}\nenv {\n MODEL_ID = "org/name"\n MAX_TOTAL_TOKENS = "4096"\n}',
      ),
    );
    expect([found?.engine.id, found?.model?.value, found?.arguments.get('max_total_tokens')?.value]).toEqual([
      'tgi',
      'org/name',
      4096,
    ]);
  });

  it('is none of ours with another image', () => {
    expect(read(job('config {\n image = "redis:7"\n args = ["--maxmemory", "1gb"]\n} # vllm'))).toEqual([]);
  });
});

describe('an edit of a task', () => {
  const args = 'args = [\n        "--model", "org/name",\n        "--max-model-len", "4096",\n      ]';
  const edited = (name: string, value: number): string =>
    editedText('llm.nomad', job(`config {\n ${IMAGE}\n      ${args}\n}`), name, value);

  it('changes a value in its quotes', () => {
    expect(edited('max_model_len', 8192)).toContain('"--max-model-len", "8192",');
  });

  it('adds items', () => {
    const [found] = read(edited('gpu_memory_utilization', 0.8));
    expect(found?.arguments.get('gpu_memory_utilization')?.value).toBe(0.8);
    expect(found?.arguments.get('max_model_len')?.value).toBe(4096);
  });
});
