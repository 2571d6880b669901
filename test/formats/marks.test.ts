import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { extractFrom, readCorpusFile, readManifest } from '../corpus/score.ts';

/** Readers write marks in the place of what they do not know; whoever reads the report must never see one. */
const corpus = new URL('../corpus/', import.meta.url);
const files = readManifest(corpus).map(({ file }) => readCorpusFile(corpus, file));

/** Everything that is said of a file, without the places and without what only the editor reads. */
function saidOf(file: { path: string; text: string }): string[] {
  const { deployments, unsupported } = extractFrom(file);
  return [
    ...deployments.flatMap((one) => [
      one.name,
      one.model?.value ?? '',
      one.image?.value ?? '',
      one.engine.versionSource ?? '',
      one.gpuRequest.name?.value ?? '',
      ...[...one.arguments.values()].map(({ value }) => JSON.stringify(value)),
      ...one.unresolved.flatMap(({ text, reason }) => [text, reason]),
      ...one.problems.flatMap(({ argument, message, remedy }) => [argument ?? '', message, remedy]),
      ...[...one.environment].flatMap(([name, { value }]) => [name, value]),
      ...[...(one.labels ?? [])].flat(),
    ]),
    ...unsupported.flatMap(({ name, reason, remedy }) => [name, reason, remedy]),
  ];
}

// Private characters of Unicode, and the names that expressions of a justfile get.
const MARK = /[\uE000-\uF8FF]|\bjust_\d/;

/** A value of a real config with a template of some language in its place. */
const templated = fc
  .tuple(
    fc.constantFrom(...files),
    fc.nat(),
    fc.constantFrom(
      '{{ .Values.model }}',
      '{{- if .Values.a }}x{{- end }}',
      '{{ model }}',
      '{% if a %}b{% endif %}{{ model | default("x") }}',
      '${var.model}',
      '$${default_cmd}',
      '%{ if a }b%{ endif }',
      '${{ matrix.model }}',
      '{model}',
      '" + model + "',
      "{os.environ['MODEL']}",
      '{{just}}',
      '$(MODEL)',
      '%MODEL%',
      '<%= model %>',
    ),
  )
  .map(([file, seed, piece]) => {
    const words = [...file.text.matchAll(/[\w./-]{2,}/g)];
    const word = words[seed % Math.max(1, words.length)];
    const start = word?.index ?? 0;
    return {
      path: file.path,
      text: file.text.slice(0, start) + piece + file.text.slice(start + (word?.[0].length ?? 0)),
    };
  });

describe('what is said of a file', () => {
  it.each(files.map(({ path, text }) => ({ path, text })))('holds no mark: $path', (file) => {
    expect(saidOf(file).filter((text) => MARK.test(text))).toEqual([]);
  });

  it('holds none wherever a template stands', () => {
    expect.hasAssertions();
    fc.assert(
      fc.property(templated, (file) => {
        expect(saidOf(file).filter((text) => MARK.test(text))).toEqual([]);
      }),
      { numRuns: 1_500 },
    );
  });

  it('is an expression of a program as it is written', () => {
    const text =
      'import subprocess\nfrom pathlib import Path\nBIN = Path(find())\ndef start(name, extra):\n' +
      '  cmd = [str(BIN / "llama-server"), "-m", str(BIN / name), "-c", "8192"] + extra.split(";")\n' +
      '  subprocess.run(["vllm", "serve", "Qwen/Qwen3-8B", "--port", str(ports["a b"]), f"--seed={seed:03d}"])\n';
    const { deployments } = extractFrom({ path: 'a.py', text });
    const shown = deployments.flatMap(({ unresolved }) => unresolved.map((one) => [one.name, one.text]));
    expect(shown).toContainEqual(['port', 'str(ports["a b"])']);
    expect(saidOf({ path: 'a.py', text }).some((one) => /__/.test(one))).toBe(false);
  });
});
