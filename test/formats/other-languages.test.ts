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
    [
      'a.tf',
      'resource "null_resource" "a" {\n triggers = {\n  run = "vllm serve org/m --port 1"\n }\n}\n',
      [[3, 'Terraform']],
    ],
  ])('%s', (path, text, expected) => {
    expect(said(path, text)).toEqual(expected);
  });
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
