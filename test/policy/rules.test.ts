import { describe, expect, it } from 'vitest';
import type { ArgumentProblem, Deployment, Unresolved } from '../../src/deployment.ts';
import { engines } from '../../src/engines/index.ts';
import { vllm } from '../../src/engines/vllm/index.ts';
import type { Estimate, Memory } from '../../src/estimate.ts';
import type { Target } from '../../src/hardware/gpu.ts';
import { loadHardware } from '../../src/hardware/gpus.ts';
import { parseTarget } from '../../src/hardware/lookup.ts';
import { conclude } from '../../src/policy/conclude.ts';
import { openSentence } from '../../src/policy/rules/cannot-estimate.ts';
import { defaultPolicy } from '../../src/policy/parse.ts';
import type { Policy } from '../../src/policy/policy.ts';
import { describedRules, judge, judgeUnsupported, RULE_IDS } from '../../src/policy/rules/index.ts';
import type { RuleInput } from '../../src/policy/rules/rule.ts';
import { exactly } from '../../src/quantity.ts';
import { culpritPlace } from '../../src/policy/rules/place.ts';

const hardware = loadHardware();
const file = 'k8s/llama.yaml';

function placeAt(line: number) {
  return { file, start: line * 10, end: line * 10 + 5, line };
}

const deployment: Deployment = {
  file,
  line: 3,
  format: 'kubernetes',
  name: 'llama',
  engine: { id: 'vllm', version: '0.19.0', versionSource: 'image tag', versionPlace: placeAt(5) },
  device: 'gpu',
  model: { value: 'meta-llama/Llama-3.1-8B-Instruct', place: placeAt(7) },
  arguments: new Map([
    ['max_model_len', { name: 'max_model_len', value: 131072, place: placeAt(9), source: 'command' }],
    ['gpu_memory_utilization', { name: 'gpu_memory_utilization', value: 0.9, place: placeAt(10), source: 'command' }],
  ]),
  unresolved: [],
  problems: [],
  environment: new Map(),
  gpuRequest: { name: { value: 'nvidia-l4', place: placeAt(12) }, count: { value: 1, place: placeAt(13) }, nodes: 1 },
  site: null,
};

function targetOf(name: string, origin: Target['origin'] = 'matrix'): Target {
  const target = parseTarget(name, hardware, origin);
  if ('problem' in target) throw new Error(target.problem);
  return target;
}

function estimateOf(verdict: Estimate['verdict'], more: Partial<Estimate> = {}): Estimate {
  const message = verdict === 'fits' ? null : 'To serve at least one request with the models max seq len …';
  const rest = { memory: null, working: {}, effective: {}, gpusNeeded: 1, notes: [] };
  return { verdict, stage: null, message, quotesEngine: false, ...rest, ...more };
}

function inputOf(estimate: Estimate, more: Partial<RuleInput> = {}, gated = true): RuleInput {
  return {
    deployment,
    engine: vllm,
    engines,
    model: null,
    drafter: null,
    goal: { minimumFreeBytes: 0, need: null },
    atOnce: () => null,
    fitsWith: () => false,
    targets: [{ target: targetOf('l4'), gated, estimate }],
    recommendation: null,
    policy: defaultPolicy(),
    hardware,
    ...more,
  };
}

function rulesThatSpeak(input: RuleInput): string[] {
  return judge(input).map(({ rule }) => rule);
}

function problem(code: ArgumentProblem['code']): ArgumentProblem {
  return { code, message: 'm', remedy: 'r', place: placeAt(11) };
}

describe('every rule', () => {
  it('has a unique id, and says what, why and what to do', () => {
    expect(new Set(RULE_IDS).size).toBe(RULE_IDS.length);
    for (const { id, what, why, remedy } of describedRules) {
      for (const text of [what, why, remedy]) expect(text, id).toMatch(/^[A-Z].{15,}\.$/);
    }
  });

  it('is silent on a pinned deployment that fits what it asks for', () => {
    expect(rulesThatSpeak(inputOf(estimateOf('fits')))).toEqual([]);
  });
});

