import { expect, it } from 'vitest';
import { extractFrom } from '../corpus/score.ts';

// helmfile.readthedocs.io, "Configuration": `values` of a release are files or mappings, later ones win; `set` goes over them.
const text = `releases:
- name: chat
  chart: vllm/vllm-stack
  values:
  - common.yaml
  - servingEngineSpec:
      modelSpec:
      - name: a
        repository: vllm/vllm-openai
        tag: v0.9.0
        modelURL: org/m
        vllmConfig: {maxModelLen: 4096}
  set:
  - name: servingEngineSpec.modelSpec[0].vllmConfig.maxModelLen
    value: 8192
- name: redis
  chart: bitnami/redis
  values: [redis.yaml]
`;

it('the values that a helmfile gives a release itself are read, with what it sets over them', () => {
  const [found, ...more] = extractFrom({ path: 'helmfile.yaml', text }).deployments;
  expect(more).toEqual([]);
  expect(found).toMatchObject({ name: 'a', model: { value: 'org/m', place: { line: 11 } } });
  expect(found?.arguments.get('max_model_len')).toMatchObject({ value: 8192, place: { line: 15 } });
});

it('what a template of a helmfile fills in is open', () => {
  const template = text.replace('4096', '{{ .Values.len }}').replace(/ {2}set:[^]*?8192\n/, '');
  const [found] = extractFrom({ path: 'helmfile.yaml.gotmpl', text: template }).deployments;
  expect(found?.unresolved).toMatchObject([{ name: 'max_model_len', text: '{{ .Values.len }}', place: { line: 12 } }]);
});

it('releases without a chart are none of a helmfile', () => {
  expect(extractFrom({ path: 'a.yaml', text: text.replace(/chart:/g, 'title:') }).deployments).toEqual([]);
});
