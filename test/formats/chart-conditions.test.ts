// Go's text/template (actions, functions, variables) and Sprig (default, ternary, coalesce, empty), as Helm documents them.
import { describe, expect, it } from 'vitest';
import { applyEdits } from '../../src/edit.ts';
import { engines } from '../../src/engines/index.ts';
import { editArgument, extractAll } from '../../src/formats/index.ts';
import { contextOf, type Files, noted } from './reading.ts';

const PATH = 'c/templates/a.yaml';

function chart(args: string, values: string): Files {
  return {
    'c/Chart.yaml': 'name: c\nappVersion: v0.11.0\n',
    'c/values.yaml': values,
    [PATH]: `apiVersion: apps/v1
kind: Deployment
metadata: {name: {{ .Release.Name }}}
spec:
  template:
    spec:
      containers:
        - name: server
          image: "vllm/vllm-openai:{{ .Values.tag | default .Chart.AppVersion }}"
          args:
            - --model=org/name
${args}
`,
  };
}

/** Which of two values a choice writes. */
function chosen(condition: string, values: string) {
  const args = `            {{- if ${condition} }}
            - --max-num-seqs=1
            {{- else }}
            - --max-num-seqs=2
            {{- end }}`;
  const [one] = noted(PATH, chart(args, values));
  return one?.arguments.max_num_seqs?.[0];
}

describe('a condition of a template', () => {
  it.each([
    ['eq .Values.mode "fast"', 'mode: fast', 1],
    ['eq .Values.mode "slow" "fast"', 'mode: fast', 1],
    ['ne .Values.mode "fast"', 'mode: fast', 2],
    ['eq "fast" .Values.mode | not', 'mode: slow', 1],
    ['and .Values.on (eq .Values.mode "fast")', 'on: true\nmode: fast', 1],
    ['and .Values.on (eq .Values.mode "fast")', 'on: false\nmode: fast', 2],
    ['or .Values.on (eq .Values.mode "fast")', 'on: false\nmode: fast', 1],
    ['not (empty .Values.list)', 'list: [a]', 1],
    ['gt .Values.gpus 1', 'gpus: 4', 1],
    ['le .Values.gpus 1', 'gpus: 4', 2],
    ['$.Values.on', 'on: true', 1],
    ['.Values.missing', 'on: true', 2],
    ['default true .Values.missing', 'on: true', 1],
    ['eq (ternary "a" "b" .Values.on) "a"', 'on: true', 1],
    ['index .Values "deep" "on"', 'deep: {on: true}', 1],
    ['ne .Values.mode ""', 'mode: ""', 2],
  ])('%s with %s', (condition, values, expected) => {
    expect(chosen(condition, values)).toBe(expected);
  });

  it.each([
    ['hasKey .Values "mode"', 'mode: fast'],
    ['eq .Values.mode "fast"', 'mode: ""'],
    ['eq .Values.mode "fast"', 'other: 1'],
    ['.Values.global.on', 'global: {}'],
    ['eq .Release.Name "fast"', 'mode: fast'],
    ['and (eq .Release.Name "fast") .Values.on', 'on: true'],
    [`${'('.repeat(500)}.Values.on${')'.repeat(500)}`, 'on: true'],
    ['eq "a', 'on: true'],
  ])('%s with %s is left open: the other branch is read', (condition, values) => {
    expect(chosen(condition, values) ?? 2).toBe(2);
  });

  it('of a chain chooses the first that holds', () => {
    const args = `            {{- if eq .Values.mode "a" }}
            - --max-num-seqs=1
            {{- else if eq .Values.mode "b" }}
            - --max-num-seqs=2
            {{- else }}
            - --max-num-seqs=3
            {{- end }}`;
    const seqs = (mode: string) => noted(PATH, chart(args, `mode: ${mode}\n`))[0]?.arguments.max_num_seqs?.[0];
    expect(['a', 'b', 'c'].map(seqs)).toEqual([1, 2, 3]);
  });
});

it.each([
  ['.Values.on', []],
  ['eq .Values.mode "disaggregated"', ['org/name']],
])('a whole manifest behind %s, which the chart leaves off, makes %j', (condition, models) => {
  const files = chart('', 'on: false\nmode: plain\n');
  const text = `{{- if ${condition} }}\n${files[PATH] ?? ''}{{- end }}\n`;
  expect(noted(PATH, { ...files, [PATH]: text }).map(({ model }) => model?.[0])).toEqual(models);
});

