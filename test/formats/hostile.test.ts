import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { extractFrom, readCorpusFile, readManifest } from '../corpus/score.ts';

const corpus = new URL('../corpus/', import.meta.url);
const files = readManifest(corpus).map(({ file }) => readCorpusFile(corpus, file));

/** A real config with a piece cut out, doubled, or replaced by something that parsers trip over. */
const mutated = fc
  .tuple(
    fc.constantFrom(...files),
    fc.nat(),
    fc.nat(60),
    fc.constantFrom(
      '',
      '"',
      "'",
      '{{',
      '}}',
      '${',
      '$(',
      '`',
      '\\',
      '\r\n',
      '\t',
      '&a',
      '*a',
      '<<: *a',
      '\0',
      '\uD800',
      '|',
      '>',
      '- ',
      ': ',
      '[',
      '}',
      '#',
      '=',
      '--',
      'é',
      '\u202e',
    ),
  )
  .map(([file, seed, length, piece]) => {
    const start = seed % (file.text.length + 1);
    return { path: file.path, text: file.text.slice(0, start) + piece + file.text.slice(start + length) };
  });

const HOSTILE: readonly (readonly [string, string, string])[] = [
  [
    'an alias bomb',
    'a.yaml',
    `apiVersion: v1\nkind: Pod\ncontainers: x\na: &a [x]\n${Array.from({ length: 40 }, (_, i) => `b${i}: &b${i} [*${i ? `b${i - 1}` : 'a'}, *${i ? `b${i - 1}` : 'a'}]`).join('\n')}\nmax_model_len: 1\n`,
  ],
  [
    'ten thousand anchors, each used once',
    'a.yaml',
    `max_model_len: 1\nmax_num_seqs: 2\n${Array.from({ length: 10_000 }, (_, i) => `x${i}: &a${i} [1]\ny${i}: *a${i}\n`).join('')}`,
  ],
  [
    'variables of a container that hold each other twice',
    'a.yaml',
    `apiVersion: v1\nkind: Pod\nspec:\n  containers:\n  - image: vllm/vllm-openai\n    args: [m, --max-num-seqs, $(A5000)]\n    env:\n    - { name: A0, value: x }\n${Array.from({ length: 5_000 }, (_, i) => `    - { name: A${i + 1}, value: $(A${i})$(A${i}) }\n`).join('')}`,
  ],
  ['an anchor that holds itself', 'a.yaml', 'max_model_len: 1\ngpu_memory_utilization: &a [*a]\nmax_num_seqs: 2\n'],
  ['deep nesting', 'a.yaml', `max_model_len: ${'['.repeat(5_000)}\n`],
  [
    'deep mappings',
    'a.yaml',
    `apiVersion: v1\nkind: Pod\ncontainers:\n${Array.from({ length: 2_000 }, (_, i) => `${' '.repeat(i)}a:`).join('\n')}\n`,
  ],
  ['twenty thousand equal keys', 'a.yaml', `max_model_len: 1\nmax_num_seqs: 2\n${'a: 1\n'.repeat(20_000)}`],
  [
    'prototype keys',
    'a.yaml',
    'max_model_len: 1\nmax_num_seqs: 2\n__proto__: {polluted: true}\nconstructor: 1\nmodel: x\n',
  ],
  ['a line of a megabyte', 'a.sh', `#!/bin/sh\nvllm serve ${'x'.repeat(1_000_000)}\n`],
  ['a hundred thousand options', 'a.sh', `#!/bin/sh\nvllm serve m ${'--max-model-len 1 '.repeat(100_000)}\n`],
  ['nested substitutions', 'a.sh', `#!/bin/sh\nX=${'${X:-'.repeat(2_000)}\nvllm serve $X\n`],
  [
    'variables that grow',
    'a.sh',
    `#!/bin/sh\nX0=vllm\n${Array.from({ length: 40 }, (_, i) => `X${i + 1}="$X${i}$X${i}"`).join('\n')}\nvllm serve $X40\n`,
  ],
  [
    'lists that grow',
    'a.sh',
    `#!/bin/sh\nA=(--max-num-seqs 1)\n${'A=("${A[@]}" "${A[@]}")\n'.repeat(40)}vllm serve m "${'${A[@]}'}"\n`,
  ],
  ['texts that grow', 'a.sh', `#!/bin/sh\nA=x\n${'A+="$A"\n'.repeat(60)}vllm serve $A\n`],
  ['scripts in scripts', 'a.sh', `#!/bin/sh\n${'bash -c "'.repeat(200)}vllm serve m${'"'.repeat(200)}\n`],
  [
    'defaults within defaults',
    'compose.yaml',
    `services:\n  a:\n    image: vllm/vllm-openai\n    command: m --max-model-len ${'${X:-'.repeat(20_000)}1${'}'.repeat(20_000)}\n`,
  ],
  [
    'braces that nobody closes',
    'compose.yaml',
    `services:\n  a:\n    image: vllm/vllm-openai\n    command: m ${'${X:-'.repeat(100_000)}\n`,
  ],
  [
    'services that extend themselves',
    'compose.yaml',
    'services:\n  a:\n    image: vllm/vllm-openai\n    command: [m]\n    extends: b\n  b:\n    extends: {service: a, file: compose.yaml}\n',
  ],
  [
    'a command of a megabyte',
    'compose.yaml',
    `services:\n  a:\n    image: vllm/vllm-openai\n    command: m ${"'a' ".repeat(200_000)}\n`,
  ],
  [
    'five thousand continued lines',
    'Dockerfile',
    `FROM vllm/vllm-openai\nCMD vllm serve m ${'\\\n --max-num-seqs 1 '.repeat(5_000)}\n`,
  ],
  [
    'stages on stages',
    'Dockerfile',
    `FROM vllm/vllm-openai AS a0\n${Array.from({ length: 900 }, (_, i) => `FROM a${i} AS a${i + 1}\nENV A${i}=$A${i}$A${i - 1}`).join('\n')}\nCMD vllm serve m\n`,
  ],
  [
    'here-documents without an end',
    'Dockerfile',
    `FROM vllm/vllm-openai\n${'RUN cat <<END <<OTHER\n'.repeat(3_000)}CMD vllm serve m\n`,
  ],
  [
    'definitions that grow',
    'Dockerfile',
    `FROM vllm/vllm-openai\nENV A=vllm\n${'ENV A="$A$A"\n'.repeat(60)}CMD vllm serve $A\n`,
  ],
  [
    'a template of nothing but branches',
    'a.yaml',
    `apiVersion: v1\nkind: Pod\nspec:\n  containers:\n  - image: vllm\n    args:\n${'    {{- if .Values.a }}\n    - --max-model-len={{ .x }}\n'.repeat(10_000)}`,
  ],
  [
    'a template that nothing closes',
    'a.yaml',
    `apiVersion: v1\nkind: Pod\nimage: vllm\ncontainers: {{ .Values.a\n${'{{ "'.repeat(50_000)}`,
  ],
  [
    'values without an end',
    'a.yaml',
    `image: vllm/vllm-openai\n${Array.from({ length: 90 }, (_, i) => `${' '.repeat(i)}models:\n`).join('')}${' '.repeat(90)}model: a/b\n`,
  ],
  [
    'ten thousand sections',
    'a.yaml',
    `image: vllm/vllm-openai\nmodel: a/b\n${Array.from({ length: 10_000 }, (_, i) => `s${i}: {image: {repository: redis}, maxModelLen: ${i}}`).join('\n')}\n`,
  ],
  [
    'a thousand applications with values in blocks',
    'a.yaml',
    'apiVersion: argoproj.io/v1alpha1\nkind: Application\nspec:\n  source:\n    helm:\n      values: |\n        image: redis\n        maxModelLen: 1\n---\n'.repeat(
      1_000,
    ),
  ],
  [
    'a hundred thousand continued lines',
    'a.service',
    `[Service]\nExecStart=vllm serve m ${'\\\n'.repeat(100_000)}--max-num-seqs 1\n`,
  ],
  [
    'variables of a unit that hold each other',
    'a.service',
    `[Service]\nEnvironment=A=x\n${'Environment=A=${A}${A}\n'.repeat(60)}ExecStart=vllm serve \${A}\n`,
  ],
  ['variables of make that hold themselves', 'Makefile', 'A = $(B) $(B)\nB = $(A) $(A)\nserve:\n\tvllm serve m $(A)\n'],
  [
    'variables of make that grow',
    'Makefile',
    `A := --max-num-seqs 1\n${'A := $(A) $(A)\n'.repeat(60)}serve:\n\tvllm serve m $(A)\n`,
  ],
  [
    'recursive variables of make that grow',
    'Makefile',
    `A0 = x\n${Array.from({ length: 60 }, (_, i) => `A${i + 1} = $(A${i}) $(A${i})`).join('\n')}\nserve:\n\tvllm serve m $(A60)\n`,
  ],
  ['references that nobody closes', 'Makefile', `serve:\n\tvllm serve m ${'$('.repeat(100_000)}\n`],
  [
    'functions within functions',
    'Makefile',
    `A = ${'$(or $(X),'.repeat(3_000)}1${')'.repeat(3_000)}\nserve:\n\tvllm serve m $(A)\n`,
  ],
  ['conditions that nobody ends', 'Makefile', `${'ifeq ($(A),1)\n'.repeat(10_000)}serve:\n\tvllm serve m\n`],
  [
    'brackets that nobody closes',
    'a.tf',
    `resource "helm_release" "vllm" {\n  chart = "vllm"\n  values = ${'[{a = ('.repeat(20_000)}\n}\n`,
  ],
  [
    'values in values',
    'a.tf',
    `resource "helm_release" "vllm" {\n  chart = "vllm"\n  values = ["${'${"'.repeat(5_000)}x${'"}'.repeat(5_000)}"]\n}\n`,
  ],
  [
    'locals that hold each other',
    'a.tf',
    'locals {\n  a = local.b\n  b = "${local.a}${local.a}"\n}\nresource "kubernetes_pod" "a" {\n  spec {\n    container {\n      image = "vllm/vllm-openai"\n      args = [local.a, local.b]\n    }\n  }\n}\n',
  ],
  [
    'locals that grow',
    'a.tf',
    `locals {\n  a0 = ["--max-num-seqs", "1"]\n  t0 = "vllm"\n${Array.from({ length: 60 }, (_, i) => `  a${i + 1} = concat(local.a${i}, local.a${i})\n  t${i + 1} = "\${local.t${i}}\${local.t${i}}"`).join('\n')}\n}\nresource "kubernetes_pod" "a" {\n  spec {\n    container {\n      image = "vllm/vllm-openai"\n      args = concat(local.a60, [local.t60])\n    }\n  }\n}\n`,
  ],
  [
    'lists of lists of lists',
    'a.tf',
    `locals {\n  l = [${'1,'.repeat(1_000)}]\n}\nresource "kubernetes_pod" "vllm" {\n  spec {\n    container {\n      image = "vllm/vllm-openai"\n      args = flatten([for a in local.l : [for b in local.l : [for c in local.l : "\${a}\${b}\${c}"]]])\n    }\n  }\n}\n`,
  ],
  [
    'a here-document without an end',
    'a.tf',
    `resource "aws_instance" "vllm" {\n  user_data = <<EOF\nvllm serve m\n${'echo ${a}\n'.repeat(20_000)}`,
  ],
  ['an option of keys without end', 'a.sh', `#!/bin/sh\nvllm serve m --compilation-config${'.a'.repeat(50_000)} 1\n`],
  [
    'a number of a hundred thousand digits that is none',
    'a.py',
    `from vllm import LLM\nx = "${'0'.repeat(100_000)}x"\nLLM(model="a", gpu_memory_utilization=float(x))\n`,
  ],
  ['exports of blanks', 'Makefile', `export${'\t'.repeat(100_000)}\0\nserve:\n\tvllm serve m\n`],
  ['a condition of blanks', 'Makefile', `ifeq (a,${'\t'.repeat(100_000)}b\nendif\nserve:\n\tvllm serve m\n`],
  ['hundreds of comments that end in CRLF', 'notes', `${'# vllm\r\n'.repeat(400)}CMD vllm serve m\n`],
  ['a NUL and a BOM', 'a.sh', '\uFEFF#!/bin/sh\nvllm serve m\0 --max-model-len 1\n'],
];

describe('whatever a file holds', () => {
  it('never makes the reader throw', () => {
    expect.hasAssertions();
    fc.assert(
      fc.property(mutated, (file) => {
        expect(extractFrom(file).deployments.length).toBeLessThan(100);
      }),
      { numRuns: 600 },
    );
  });

  it.each(HOSTILE)('%s is read or refused in bounded time', (_title, path, text) => {
    expect(extractFrom({ path, text }).deployments.length).toBeLessThan(3);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });
});
