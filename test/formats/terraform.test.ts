import { describe, expect, it } from 'vitest';
import { editedFiles, noted } from './reading.ts';
import { container } from './terraform-container.ts';

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
    expect(editedFiles('main.tf', files, 'max_model_len', 4096)).toEqual({
      'variables.tf': files['variables.tf'].replace('8192', '4096'),
    });
    expect(editedFiles('main.tf', files, 'max_num_seqs', 8)).toEqual({
      'main.tf': files['main.tf'].replace(
        '"--enforce-eager",',
        '"--enforce-eager",\n            "--max-num-seqs", "8",',
      ),
    });
  });

  it('is changed where a value is used that another launch shares', () => {
    const shared = { ...files, 'other.tf': container('["--model", "a/b", "--max-model-len", var.length]') };
    expect(editedFiles('main.tf', shared, 'max_model_len', 4096)).toEqual({
      'main.tf': files['main.tf'].replace('${var.length}', '4096'),
    });
    expect(editedFiles('other.tf', shared, 'max_model_len', 4096)).toEqual({
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
