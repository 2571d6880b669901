import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { ArgumentValue, Deployment } from '../../src/deployment.ts';
import { applyEdits } from '../../src/edit.ts';
import { engines } from '../../src/engines/index.ts';
import { editArgument, extractAll } from '../../src/formats/index.ts';
import type { SourceFile } from '../../src/text.ts';
import { readCorpusFile, readManifest } from '../corpus/score.ts';

const context = { engines, read: () => null };
const corpus = new URL('../corpus/', import.meta.url);
const examples = new URL('../../examples/', import.meta.url);

const files: SourceFile[] = [
  ...readManifest(corpus).map(({ file }) => readCorpusFile(corpus, file)),
  ...readdirSync(examples, { recursive: true, encoding: 'utf8' })
    .filter((path) => /\.(?:ya?ml|sh)$/.test(path) && !path.startsWith('workflows'))
    .map((path) => ({ path: `examples/${path}`, text: readFileSync(new URL(path, examples), 'utf8') })),
];

/** Arguments of several engines; each launch is tried with those that its own engine takes memory by. */
const VALUES: readonly (readonly [string, ArgumentValue])[] = [
  ['max_model_len', 4321],
  ['gpu_memory_utilization', 0.87],
  ['max_num_seqs', 17],
  ['max_num_batched_tokens', 1234],
  ['kv_cache_dtype', 'fp8_e5m2'],
  ['tensor_parallel_size', 3],
  ['enforce_eager', true],
  ['mem_fraction_static', 0.77],
  ['tp_size', 3],
  ['max_running_requests', 17],
  ['chunked_prefill_size', 1234],
  ['ctx_size', 4321],
  ['parallel', 3],
  ['ubatch_size', 123],
  ['cache_type_k', 'q4_1'],
  ['n_gpu_layers', 17],
  ['num_ctx', 4321],
  ['num_gpu', 17],
];

function valuesFor({ engine }: Deployment): typeof VALUES {
  const own = engines.find(({ id }) => id === engine.id);
  return VALUES.filter(([name]) => own?.affectsMemory(name));
}

/** Another value of the same kind; none for what is changed by hand. */
function otherValue(value: ArgumentValue): ArgumentValue | undefined {
  if (typeof value === 'boolean') return !value;
  if (typeof value === 'number') return Number.isInteger(value) ? value + 1 : value / 2;
  return typeof value === 'string' ? `${value}x` : undefined;
}

function valuesOf(deployment: Deployment | undefined): Record<string, unknown> {
  return Object.fromEntries([...(deployment?.arguments ?? [])].map(([name, { value }]) => [name, value]));
}

const launches = files.flatMap((file) => {
  const before = extractAll([file], context).deployments;
  return before.map((deployment, index) => ({
    file,
    deployment,
    before,
    index,
    title: `${file.path} ${deployment.name}`,
  }));
});

describe('the edit law: extract(apply(edit(d, a, v))) has a = v and nothing else changed', () => {
  it.each(launches)('$title', ({ file, deployment, before, index }) => {
    for (const [name, value] of valuesFor(deployment)) {
      const edits = editArgument(deployment, name, value, context, new Map([[file.path, file]]));
      if ('reason' in edits) {
        expect(edits.reason, name).toMatch(/\S.{5,}/);
        continue;
      }
      const text = applyEdits(file.text, edits);
      const again = extractAll([{ path: file.path, text }], context).deployments;
      expect(again.length).toBe(before.length);
      expect(valuesOf(again[index]), name).toEqual({ ...valuesOf(deployment), [name]: value });
      expect(again[index]?.model?.value).toBe(deployment.model?.value);
      expect(again.filter((_, other) => other !== index).map(valuesOf)).toEqual(
        before.filter((_, other) => other !== index).map(valuesOf),
      );
      // A CRLF file stays one: no line is added with the other ending.
      const bare = (one: string): number => one.match(/(?<!\r)\n/g)?.length ?? 0;
      if (file.text.includes('\r\n')) expect(bare(text), name).toBe(bare(file.text));
    }
  });

  it('holds for every argument that is written down', () => {
    const refused: string[] = [];
    let tried = 0;
    for (const { file, deployment, before, index, title } of launches) {
      for (const [name, { value, source }] of deployment.arguments) {
        const changed = otherValue(value);
        if (changed === undefined || source === 'wrapper') continue;
        tried++;
        const edits = editArgument(deployment, name, changed, context, new Map([[file.path, file]]));
        if ('reason' in edits) {
          refused.push(`${title} ${name}: ${edits.reason}`);
          continue;
        }
        const after = extractAll([{ path: file.path, text: applyEdits(file.text, edits) }], context).deployments;
        expect(after.map(valuesOf), `${title} ${name}`).toEqual(
          before.map((one, at) => (at === index ? { ...valuesOf(one), [name]: changed } : valuesOf(one))),
        );
        expect(after.map(({ model }) => model?.value)).toEqual(before.map(({ model }) => model?.value));
      }
    }
    expect(tried).toBeGreaterThan(300);
    expect(refused.length / tried, refused.join('\n')).toBeLessThan(0.1);
  });

  it('can write nearly every change', () => {
    const tried = launches.flatMap(({ file, deployment }) =>
      valuesFor(deployment).map(([name, value]) => ({
        title: `${file.path} ${name}`,
        edits: editArgument(deployment, name, value, context, new Map([[file.path, file]])),
      })),
    );
    const refused = tried.flatMap(({ title, edits }) => ('reason' in edits ? [`${title}: ${edits.reason}`] : []));
    expect(tried.length).toBeGreaterThan(200);
    expect(refused.length / tried.length, refused.join('\n')).toBeLessThan(0.15);
  });

  it('takes out again what it added', () => {
    for (const { file, deployment } of launches) {
      const [name, value] = valuesFor(deployment).find(([one]) => !deployment.arguments.has(one)) ?? [];
      if (name === undefined) continue;
      const byPath = new Map([[file.path, file]]);
      const added = editArgument(deployment, name, value, context, byPath);
      if ('reason' in added) continue;
      const longer = { path: file.path, text: applyEdits(file.text, added) };
      const now = extractAll([longer], context).deployments.find(
        (one) => one.name === deployment.name && one.line === deployment.line,
      );
      if (!now) continue;
      const removed = editArgument(now, name, undefined, context, new Map([[file.path, longer]]));
      if ('reason' in removed) continue;
      expect(applyEdits(longer.text, removed), file.path).toBe(file.text);
    }
    expect.hasAssertions();
  });
});
