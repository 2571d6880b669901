import { describe, expect, it } from 'vitest';
import modelData from '../../src/catalogue/models.json' with { type: 'json' };
import { GIB } from '../../src/bytes.ts';
import { loadHardware } from '../../src/hardware/gpus.ts';
import { findGpu, gpuOfId } from '../../src/hardware/lookup.ts';
import { makeModelCatalogue } from '../../src/models/catalogue.ts';

const hardware = loadHardware();

/** Sold as one card, seen by the driver as two devices. */
const TWO_DEVICES = ['mi250-128gb'];

describe('every GPU row', () => {
  it.each(hardware.gpus.map((gpu) => [gpu.id, gpu] as const))(
    '%s has a source, and memory that can be true',
    (_id, gpu) => {
      expect(gpu.sources.length).toBeGreaterThan(0);
      for (const source of gpu.sources) expect(source).toMatch(/\S.{8,}/);
      expect(gpu.visibleLowBytes).toBeLessThanOrEqual(gpu.visibleBytes);
      expect(gpu.visibleHighBytes).toBeGreaterThanOrEqual(gpu.visibleBytes);
      // A "24 GB" card has 24 GiB at most; ECC and the driver are not known to take more than 15 %.
      expect(gpu.visibleBytes).toBeLessThanOrEqual(gpu.nominalGb * GIB);
      expect(gpu.visibleBytes).toBeGreaterThan((gpu.nominalGb * 0.85e9) / (TWO_DEVICES.includes(gpu.id) ? 2 : 1));
    },
  );

  it('has an id of its own that the lookup finds', () => {
    const ids = hardware.gpus.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const gpu of hardware.gpus) expect(findGpu(gpu.id, hardware)).toMatchObject({ gpu: { id: gpu.id } });
  });
});

it('every instance type carries GPUs of the catalogue, or parts of them, each once', () => {
  for (const instance of hardware.instances)
    expect(gpuOfId(instance.gpu, hardware), JSON.stringify(instance)).not.toBeNull();
  const types = hardware.instances.map(({ type }) => type.toLowerCase());
  expect(new Set(types).size).toBe(types.length);
});

describe('every model row', () => {
  it('has a source, and an id of its own', () => {
    for (const { ids, source } of modelData.models) expect(source, ids[0]).toMatch(/\S.{8,}/);
    const ids = modelData.models.flatMap((row) => row.ids.map((id) => id.toLowerCase()));
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('is either computed or says why not', () => {
    const models = makeModelCatalogue(modelData);
    for (const id of models.ids) {
      const problem = models.problemOf(id);
      expect(models.find(id) === null, id).toBe(problem !== null);
    }
  });
});
