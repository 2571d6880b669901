import { z } from 'zod';
import type { ArgumentValue } from '../deployment.ts';
import { STAGES, VERDICTS } from '../estimate.ts';
import { SEVERITIES } from '../finding.ts';
import { BASES } from '../quantity.ts';

/** Version of the published JSON. Fields may be added under one version; none is renamed or removed. */
export const SCHEMA_VERSION = 1;

const line = z.int().min(1).describe('1-based line.');
const file = z.string().describe('Path from the repository root, with `/`.');
const argumentValue: z.ZodType<ArgumentValue> = z
  .union([
    z.string(),
    z.number(),
    z.boolean(),
    z.null(),
    z.lazy(() => z.array(argumentValue)),
    z.lazy(() => z.record(z.string(), argumentValue)),
  ])
  .meta({
    id: 'argumentValue',
    description: 'As the engine parses it: `32k` is 32000; objects come from JSON-valued arguments.',
  });

const quantitySchema = z
  .strictObject({
    value: z.number().describe('The expected figure.'),
    low: z.number().describe('Lower end of the interval.'),
    high: z.number().describe('Upper end of the interval.'),
    basis: z
      .enum(BASES)
      .describe(
        '`exact`: arithmetic on stated facts. `formula`: the allocation rule of the engine. `measured`: by a log of the same launch, from the facts file. `calibrated`: measured on public start-up logs. `assumed`: a stated default without a measurement.',
      ),
  })
  .meta({ id: 'quantity', description: 'A figure with its interval, in the unit that the field name ends in.' });

function bytes(description: string): typeof quantitySchema {
  return quantitySchema.describe(`${description} Bytes.`);
}

const memorySchema = z
  .strictObject({
    totalBytes: bytes('What CUDA reports as the total of the card.'),
    budgetBytes: bytes('What the engine allows itself.'),
    weightsBytes: bytes('Weights of the model.'),
    drafterBytes: bytes('Weights of the draft model and what it keeps besides its KV cache.'),
    activationBytes: bytes('Peak of activations in the profile run, which is taken off the budget.'),
    releasedBytes: bytes(
      'What a step under load takes less than that peak; negative where it takes more (verification of drafts). Mostly 0.',
    ),
    cudaGraphBytes: bytes('Captured CUDA graphs.'),
    nonTorchBytes: bytes('Taken inside the budget but outside the allocator of PyTorch.'),
    outsideBudgetBytes: bytes('Taken outside the budget of the engine.'),
    kvCacheBytes: bytes('Available for the KV cache; negative when the rest already exceeds the budget.'),
    kvCacheNeededBytes: bytes('KV cache that one request of max_model_len needs.'),
    kvCacheTokens: quantitySchema.describe('Tokens that the KV cache holds, by the formula of the engine version.'),
    maxConcurrency: quantitySchema.describe('Requests of max_model_len that the KV cache holds at once.'),
    maxModelLenThatFits: quantitySchema.describe(
      'Longest max_model_len whose one request fits. Tokens; 0 when none does.',
    ),
    peakBytes: bytes('Everything but what stays free.'),
    freeBytes: bytes('Total less peak; negative when memory runs out.'),
  })
  .meta({
    id: 'memory',
    description:
      'Memory of one GPU, the fullest. weights + drafter + kvCache + activation + cudaGraph + nonTorch + outsideBudget + free = total + released.',
  });

const findingSchema = z
  .strictObject({
    rule: z.string().describe('Id of the rule.'),
    severity: z.enum(SEVERITIES).describe('As the policy sets it.'),
    file,
    line,
    message: z.string().describe('What is wrong and why, with the figures.'),
    remedy: z.string().describe('What to do, with the value.'),
  })
  .meta({ id: 'finding', description: 'What one rule says.' });

const editSchema = z
  .strictObject({
    file,
    start: z.int().min(0).describe('First UTF-16 unit that is replaced, from 0.'),
    end: z.int().min(0).describe('The unit after the last; equal to `start` for an insertion.'),
    newText: z.string().describe('The text put in its place.'),
  })
  .meta({ id: 'edit', description: 'One text replacement in the file as it was read.' });

