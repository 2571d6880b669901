import { describe, expect, it } from 'vitest';
import { editedFiles, editedText, noted, readFile } from './reading.ts';
import { container } from './terraform-container.ts';

describe('other resources', () => {
  it('hold manifests as objects and as texts', () => {
    const text = `resource "kubernetes_manifest" "a" {
  manifest = {
    apiVersion = "v1"
    kind       = "Pod"
    metadata   = { name = "a" }
    spec = {
      containers = [{
        name  = "vllm"
        image = "vllm/vllm-openai:v0.10.0"
        args  = ["--model", "org/a", "--max-num-seqs", "4"]
      }]
    }
  }
}
resource "kubectl_manifest" "b" {
  yaml_body = <<YAML
apiVersion: v1
kind: Pod
metadata:
  name: b
spec:
  containers:
  - name: vllm
    image: vllm/vllm-openai:v0.10.0
    args: [--model, org/b, --max-num-seqs, "\${var.seqs}"]
YAML
}
variable "seqs" { default = 6 }
`;
    expect(noted('main.tf', { 'main.tf': text })).toMatchObject([
      { name: 'a', model: ['org/a', 10], arguments: { max_num_seqs: [4, 10] } },
      { name: 'b', model: ['org/b', 25], arguments: { max_num_seqs: [6, 28] } },
    ]);
    expect(editedFiles('main.tf', { 'main.tf': text }, 'max_num_seqs', 9, 1)).toEqual({
      'main.tf': text.replace('default = 6', 'default = 9'),
    });
  });

  it('start containers in the words of each cloud', () => {
    const text = `resource "aws_ecs_task_definition" "a" {
  container_definitions = jsonencode([{
    name    = "vllm"
    image   = "vllm/vllm-openai:v0.10.0"
    command = ["--model", "org/a", "--max-num-seqs", "4"]
    resourceRequirements = [{ type = "GPU", value = "2" }]
  }])
}
resource "google_cloud_run_v2_service" "b" {
  template {
    containers {
      image = "vllm/vllm-openai:v0.10.0"
      args  = ["--model", "org/b", "--max-num-seqs", "5"]
      resources {
        limits = { "nvidia.com/gpu" = "1" }
      }
    }
    node_selector {
      accelerator = "nvidia-l4"
    }
  }
}
`;
    expect(noted('main.tf', { 'main.tf': text })).toMatchObject([
      { model: ['org/a', 5], arguments: { max_num_seqs: [4, 5] }, gpus: [null, 2] },
      { model: ['org/b', 13], arguments: { max_num_seqs: [5, 13] }, gpus: ['nvidia-l4', 1] },
    ]);
  });

  it('start machines with scripts', () => {
    const text = `resource "aws_instance" "gpu" {
  instance_type = "g6e.xlarge"
  user_data = <<-EOF
    #!/bin/bash
    docker run --gpus all vllm/vllm-openai:v0.10.0 \\
      --model \${var.model} --max-model-len 4096 --served-model-name $\${NAME}
  EOF
}
variable "model" { default = "org/name" }
`;
    expect(noted('main.tf', { 'main.tf': text })).toEqual([
      {
        name: 'aws_instance.gpu',
        model: ['org/name', 9],
        arguments: { max_model_len: [4096, 6] },
        gpus: ['g6e.xlarge', null],
        open: [['served_model_name', '${NAME}', 'NAME is not set in this file']],
      },
    ]);
  });

  it('of a module of the repository are read with what it is called with', () => {
    const files = {
      'prod/main.tf': 'module "vllm" {\n  source = "../modules/vllm"\n  length = 4096\n}\n',
      'modules/vllm/main.tf': container(
        '["--model", "org/name", "--max-model-len", var.length]',
        'variable "length" {}\n',
      ),
    };
    expect(noted('prod/main.tf', files)).toMatchObject([
      { model: ['org/name', 'modules/vllm/main.tf:14'], arguments: { max_model_len: [4096, 3] } },
    ]);
    expect(noted('modules/vllm/main.tf', files)[0]?.open).toEqual([
      ['max_model_len', 'var.length', 'var.length has no value in the repository'],
    ]);
  });

  it.each([
    ['a client of an engine', 'resource "x_app" "ui" {\n  env = { OPENAI_API_BASE = "http://vllm:8000" }\n}\n'],
    ['a dashboard', 'resource "grafana_dashboard" "vllm" {\n  config_json = "{\\"title\\": \\"vllm\\"}"\n}\n'],
    ['what is switched off', container('["--model", "a/b"]').replace('metadata {', 'count = 0\n  metadata {')],
  ])('%s is none', (_name, text) => {
    expect(readFile('main.tf', { 'main.tf': text })).toEqual({ deployments: [], unsupported: [] });
  });
});

// terraform-aws-modules/ecs: container_definitions are those of ECS, whose command goes behind the image's entrypoint.
it('a module that is handed a container has its options and GPUs', () => {
  const text = `module "service" {
  source = "terraform-aws-modules/ecs/aws//modules/service"
  container_definitions = {
    llm = {
      image = "vllm/vllm-openai:v0.10.2"
      command = ["--tensor-parallel-size", "4", "--model", "org/a"]
      resource_requirements = [{ type = "GPU", value = 4 }]
    }
  }
}
`;
  expect(noted('main.tf', { 'main.tf': text })).toMatchObject([
    { model: ['org/a', 6], arguments: { tensor_parallel_size: [4, 6] }, gpus: [null, 4] },
  ]);
});

describe('a config of llama-swap that a module is handed', () => {
  // After randomcoww/homelab bucket_ops/llama-cpp.tf: `$${…}` is a `${…}` that Terraform leaves to llama-swap.
  const text = `module "swap" {
  source = "git::https://example.com/llama-swap"
  llama_swap_config = {
    macros = { server = "/app/llama-server --port $\${PORT}" }
    models = {
      small = {
        cmd = <<-EOF
        $\${server} \\
          --model /models/small.gguf \\
          --ctx-size 131072
        EOF
      }
      whisper = { cmd = "whisper-server -m /models/w.bin" }
    }
  }
}
`;

  it('is read', () => {
    expect(noted('a.tf', { 'a.tf': text })).toMatchObject([
      {
        name: 'small',
        model: ['/models/small.gguf', 9],
        arguments: { ctx_size: [131_072, 10] },
      },
    ]);
  });

  it('is edited', () => {
    expect(editedText('a.tf', text, 'ctx_size', 4_096)).toBe(text.replace('131072', '4096'));
  });
});
