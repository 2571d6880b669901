import { z } from 'zod';
import { SEVERITIES } from '../finding.ts';

/** What `fail-on` may name, gravest first. */
export const GATE_WORDS = ['fails', 'degraded', 'tight', 'unknown', 'unsupported', 'error'] as const;

const gpuName = z
  .string()
  .min(1)
  .max(200)
  .describe(
    'Any name that the catalogue knows (`headroom gpus` lists them), with `:count` behind it if need be: `l4`, `h100:8`, `g6.12xlarge`.',
  );

const gpu = z.union([
  gpuName,
  z
    .strictObject({
      gpu: gpuName,
      count: z.int().min(1).max(100_000).optional().describe('GPUs of this kind that one deployment may use.'),
      'memory-gib': z
        .number()
        .positive()
        .max(10_000)
        .optional()
        .describe(
          'What CUDA shows as total on your hosts, in GiB (`torch.cuda.mem_get_info()`), when it differs from the catalogue.',
        ),
      'taken-gib': z
        .number()
        .min(0)
        .max(10_000)
        .optional()
        .describe('What other processes hold on every GPU before the engine starts, in GiB.'),
    })
    .describe('A GPU with the figures of your own hosts.'),
]);

const gpus = z.array(gpu).max(100);
const glob = z.string().min(1).max(1_000);
const globs = z.union([glob.transform((one) => [one]), z.array(glob).max(1_000)]);
const gateWord = z.enum(GATE_WORDS);

/** `.github/headroom.yml` as people write it. The defaults stand here and nowhere else. */
export const policySchema = z
  .strictObject({
    $schema: z.string().optional().describe('For editors.'),
    version: z.literal(1).default(1).describe('Version of this format.'),
    gpus: gpus
      .default([])
      .describe('The GPUs that every serving config must fit. Left out: the GPUs that each config names itself.'),
    targets: z
      .array(
        z.strictObject({
          paths: globs.describe('Globs from the repository root; the last entry that matches a file wins.'),
          gpus: gpus.min(1).describe('The GPUs that these files must fit, instead of the list at the top.'),
        }),
      )
      .max(1_000)
      .default([])
      .describe('Other GPUs for some of the files.'),
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
    hub: z
      .union([
        z.boolean().transform((ask) => ({ ask, endpoint: null, hosts: [] })),
        z
          .strictObject({
            endpoint: z
              .url({ protocol: /^https$/, error: 'must be an address that begins with https://' })
              .max(500)
              .optional()
              .describe('Base address of a mirror, in place of https://huggingface.co.'),
            hosts: z
              .array(
                z
                  .string()
                  .max(253)
                  .regex(/^(?:\*\.)?[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+$/, 'must be a host name'),
              )
              .max(50)
              .default([])
              .describe('Other hosts that the endpoint may redirect to; `*.example.com` for all below one.'),
          })
          .transform(({ endpoint, hosts }) => ({ ask: true, endpoint: endpoint ?? null, hosts })),
      ])
      .prefault(false)
      .describe(
        'Whether models that are not known otherwise are asked of the Hugging Face Hub: `true`, or a mirror with its hosts. Default `false`: nothing is fetched.',
      ),
    'engine-versions': z
      .record(z.string().min(1).max(100), z.union([z.string().max(100), z.number().transform(String)]))
      .default({})
      .describe('Engine version to assume where a config states none: `vllm: 0.19.0`.'),
    rules: z
      .record(z.string().min(1).max(100), z.enum([...SEVERITIES, 'off']))
      .default({})
      .describe('Severity of a rule, or `off`.'),
    'minimum-free-gib': z
      .number()
      .min(0)
      .max(1_000)
      .default(0)
      .describe('What must stay free on every GPU beyond all that the engine takes, in GiB.'),
  })
  .describe('Headroom policy: which GPUs the serving configs of this repository must fit, and what fails the check.');

export type PolicyFile = z.infer<typeof policySchema>;