const changeSchema = z
  .strictObject({
    argument: z.string().describe('Canonical name of the argument.'),
    from: argumentValue.describe('Value as written; null when it was not.'),
    to: argumentValue.describe('Value that fits; null to remove the argument.'),
    cost: z.string().describe('What the change costs: context, concurrency, quality, speed.'),
    edits: z.array(editSchema).describe('The change as text edits; empty when it cannot be written as one.'),
    notEditable: z.string().nullable().describe('Why there are no edits, else null.'),
  })
  .meta({ id: 'change', description: 'One argument change.' });

const alternativeSchema = z
  .strictObject({
    what: z.string().describe('The settings, or the hardware on which it fits as it is.'),
    changes: z.array(changeSchema.pick({ argument: true, from: true, to: true })).describe('The argument changes.'),
    cost: z.string().describe('What it costs.'),
    freedBytes: z
      .number()
      .nullable()
      .describe(
        'How much less the launch then needs for itself and one full-length request. Bytes; null on other hardware.',
      ),
    freeBytes: z.number().describe('What stays free on the fullest target, at the bad end. Bytes.'),
    concurrency: z.number().describe('Requests of the longest length that run at once, at the bad end.'),
  })
  .meta({ id: 'alternative', description: 'Another way to make every target fit.' });

const windowSchema = z
  .strictObject({
    argument: z.string().describe('Canonical name of the argument.'),
    step: z.number().describe('Step in which people write it.'),
    current: z.number().describe('The value in effect.'),
    low: z.number().nullable().describe('Least value that fits; null when none does.'),
    high: z.number().nullable().describe('Most value that fits; null when none does.'),
    highest: z.number().nullable().describe('The most at which what stands outside the budget has room.'),
    below: z.string().nullable().describe('What is wrong below.'),
    above: z.string().nullable().describe('What is wrong above.'),
    text: z.string().describe('The window in words.'),
  })
  .meta({ id: 'window', description: "Values of the engine's budget argument with which a deployment fits a target." });

const waivedSchema = z
  .strictObject({
    finding: findingSchema,
    why: z.string().describe('The reason of the waiver, or that it was there before (the baseline).'),
  })
  .meta({ id: 'waived', description: 'A finding that does not count.' });

const recommendationSchema = z
  .strictObject({
    fits: z.boolean().describe('Whether every target fits with the changes.'),
    summary: z.string().describe('What the changes bring, or what would be needed when nothing fits.'),
    changes: z.array(changeSchema).describe('The smallest set of changes; empty when none helps.'),
    alternatives: z
      .array(alternativeSchema)
      .describe('Other ways to make every target fit, the one that costs least first.'),
  })
  .meta({ id: 'recommendation', description: 'The smallest set of changes that makes every target fit.' });

const targetSchema = z
  .strictObject({
    gpu: z.string().describe('Catalogue id of the GPU.'),
    count: z.int().min(1).nullable().describe('GPUs available; null when only the kind is known.'),
    gpusNeeded: z.int().min(0).describe('GPUs that one replica takes.'),
    origin: z
      .enum(['matrix', 'config', 'survey'])
      .describe('`matrix`: declared. `config`: named by the config itself. `survey`: shown for information.'),
    gated: z.boolean().describe('Whether this target counts for the conclusion.'),
    verdict: z
      .enum(VERDICTS)
      .describe(
        '`fits`: even at the pessimistic end. `tight`: the interval straddles the limit. `degraded`: starts with less than asked for. `fails`: even at the optimistic end. `unknown`: a fact is missing.',
      ),
    stage: z
      .enum(STAGES)
      .nullable()
      .describe('First stage of the start-up that fails or is in doubt; null when it fits.'),
    quotesEngine: z.boolean().describe('Whether `message` is the text of the engine itself.'),
    message: z
      .string()
      .nullable()
      .describe(
        'The error text of the engine with the figures filled in, where it runs out of memory how much is missing, or why the verdict is unknown; null when it fits.',
      ),
    memory: memorySchema
      .nullable()
      .describe('Null when the verdict is unknown or the engine refuses the arguments first.'),
    working: z
      .record(z.string(), z.string())
      .describe('How each figure came about, by the name of its field in `memory`; one line each.'),
    effective: z.record(z.string(), argumentValue).describe('Arguments after the defaults of the engine.'),
    notes: z.array(z.string()).describe('Assumptions said aloud.'),
    window: windowSchema.nullable().describe('Null where there is no such argument, or the target does not count.'),
  })
  .meta({ id: 'target', description: 'One deployment on one kind of GPU. All figures are per GPU.' });

