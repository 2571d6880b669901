import { describe, expect, it } from 'vitest';
import type { ArgumentValue } from '../../src/deployment.ts';
import { applyEdits } from '../../src/edit.ts';
import { engines } from '../../src/engines/index.ts';
import { editArgument, extractAll } from '../../src/formats/index.ts';
import type { SourceFile } from '../../src/text.ts';

type Files = Readonly<Record<string, string>>;

const fileOf = (files: Files, path: string): SourceFile | null => {
  const text = files[path];
  return text === undefined ? null : { path, text };
};

function contextOf(files: Files) {
  const list = (folder: string): string[] =>
    Object.keys(files).flatMap((path) => {
      const slash = path.lastIndexOf('/');
      return path.slice(0, Math.max(0, slash)) === folder ? [path.slice(slash + 1)] : [];
    });
  return { engines, read: (path: string) => fileOf(files, path), list };
}

function read(path: string, files: Files) {
  const file = fileOf(files, path);
  return extractAll(file ? [file] : [], contextOf(files));
}

/** A launch as a reader would note it: values with file (where another) and line. */
function noted(path: string, files: Files) {
  const at = (place: { file: string; line: number }): number | string =>
    place.file === path ? place.line : `${place.file}:${place.line}`;
  return read(path, files).deployments.map((one) => ({
    name: one.name,
    model: one.model && [one.model.value, at(one.model.place)],
    arguments: Object.fromEntries(
      [...one.arguments.values()].map(({ name, value, place }) => [name, [value, at(place)]]),
    ),
    gpus: [one.gpuRequest.name?.value ?? null, one.gpuRequest.count?.value ?? null],
    open: one.unresolved.map(({ name, text, reason }) => [name, text, reason]),
  }));
}

/** The files with an argument of a launch set, or why it cannot be. */
function edited(path: string, files: Files, name: string, value: ArgumentValue, index = 0): Files | string {
  const context = contextOf(files);
  const deployment = read(path, files).deployments[index];
  if (!deployment) return 'no launch';
  const checked = Object.entries(files).map(([one, text]) => [one, { path: one, text }] as const);
  const edits = editArgument(deployment, name, value, context, new Map(checked));
  if ('reason' in edits) return edits.reason;
  const changed = [...new Set(edits.map(({ file }) => file))].map((one) => [
    one,
    applyEdits(
      files[one] ?? '',
      edits.filter(({ file }) => file === one),
    ),
  ]);
  return Object.fromEntries(changed) as Files;
}

const container = (args: string, rest = ''): string => `resource "kubernetes_deployment_v1" "vllm" {
  metadata {
    name = "vllm"
  }
  spec {
    template {
      spec {
        node_selector = {
          "cloud.google.com/gke-accelerator" = "nvidia-l4"
        }
        container {
          name  = "server"
          image = "vllm/vllm-openai:v0.11.0"
          args = ${args}
          resources {
            limits = {
              "nvidia.com/gpu" = 2
            }
          }
        }
      }
    }
  }
}
${rest}`;

