import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import modelData from '../../src/catalogue/models.json' with { type: 'json' };
import { check } from '../../src/check.ts';
import { loadHardware } from '../../src/hardware/gpus.ts';
import { makeModelCatalogue } from '../../src/models/catalogue.ts';
import { isChecked } from '../../src/policy/paths.ts';
import { parsePolicy } from '../../src/policy/parse.ts';
import type { DeploymentResult } from '../../src/report/report.ts';
import { gravest } from '../../src/report/verdicts.ts';
import type { SourceFile } from '../../src/text.ts';

const root = new URL('../../', import.meta.url);

function read(path: string): SourceFile {
  return { path, text: readFileSync(new URL(path, root), 'utf8') };
}

const hardware = loadHardware();
const parsed = parsePolicy(read('.github/headroom.yml'), hardware);
if ('problems' in parsed) throw new Error(JSON.stringify(parsed.problems));
const { policy } = parsed;

const files = readdirSync(new URL('examples/', root), { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => `${entry.parentPath}/${entry.name}`.replace(/^.*\/examples\//, 'examples/'))
  .filter((path) => isChecked(path, policy))
  .toSorted();

const report = check({
  files: files.map(read),
  read: () => null,
  list: () => [],
  policy,
  hardware,
  models: makeModelCatalogue(modelData),
  version: '0.0.0',
});

function resultOf(path: string): DeploymentResult | undefined {
  return report.deployments.find(({ deployment }) => deployment.file === path);
}

describe('the examples', () => {
  it('are all read', () => {
    expect(files.length).toBeGreaterThanOrEqual(11);
    expect(report.unsupported).toEqual([]);
    expect(files.filter((path) => !resultOf(path))).toEqual([]);
  });

  it.each(files)('%s does what its folder says', (path) => {
    const result = resultOf(path);
    expect(result && gravest(result)).toBe(path.includes('does-not-fit') ? 'fails' : 'fits');
  });

  it('fail the check by the one that is there to fail, with values that would fit', () => {
    expect(report.conclusion).toBe('fail');
    expect(report.reasons).toHaveLength(1);
    const failing = report.deployments.filter((result) => gravest(result) === 'fails');
    expect(failing.map(({ recommendation }) => recommendation?.fits)).toEqual([true]);
    expect(failing[0]?.recommendation?.changes.every(({ edits }) => edits.length > 0)).toBe(true);
  });
});

describe("the memory guide's rows", () => {
  function memoryOf(name: string) {
    const memory = resultOf(`examples/guide/${name}.yml`)?.targets[0]?.estimate.memory;
    if (!memory) throw new Error(name);
    return memory;
  }

  it('weigh what the guide rounds to 14 GB', () => {
    expect(memoryOf('baseline-8192').weightsBytes.value / 1e9).toBeGreaterThan(14);
    expect(memoryOf('baseline-8192').weightsBytes.value / 1e9).toBeLessThan(15.5);
  });

  it('take utilization × visible memory whatever the length is', () => {
    const [short, long] = [memoryOf('baseline-8192'), memoryOf('baseline-32768')];
    expect(short.kvCacheBytes.value).toBe(long.kvCacheBytes.value);
    expect(long.kvCacheNeededBytes.value).toBe(4 * short.kvCacheNeededBytes.value);
    // Qwen2-7B keeps 56 KiB per token: 28 layers, 4 KV heads of 128, keys and values, bf16.
    expect(short.kvCacheNeededBytes.value).toBe(8192 * 56 * 1024);
  });

  it('cost more with speculation: a larger rejection sampler', () => {
    expect(memoryOf('speculative-8192').activationBytes.value).toBeGreaterThan(
      memoryOf('baseline-8192').activationBytes.value,
    );
  });

  it('come down to 18–19 GiB with the quick fix, which leaves room outside the budget', () => {
    const fixed = memoryOf('quick-fix');
    const before = memoryOf('speculative-32768');
    expect(fixed.peakBytes.value / 2 ** 30).toBeGreaterThan(18);
    expect(fixed.peakBytes.value / 2 ** 30).toBeLessThan(19);
    expect(fixed.freeBytes.value - before.freeBytes.value).toBeGreaterThan(3 * 2 ** 30);
    expect(fixed.kvCacheBytes.value).toBeLessThan(before.kvCacheBytes.value);
  });
});
