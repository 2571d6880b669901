import { describe, expect, it } from 'vitest';
import { CHANGES, type Change } from '../../../src/engines/vllm/changes.ts';
import { has, mayMiss, NEWEST_VERSION, parseVersion } from '../../../src/engines/vllm/versions.ts';

/** First release of each change, as tags of vLLM hold it up to 0.20, and branch dates and logs show it beyond. */
const FIRST = {
  v1Engine: '0.8.0',
  defaultsByDeviceMemory: '0.8.5',
  smallDefaultsOnA100: '0.9.0',
  memorySnapshot: '0.9.1',
  hybridKvCache: '0.9.1',
  captureSizesBySeqs: '0.10.0',
  kvCacheMemoryBytes: '0.10.2',
  snapshotAfterNccl: '0.11.0',
  v0Removed: '0.11.0',
  groupsOfWholeModel: '0.11.0',
  fullAndPiecewise: '0.11.0',
  captureStride16: '0.11.1',
  layerGroupFactor125: '0.12.0',
  optimizationLevels: '0.12.0',
  speculativeCaptureSizes: '0.13.0',
  worldSizeChecked: '0.13.0',
  hybridKeptOnRequest: '0.13.0',
  autoMaxModelLen: '0.14.0',
  budgetRoundsUp: '0.14.0',
  needFromGroups: '0.14.0',
  mambaAlign: '0.15.0',
  tritonSampler: '0.17.0',
  allReduceFusion: '0.17.0',
  needOfOneStage: '0.17.0',
  performanceMode: '0.17.0',
  graphProfiler: '0.18.0',
  layerGroupFactor15: '0.18.0',
  sparseCacheUnpacked: '0.18.0',
  cacheFloat16: '0.18.0',
  graphProfilerDefault: '0.20.0',
  mambaBlockCheck: '0.20.0',
  hybridBlockByBackend: '0.20.0',
  hybridWithKvEvents: '0.20.0',
  quantizedCaches: '0.20.0',
  tokensFromConcurrency: '0.20.1',
  splitLimit: '0.21.0',
  runnerV2Qwen3: '0.22.0',
  cpuInErrors: '0.22.0',
  mambaAllSpeculative: '0.22.0',
  runnerV2Llama: '0.23.0',
  hybridByConnector: '0.23.0',
  runnerV2SmallMoe: '0.24.0',
  runnerV2Quantized: '0.24.0',
  paddedPages: '0.24.0',
  runnerV2Dense: '0.25.0',
  int4Cache: '0.25.0',
  hybridPrefixCaching: '0.26.0',
  windowHoldsBatches: '0.26.0',
  totalConsumed: '0.27.0',
  prefillContextUnsharded: '0.27.0',
  captureSizes1024: '0.28.0',
  defaults16384: '0.28.0',
  latentHybridBlock128: '0.28.0',
  mambaAlignEverywhere: '0.28.0',
  nullBlockReserved: '0.29.0',
  runnerV2GraphProfiler: '0.29.0',
} as const satisfies Partial<Record<Change, string>>;

/** The release before one, of those that exist. */
function before(release: string): string {
  const [major = 0, minor = 0, patch = 0] = release.split('.').map(Number);
  return patch > 0 ? `${major}.${minor}.${patch - 1}` : `${major}.${minor - 1}.9`;
}

describe('the version map', () => {
  it.each(Object.entries(FIRST))('%s came with %s', (change, release) => {
    expect(has(parseVersion(release), change as Change)).toBe(true);
    expect(has(parseVersion(before(release)), change as Change)).toBe(false);
  });

  it('names no change of a release after the newest known', () => {
    const later = Object.entries(CHANGES).filter(([, [, minor]]) => minor > Number(NEWEST_VERSION.split('.')[1]));
    expect(later).toEqual([]);
  });
});

describe('what a version is read as', () => {
  it.each([
    ['0.19.0', '0.19.0', false],
    ['v0.19.1', '0.19.1', false],
    ['0.10.1.1', '0.10.1', false],
    ['0.8.5.post1', '0.8.5', false],
    ['0.11.0rc2', '0.11.0', false],
    ['0.19', '0.19.0', false],
    // Builds of the main branch lead to the next minor release.
    ['0.19.2rc1.dev134+gabcdef', '0.20.0', true],
  ])('%s is %s', (text, release, development) => {
    const version = parseVersion(text);
    expect([version.text, version.development]).toEqual([release, development]);
  });

  it.each([null, 'nightly', 'latest', '0.1.dev1', ''])('%s counts as the newest, and says so', (text) => {
    const version = parseVersion(text);
    expect(version.text).toBe(NEWEST_VERSION);
    expect(version.note).toMatch(/assumed the newest known/);
  });

  it.each(['0.31.1', '0.32.0', '0.99.0', '1.0.0', '0.31.1rc1.dev20+gabcdef'])(
    '%s behaves as the newest known release, and says so',
    (text) => {
      const version = parseVersion(text);
      expect(version).toMatchObject({ text: NEWEST_VERSION, newer: true, development: false });
      expect(version.release).toBe(parseVersion(NEWEST_VERSION).release);
      expect(version.note).toMatch(/newer than what Headroom knows; judged as/);
    },
  );

  it('the newest known release itself needs no word', () => {
    expect(parseVersion(NEWEST_VERSION)).toMatchObject({ note: null, newer: false });
  });

  it('a development build may miss what is new in the release it leads to', () => {
    const build = parseVersion('0.19.2rc1.dev134');
    expect(mayMiss(build, 'graphProfilerDefault')).toBe(true);
    expect(mayMiss(build, 'graphProfiler')).toBe(false);
    expect(mayMiss(parseVersion('0.20.0'), 'graphProfilerDefault')).toBe(false);
  });
});
