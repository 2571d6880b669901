// Helm docs: "Values Files" (a chart's values.yaml, files given with -f over it: mappings key by key, lists as a whole, null takes a
// key out); helmfile.readthedocs.io (releases[].chart, releases[].values in their order).
import { describe, expect, it } from 'vitest';
import { applyEdits } from '../../src/edit.ts';
import { engines } from '../../src/engines/index.ts';
import { editArgument, extractAll } from '../../src/formats/index.ts';

type Files = Readonly<Record<string, string>>;

const TEMPLATE = `{{- if .Values.serving.on }}
apiVersion: apps/v1
kind: Deployment
metadata:
  name: chat
spec:
  template:
    spec:
      containers:
        - name: vllm
          image: "vllm/vllm-openai:{{ .Values.serving.tag }}"
          args:
            - --model
            - {{ .Values.serving.checkpoint | quote }}
            - --max-model-len
            - {{ .Values.serving.context | quote }}
          resources:
            {{- toYaml .Values.resources | nindent 12 }}
{{- end }}
`;
const VALUES = `serving:
  on: true
  tag: v0.11.0
  checkpoint: Qwen/Qwen3-8B
  context: 4096
resources:
  limits:
    cpu: 8
    nvidia.com/gpu: 1
`;
const CHART = { 'c/Chart.yaml': 'name: c\n', 'c/values.yaml': VALUES, 'c/templates/a.yaml': TEMPLATE };

function contextOf(files: Files) {
  return {
    engines,
    read: (path: string) => (path in files ? { path, text: files[path] ?? '' } : null),
    list: (folder: string) =>
      Object.keys(files).flatMap((path) => {
        const at = path.lastIndexOf('/');
        return (at === -1 ? '' : path.slice(0, at)) === folder ? [path.slice(at + 1)] : [];
      }),
  };
}

function deploymentsOf(files: Files) {
  const path = 'c/templates/a.yaml';
  return extractAll([{ path, text: files[path] ?? '' }], contextOf(files)).deployments;
}

/** Name, model, length and GPUs of every launch of the chart's template. */
function launches(files: Files) {
  return deploymentsOf(files).map((one) => [
    one.name,
    one.model?.value,
    one.arguments.get('max_model_len')?.value ?? null,
    one.gpuRequest.count?.value ?? null,
  ]);
}

const OWN = ['chat', 'Qwen/Qwen3-8B', 4096, 1];

describe('files of values that a chart is installed with', () => {
  it.each([
    ['values-prod.yaml'],
    ['prod-values.yml'],
    ['prod.values.yaml'],
    ['environments/prod.yaml'],
    ['envs/prod.yaml'],
    ['values/prod.yaml'],
  ])('%s make a launch each', (name) => {
    const prod = 'serving:\n  checkpoint: Qwen/Qwen3-32B\n  context: 8192\n';
    expect(launches({ ...CHART, [`c/${name}`]: prod })).toEqual([OWN, [`chat (${name})`, 'Qwen/Qwen3-32B', 8192, 1]]);
  });

  it('are laid over the chart’s own: mappings key by key', () => {
    const prod = 'resources:\n  limits: {nvidia.com/gpu: 4}\nserving:\n  context: 8192\n';
    expect(launches({ ...CHART, 'c/values-prod.yaml': prod })).toEqual([
      OWN,
      ['chat (values-prod.yaml)', 'Qwen/Qwen3-8B', 8192, 4],
    ]);
  });

  it('may switch on what the chart leaves off', () => {
    const off = VALUES.replace('on: true', 'on: false');
    const files = { ...CHART, 'c/values.yaml': off, 'c/values-prod.yaml': 'serving:\n  on: true\n  context: 8192\n' };
    expect(launches(files)).toEqual([['chat (values-prod.yaml)', 'Qwen/Qwen3-8B', 8192, 1]]);
  });

  it.each([
    ['say nothing of it', 'c/values-dev.yaml', 'ingress:\n  host: x\n'],
    ['say what the chart says', 'c/values-dev.yaml', 'serving:\n  context: 4096\n'],
    ['are of something else', 'c/values/grafana.yaml', 'dashboards: {a: b}\nserving: {context: 1}\nc: 1\nd: 2\ne: 3\n'],
    ['are no values', 'c/values-dev.yaml', '- a\n- b\n'],
    ['are no YAML', 'c/values-dev.yaml', 'a: {{ b }}: c\n'],
  ])('that %s make none', (_, path, text) => {
    expect(launches({ ...CHART, [path]: text })).toEqual([OWN]);
  });

  it('that are a launch without the chart are read there', () => {
    const own =
      'serving:\n  image: vllm/vllm-openai:v0.11.0\n  model: Qwen/Qwen3-32B\n  maxModelLen: 8192\n  checkpoint: a/b\n';
    const files = { ...CHART, 'c/values-prod.yaml': own };
    expect(launches(files)).toEqual([OWN]);
    const { deployments } = extractAll([{ path: 'c/values-prod.yaml', text: own }], contextOf(files));
    expect(deployments.map(({ model }) => model?.value)).toEqual(['Qwen/Qwen3-32B']);
  });

  it.each([
    ['helmfile.yaml', './c'],
    ['deploy/helmfile.yaml.gotmpl', '../c'],
  ])('that a release of %s lists are one launch, the last one winning', (helmfile, chart) => {
    const up = helmfile.includes('/') ? '..' : '.';
    const files = {
      ...CHART,
      'envs/all.yaml': 'serving: {context: 8192, checkpoint: Qwen/Qwen3-4B}\n',
      'envs/prod.yaml': 'serving: {checkpoint: Qwen/Qwen3-32B}\n',
      [helmfile]: `releases:\n  - name: chat\n    chart: ${chart}\n    values:\n      - ${up}/envs/all.yaml\n      - ${up}/envs/prod.yaml\n`,
    };
    // Only what lies above the chart is looked at.
    expect(launches(files).slice(1)).toEqual(
      helmfile.includes('/') ? [] : [['chat (envs/prod.yaml)', 'Qwen/Qwen3-32B', 8192, 1]],
    );
  });

  it('are edited where the value stands', () => {
    const prod = 'serving:\n  context: 8192 # long\n';
    const files = { ...CHART, 'c/values-prod.yaml': prod };
    const path = 'c/templates/a.yaml';
    const [own, variant] = deploymentsOf(files);
    const byPath = new Map([[path, { path, text: TEMPLATE }]]);
    const edited = (deployment: typeof own) => {
      const edits = deployment && editArgument(deployment, 'max_model_len', 2048, contextOf(files), byPath);
      return edits && !('reason' in edits) && edits.map(({ file, newText }) => [file, newText]);
    };
    expect(edited(variant)).toEqual([['c/values-prod.yaml', '2048']]);
    expect(edited(own)).toEqual([['c/values.yaml', '2048']]);
    const edits = variant && editArgument(variant, 'max_model_len', 2048, contextOf(files), byPath);
    expect(edits && !('reason' in edits) && applyEdits(prod, edits)).toBe(prod.replace('8192', '2048'));
  });

  it('hold what another one shares with the chart: it is not changed for one of them', () => {
    const files = { ...CHART, 'c/values-prod.yaml': 'serving: {checkpoint: Qwen/Qwen3-32B}\n' };
    const path = 'c/templates/a.yaml';
    const [, variant] = deploymentsOf(files);
    const edits =
      variant &&
      editArgument(variant, 'max_model_len', 2048, contextOf(files), new Map([[path, { path, text: TEMPLATE }]]));
    expect(edits).toMatchObject({ reason: expect.stringContaining('also sets') });
  });
});
