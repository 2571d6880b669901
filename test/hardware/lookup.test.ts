import { describe, expect, it } from 'vitest';
import { GIB } from '../../src/bytes.ts';
import { loadHardware } from '../../src/hardware/gpus.ts';
import { findGpu, gpuOfId, parseTarget } from '../../src/hardware/lookup.ts';
import { nearestByMemory } from '../../src/hardware/nearest-gpu.ts';
import { commonTargets, everyTarget, servingGpus } from '../../src/hardware/survey.ts';

const hardware = loadHardware();

function idOf(name: string): string | null {
  const match = findGpu(name, hardware);
  return 'gpu' in match ? match.gpu.id : null;
}

describe('findGpu', () => {
  it.each([
    ['l4', 'l4-24gb'],
    ['NVIDIA L4', 'l4-24gb'],
    ['nvidia-l4', 'l4-24gb'],
    ['L4-24GB', 'l4-24gb'],
    ['NVIDIA-A100-SXM4-80GB', 'a100-80gb-sxm'],
    ['A100-80GB', 'a100-80gb-sxm'],
    ['nvidia-h100-80gb', 'h100-80gb-sxm'],
    ['NVIDIA H100 80GB HBM3', 'h100-80gb-sxm'],
    ['NVIDIA GeForce RTX 3090', 'rtx-3090'],
    ['rtx 3090', 'rtx-3090'],
    ['Tesla T4', 't4-16gb'],
    ['mi300x', 'mi300x-192gb'],
    ['NVIDIA-H100-80GB-HBM3-MIG-1g.10gb', 'h100-80gb-sxm-mig-1g.10gb'],
  ])('knows %s', (name, id) => expect(idOf(name)).toBe(id));

  it('reads the count off an instance type', () => {
    expect(findGpu('g6.12xlarge', hardware)).toMatchObject({ gpu: { id: 'l4-24gb' }, count: 4 });
    expect(findGpu('Standard_NC40ads_H100_v5', hardware)).toMatchObject({ gpu: { id: 'h100-94gb-nvl' }, count: 1 });
  });

  it('takes the smallest of several GPUs with one name, and names the others', () => {
    expect(findGpu('A100', hardware)).toMatchObject({ gpu: { id: 'a100-40gb-sxm' }, alsoNamed: ['a100-80gb-sxm'] });
    const slice = findGpu('nvidia.com/mig-1g.10gb', hardware);
    expect('gpu' in slice && slice.gpu.visibleBytes).toBe(9.5 * GIB);
  });

  it('offers near names for one that it does not know', () => {
    expect(findGpu('l44', hardware)).toMatchObject({ suggestions: expect.arrayContaining(['l4-24gb']) });
    expect(findGpu('a100-8', hardware)).toMatchObject({ suggestions: expect.arrayContaining(['a100-80gb-sxm']) });
    expect(findGpu('', hardware)).toEqual({ name: '', suggestions: [] });
    expect(findGpu('!'.repeat(100_000), hardware)).toMatchObject({ suggestions: [] });
  });
});

describe('parseTarget', () => {
  it('reads a count behind a colon', () => {
    expect(parseTarget('l4:4', hardware, 'matrix')).toMatchObject({ gpu: { id: 'l4-24gb' }, count: 4 });
    expect(parseTarget('l4', hardware, 'matrix')).toMatchObject({ count: null });
    expect(parseTarget('g6.12xlarge', hardware, 'matrix')).toMatchObject({ count: 4 });
  });

  it.each(['l4:x', 'l4:0', 'l4:1.5', 'l4:'])('refuses %s', (text) => {
    expect(parseTarget(text, hardware, 'matrix')).toMatchObject({
      problem: expect.stringContaining('not a number of GPUs'),
    });
  });

  it('names the GPU that it does not know', () => {
    expect(parseTarget('voodoo2:2', hardware, 'matrix')).toMatchObject({ problem: "unknown GPU 'voodoo2'" });
  });
});