describe('a workload of the Kubernetes provider', () => {
  const list = `[
            "--model", local.model,
            "--max-model-len=\${var.length}",
            "--enforce-eager",
          ]`;
  const files = {
    'main.tf': container(list),
    'locals.tf': 'locals {\n  model = "org/name"\n}\n',
    'variables.tf': 'variable "length" {\n  type    = number\n  default = 8192\n}\n',
  };

  it('is read with what its folder defines', () => {
    expect(noted('main.tf', files)).toEqual([
      {
        name: 'vllm',
        model: ['org/name', 'locals.tf:2'],
        arguments: { max_model_len: [8192, 'variables.tf:3'], enforce_eager: [true, 17] },
        gpus: ['nvidia-l4', 2],
        open: [],
      },
    ]);
  });

  it('takes what a file of values sets over a default', () => {
    const set = { ...files, 'terraform.tfvars': '# ours\nlength = 4096\n' };
    expect(noted('main.tf', set)[0]?.arguments['max_model_len']).toEqual([4096, 'terraform.tfvars:2']);
    const other = { ...files, 'prod.tfvars': 'length = 4096\n' };
    expect(noted('main.tf', other)[0]?.arguments['max_model_len']).toEqual([8192, 'variables.tf:3']);
  });

  it('leaves open what the module does not say', () => {
    const open = { 'main.tf': container('["--model", var.model, "--max-model-len", tostring(data.x.y.z)]') };
    expect(noted('main.tf', open)[0]?.open.toSorted().toReversed()).toEqual([
      ['model', 'var.model', 'var.model has no value in the repository'],
      ['max_model_len', 'data.x.y.z', 'data.x.y.z is known only when it is applied'],
    ]);
  });

  it('is changed where a value is defined, and gets options in the style of its list', () => {
    expect(edited('main.tf', files, 'max_model_len', 4096)).toEqual({
      'variables.tf': files['variables.tf'].replace('8192', '4096'),
    });
    expect(edited('main.tf', files, 'max_num_seqs', 8)).toEqual({
      'main.tf': files['main.tf'].replace(
        '"--enforce-eager",',
        '"--enforce-eager",\n            "--max-num-seqs", "8",',
      ),
    });
  });

  it('is changed where a value is used that another launch shares', () => {
    const shared = { ...files, 'other.tf': container('["--model", "a/b", "--max-model-len", var.length]') };
    expect(edited('main.tf', shared, 'max_model_len', 4096)).toEqual({
      'main.tf': files['main.tf'].replace('${var.length}', '4096'),
    });
    expect(edited('other.tf', shared, 'max_model_len', 4096)).toEqual({
      'other.tf': shared['other.tf'].replace('var.length', '4096'),
    });
  });

  it('reads variables of ConfigMaps of the module', () => {
    const map = `resource "kubernetes_config_map" "settings" {
  metadata {
    name = "settings"
  }
  data = {
    LEN = "2048"
  }
}
`;
    const args = `["--model=a/b", "--max-model-len=$(LEN)"]
          env_from {
            config_map_ref {
              name = kubernetes_config_map.settings.metadata[0].name
            }
          }`;
    expect(noted('main.tf', { 'main.tf': container(args, map) })[0]?.arguments['max_model_len']).toEqual([2048, 35]);
  });

  it('follows conditions, functions and lists that are made', () => {
    const args = `concat(
            ["--model", "a/b"],
            var.eager ? ["--enforce-eager"] : [],
            var.lora == null ? [] : ["--enable-lora"],
            [for k, v in local.options : "--\${k}=\${v}"],
            compact([var.more ? "--unknown" : "", format("--dtype=%s", "half")]),
          )`;
    const rest = `variable "eager" { default = true }
variable "lora" { default = null }
variable "more" { default = false }
locals {
  options = { max-num-seqs = 4, "kv-cache-dtype" = "fp8" }
}
`;
    expect(noted('main.tf', { 'main.tf': container(args, rest) })[0]).toMatchObject({
      arguments: {
        enforce_eager: [true, 16],
        max_num_seqs: [4, 35],
        kv_cache_dtype: ['fp8', 35],
        dtype: ['half', 19],
      },
      open: [],
    });
  });

  it('is one launch for each item that it goes through', () => {
    const text = container('["--model", each.value.id, "--max-num-seqs", each.value.seqs]').replace(
      'metadata {\n    name = "vllm"',
      'for_each = {\n    a = { id = "org/a", seqs = 1 }\n    b = { id = "org/b", seqs = 2 }\n  }\n  metadata {\n    name = each.key',
    );
    expect(
      noted('main.tf', { 'main.tf': text }).map(({ name, model, arguments: found }) => [name, model?.[0], found]),
    ).toEqual([
      ['a', 'org/a', { max_num_seqs: [1, 3] }],
      ['b', 'org/b', { max_num_seqs: [2, 4] }],
    ]);
  });
});

