import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { documentOf, renderJson } from '../../src/report/json.ts';
import { reportSchema } from '../../src/report/schema.ts';
import { estimate, finding, mixedReport, report, result, target, L4 } from './factory.ts';

const published: object = JSON.parse(readFileSync(new URL('../../schema/report.schema.json', import.meta.url), 'utf8'));

const reports = {
  mixed: mixedReport(),
  empty: report({ deployments: [], policyPath: null, failOn: [] }),
  unknown: report({
    findings: [finding({ deployment: null })],
    deployments: [
      result({
        modelSource: null,
        targets: [
          { target: target(L4), gated: true, estimate: estimate({ verdict: 'unknown', message: 'x', memory: null }) },
        ],
      }),
    ],
  }),
};

describe.each(Object.entries(reports))('the JSON of a report: %s', (_name, value) => {
  it('is valid under the published schema', () => {
    const validate = new Ajv2020({ strict: false }).compile(published);
    expect(validate(JSON.parse(renderJson(value))), JSON.stringify(validate.errors)).toBe(true);
  });

  it('has no field that the schema does not declare', () => {
    // zod drops what it does not know, so equality means that everything is declared.
    expect(reportSchema.parse(documentOf(value))).toEqual(documentOf(value));
  });
});

it('refuses a report that lacks a figure', () => {
  const document: { deployments: { targets: { memory: Record<string, unknown> }[] }[] } = JSON.parse(
    renderJson(reports.mixed),
  );
  delete document.deployments[1]?.targets[0]?.memory['freeBytes'];
  expect(new Ajv2020({ strict: false }).compile(published)(document)).toBe(false);
});

it('names its fields as the interface promises', () => {
  const [first] = documentOf(reports.mixed).deployments.slice(1);
  expect(first).toMatchObject({
    file: 'deploy/qwen.yaml',
    line: 12,
    format: 'kubernetes',
    name: 'qwen/server',
    engine: { name: 'vllm', version: '0.19.0', versionSource: 'image tag vllm/vllm-openai:v0.19.0' },
    model: 'Qwen/Qwen3-8B',
    arguments: { max_model_len: 32768, enforce_eager: false },
    findings: [{ rule: 'engine-version-unknown', severity: 'warning', file: 'deploy/qwen.yaml', line: 20 }],
    recommendation: { changes: [{ argument: 'max_model_len', from: 32768, to: 16384 }] },
  });
  expect(first?.targets[0]).toMatchObject({ gpu: 'l4-24gb', count: null, verdict: 'fails', stage: 'kv_cache' });
  expect(Object.keys(first?.targets[0]?.memory ?? {}).sort()).toEqual(
    // The list of figures, all per GPU.
    [
      'totalBytes',
      'budgetBytes',
      'weightsBytes',
      'drafterBytes',
      'activationBytes',
      'releasedBytes',
      'cudaGraphBytes',
      'nonTorchBytes',
      'outsideBudgetBytes',
      'kvCacheBytes',
      'kvCacheNeededBytes',
      'kvCacheTokens',
      'maxConcurrency',
      'maxModelLenThatFits',
      'peakBytes',
      'freeBytes',
    ].sort(),
  );
});
