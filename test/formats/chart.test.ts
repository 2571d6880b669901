import { expect, it } from 'vitest';
import { engines } from '../../src/engines/index.ts';
import { extractAll } from '../../src/formats/index.ts';

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
        image: "{{ .Values.image.repository }}:{{ .Values.image.tag }}"
        args:
          - --model={{ .Values.model }}
          - --max-model-len
          - {{ .Values.length | quote }}
          {{- if .Values.eager }}
          - --enforce-eager
          {{- end }}
          {{- if .Values.caching }}
          - --enable-prefix-caching
          {{- else }}
          - --no-enable-prefix-caching
          {{- end }}
          {{- if .Values.lora.enabled }}
          - --enable-lora
          {{- end }}
          {{- if eq .Values.mode "fast" }}
          - --max-num-seqs=4
          {{- end }}
          {{- with .Values.extraArgs }}
          {{- toYaml . | nindent 10 }}
          {{- end }}
{{- end }}
`;
const values = `enabled: true
image:
  repository: vllm/vllm-openai
  tag: v0.11.0
model: org/name
length: 8192
eager: true
caching: true
lora:
  enabled: false
extraArgs: []
`;

it('a template is read with the values of its chart', () => {
  const files: Readonly<Record<string, string>> = {
    'charts/vllm/templates/deployment.yaml': template,
    'charts/vllm/values.yaml': values,
  };
  const read = (path: string) => {
    const text = files[path];
    return text === undefined ? null : { path, text };
  };
  const path = 'charts/vllm/templates/deployment.yaml';
  const [found, ...others] = extractAll([{ path, text: template }], { engines, read }).deployments;
  expect(others).toEqual([]);
  expect(found).toMatchObject({
    file: path,
    format: 'helm-template',
    engine: { version: '0.11.0' },
    model: { value: 'org/name', place: { file: 'charts/vllm/values.yaml', line: 5 } },
  });
  const noted = [...(found?.arguments.values() ?? [])].map(({ name, value, place }) => [
    name,
    value,
    place.file === path,
    place.line,
  ]);
  expect(noted).toEqual([
    ['max_model_len', 8192, false, 6],
    ['enforce_eager', true, true, 17],
    ['enable_prefix_caching', true, true, 20],
  ]);
  // What a comparison decides stays open; what an empty list brings is nothing.
  expect(found?.unresolved.map(({ name, place }) => [name, place.line])).toEqual([['max_num_seqs', 28]]);
});
