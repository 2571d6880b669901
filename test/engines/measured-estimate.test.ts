import { describe, expect, it } from 'vitest';
import { GIB } from '../../src/bytes.ts';
import type { Workload } from '../../src/engines/engine.ts';
import { engines } from '../../src/engines/index.ts';
import type { KeptFigure, Measurement } from '../../src/engines/measurement.ts';
import { formatFacts } from '../../src/models/facts/file.ts';
import { parseFacts } from '../../src/models/facts/parse.ts';
import { parametersOf } from '../../src/models/parameters.ts';
import { type Judged, judgeAll } from '../accuracy/cases.ts';
import { judgeAll as judgeAllOfSglang } from '../accuracy/sglang/cases.ts';

const vllm = engines.find(({ id }) => id === 'vllm');

/** Figures that a row of the accuracy logs quotes. */
const QUOTED: readonly (readonly [KeptFigure, string, unit: number])[] = [
  ['weightsBytes', 'model_loading_gib', GIB],
  ['activationBytes', 'activation_peak_gib', GIB],
  ['nonTorchBytes', 'non_torch_gib', GIB],
  ['kvCacheBytes', 'available_kv_cache_gib', GIB],
  ['kvCacheTokens', 'kv_cache_tokens', 1],
];

function measurementOf({ workload, logCase }: Judged, change: Partial<Measurement> = {}): Measurement {
  const figures = QUOTED.flatMap(([figure, name, unit]) => {
    const quoted = logCase.measured[name];
    return typeof quoted === 'number' && quoted > 0
      ? [[figure, { value: Math.round(quoted * unit), line: 1 }] as const]
      : [];
  });
  return {
    model: workload.model.id,
    parameters: parametersOf(workload.model.architecture).total,
    engine: 'vllm',
    version: workload.engineVersion ?? '',
    gpu: workload.target.gpu.id,
    arguments: workload.arguments,
    environment: workload.environment,
    figures: Object.fromEntries(figures),
    started: true,
    failure: null,
    log: `${logCase.id}.log`,
    date: '2026-11-25',
    place: 'facts.json:1',
    ...change,
  };
}

// Started launches of one stage whose log states the cache.
const CASES = [...judgeAll('calibration'), ...judgeAll('validation')].filter(
  ({ logCase, estimate, launch }) =>
    typeof logCase.measured['kv_cache_tokens'] === 'number' &&
    logCase.outcome === 'started' &&
    estimate.memory !== null &&
    launch?.parallelism.pipeline === 1,
);

const estimated = (workload: Workload) => vllm?.estimate(workload);

describe('a launch whose log was learned', () => {
  it('has the tokens of its log, within 0.1 % on 98 of 100 public logs', () => {
    const close = CASES.filter((one) => {
      const learned = estimated({ ...one.workload, measurements: [measurementOf(one)] });
      const logged = Number(one.logCase.measured['kv_cache_tokens']);
      return Math.abs((learned?.memory?.kvCacheTokens.value ?? 0) / logged - 1) <= 0.001;
    });
    expect(CASES.length).toBeGreaterThan(50);
    expect(close.length / CASES.length).toBeGreaterThanOrEqual(0.97);
  });

  it('has parts that add up to the card, and a spread where it was measured', () => {
    for (const one of CASES) {
      const memory = estimated({ ...one.workload, measurements: [measurementOf(one)] })?.memory;
      if (!memory) throw new Error(`${one.logCase.id} has no estimate any more`);
      const held = Math.max(0, memory.kvCacheBytes.value);
      const parts = [memory.weightsBytes, memory.drafterBytes, memory.activationBytes, memory.cudaGraphBytes];
      const beside = [memory.nonTorchBytes, memory.outsideBudgetBytes, memory.freeBytes];
      const sum = [...parts, ...beside].reduce((all, { value }) => all + value, held);
      expect(Math.abs(sum - memory.totalBytes.value - memory.releasedBytes.value)).toBeLessThan(16);
      if (memory.weightsBytes.basis === 'measured')
        expect(memory.weightsBytes.high).toBeGreaterThan(memory.weightsBytes.low);
    }
  });

  it('does not fit where it did not by what no log tells: what a step takes under load never falls', () => {
    for (const one of CASES) {
      const learned = estimated({ ...one.workload, measurements: [measurementOf(one)] })?.memory;
      const before = one.estimate.memory;
      if (!learned || !before) continue;
      const serving = (memory: typeof before): number => memory.activationBytes.value - memory.releasedBytes.value;
      expect(serving(learned)).toBeGreaterThanOrEqual(Math.round(serving(before)) - 1);
    }
  });

  it.each<[string, Partial<Measurement>]>([
    ['another engine', { engine: 'sglang' }],
    ['another GPU', { gpu: 'l4-24gb' }],
    ['another model of that name', { parameters: 1 }],
    ['another name', { model: 'somebody/else' }],
  ])('is not touched by a log of %s', (_title, change) => {
    for (const one of CASES.slice(0, 20)) {
      if (change.gpu === one.workload.target.gpu.id) continue;
      expect(estimated({ ...one.workload, measurements: [measurementOf(one, change)] })).toEqual(one.estimate);
    }
  });

  it.each<[string, Partial<Measurement>]>([
    ['another version', { version: '0.1.0' }],
    ['other variables', { environment: { VLLM_SOMETHING: '1' } }],
  ])('keeps its figures beside a log of %s', (_title, change) => {
    for (const one of CASES.slice(0, 20)) {
      const learned = estimated({ ...one.workload, measurements: [measurementOf(one, change)] });
      expect(learned?.memory).toEqual(one.estimate.memory);
      expect(learned?.verdict).toBe(one.estimate.verdict);
    }
  });
});

