import { z } from 'zod';
import { engineDefaults, globs, gpus, hub, minimumFree, need, ruleLevel, scope, waiver } from './schema-parts.ts';

/** What `fail-on` may name, gravest first. */
export const GATE_WORDS = ['fails', 'degraded', 'tight', 'unknown', 'unsupported', 'error'] as const;

const gateWord = z.enum(GATE_WORDS);
const path = z.string().min(1).max(1_000);

/** `.github/headroom.yml` as people write it. The defaults stand here and nowhere else. */
export const policySchema = z
  .strictObject({
    $schema: z.string().optional().describe('For editors.'),
    version: z.literal(1).default(1).describe('Version of this format.'),
    extends: z
      .union([path.transform((one) => [one]), z.array(path).max(20)])
      .default([])
      .describe(
        'Paths of other policies in the repository whose keys hold where this one says nothing; lists of `targets`, `engine-defaults`, `waivers`, `paths` and `ignore` are joined, the entries of maps too.',
      ),
    gpus: gpus
      .default([])
      .describe('The GPUs that every serving config must fit. Left out: the GPUs that each config names itself.'),
    targets: z
      .array(scope)
      .max(1_000)
      .default([])
      .describe(
        'Other GPUs, needs or room for some of the deployments; of the entries that match the last that says it wins.',
      ),
    need: need
      .optional()
      .describe('What every deployment must serve at once on each of its GPUs: `{ requests: 16, tokens: 8192 }`.'),
    paths: globs.default([]).describe('Globs of the files that are looked at. Left out: all.'),
    ignore: globs.default([]).describe('Globs of the files that are never looked at.'),
    'fail-on': z
      .union([z.literal('never').transform(() => []), gateWord.transform((one) => [one]), z.array(gateWord)])
      .default(['fails', 'error'])
      .describe(
        'What fails the check: a verdict on a declared GPU (`fails`, `degraded`, `tight`, `unknown`), a launch that cannot be read (`unsupported`), a finding of severity error (`error`), or `never`.',
      ),
    models: z
      .record(z.string().min(1).max(1_000), z.string().min(1).max(1_000))
      .default({})
      .describe(
        'What a local path or an own name stands for: a Hugging Face id, or the path of a config.json in the repository.',
      ),
    hub: hub.describe(
      'Whether models that are not known otherwise are asked of the Hugging Face Hub: `true`, or a mirror with its hosts. Default `false`: nothing is fetched.',
    ),
    'engine-versions': z
      .record(z.string().min(1).max(100), z.union([z.string().max(100), z.number().transform(String)]))
      .default({})
      .describe('Engine version to assume where a config states none: `vllm: 0.19.0`.'),
    'engine-defaults': z
      .array(engineDefaults)
      .max(1_000)
      .default([])
      .describe('Version, arguments and variables that hold although the files do not state them; later entries win.'),
    rules: z
      .record(z.string().min(1).max(100), ruleLevel)
      .default({})
      .describe('Severity of a rule, or `off`; or a mapping of `severity` and the options of the rule.'),
    waivers: z
      .array(waiver)
      .max(1_000)
      .default([])
      .describe('Findings that are known and accepted, with the reason and the last day.'),
    baseline: path
      .optional()
      .describe(
        'Path of a file with the findings that were there when the check was adopted (`headroom check --write-baseline`): only new ones count.',
      ),
    'minimum-free-gib': minimumFree
      .default(0)
      .describe('What must stay free on every GPU beyond all that the engine takes, in GiB.'),
  })
  .describe('Headroom policy: which GPUs the serving configs of this repository must fit, and what fails the check.');

export type PolicyFile = z.infer<typeof policySchema>;
