import { describe, expect, it } from 'vitest';
import type { Deployment } from '../../src/deployment.ts';
import type { Need } from '../../src/recommend/goal.ts';
import { recommend } from '../../src/recommend/recommend.ts';
import { solutionsOf } from '../../src/recommend/search.ts';
import { fakeEngine, targetOf, workloadOf } from './fake-engine.ts';

function casesOf(...sizes: number[]) {
  return sizes.map((bytes) => {
    const workload = workloadOf({}, targetOf(bytes));
    return { workload, estimate: fakeEngine.estimate(workload) };
  });
}

const goal = { minimumFreeBytes: 0, need: null };

function movesOf(...sizes: number[]): string[] | null {
  const [best] = solutionsOf({ engine: fakeEngine, cases: casesOf(...sizes), goal, variants: () => [] });
  return best?.moves.map(({ argument, value }) => `${argument}=${value}`) ?? null;
}

const place = { file: 'a.yaml', start: 0, end: 3, line: 1 };
const deployment: Deployment = {
  file: 'a.yaml',
  line: 1,
  format: 'test',
  name: 'a',
  engine: { id: 'fake', version: null, versionSource: null, versionPlace: null },
  device: 'gpu',
  model: null,
  arguments: new Map([['sequences', { name: 'sequences', value: 8, place, source: 'command' }]]),
  unresolved: [],
  problems: [],
  environment: new Map(),
  gpuRequest: { name: null, count: null, nodes: 1 },
  site: null,
};

function recommendFor(sizes: number[], minimumFreeBytes = 0, need: Need | null = null) {
  return recommend({
    engine: fakeEngine,
    deployment,
    cases: casesOf(...sizes),
    goal: { minimumFreeBytes, need },
    variants: () => [],
    declared: [],
    hardware: { gpus: [targetOf(150).gpu, targetOf(1_000).gpu, targetOf(500).gpu], instances: [] },
    edit: (argument, value) =>
      argument === 'context'
        ? { reason: 'it is templated' }
        : [{ file: 'a.yaml', start: 0, end: 3, newText: `${argument}: ${value}` }],
  });
}

// As written every case takes 100 + 100 + 80 = 280 bytes.
describe('the search for the smallest change', () => {
  it('changes nothing twice: one move where one is enough, the cheapest first, the mildest value first', () => {
    expect(movesOf(240)).toEqual(['sequences=4']);
    expect(movesOf(220)).toEqual(['sequences=2']);
    expect(movesOf(210)).toEqual(['context=20']);
  });

  it('combines knobs when one is not enough', () => {
    expect(movesOf(190)).toEqual(['sequences=4', 'context=50']);
    expect(movesOf(140)).toEqual(['sequences=2', 'context=20']);
  });

  it('must make every target fit', () => {
    expect(movesOf(500, 240, 210)).toEqual(['context=20']);
  });

  it('tells every single lever that is enough, the one that costs least first', () => {
    const all = solutionsOf({ engine: fakeEngine, cases: casesOf(240), goal, variants: () => [] });
    expect(all.map(({ moves }) => moves.map(({ argument, value }) => `${argument}=${value}`))).toEqual([
      ['sequences=4'],
      ['context=50'],
    ]);
  });

  it('says so when nothing helps', () => {
    expect(movesOf(139)).toBeNull();
  });
});

describe('recommend', () => {
  it('recommends nothing where everything fits', () => {
    expect(recommendFor([300])).toBeNull();
  });

  it('gives the change with its edit, its cost and what it brings', () => {
    const recommendation = recommendFor([240]);
    expect(recommendation).toMatchObject({
      fits: true,
      changes: [{ argument: 'sequences', from: 8, to: 4, cost: 'concurrency', notEditable: null }],
    });
    expect(recommendation?.changes[0]?.edits).toEqual([{ file: 'a.yaml', start: 0, end: 3, newText: 'sequences: 4' }]);
    expect(recommendation?.summary).toMatch(/^Update your config to: sequences: 4; on gpu-240 the peak is /);
  });

  it('says why a change cannot be written, and still names it', () => {
    expect(recommendFor([210])?.changes).toMatchObject([
      { argument: 'context', from: null, to: 20, edits: [], notEditable: 'it is templated' },
    ]);
  });

  it('keeps free what the policy wants free', () => {
    expect(recommendFor([290])).toBeNull();
    expect(recommendFor([290], 20)?.changes).toMatchObject([{ argument: 'sequences', to: 4 }]);
  });

  it('names the hardware that would do when no argument helps', () => {
    const recommendation = recommendFor([139]);
    expect(recommendation).toMatchObject({ fits: false, changes: [] });
    // Two GPUs take half the weights each: 50 + 100 + 80 bytes are more than 139 still, and so with any number.
    expect(recommendation?.summary).toMatch(/It fits on gpu-500 as it is\./);
  });

  // 280 bytes of 400 are taken, 180 at the least, and halves of the weights free 50 at most.
  it('does not say that what fits does not fit, where only room or requests are missed', () => {
    const [fits] = casesOf(400);
    expect(fits?.estimate.verdict).toBe('fits');
    const room = recommendFor([400], 2_000)?.summary;
    expect(room).toBe(
      'No change that keeps it usable leaves free what must stay free on gpu-400. ' +
        'No number up to 16 of a usual serving GPU leaves that free as it is either.',
    );
    const served = recommendFor([400], 0, { requests: 3, tokens: null })?.summary;
    expect(served).toMatch(/^No change that keeps it usable serves what is needed on gpu-400\./);
    expect(served).toMatch(/serves that as it is either\.$/);
  });
});