describe('a launch of SGLang whose log was learned', () => {
  const sglang = engines.find(({ id }) => id === 'sglang');
  const cases = [...judgeAllOfSglang('calibration'), ...judgeAllOfSglang('validation')].filter(
    ({ logCase, workload, estimate }) =>
      typeof logCase.measured['max_total_num_tokens'] === 'number' &&
      workload.engineVersion !== null &&
      estimate.memory !== null,
  );

  it('has the tokens of its log, within 0.1 % on 15 of 16 public logs', () => {
    const close = cases.filter(({ workload, logCase }) => {
      const tokens = Number(logCase.measured['max_total_num_tokens']);
      const measurement: Measurement = {
        model: workload.model.id,
        parameters: parametersOf(workload.model.architecture).total,
        engine: 'sglang',
        version: workload.engineVersion ?? '',
        gpu: workload.target.gpu.id,
        arguments: workload.arguments,
        environment: workload.environment,
        figures: { kvCacheTokens: { value: tokens, line: 1 } },
        started: true,
        failure: null,
        log: `${logCase.id}.log`,
        date: '2026-11-25',
        place: 'facts.json:1',
      };
      const learned = sglang?.estimate({ ...workload, measurements: [measurement] });
      return Math.abs((learned?.memory?.kvCacheTokens.value ?? 0) / tokens - 1) <= 0.001;
    });
    expect(cases.length).toBeGreaterThan(15);
    expect(close.length / cases.length).toBeGreaterThanOrEqual(0.93);
  });
});

describe('the facts file', () => {
  it('holds measurements as they are, each with the line at which it begins', () => {
    const rows = CASES.slice(0, 3).map((one) => measurementOf(one));
    const text = formatFacts(new Map(), rows);
    const parsed = parseFacts({ path: 'facts.json', text });
    if ('problem' in parsed) throw new Error(parsed.problem);
    const placeless = (measurements: readonly Measurement[]) =>
      measurements.map((row) => ({ ...row, place: undefined }));
    expect(placeless(parsed.measurements)).toEqual(placeless(rows));
    const lines = text.split('\n');
    for (const { place, model } of parsed.measurements)
      expect(lines[Number(place.split(':')[1])]).toContain(`"model": ${JSON.stringify(model)}`);
  });

  it.each([
    ['no list', '{}', /'measurements' are no list/],
    ['a row that lacks what it is of', '[{}]', /:4: 'measurements\.0\./],
    ['an unknown stage', '[{ "failure": { "stage": "sleep", "text": "" } }]', /facts\.json:4/],
  ])('refuses %s, with the line', (_title, rows, message) => {
    const text = `{\n  "version": 1,\n  "models": {},\n  "measurements": ${rows}\n}\n`;
    expect(parseFacts({ path: 'facts.json', text })).toMatchObject({ problem: expect.stringMatching(message) });
  });
});
