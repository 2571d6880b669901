import { describe, expect, it } from 'vitest';
import type { ArgumentValue } from '../../src/deployment.ts';
import { editedText, readText } from './reading.ts';

const read = (text: string) => readText('a.yaml', text);

/** A file's text with an argument of its only launch set, or why it cannot be. */
const edited = (text: string, name: string, value: ArgumentValue): string => editedText('a.yaml', text, name, value);

/** A launch as a reader would note it: arguments with their lines. */
function noted(text: string) {
  return read(text).deployments.map(({ name, model, arguments: found, gpuRequest, unresolved }) => ({
    name,
    model: model && [model.value, model.place.line],
    arguments: Object.fromEntries([...found.values()].map((one) => [one.name, [one.value, one.place.line]])),
    gpus: gpuRequest.count?.value ?? null,
    open: unresolved.map((one) => [one.name, one.text, one.place.line]),
  }));
}

describe('values of the production stack', () => {
  const values = `servingEngineSpec:
  modelSpec:
  - name: llama
    repository: vllm/vllm-openai
    tag: v0.11.0
    modelURL: org/name
    requestGPU: 2
    vllmConfig:
      maxModelLen: 4096
      v0: "1"
`;

  // production-stack helm/templates/deployment-vllm-multi.yaml: else branch of enablePrefixCaching
  it('turn prefix caching off unless told otherwise', () => {
    const [found] = read(values).deployments;
    expect(found?.arguments.get('enable_prefix_caching')).toMatchObject({ value: false, source: 'wrapper' });
    expect(found?.environment.get('VLLM_USE_V1')?.value).toBe('0');
    expect(
      read(values.replace('v0: "1"', 'enablePrefixCaching: true')).deployments[0]?.arguments.get(
        'enable_prefix_caching',
      ),
    ).toMatchObject({ value: true, source: 'config' });
  });

  it('get a key that the chart reads, else an item of extraArgs', () => {
    expect(edited(values, 'max_num_seqs', 8)).toBe(`${values}      maxNumSeqs: 8\n`);
    expect(edited(values, 'kv_cache_dtype', 'fp8')).toBe(
      `${values}      extraArgs:\n        - "--kv-cache-dtype=fp8"\n`,
    );
  });

  it('are found inside those of another chart, and what is off is none', () => {
    expect(noted(`vllm-stack:\n${values.replace(/^/gm, '  ')}`)).toHaveLength(1);
    expect(noted(values.replace('requestGPU', 'enabled: false\n    requestGPU'))).toEqual([]);
  });
});

describe('values of other charts', () => {
  it('are read wherever they stand around the only engine', () => {
    const values = `model:
  name: granite
  huggingfaceName: ibm/granite
deployment:
  image: {repository: registry.example.com/vllm-openai, tag: v0.10.0}
  gpuMemoryUtilization: 0.95
  extraArgs: []
resources:
  limits: {nvidia.com/gpu: 2}
`;
    expect(noted(values)).toEqual([
      {
        name: 'deployment',
        model: ['ibm/granite', 3],
        arguments: { gpu_memory_utilization: [0.95, 6] },
        gpus: 2,
        open: [],
      },
    ]);
    expect(edited(values, 'max_num_seqs', 8)).toBe(values.replace('[]', '["--max-num-seqs", "8"]'));
  });

  it('may list several models behind one image', () => {
    const values = `image: vllm/vllm-openai:v0.9.0
models:
  - {name: a, model: org/a, args: [--max-model-len, "4096"], gpu: 1}
  - {name: b, model: org/b, maxModelLen: 2048, gpu: 2, enabled: false}
  - {name: c, model: org/c, maxModelLen: 2048, gpu: 2}
`;
    expect(noted(values).map(({ name, gpus }) => [name, gpus])).toEqual([
      ['a', 1],
      ['c', 2],
    ]);
  });

  it.each([
    ['a compose file', 'services:\n  vllm:\n    image: postgres:16\nx-vllm: {image: redis, model: a/b}\n'],
    ['a client', 'image: {repository: ghcr.io/team/ui}\nmodel: org/name\nmaxTokens: 100\n'],
    ['an embedding service', 'image: ghcr.io/huggingface/text-embeddings-inference:1.5\nmodel: BAAI/bge-m3\n'],
    ['a router', 'image: {repository: lmcache/vllm-router, tag: latest}\nmodel: org/name\n'],
  ])('%s is none', (_name, text) => {
    expect(read(text)).toEqual({ deployments: [], unsupported: [] });
  });
});