describe('rules on a verdict', () => {
  it.each([
    ['fails', 'does-not-fit', 'error'],
    ['tight', 'tight-fit', 'warning'],
    ['degraded', 'runs-degraded', 'warning'],
    ['unknown', 'cannot-estimate', 'warning'],
  ] as const)('%s is said by %s', (verdict, rule, severity) => {
    const findings = judge(inputOf(estimateOf(verdict, { stage: 'kv_cache' })));
    expect(findings).toMatchObject([{ rule, severity, deployment: 'llama' }]);
    expect(findings[0]?.message).toContain('To serve at least one request');
  });

  it('says nothing of a GPU that is only shown', () => {
    expect(rulesThatSpeak(inputOf(estimateOf('fails'), {}, false))).toEqual([]);
  });

  it('points at the argument that decides the stage, else at the model', () => {
    expect(culpritPlace(deployment, 'kv_cache').line).toBe(9);
    expect(culpritPlace(deployment, 'free_memory').line).toBe(10);
    expect(culpritPlace(deployment, 'profile').line).toBe(7);
    expect(culpritPlace({ ...deployment, model: null }, null).line).toBe(3);
  });
});

describe('cannot-serve-full-request', () => {
  const serving = (concurrency: number, verdict: Estimate['verdict']): RuleInput => {
    const zero = exactly(0);
    const memory: Memory = {
      totalBytes: exactly(24e9),
      budgetBytes: exactly(20e9),
      weightsBytes: exactly(15e9),
      drafterBytes: zero,
      activationBytes: zero,
      releasedBytes: zero,
      cudaGraphBytes: zero,
      nonTorchBytes: zero,
      outsideBudgetBytes: zero,
      kvCacheBytes: exactly(concurrency * 8e9),
      kvCacheNeededBytes: exactly(8e9),
      kvCacheTokens: exactly(concurrency * 131_072),
      maxConcurrency: exactly(concurrency),
      maxModelLenThatFits: exactly(concurrency * 131_072),
      peakBytes: exactly(20e9),
      freeBytes: exactly(4e9),
    };
    return inputOf(estimateOf(verdict, { memory, effective: { max_model_len: 131_072 } }));
  };

  it('is said of an engine that starts all the same', () => {
    const [finding] = judge(serving(0.5, 'fits'));
    expect(finding).toMatchObject({ rule: 'cannot-serve-full-request', subject: 'l4-24gb' });
    expect(finding?.message).toBe(
      'On l4-24gb the KV cache holds 65,536 tokens, less than one request of 131,072 tokens.',
    );
  });

  it('is not said where one fits, nor where the verdict says it', () => {
    expect(rulesThatSpeak(serving(1, 'fits'))).toEqual([]);
    expect(rulesThatSpeak(serving(0.5, 'fails'))).toEqual(['does-not-fit']);
  });
});

