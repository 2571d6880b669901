import { readFileSync } from 'node:fs';
import type { ArgumentValue, Deployment } from '../../src/deployment.ts';
import { engines } from '../../src/engines/index.ts';
import { extractAll } from '../../src/formats/index.ts';
import type { SourceFile } from '../../src/text.ts';

/** What a person reads in one launch. */
export interface Expectation {
  readonly model: string | null;
  readonly gpu: string | null;
  readonly gpu_count: number | null;
  readonly args: Readonly<Record<string, ArgumentValue>>;
  readonly model_line: number | null;
  readonly lines: Readonly<Record<string, number>>;
  readonly engine?: string;
  readonly device?: string;
}

export interface ManifestRow {
  readonly file: string;
  readonly format: string;
  readonly engine?: string;
  readonly tier?: string;
  readonly expected?: readonly Expectation[];
}

/** Right out of how many, and what was wrong in words. */
export interface Score {
  readonly deployments: Tally;
  readonly models: Tally;
  readonly arguments: Tally;
  readonly lines: Tally;
  readonly gpus: Tally;
  readonly wrong: readonly string[];
}

export interface Tally {
  right: number;
  all: number;
}

export function readManifest(folder: URL): ManifestRow[] {
  return readFileSync(new URL('manifest.jsonl', folder), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as ManifestRow);
}

export function readCorpusFile(folder: URL, path: string): SourceFile {
  return { path, text: readFileSync(new URL(path, folder), 'utf8') };
}

/** What Headroom reads in one file. */
export function extractFrom(file: SourceFile) {
  return extractAll([file], { engines, read: () => null });
}

/** Compares what Headroom reads of its engines with what a person reads. */
export function scoreFile(row: ManifestRow, file: SourceFile): Score {
  const known = new Set(engines.map(({ id }) => id));
  const expected = (row.expected ?? []).filter((one) => known.has(one.engine ?? row.engine ?? ''));
  const { deployments, unsupported } = extractFrom(file);
  const left = [...deployments];
  const tally = (): Tally => ({ right: 0, all: 0 });
  const score = { deployments: tally(), models: tally(), arguments: tally(), lines: tally(), gpus: tally(), wrong: [] as string[] };
  const judge = (part: Tally, what: string, got: unknown, wanted: unknown): void => {
    part.all++;
    if (JSON.stringify(got) === JSON.stringify(wanted)) part.right++;
    else score.wrong.push(`${what}: ${JSON.stringify(got)} instead of ${JSON.stringify(wanted)}`);
  };
  for (const one of expected) {
    const found = takeBest(left, one);
    judge(score.deployments, `launch of ${one.model}`, found !== null, true);
    const at = (name: string) => found?.arguments.get(name)?.place.line ?? found?.unresolved.find((open) => open.name === name)?.place.line ?? null;
    judge(score.models, 'model', found?.model?.value ?? null, one.model);
    for (const [name, value] of Object.entries(one.args)) judge(score.arguments, name, found?.arguments.get(name)?.value, value);
    for (const [name, line] of Object.entries(one.lines)) judge(score.lines, `line of ${name}`, at(name), line);
    if (one.model_line !== null) judge(score.lines, 'line of the model', found?.model?.place.line ?? at('model'), one.model_line);
    if (one.gpu !== null) judge(score.gpus, 'GPU', found?.gpuRequest.name?.value ?? null, one.gpu);
    if (one.gpu_count !== null) judge(score.gpus, 'GPUs', found?.gpuRequest.count?.value ?? null, one.gpu_count);
  }
  for (const { name, line } of left) {
    score.deployments.all++;
    score.wrong.push(`${name}:${line} is no launch`);
  }
  const others = (row.expected ?? []).length - expected.length;
  if (others > 0 && unsupported.length === 0) score.wrong.push('a launch of another engine is not said');
  return score;
}

/** Takes the launch that agrees in the model and in the most arguments out of the list. */
function takeBest(left: Deployment[], { model, args }: Expectation): Deployment | null {
  const agreement = (deployment: Deployment): number =>
    ((deployment.model?.value ?? null) === model ? 100 : 0) +
    Object.entries(args).filter(([name, value]) => JSON.stringify(deployment.arguments.get(name)?.value) === JSON.stringify(value)).length;
  const [best] = left.toSorted((a, b) => agreement(b) - agreement(a));
  if (!best) return null;
  left.splice(left.indexOf(best), 1);
  return best;
}