describe('values inside other documents', () => {
  const application = (helm: string): string =>
    `apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: llm}\nspec:\n  source:\n    chart: vllm-stack\n    helm:\n${helm}`;

  it('of an Argo CD application stand in a block, with places of the file', () => {
    const text = application(`      values: |
        servingEngineSpec:
          modelSpec:
          - name: llama
            modelURL: org/name
            vllmConfig:
              enablePrefixCaching: true
              maxModelLen: 4096
`);
    const [found] = noted(text);
    expect(found?.arguments).toEqual({ enable_prefix_caching: [true, 14], max_model_len: [4096, 15] });
    expect(edited(text, 'max_model_len', 2048)).toBe(text.replace('4096', '2048'));
    expect(edited(text, 'max_num_seqs', 8)).toBe(`${text}              maxNumSeqs: 8\n`);
  });

  it('are set by name', () => {
    const text = application(`      parameters:
      - {name: image.repository, value: vllm/vllm-openai}
      - {name: model.huggingfaceName, value: org/name}
      - {name: model.maxModelLen, value: "8192"}
`);
    expect(noted(text)).toMatchObject([{ model: ['org/name', 10], arguments: { max_model_len: [8192, 11] } }]);
    expect(edited(text, 'max_model_len', 2048)).toBe(text.replace('8192', '2048'));
  });

  it('of a Flux release are its values', () => {
    const text = `apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: vllm}
spec:
  values:
    controllers:
      vllm:
        containers:
          app:
            image: {repository: docker.io/vllm/vllm-openai, tag: v0.10.0}
            args: [--model=org/name, --max-model-len=16384]
            resources: {limits: {nvidia.com/gpu: 1}}
`;
    expect(noted(text)).toMatchObject([
      { model: ['org/name', 11], arguments: { max_model_len: [16384, 11] }, gpus: 1 },
    ]);
  });

  it('that only point elsewhere are none, which is said', () => {
    const text = application('      valueFiles: [values-vllm.yaml]\n');
    const reason = 'The values of its chart vllm-stack are in values-vllm.yaml, which is not in the repository.';
    expect(read(text)).toMatchObject({ deployments: [], unsupported: [{ reason, place: { line: 8 } }] });
  });
});

describe('a template of a chart', () => {
  const template = `{{- if .Values.enabled }}
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ include "vllm.fullname" . }}
spec:
  template:
    spec:
      containers:
      - name: vllm
        image: "vllm/vllm-openai:{{ .Values.image.tag }}"
        args:
          - --model={{ .Values.model }}
          - --max-model-len
          - "8192"
          {{- if .Values.eager }}
          - --enforce-eager
          {{- end }}
          {{- toYaml .Values.extraArgs | nindent 10 }}
        resources:
          {{- toYaml .Values.resources | nindent 10 }}
{{- end }}
`;

  it('is read by its literals; the rest is open', () => {
    expect(noted(template)).toEqual([
      {
        name: 'a.yaml:13',
        model: null,
        arguments: { max_model_len: [8192, 15] },
        gpus: null,
        open: [
          ['model', '{{ .Values.model }}', 13],
          ['enforce_eager', '--enforce-eager', 17],
          ['more_arguments', '{{- toYaml .Values.extraArgs | nindent 10 }}', 19],
        ],
      },
    ]);
    expect(edited(template, 'max_model_len', 4096)).toBe(template.replace('8192', '4096'));
    expect(edited(template, 'enforce_eager', true)).toMatch(/not in this file/);
  });

  it('is read in its script, in the branch that stands when nothing is set', () => {
    const script = `apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  containers:
  - name: vllm
    image: {{ .Values.image }}
    command: [sh, -c]
    args:
    - |
      {{- if .Values.local }}
      MODEL=/models/local
      {{- else }}
      MODEL=org/name
      {{- end }}
      exec vllm serve $MODEL \\
      {{- if .Values.fp8 }}
        --kv-cache-dtype fp8 \\
      {{- end }}
        --max-num-seqs 16
`;
    expect(noted(script)).toMatchObject([
      { model: ['org/name', 14], arguments: { max_num_seqs: [16, 20] }, open: [['kv_cache_dtype', 'fp8', 18]] },
    ]);
  });

  it('is changed inside a file that its ConfigMap holds', () => {
    const map = `apiVersion: v1
kind: ConfigMap
metadata: {name: {{ .Release.Name }}}
data:
  startup.sh: |
    #!/bin/sh
    exec vllm serve org/name --max-model-len 8192
`;
    expect(edited(map, 'max_model_len', 4096)).toBe(map.replace('8192', '4096'));
  });
});