describe('what a template writes', () => {
  it.each([
    ['{{ .Values.len | default 4096 }}', 'a: 1', 4096, PATH],
    ['{{ default 4096 .Values.len | int }}', 'len: 8192', 8192, 'c/values.yaml'],
    ['{{ required "say it" .Values.len }}', 'len: 8192', 8192, 'c/values.yaml'],
    ['{{ coalesce .Values.none .Values.len 1 }}', 'len: 8192', 8192, 'c/values.yaml'],
  ])('%s with %s', (written, values, value, file) => {
    const files = chart(`            - --max-model-len={{ "x" }}`.replace('{{ "x" }}', written), values);
    const context = contextOf(files);
    const [found] = extractAll([{ path: PATH, text: files[PATH] ?? '' }], context).deployments;
    expect(found?.arguments.get('max_model_len')).toMatchObject({ value, place: { file } });
    expect(found?.engine.version).toBe('0.11.0');
    const all = new Map(Object.entries(files).map(([path, text]) => [path, { path, text }]));
    const edits = found && editArgument(found, 'max_model_len', 2048, { ...context, engines }, all);
    if (!edits || 'reason' in edits) throw new Error('no edit');
    expect(applyEdits(files[file] ?? '', edits)).toBe((files[file] ?? '').replace(String(value), '2048'));
  });

  it('through variables and the dot of a with', () => {
    const args = `            {{- $cfg := index .Values.engines .Values.use }}
            - --max-num-seqs={{ $cfg.seqs }}
            {{- with .Values.model }}
            - --max-model-len={{ .len }}
            {{- end }}
            {{- range .Values.extra }}
            - {{ . | quote }}
            {{- end }}`;
    const values = 'use: b\nengines: {a: {seqs: 1}, b: {seqs: 2}}\nmodel: {len: 4096}\nextra: []\n';
    const [found] = noted(PATH, chart(args, values));
    expect(found?.arguments).toMatchObject({
      max_num_seqs: [2, 'c/values.yaml:2'],
      max_model_len: [4096, 'c/values.yaml:3'],
    });
    expect(found?.open).toEqual([]);
  });

  it('into a folded command, without the branches that are off', () => {
    const command = `          command: [sh, -c]
          args:
            - >-
              vllm serve
              {{- if eq .Values.from "image" }}
              /models
              {{- else }}
              {{ .Values.model }}
              {{- end }}
              --max-model-len 4096`;
    const files = chart('', 'from: hub\nmodel: org/other\n');
    const text = (files[PATH] ?? '').replace(/ {10}args:[^]*$/, `${command}\n`);
    const [found] = noted(PATH, { ...files, [PATH]: text });
    expect(found).toMatchObject({ model: ['org/other', 'c/values.yaml:2'], arguments: { max_model_len: [4096, 19] } });
  });
});

it('values of which a template takes everything are its launch', () => {
  const values = 'image: {repository: vllm/vllm-openai, tag: v0.11.0}\nmodel: org/name\nmaxModelLen: 4096\n';
  const args = '            - --max-model-len={{ .Values.maxModelLen }}';
  const files = chart(args, values);
  const text = (files[PATH] ?? '').replace('org/name', '{{ .Values.model }}');
  const all = { ...files, [PATH]: text };
  const read = (more: Files) =>
    extractAll(
      Object.entries(more).map(([path, own]) => ({ path, text: own })),
      contextOf(more),
    );
  expect(read(all).deployments.map(({ file }) => file)).toEqual([PATH]);
  // What the template does not take is said where it stands.
  const more = { ...all, 'c/values.yaml': `${values}maxNumSeqs: 8\n` };
  expect(read(more).deployments.map(({ file }) => file)).toEqual([PATH, 'c/values.yaml']);
});

it.each([
  [
    'variables of variables',
    Array.from({ length: 40 }, (_, i) => `{{ $v${i + 1} := coalesce ${`$v${i} `.repeat(6)}}}`).join('\n'),
    '{{ $v40 }}',
  ],
  ['a variable of itself', '{{ $v := $v }}', '{{ $v }}'],
  ['many withs', '{{ with .a }}\n'.repeat(1_000), `{{ .b }}${'{{ end }}'.repeat(1_000)}`],
])('%s end in time', (_, front, written) => {
  const files = chart(`${front}\n            - --max-model-len=${written}`, 'a: 1\n');
  const start = performance.now();
  noted(PATH, files);
  expect(performance.now() - start).toBeLessThan(10_000);
});
