import { describe, expect, it } from 'vitest';
import { editedFiles, noted, readFile } from './reading.ts';

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
    expect(readFile('main.tf', files).deployments[0]?.engine.version).toBe('0.11.0');
    expect(editedFiles('main.tf', files, 'max_num_seqs', 8)).toEqual({ 'main.tf': text.replace('"16"', '"8"') });
    expect(editedFiles('main.tf', files, 'dtype', 'half')).toEqual({
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
    expect(editedFiles('main.tf', { 'main.tf': text }, 'max_model_len', 2048)).toEqual({
      'main.tf': text.replace('4096', '2048'),
    });
  });

  it('is left to its file of values where everything stands there', () => {
    const files = {
      'main.tf': release('  values = [file("${path.module}/values.yaml")]'),
      'values.yaml': 'image: vllm/vllm-openai:v0.10.0\nmodel: org/name\nmaxModelLen: 4096\ngpuMemoryUtilization: 0.9\n',
    };
    expect(readFile('main.tf', files)).toEqual({ deployments: [], unsupported: [] });
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
    const { deployments, unsupported } = readFile('main.tf', { 'main.tf': release('  values = [var.values]') });
    expect(deployments).toEqual([]);
    expect(unsupported.map(({ reason }) => reason)).toEqual([
      'The values of this release cannot be read: var.values has no value in the repository.',
    ]);
  });
});
