import { expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { engines } from '../../src/engines/index.ts';
import { extractAll } from '../../src/formats/index.ts';
import type { SourceFile } from '../../src/text.ts';
import { readCorpusFile, readManifest } from '../corpus/score.ts';

const corpus = new URL('../corpus/', import.meta.url);

/** Formats of programs that read one YAML file of a name of its own, and those that hold text that is no data. */
const NO_JSON = /^(?:helm-template|ci-matrix|cloud-init|localai|llama-swap|vllm-recipes|sagemaker-djl)$/;
/** Files that say something else as JSON, and why. */
const OTHERWISE: Readonly<Record<string, string>> = {
  'vllm-config/underscore-keys-with-model.yaml': "the same keys are those of Triton's model.json",
  'cloudformation/djl-lmi-endpoint.yaml':
    'in JSON a tag (`!GetAtt`) has a long form, which the tests of the format hold',
  'docker-compose/ollama-model-pull-sidecar.yml': 'the model that a sidecar pulls is read by lines of the text',
};

/** The same data as JSON, with the member order kept; null for what is no single document of data. */
function asJson({ path, text }: SourceFile): SourceFile | null {
  const documents = parseAllDocuments(text, { uniqueKeys: false, merge: true, strict: false });
  if (!Array.isArray(documents) || documents.length !== 1) return null;
  const [document] = documents;
  if (!document || document.errors.length > 0 || document.contents === null) return null;
  const data: unknown = document.toJS({ maxAliasCount: 1_000 });
  if (typeof data !== 'object' || data === null) return null;
  return { path: path.replace(/\.ya?ml$/, '.json'), text: JSON.stringify(data, null, 2) };
}

const values = (file: SourceFile) =>
  extractAll([file], { engines, read: () => null }).deployments.map((one) => ({
    format: one.format,
    engine: [one.engine.id, one.engine.version],
    model: one.model?.value ?? null,
    arguments: Object.fromEntries([...one.arguments].map(([name, { value }]) => [name, value]).toSorted()),
    gpus: [one.gpuRequest.name?.value ?? null, one.gpuRequest.count?.value ?? null, one.gpuRequest.nodes],
  }));

const files = readManifest(corpus).flatMap((row) => {
  if (!/\.ya?ml$/.test(row.file) || NO_JSON.test(row.format) || row.file in OTHERWISE) return [];
  const yaml = readCorpusFile(corpus, row.file);
  const json = asJson(yaml);
  return json ? [[row.file, yaml, json] as const] : [];
});

it.each(files)('%s says the same as JSON', (_path, yaml, json) => {
  expect(values(json)).toEqual(values(yaml));
});

it('tries enough files', () => {
  expect(files.length).toBeGreaterThan(60);
});
