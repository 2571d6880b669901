import { describe, expect, it } from 'vitest';
import modelData from '../../../src/catalogue/models.json' with { type: 'json' };
import { applyEdits } from '../../../src/edit.ts';
import { engines } from '../../../src/engines/index.ts';
import { evaluate, modelFinder } from '../../../src/evaluate.ts';
import { editArgument, extractAll } from '../../../src/formats/index.ts';
import { loadHardware } from '../../../src/hardware/gpus.ts';
import { parseTarget } from '../../../src/hardware/lookup.ts';
import { makeModelCatalogue } from '../../../src/models/catalogue.ts';
import { defaultPolicy } from '../../../src/policy/parse.ts';
import type { DeploymentResult } from '../../../src/report/report.ts';

const hardware = loadHardware();
const models = makeModelCatalogue(modelData);
const reading = { engines, read: () => null };

function judged(options: string, gpu: string, name = 'serve.sh') {
  return judgedText(`#!/bin/sh\npython3 -m sglang.launch_server ${options}\n`, gpu, name);
}

function judgedText(
  text: string,
  gpu: string,
  name: string,
): { readonly result: DeploymentResult; readonly after: string } {
  const file = { path: name, text };
  const [deployment] = extractAll([file], reading).deployments;
  const target = parseTarget(gpu, hardware, 'matrix');
  if (!deployment || 'problem' in target) throw new Error('no launch');
  const sources = { policy: defaultPolicy(), hardware, models, read: () => null };
  const result = evaluate(deployment, [{ target, gated: true }], {
    ...sources,
    engines,
    findModel: modelFinder(sources),
    edit: (one, argument, value) => editArgument(one, argument, value, reading, new Map([[file.path, file]])),
  });
  const edits = (result.recommendation?.changes ?? []).flatMap((change) => change.edits);
  return { result, after: applyEdits(text, edits) };
}

function changes({ recommendation }: DeploymentResult): Readonly<Record<string, unknown>> {
  return Object.fromEntries((recommendation?.changes ?? []).map(({ argument, to }) => [argument, to]));
}

describe('what helps', () => {
  it('a fraction too low for the weights goes up, and nothing else', () => {
    const { result } = judged('--model-path Qwen/Qwen3-14B --mem-fraction-static 0.3 --context-length 8192', 'h100');
    const to = changes(result)['mem_fraction_static'];
    expect(Object.keys(changes(result))).toEqual(['mem_fraction_static']);
    expect(to).toBeGreaterThan(0.3);
  });

  it('a fraction too high for what stands outside it goes down', () => {
    const options = '--model-path Qwen/Qwen3-8B --mem-fraction-static 0.985 --context-length 8192';
    const { result } = judged(options, 'rtx-4090');
    expect(changes(result)['mem_fraction_static']).toBeLessThan(0.985);
    expect(Object.keys(changes(result))).toEqual(['mem_fraction_static']);
  });

  it('the changed launch fits', () => {
    const options = '--model-path Qwen/Qwen3-8B --mem-fraction-static 0.985 --context-length 8192';
    const { after } = judged(options, 'rtx-4090');
    expect(judgedText(after, 'rtx-4090', 'serve.sh').result.targets[0]?.estimate.verdict).toBe('fits');
  });

  it('a cache that is too short for the context gets less of it, or more room', () => {
    const { result, after } = judged('--model-path meta-llama/Llama-3.1-8B-Instruct', 'rtx-4090');
    expect(result.targets[0]?.estimate.verdict).toBe('degraded');
    expect(after).toMatch(/--context-length \d+/);
    expect(judgedText(after, 'rtx-4090', 'serve.sh').result.targets[0]?.estimate.verdict).toBe('fits');
  });

  it('weights that no fraction fits go to more ranks where there are GPUs for them', () => {
    const { result } = judged('--model-path Qwen/Qwen3-32B --context-length 8192', 'a100-40gb:4');
    // No FP8 on these cards, so that weights cannot be rounded while they load.
    expect(changes(result)['tp_size']).toBeGreaterThan(1);
  });
});
