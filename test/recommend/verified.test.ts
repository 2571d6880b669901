import { describe, expect, it } from 'vitest';
import modelData from '../../src/catalogue/models.json' with { type: 'json' };
import { applyEdits } from '../../src/edit.ts';
import { engines } from '../../src/engines/index.ts';
import { evaluate, modelFinder } from '../../src/evaluate.ts';
import { editArgument, extractAll } from '../../src/formats/index.ts';
import { loadHardware } from '../../src/hardware/gpus.ts';
import { parseTarget } from '../../src/hardware/lookup.ts';
import { makeModelCatalogue } from '../../src/models/catalogue.ts';
import { defaultPolicy } from '../../src/policy/parse.ts';
import type { DeploymentResult } from '../../src/report/report.ts';
import type { Goal } from '../../src/recommend/goal.ts';
import type { GatedTarget } from '../../src/targets.ts';
import type { SourceFile } from '../../src/text.ts';
import { readCorpusFile, readManifest } from '../corpus/score.ts';

const hardware = loadHardware();
const models = makeModelCatalogue(modelData);
const corpus = new URL('../corpus/', import.meta.url);
const files = readManifest(corpus).map(({ file }) => readCorpusFile(corpus, file));

const reading = { engines, read: () => null };

function targetsOf(gpus: readonly string[]): readonly GatedTarget[] {
  return gpus.map((name) => {
    const target = parseTarget(name, hardware, 'matrix');
    if ('problem' in target) throw new Error(target.problem);
    return { target, gated: true };
  });
}

/** Every launch of a file on the targets, whatever GPU it names itself. */
function resultsOf(
  file: SourceFile,
  targets: readonly GatedTarget[],
  { minimumFreeBytes, need }: Goal,
): DeploymentResult[] {
  const policy = { ...defaultPolicy(), minimumFreeBytes, need };
  const byPath = new Map([[file.path, file]]);
  const sources = { policy, hardware, models, read: () => null };
  return extractAll([file], reading).deployments.map((deployment) =>
    evaluate(deployment, targets, {
      ...sources,
      engines,
      findModel: modelFinder(sources),
      edit: (one, argument, value) => editArgument(one, argument, value, reading, byPath),
    }),
  );
}

/** The text with every change of one recommendation, or null when it cannot be written. */
function edited(file: SourceFile, { recommendation }: DeploymentResult): SourceFile | null {
  const changes = recommendation?.changes ?? [];
  if (changes.length === 0 || changes.some(({ edits }) => edits.length === 0)) return null;
  const edits = changes.flatMap((change) => change.edits);
  return { path: file.path, text: applyEdits(file.text, edits) };
}

const MATRICES: readonly (readonly [string, readonly string[], Goal])[] = [
  ['an L4', ['l4:8'], { minimumFreeBytes: 0, need: null }],
  ['one A10G with 2 GiB to stay free', ['a10g:1'], { minimumFreeBytes: 2 * 2 ** 30, need: null }],
  ['an L40S and an A100 of 40 GB', ['l40s:8', 'a100-40gb-sxm:8'], { minimumFreeBytes: 0, need: null }],
  ['a T4', ['t4:4'], { minimumFreeBytes: 0, need: null }],
  [
    'an RTX 4090 for 8 requests of 4,096 tokens',
    ['rtx-4090:2'],
    { minimumFreeBytes: 2 ** 29, need: { requests: 8, tokens: 4096 } },
  ],
  ['an H100 with 8 GiB to stay free', ['h100:8'], { minimumFreeBytes: 8 * 2 ** 30, need: null }],
];

describe.each(MATRICES)('every value recommended for %s', (_title, gpus, goal) => {
  it('passes when the edited text is read and judged anew', () => {
    const targets = targetsOf(gpus);
    const wrong: string[] = [];
    let verified = 0;
    for (const file of files) {
      for (const [index, result] of resultsOf(file, targets, goal).entries()) {
        const changed = edited(file, result);
        if (changed === null) continue;
        verified++;
        const again = resultsOf(changed, targets, goal)[index];
        const passes = again?.targets.every(
          ({ estimate }) =>
            estimate.verdict === 'fits' && (estimate.memory?.freeBytes.low ?? 0) >= goal.minimumFreeBytes,
        );
        if (passes !== true || again?.recommendation !== null)
          wrong.push(`${file.path} ${result.deployment.name}: ${result.recommendation?.summary}`);
      }
    }
    expect(wrong).toEqual([]);
    expect(verified).toBeGreaterThan(4);
  }, 60_000);
});