describe('rules on what is written', () => {
  it.each(['unknown-argument', 'removed-argument', 'ignored-argument', 'invalid-value'] as const)('%s', (code) => {
    const problems = [problem(code)];
    const findings = judge(inputOf(estimateOf('fits'), { deployment: { ...deployment, problems } }));
    expect(findings).toMatchObject([{ rule: code, message: 'm', remedy: 'r', place: { line: 11 } }]);
  });

  it('unresolved-argument: says what the estimate left out, unless there is no estimate', () => {
    const unresolved = [
      { name: 'more_arguments', text: '$EXTRA', reason: 'EXTRA is not set in this file', place: placeAt(14) },
    ];
    const [finding] = judge(inputOf(estimateOf('fits'), { deployment: { ...deployment, unresolved } }));
    expect(finding).toMatchObject({ rule: 'unresolved-argument', severity: 'warning', place: { line: 14 } });
    expect(finding?.message).toBe(
      "Further arguments '$EXTRA' left out of the estimate: EXTRA is not set in this file.",
    );
    expect(rulesThatSpeak(inputOf(estimateOf('unknown'), { deployment: { ...deployment, unresolved } }))).toEqual([
      'cannot-estimate',
    ]);
  });

  it('cannot-estimate: names the first of many values that only the run knows, the model before all', () => {
    const open = (name: string): Unresolved => ({ name, text: `$${name}`, reason: 'why', place: placeAt(14) });
    expect(openSentence([open('tp')])).toBe("tp is '$tp': why");
    expect(openSentence([open('more_arguments')])).toBe("Further arguments are '$more_arguments': why");
    expect(openSentence([open('gpu_memory')])).toBe("The memory of its GPU is '$gpu_memory': why");
    expect(openSentence(['a', 'b', 'c', 'd', 'e', 'model'].map(open))).toBe(
      "model is '$model': why; a is '$a': why; b is '$b': why; c is '$c': why; and 2 more values that only the run knows",
    );
    expect(openSentence(['a', 'b', 'c', 'd', 'e'].map(open))).toMatch(/; and 1 more value that only the run knows$/);
  });

  it('cannot-estimate: says what to do about what is missing', () => {
    const remedyOf = (remedy: string | null): string | undefined =>
      judge(inputOf(estimateOf('unknown'), { remedy }))[0]?.remedy;
    expect(remedyOf(null)).toContain('`models` in the policy');
    expect(remedyOf('Name the model.')).toBe('Name the model.');
    const onCpu = { deployment: { ...deployment, device: 'cpu' as const } };
    expect(judge(inputOf(estimateOf('unknown'), onCpu))).toEqual([]);
  });

  it('unresolved-argument: tells of what memory hangs on, and of what is no known argument', () => {
    const open = (name: string): Deployment => ({
      ...deployment,
      unresolved: [{ name, text: '{{.Name}}', reason: 'a template fills it in', place: placeAt(14) }],
    });
    const spoken = (name: string): string[] => rulesThatSpeak(inputOf(estimateOf('fits'), { deployment: open(name) }));
    expect(spoken('more_arguments')).toEqual(['unresolved-argument']);
    expect(spoken('served_model_name')).toEqual([]);
  });

  it('engine-version-unknown: unless the config or the policy states it', () => {
    const unpinned = { ...deployment, engine: { ...deployment.engine, version: null } };
    expect(rulesThatSpeak(inputOf(estimateOf('fits'), { deployment: unpinned }))).toEqual(['engine-version-unknown']);
    const versionSource = 'requirements.txt beside it names no one version (vllm>=0.9, line 3)';
    const ranged = { ...unpinned, engine: { ...unpinned.engine, versionSource } };
    expect(judge(inputOf(estimateOf('fits'), { deployment: ranged }))).toMatchObject([
      { message: `The version of vLLM is not stated: ${versionSource}; the newest known one is assumed.` },
    ]);
    const notes = ["vLLM's version is not stated; assumed the newest known, 0.31.0"];
    expect(judge(inputOf(estimateOf('fits', { notes }), { deployment: ranged }))).toMatchObject([
      { message: `The version of vLLM is not stated: ${versionSource}; 0.31.0, the newest known, is assumed.` },
    ]);
    // Nothing estimated, nothing assumed.
    expect(rulesThatSpeak(inputOf(estimateOf('unknown', { memory: null }), { deployment: unpinned }))).toEqual([
      'cannot-estimate',
    ]);
    const policy: Policy = { ...defaultPolicy(), engineVersions: new Map([['vllm', '0.19.0']]) };
    expect(rulesThatSpeak(inputOf(estimateOf('fits'), { deployment: unpinned, policy }))).toEqual([]);
  });

  it('fewer-gpus-than-needed: counts every node of a replica', () => {
    const needs16 = estimateOf('fits', { gpusNeeded: 16 });
    const asking = (count: number, nodes: number): Deployment => ({
      ...deployment,
      gpuRequest: { ...deployment.gpuRequest, count: { value: count, place: placeAt(13) }, nodes },
    });
    const [finding] = judge(inputOf(needs16, { deployment: asking(8, 1) }));
    expect(finding).toMatchObject({ rule: 'fewer-gpus-than-needed', place: { line: 13 } });
    expect(finding?.message).toBe('Asks for 8 GPUs, but its parallel sizes take 16.');
    expect(rulesThatSpeak(inputOf(needs16, { deployment: asking(8, 2) }))).toEqual([]);
  });

  it('gpu-not-in-catalogue: names the near ones', () => {
    const odd = { ...deployment, gpuRequest: { ...deployment.gpuRequest, name: { value: 'l44', place: placeAt(12) } } };
    const [finding] = judge(inputOf(estimateOf('fits'), { deployment: odd }));
    expect(finding).toMatchObject({ rule: 'gpu-not-in-catalogue', place: { line: 12 } });
    expect(finding?.message).toContain('l4-24gb');
  });

  it('gpu-not-declared: only where a matrix is declared without it', () => {
    const targets = [{ target: targetOf('l4', 'config'), gated: true, estimate: estimateOf('fits') }];
    const withMatrix = (...names: string[]): Policy => ({
      ...defaultPolicy(),
      gpus: names.map((name) => targetOf(name)),
    });
    expect(rulesThatSpeak(inputOf(estimateOf('fits'), { targets, policy: withMatrix('h100') }))).toEqual([
      'gpu-not-declared',
    ]);
    expect(rulesThatSpeak(inputOf(estimateOf('fits'), { targets, policy: withMatrix('h100', 'l4') }))).toEqual([]);
    expect(rulesThatSpeak(inputOf(estimateOf('fits'), { targets }))).toEqual([]);
  });

  it('gpu-name-ambiguous: says which one it was judged on', () => {
    const named = (value: string): Deployment => ({
      ...deployment,
      gpuRequest: { ...deployment.gpuRequest, name: { value, place: placeAt(12) } },
    });
    const [finding] = judge(inputOf(estimateOf('fits'), { deployment: named('A100') }));
    expect(finding).toMatchObject({ rule: 'gpu-name-ambiguous', place: { line: 12 } });
    expect(finding?.message).toBe("'A100' may be a100-40gb-sxm, a100-80gb-sxm; judged on a100-40gb-sxm.");
    expect(rulesThatSpeak(inputOf(estimateOf('fits'), { deployment: named('A100-80GB') }))).toEqual([]);
  });

  it('gpu-time-sliced: unless the policy says what the other pods take', () => {
    const { gpuRequest } = deployment;
    const shared = { value: 'nvidia.com/gpu.shared', place: placeAt(13) };
    const twice = { ...deployment, gpuRequest: { ...gpuRequest, shared, count: { value: 2, place: placeAt(13) } } };
    const [finding] = judge(inputOf(estimateOf('fits'), { deployment: twice }));
    expect(finding).toMatchObject({ rule: 'gpu-time-sliced', severity: 'warning', place: { line: 13 } });
    expect(finding?.message).toContain('Its 2 shares may be of one GPU.');
    const product = { value: 'NVIDIA-L4-SHARED', place: placeAt(12) };
    const labelled = { ...deployment, gpuRequest: { ...gpuRequest, name: product } };
    expect(rulesThatSpeak(inputOf(estimateOf('fits'), { deployment: labelled }))).toEqual(['gpu-time-sliced']);
    const target = { ...targetOf('l4'), takenByOthersBytes: 2 ** 30 };
    const told = [{ target, gated: true, estimate: estimateOf('fits') }];
    expect(rulesThatSpeak(inputOf(estimateOf('fits'), { deployment: twice, targets: told }))).toEqual([]);
  });

  it('not-readable: names the launch and the reason', () => {
    const unsupported = {
      file,
      format: 'kubernetes',
      name: 'sglang',
      reason: 'no model of SGLang yet',
      remedy: 'r',
      place: placeAt(4),
    };
    expect(judgeUnsupported(unsupported, defaultPolicy())).toMatchObject({
      rule: 'not-readable',
      severity: 'warning',
      message: 'sglang: no model of SGLang yet',
    });
    const silent: Policy = { ...defaultPolicy(), rules: new Map([['not-readable', 'off']]) };
    expect(judgeUnsupported(unsupported, silent)).toBeNull();
  });
});

