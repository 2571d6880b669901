import { describe, expect, it } from 'vitest';
import { extractFrom } from '../corpus/score.ts';

const said = (path: string, text: string) => {
  const { deployments, unsupported } = extractFrom({ path, text });
  expect(deployments).toEqual([]);
  return unsupported.map(({ place, reason }) => [place.line, /from (.+) in a way/.exec(reason)?.[1]]);
};

describe('a launch in a language that nobody reads', () => {
  it.each([
    // Nix: options of oci-containers and of systemd units (NixOS manual).
    [
      'vllm.nix',
      '{\n virtualisation.oci-containers.containers.vllm = {\n  image = "vllm/vllm-openai:latest";\n  cmd = [ "--model" cfg.model ];\n };\n}\n',
      [[3, 'Nix']],
    ],
    ['a.nix', '{\n ExecStart = "${pkgs.llama-cpp}/bin/llama-server \\\n  -m /m/a.gguf";\n}\n', [[2, 'Nix']]],
    ['swap.nix', "{\n cmd = ''\n  ${llama-server} \\\n   -hf a/b-GGUF\n '';\n}\n", [[3, 'Nix']]],
    [
      'index.ts',
      "import * as k8s from '@pulumi/kubernetes';\nnew k8s.apps.v1.Deployment('vllm', { spec: { containers: [{\n image: 'vllm/vllm-openai:v0.11.0',\n args: ['--model', 'a/b'],\n}] } });\n",
      [[3, 'TypeScript']],
    ],
    [
      'stack.ts',
      "import * as ecs from 'aws-cdk-lib/aws-ecs';\ntask.addContainer('vllm', {\n image: ecs.ContainerImage.fromRegistry('vllm/vllm-openai:latest'),\n command: ['--model', 'Qwen/Qwen3-4B'],\n});\n",
      [[3, 'TypeScript']],
    ],
    ['vllm.jsonnet', '{ containers: [{\n  command: ["vllm", "serve", "a/b"],\n}] }\n', [[2, 'Jsonnet']]],
    ['vllm.cue', 'args: ["-m", "vllm.entrypoints.openai.api_server", "--model", "a/b"]\n', [[1, 'CUE']]],
    [
      'supervisord.conf',
      '[program:vllm]\ncommand=/bin/bash -c "vllm serve /data/m --port 5021"\n# command=vllm serve /data/old\n',
      [[2, 'a configuration file']],
    ],
    [
      'serve.toml.j2',
      '{% for m in models %}\n[{{ m.name }}]\nrun = "vllm serve {{ m.id }}"\n{% endfor %}\n',
      [[3, 'a Jinja template']],
    ],
    ['Procfile', 'web: vllm serve org/m --max-model-len 8192\n', [[1, 'a Procfile']]],
    ['fly.toml', '[build]\nimage = "vllm/vllm-openai:v0.9.0"\n[processes]\napp = "--model org/m"\n', [[2, 'TOML']]],
    [
      'configuration.nix',
      '{\n  services.ollama.enable = true;\n  services.llama-cpp = {\n    enable = true;\n  };\n}\n',
      [
        [2, 'Nix'],
        [3, 'Nix'],
      ],
    ],
    ['llama.nix', '{\n  command = [ "/app/llama-server" ];\n}\n', [[2, 'Nix']]],
    [
      'a.tf',
      'resource "null_resource" "a" {\n triggers = {\n  run = "vllm serve org/m --port 1"\n }\n}\n',
      [[3, 'Terraform']],
    ],
  ])('%s', (path, text, expected) => {
    expect(said(path, text)).toEqual(expected);
  });
});

describe('a value that a template fills in', () => {
  it.each([
    [
      'vllm.service.j2',
      '[Service]\nExecStart={{ venv }}/bin/vllm serve {{ model }} --max-model-len {{ len | default(1) }}\n',
      2,
    ],
    [
      'vllm.container.j2',
      '[Container]\nImage=vllm/vllm-openai:v0.9.0\nExec=--model {{ model }} --max-model-len {{ len | default(1) }}\n',
      3,
    ],
    ['serve.sh.j2', '#!/bin/sh\nexec vllm serve {{ model }} --max-model-len {{ len | default(1) }}\n', 2],
    [
      'pod.yaml.erb',
      'apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  containers:\n  - name: a\n    image: vllm/vllm-openai:v0.9.0\n    args: ["--model", "<%= model %>", "--max-model-len", "<%= len | default(1) %>"]\n',
      8,
    ],
  ])('is open in %s', (path, text, line) => {
    const [found, ...more] = extractFrom({ path, text }).deployments;
    expect(more).toEqual([]);
    expect(found).toMatchObject({ model: null, problems: [] });
    const open = (found?.unresolved ?? []).map((one) => [one.name, one.text.replace(/^\W+|\W+$/g, ''), one.place.line]);
    expect(open.toSorted()).toEqual([
      ['max_model_len', 'len | default(1', line],
      ['model', 'model', line],
    ]);
  });
});

it('an image of an engine with a model among its arguments is a launch in the words of any tool', () => {
  // Ansible, containers.podman.podman_container: `command` is what goes behind the entrypoint of the image.
  const text =
    '- containers.podman.podman_container:\n    name: v\n    image: docker.io/vllm/vllm-openai:v0.9.0\n    command:\n      - --model\n      - org/x\n';
  expect(extractFrom({ path: 'tasks.yml', text }).deployments).toMatchObject([
    { name: 'v', model: { value: 'org/x', place: { line: 6 } }, engine: { id: 'vllm', version: '0.9.0' } },
  ]);
});

describe('what only speaks of an engine', () => {
  it.each([
    ['a page', 'page.ts', "export const HELP = 'vllm serve org/model --port 8000';\n"],
    [
      'a test',
      'stack.test.ts',
      "import * as cdk from 'aws-cdk-lib';\nit('x', () => { expect(args).toEqual(['vllm', 'serve', 'a/b']); });\n",
    ],
    ['an operator', 'controller.go', 'package a\nvar c = []string{"vllm", "serve", "a/b"}\n'],
    ['comments', 'a.nix', '# vllm serve org/m\n/* llama-server -m a.gguf\n vllm serve org/m */\n{ }\n'],
    ['a comment of a template', 'a.tpl', '{{- /*\nvllm serve org/m --port 1\n*/ -}}\n'],
    ['prose', 'variables.tf', 'variable "a" {\n description = "Extra arguments for vllm serve"\n}\n'],
    ['a name', 'a.nix', '{ services.x.name = "llama-server"; }\n'],
    ['a chat template', 'chat.jinja', '{% for m in messages %}vllm serve{% endfor %}\n'],
    ['a document', 'a.md', '    vllm serve org/m --port 1\n'],
    ['a proxy', 'nginx.conf', 'upstream vllm { server vllm:8000; }\n# llama-server --port 1\n'],
    ['an image that is built', 'bake.hcl', 'target "x" {\n args = { image = "vllm/vllm-openai:v1" }\n}\n'],
  ])('%s is left alone', (_what, path, text) => {
    expect(said(path, text)).toEqual([]);
  });
});