describe('the catalogue', () => {
  it('shows no more than nvidia-smi does, but for the rounding of a figure to 0.01 GiB', () => {
    for (const gpu of hardware.gpus) {
      expect(gpu.visibleLowBytes, gpu.id).toBeLessThanOrEqual(gpu.visibleBytes);
      expect(gpu.visibleBytes, gpu.id).toBeLessThanOrEqual(gpu.visibleHighBytes);
      if (gpu.smiMib !== null)
        expect(gpu.visibleBytes, gpu.id).toBeLessThanOrEqual(gpu.smiMib * 1024 * 1024 + GIB / 100);
      expect(gpu.sources.length, gpu.id).toBeGreaterThan(0);
    }
  });

  it('has unique ids, and instance types and MIG slices that refer to known GPUs', () => {
    const ids = new Set(hardware.gpus.map(({ id }) => id));
    expect(ids.size).toBe(hardware.gpus.length);
    for (const { type, gpu } of hardware.instances) expect(gpuOfId(gpu, hardware), type).not.toBeNull();
    for (const { id, mig } of hardware.gpus) if (mig) expect(ids.has(mig.parent), id).toBe(true);
  });

  it('shows an L4 the 21.96 to 22.17 GiB that CUDA shows, not the 24 GB on its box', () => {
    const match = findGpu('l4', hardware);
    if (!('gpu' in match)) throw new Error('no L4');
    expect(match.gpu.visibleLowBytes / GIB).toBeCloseTo(21.96, 2);
    expect(match.gpu.visibleHighBytes / GIB).toBeCloseTo(22.17, 2);
  });

  // vLLM issue 7721 and eight hosts of public notes: 46068 MiB with ECC on, of the 49140 that it has without.
  it('counts on error correction where most hosts have it on', () => {
    const match = findGpu('NVIDIA L20', hardware);
    if (!('gpu' in match)) throw new Error('no L20');
    expect(match.gpu.visibleBytes).toBeLessThan(46_068 * 1024 ** 2);
    expect(match.gpu.visibleHighBytes).toBeGreaterThan(46_068 * 1024 ** 2);
  });

  it('surveys common GPUs, and all whole ones, from the smallest to the largest', () => {
    for (const targets of [commonTargets(hardware), everyTarget(hardware)]) {
      const sizes = targets.map(({ gpu }) => gpu.visibleBytes);
      expect(sizes).toEqual([...sizes].sort((a, b) => a - b));
      expect(targets.every(({ origin }) => origin === 'survey')).toBe(true);
    }
    expect(commonTargets(hardware)).toHaveLength(8);
    expect(everyTarget(hardware)).toHaveLength(hardware.gpus.filter(({ mig }) => mig === null).length);
  });
});

describe('servingGpus', () => {
  it('are cards of data centres, of one vendor, from the smallest to the largest', () => {
    for (const vendor of ['nvidia', 'amd', 'intel'] as const) {
      const gpus = servingGpus(vendor, hardware);
      expect(gpus.every((gpu) => gpu.vendor === vendor && gpu.mig === null && !gpu.unifiedMemory)).toBe(true);
      const sizes = gpus.map(({ visibleBytes }) => visibleBytes);
      expect(sizes).toEqual([...sizes].sort((a, b) => a - b));
      expect(gpus.filter(({ names: [name = ''] }) => /GeForce|Radeon|Arc/.test(name))).toEqual([]);
    }
  });
});

describe('nearestByMemory', () => {
  it('takes a card whose memory was seen, where one that was not has as much', () => {
    // An L2 is said to show what an L4 shows, and no log says so.
    expect(nearestByMemory(22.03 * GIB, hardware)?.id).toBe('l4-24gb');
    expect(nearestByMemory(79.1 * GIB, hardware)?.id).toBe('h100-80gb-sxm');
    expect(nearestByMemory(56 * GIB, hardware)).toBeNull();
  });
});