describe('severity', () => {
  it('follows the policy', () => {
    const policy: Policy = { ...defaultPolicy(), rules: new Map([['tight-fit', 'error']]) };
    expect(judge(inputOf(estimateOf('tight'), { policy }))).toMatchObject([{ rule: 'tight-fit', severity: 'error' }]);
    const off: Policy = { ...defaultPolicy(), rules: new Map([['tight-fit', 'off']]) };
    expect(rulesThatSpeak(inputOf(estimateOf('tight'), { policy: off }))).toEqual([]);
  });
});

describe('the gate', () => {
  function concludeOn(estimate: Estimate, failOn: Policy['failOn'], gated = true) {
    const input = inputOf(estimate, {}, gated);
    const result = {
      deployment,
      modelSource: null,
      targets: input.targets,
      findings: judge(input),
      recommendation: null,
    };
    return conclude([result], [], [], failOn);
  }

  it('fails on the verdicts that the policy names, and says each once', () => {
    expect(concludeOn(estimateOf('fails'), ['fails', 'error'])).toEqual({
      conclusion: 'fail',
      reasons: ['k8s/llama.yaml:3 llama: fails on l4-24gb'],
    });
    expect(concludeOn(estimateOf('tight'), ['fails', 'error']).conclusion).toBe('pass');
    expect(concludeOn(estimateOf('tight'), ['tight']).conclusion).toBe('fail');
    expect(concludeOn(estimateOf('unknown'), ['unknown']).conclusion).toBe('fail');
  });

  it('fails on an error of any rule when told to fail on errors alone', () => {
    expect(concludeOn(estimateOf('fails'), ['error'])).toEqual({
      conclusion: 'fail',
      reasons: ['k8s/llama.yaml:7: does-not-fit'],
    });
  });

  it('never fails on a GPU that is only shown, nor when the policy says never', () => {
    expect(concludeOn(estimateOf('fails'), ['fails', 'error'], false).conclusion).toBe('pass');
    expect(concludeOn(estimateOf('fails'), []).conclusion).toBe('pass');
  });
});
