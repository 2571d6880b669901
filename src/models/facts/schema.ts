import { z } from 'zod';
import { KEPT_FIGURES } from '../../engines/measurement.ts';
import { STAGES } from '../../estimate.ts';

/** What no figure of a GPU comes near, in bytes or tokens. */
const MOST = 2 ** 50;

const figureSchema = z
  .strictObject({
    value: z.number().min(0).max(MOST).describe('Bytes, or tokens where the name says so.'),
    line: z.int().min(1).describe('Line of the log that says it.'),
  })
  .meta({ id: 'loggedFigure' });

/** One row of `measurements`, as `headroom explain --learn` writes it. */
export const measurementSchema = z.strictObject({
  model: z.string().min(1).describe('As the launch names it.'),
  parameters: z.int().min(1).describe('Of the model that was measured; another one of the same name is not that one.'),
  engine: z.string().min(1).describe('Id of the engine (`vllm`).'),
  version: z.string().min(1).describe('Release of the engine; figures hold for no other.'),
  gpu: z.string().min(1).describe('Id of the GPU (`headroom gpus`).'),
  arguments: z.record(z.string(), z.json()).describe('Arguments that change memory, by their canonical names.'),
  environment: z.record(z.string(), z.string()).default({}).describe('Variables that may change memory.'),
  figures: z
    .strictObject(Object.fromEntries(KEPT_FIGURES.map((name) => [name, figureSchema.optional()])))
    .describe('What the log printed, of the fullest rank.'),
  started: z.boolean().describe('Whether it came up.'),
  failure: z
    .strictObject({ stage: z.enum(STAGES), text: z.string().max(1000).describe('The words of the engine.') })
    .nullable()
    .default(null)
    .describe('Where it stopped; null where the log shows none.'),
  log: z.string().min(1).max(300).describe('Name of the log.'),
  date: z.iso.date().describe('Day on which it was learned.'),
});

/** `.github/headroom.facts.json`, for editors and for programs that write it. */
export const factsSchema = z.object({
  version: z.literal(1),
  models: z
    .record(
      z.string(),
      z.object({
        source: z.string().describe('Address of the repository.'),
        revision: z.string().optional().describe('Commit that was read.'),
        checkpointBytes: z.int().min(1).optional().describe('Sum of the weight files.'),
        elements: z.record(z.string(), z.int().min(0)).optional().describe('Elements of the weight files by dtype.'),
        quantizationFrom: z.string().optional().describe('File that states the quantization beside config.json.'),
        config: z.record(z.string(), z.unknown()).describe('Fields of config.json that an estimate asks for.'),
        leftOut: z.array(z.string()).optional().describe('Names of its other fields.'),
      }),
    )
    .describe('What the Hub said, by id or `id@revision`. `headroom facts lock` writes it.'),
  measurements: z
    .array(measurementSchema)
    .default([])
    .describe('What logs measured of launches. `headroom explain --learn` writes it.'),
});
