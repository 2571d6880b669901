import { z } from 'zod';
import { SEVERITIES } from '../finding.ts';

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
      driver: z
        .union([
          z.string().regex(/^\d{3,4}(?:\.\d{1,4}){0,2}$/, 'a version such as "550.54.15"'),
          z.number().min(100).max(9_999).transform(String),
        ])
        .optional()
        .describe('Version of the NVIDIA driver on your hosts, as nvidia-smi shows it: `"550.54.15"`.'),
    })
    .describe('A GPU with the figures of your own hosts.'),
]);

export const gpus = z.array(gpu).max(100);
const glob = z.string().min(1).max(1_000);
export const globs = z.union([glob.transform((one) => [one]), z.array(glob).max(1_000)]);

export const minimumFree = z.number().min(0).max(1_000);

export const need = z.strictObject({
  requests: z.int().min(1).max(1_000_000).describe('Requests that must run at once.'),
  tokens: z
    .int()
    .min(1)
    .max(100_000_000)
    .optional()
    .describe('Tokens of each, prompt and answer together. Left out: the longest length that is served.'),
});

/** Other terms for some of the deployments. */
export const scope = z.strictObject({
  paths: globs.default([]).describe('Globs from the repository root. Left out: all files.'),
  names: globs
    .default([])
    .describe('Globs of the names that the files give the deployments. Left out: all deployments of the files.'),
  labels: z
    .record(z.string().min(1).max(317), glob)
    .default({})
    .describe('Labels that the deployments carry in their files (Kubernetes), each with a glob of its value.'),
  gpus: gpus.min(1).optional().describe('The GPUs that these must fit, instead of the list at the top.'),
  need: need.optional().describe('What these must serve, instead of `need` at the top.'),
  'minimum-free-gib': minimumFree.optional().describe('What these must leave free, instead of the figure at the top.'),
});

const argumentValue = z.union([z.string().max(10_000), z.number(), z.boolean()]);

/** What holds for an engine in some files although they do not say it. */
export const engineDefaults = z.strictObject({
  paths: globs.default([]).describe('Globs from the repository root. Left out: all files.'),
  engine: z.string().min(1).max(100).describe('Id of the engine: `vllm`.'),
  version: z
    .union([z.string().max(100), z.number().transform(String)])
    .optional()
    .describe('Version to assume where a config states none.'),
  arguments: z
    .record(z.string().min(1).max(200), argumentValue)
    .default({})
    .describe('Arguments that a wrapper or an image of your own adds, where a config does not write them.'),
  environment: z
    .record(z.string().min(1).max(200), z.string().max(10_000))
    .default({})
    .describe('Variables that the engine finds set, where a config does not set them.'),
});

const level = z.enum([...SEVERITIES, 'off']);

/** A severity, or a severity with the options of the rule. */
export const ruleLevel = z.union([
  level.transform((severity) => ({ severity, options: {} })),
  z
    .object({ severity: level.optional() })
    .catchall(z.number())
    .transform(({ severity, ...options }) => ({
      severity: severity ?? null,
      options: options as Record<string, number>,
    })),
]);

export const waiver = z.strictObject({
  rule: z.string().min(1).max(100).describe('Id of the rule.'),
  paths: globs.default([]).describe('Globs of the files it holds for. Left out: all.'),
  names: globs.default([]).describe('Globs of the names of the deployments it holds for. Left out: all.'),
  reason: z.string().min(1).max(1_000).describe('Why it is all right, for whoever reads this next.'),
  expires: z.iso
    .date('must be a day such as 2027-03-31')
    .optional()
    .describe('Last day on which it holds, such as `2027-03-31`. After that it is a finding.'),
});

export const hub = z
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
  .prefault(false);