describe('a release of a chart', () => {
  const release = (body: string): string => `resource "helm_release" "vllm" {
  name  = "vllm"
  chart = "vllm-stack"
${body}
}
`;

  it('has its values in a here-document, and those that are set by name over them', () => {
    const text = release(`  values = [<<-EOT
    servingEngineSpec:
      modelSpec:
      - name: llama
        repository: vllm/vllm-openai
        tag: \${local.tag}
        modelURL: org/name
        requestGPU: 1
        vllmConfig:
          enablePrefixCaching: true
          maxModelLen: 8192
    EOT
  ]
  set {
    name  = "servingEngineSpec.modelSpec[0].vllmConfig.maxNumSeqs"
    value = "16"
  }
  set {
    name  = "servingEngineSpec.modelSpec[0].requestGPU"
    value = 2
  }`);
    const files = { 'main.tf': text, 'locals.tf': 'locals {\n  tag = "v0.11.0"\n}\n' };
    expect(noted('main.tf', files)).toEqual([
      {
        name: 'llama',
        model: ['org/name', 10],
        arguments: { enable_prefix_caching: [true, 13], max_model_len: [8192, 14], max_num_seqs: [16, 19] },
        gpus: [null, 2],
        open: [],
      },
    ]);
    expect(read('main.tf', files).deployments[0]?.engine.version).toBe('0.11.0');
    expect(edited('main.tf', files, 'max_num_seqs', 8)).toEqual({ 'main.tf': text.replace('"16"', '"8"') });
    expect(edited('main.tf', files, 'dtype', 'half')).toEqual({
      'main.tf': text.replace('maxModelLen: 8192', 'maxModelLen: 8192\n          dtype: half'),
    });
  });

  it('has its values as an object', () => {
    const text = release(`  values = [yamlencode({
    image = { repository = "vllm/vllm-openai", tag = "v0.10.0" }
    model = "org/name"
    maxModelLen = 4096
    extraArgs = []
  })]`);
    expect(noted('main.tf', { 'main.tf': text })).toMatchObject([
      { model: ['org/name', 6], arguments: { max_model_len: [4096, 7] } },
    ]);
    expect(edited('main.tf', { 'main.tf': text }, 'max_model_len', 2048)).toEqual({
      'main.tf': text.replace('4096', '2048'),
    });
  });

  it('is left to its file of values where everything stands there', () => {
    const files = {
      'main.tf': release('  values = [file("${path.module}/values.yaml")]'),
      'values.yaml': 'image: vllm/vllm-openai:v0.10.0\nmodel: org/name\nmaxModelLen: 4096\ngpuMemoryUtilization: 0.9\n',
    };
    expect(read('main.tf', files)).toEqual({ deployments: [], unsupported: [] });
  });

  it('is read with a template of values', () => {
    const files = {
      'infra/main.tf': release(`  values = [templatefile("\${path.module}/values.yaml.tftpl", {
    length = 4096
    model  = "org/name"
  })]`),
      'infra/values.yaml.tftpl':
        'image: vllm/vllm-openai:v0.10.0\nmodel: ${model}\nmaxModelLen: ${length}\ngpuMemoryUtilization: 0.9\n',
    };
    expect(noted('infra/main.tf', files)).toMatchObject([
      {
        model: ['org/name', 6],
        arguments: { max_model_len: [4096, 5], gpu_memory_utilization: [0.9, 'infra/values.yaml.tftpl:4'] },
      },
    ]);
  });

  it('of a serving chart is said where its values are nowhere', () => {
    const { deployments, unsupported } = read('main.tf', { 'main.tf': release('  values = [var.values]') });
    expect(deployments).toEqual([]);
    expect(unsupported.map(({ reason }) => reason)).toEqual([
      'The values of this release cannot be read: var.values has no value in the repository.',
    ]);
  });
});

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
    expect(edited('main.tf', { 'main.tf': text }, 'max_num_seqs', 9, 1)).toEqual({
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
    expect(read('main.tf', { 'main.tf': text })).toEqual({ deployments: [], unsupported: [] });
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
    const files = { 'a.tf': text };
    const [one] = read('a.tf', files).deployments;
    const edits =
      one && editArgument(one, 'ctx_size', 4_096, contextOf(files), new Map([['a.tf', { path: 'a.tf', text }]]));
    expect(Array.isArray(edits) && applyEdits(text, edits)).toBe(text.replace('131072', '4096'));
  });
});