const launchSchema = z
  .strictObject({
    file,
    line,
    format: z.string().describe('Id of the format of the file.'),
    name: z.string().describe('What the file calls the deployment; unique within the file.'),
    engine: z
      .strictObject({
        name: z.string().describe('Id of the engine: `vllm`.'),
        version: z.string().nullable().describe('As the engine numbers its releases; null when nothing states it.'),
        versionSource: z.string().nullable().describe('What states the version, or what leaves it open.'),
      })
      .describe('The inference engine.'),
    device: z
      .enum(['gpu', 'cpu', 'tpu', 'neuron', 'gaudi'])
      .describe(
        'What it runs on. What runs on no GPU is not judged: its verdicts are `unknown` and never fail the check.',
      ),
    model: z.string().nullable().describe('Hub id or path as the engine is told; null when the launch names none.'),
    modelSource: z.string().nullable().describe('Where the facts of the model came from; null when they are unknown.'),
    arguments: z
      .record(z.string(), argumentValue)
      .describe('Arguments as written, by the canonical snake_case name of the engine.'),
    targets: z.array(targetSchema).describe('One entry per GPU of the matrix.'),
  })
  .meta({ id: 'launch', description: 'One launch of an engine on its GPUs.' });

const deploymentSchema = launchSchema
  .extend({
    findings: z.array(findingSchema).describe('What the rules say about this deployment.'),
    waived: z.array(waivedSchema).describe('Findings that a waiver or the baseline takes out.'),
    recommendation: recommendationSchema
      .nullable()
      .describe('Null when nothing has to change or nothing could be estimated.'),
    change: z
      .enum(['added', 'changed', 'unchanged'])
      .nullable()
      .describe('How it stands to the base of a pull request; null where there is nothing to compare with.'),
    before: launchSchema.nullable().describe('What the base made of it; null for what is new.'),
  })
  .meta({ id: 'deployment', description: 'One launch of an engine, found in a serving config.' });

const unsupportedSchema = z
  .strictObject({
    file,
    line,
    format: z.string().describe('Id of the format of the file.'),
    name: z.string().describe('What the file calls it.'),
    reason: z.string().describe('Why it cannot be read.'),
    remedy: z.string().describe('What to do.'),
    waived: z
      .string()
      .nullable()
      .describe('Why it does not count: the reason of a waiver, or the baseline; null where it does.'),
  })
  .meta({ id: 'unsupported', description: 'A launch that was recognised but cannot be read.' });

/** What `--format json` prints. */
export const reportSchema = z
  .strictObject({
    schemaVersion: z.literal(SCHEMA_VERSION).describe('Version of this format.'),
    version: z.string().describe('Version of Headroom.'),
    conclusion: z.enum(['pass', 'fail']).describe('`fail` exactly when the exit code is 1.'),
    reasons: z.array(z.string()).describe('One line per reason when the conclusion is `fail`.'),
    failOn: z
      .array(z.enum(['tight', 'degraded', 'fails', 'unknown', 'unsupported', 'error']))
      .describe('What the policy fails on.'),
    policy: z.string().nullable().describe('Path of the policy; null for the defaults.'),
    filesRead: z.int().min(0).describe('Files looked at, whether or not they held a launch.'),
    deployments: z.array(deploymentSchema).describe('Sorted by file, line and name.'),
    unsupported: z.array(unsupportedSchema).describe('Launches that could not be read.'),
    findings: z.array(findingSchema).describe('Findings that belong to no deployment.'),
    commits: z
      .strictObject({ base: z.string().describe('Of the base.'), head: z.string().describe('That was judged.') })
      .nullable()
      .describe('The commits that were compared; null where files were read from a disk.'),
    removed: z.array(launchSchema).describe('Deployments that the change takes away.'),
  })
  .describe('Headroom report: the GPU memory that model-serving configs will ask for.');

export type ReportDocument = z.infer<typeof reportSchema>;
