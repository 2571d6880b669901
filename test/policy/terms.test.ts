import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import modelData from '../../src/catalogue/models.json' with { type: 'json' };
import { check } from '../../src/check.ts';
import { renderCodeQuality } from '../../src/report/code-quality.ts';
import { headline } from '../../src/report/headline.ts';
import { renderHtml } from '../../src/report/html/page.ts';
import { renderJson } from '../../src/report/json.ts';
import { renderJunit } from '../../src/report/junit.ts';
import { renderMarkdown } from '../../src/report/markdown.ts';
import { readReport } from '../../src/report/read.ts';
import { renderTerminal } from '../../src/report/terminal.ts';
import { loadHardware } from '../../src/hardware/gpus.ts';
import { makeModelCatalogue } from '../../src/models/catalogue.ts';
import { formatBaseline, parseBaseline } from '../../src/policy/baseline.ts';
import { filesNamedBy, parsePolicy } from '../../src/policy/parse.ts';
import type { Policy } from '../../src/policy/policy.ts';
import { goalFor, gpusFor } from '../../src/policy/terms.ts';
import type { Report } from '../../src/report/report.ts';

const hardware = loadHardware();
const models = makeModelCatalogue(modelData);
const path = '.github/headroom.yml';
const GIB = 2 ** 30;

function read(texts: Readonly<Record<string, string>>) {
  return (name: string) => {
    const text = texts[name];
    return text === undefined ? null : { path: name, text };
  };
}

function policyOf(text: string, beside: Readonly<Record<string, string>> = {}): Policy {
  const parsed = parsePolicy({ path, text }, hardware, read(beside));
  if ('problems' in parsed) throw new Error(parsed.problems.map(({ message }) => message).join('; '));
  return parsed.policy;
}

function problemsOf(text: string, beside: Readonly<Record<string, string>> = {}) {
  const parsed = parsePolicy({ path, text }, hardware, read(beside));
  return 'problems' in parsed ? parsed.problems : [];
}

/** A launch of 15 GiB of weights with 16 GiB of KV cache for one request: an L4 of 22 GiB cannot hold it. */
const TOO_LARGE = `#!/bin/bash
pip install vllm==0.19.0
vllm serve meta-llama/Llama-3.1-8B-Instruct --max-model-len 131072
`;

function reportOn(policy: Policy, text = TOO_LARGE, file = 'serve.sh', today = '2026-11-25'): Report {
  const files = [{ path: file, text }];
  return check({ files, read: () => null, list: () => [], policy, hardware, models, today, version: 'test' });
}

describe('terms for some of the deployments', () => {
  const policy = policyOf(`
gpus: [l4]
need: { requests: 4 }
minimum-free-gib: 1
targets:
  - { paths: edge/**, gpus: [rtx-3090], minimum-free-gib: 2 }
  - { names: "*-batch", need: { requests: 64, tokens: 2048 } }
`);

  it('select by path and by name, and say only what they say', () => {
    const gpu = (file: string, name?: string): string | undefined =>
      gpusFor(policy, name === undefined ? { file } : { file, name })[0]?.gpu.id;
    expect(gpu('prod/a.yaml')).toBe('l4-24gb');
    expect(gpu('edge/a.yaml', 'nightly-batch')).toBe('rtx-3090');
    expect(goalFor(policy, { file: 'edge/a.yaml', name: 'nightly-batch' })).toEqual({
      minimumFreeBytes: 2 * GIB,
      need: { requests: 64, tokens: 2048 },
    });
    expect(goalFor(policy, { file: 'prod/a.yaml', name: 'chat' })).toEqual({
      minimumFreeBytes: GIB,
      need: { requests: 4, tokens: null },
    });
  });
});

describe('terms by label', () => {
  const pod = (labels: string): string => `apiVersion: apps/v1
kind: Deployment
metadata: { name: qwen, labels: { team: edge } }
spec:
  template:
    metadata: { labels: ${labels} }
    spec:
      containers:
        - name: vllm
          image: vllm/vllm-openai:v0.19.0
          args: [--model, Qwen/Qwen3-8B, --max-model-len, "8192"]
`;
  const policy = policyOf('gpus: [l40s]\ntargets: [{ labels: { team: edge*, tier: gpu }, gpus: [rtx-3090] }]');
  const judgedOn = (labels: string): string | undefined =>
    reportOn(policy, pod(labels), 'qwen.yaml').deployments[0]?.targets[0]?.target.gpu.id;

  it('select by those of the workload and of its pods, all of them', () => {
    expect(judgedOn('{ tier: gpu }')).toBe('rtx-3090');
    expect(judgedOn('{ tier: cpu }')).toBe('l40s-48gb');
    expect(judgedOn('{ tier: gpu, team: core }')).toBe('l40s-48gb');
    expect(judgedOn('{}')).toBe('l40s-48gb');
  });
});

describe('engine-defaults', () => {
  it('hold where a file says nothing, and the later entry wins', () => {
    const policy = policyOf(`
gpus: [l4]
engine-defaults:
  - { engine: vllm, version: 0.18.0, arguments: { max-model-len: 4096 } }
  - { engine: vllm, paths: "*.sh", version: 0.19.0, arguments: { max-model-len: 8192, max-num-seqs: 32 } }
`);
    const silent = '#!/bin/bash\nvllm serve meta-llama/Llama-3.1-8B-Instruct --max-num-seqs 64\n';
    const [result] = reportOn(policy, silent).deployments;
    expect(result?.deployment.engine.version).toBe('0.19.0');
    expect(result?.deployment.engine.versionSource).toBe(`engine-defaults in ${path}`);
    expect(result?.targets[0]?.estimate.effective).toMatchObject({ max_model_len: 8192, max_num_seqs: 64 });
    expect(result?.targets[0]?.estimate.verdict).toBe('fits');
  });

  it('take every spelling that the engine takes, and say which they do not know', () => {
    const policy = policyOf(
      'gpus: ["l4:2"]\nengine-defaults: [{ engine: vllm, arguments: { tensor_parallel_size: 2 } }]',
    );
    const [result] = reportOn(policy, '#!/bin/bash\nvllm serve Qwen/Qwen3-8B --max-model-len 8192\n').deployments;
    expect(result?.targets[0]?.estimate.gpusNeeded).toBe(2);
    expect(problemsOf('engine-defaults: [{ engine: vlm }]')[0]?.message).toBe("unknown engine 'vlm'");
    const [problem] = problemsOf('engine-defaults:\n  - engine: vllm\n    arguments: { max-modellen: 1 }');
    expect(problem).toMatchObject({ place: { line: 3 }, remedy: expect.stringContaining('max-model-len') });
  });

  it('can be changed by an edit that writes the argument down', () => {
    const policy = policyOf('gpus: [l4]\nengine-defaults: [{ engine: vllm, arguments: { max-model-len: 131072 } }]');
    const silent = '#!/bin/bash\npip install vllm==0.19.0\nvllm serve meta-llama/Llama-3.1-8B-Instruct\n';
    const [change] = reportOn(policy, silent).deployments[0]?.recommendation?.changes ?? [];
    expect(change?.argument).toBe('max_model_len');
    expect(change?.edits[0]?.newText).toMatch(/^ --max-model-len \d+$/);
  });
});

describe('extends', () => {
  const shared = `
gpus: [h100:8]
fail-on: [fails]
rules: { tight-fit: error, eager-without-need: off }
models: { /models/a: Qwen/Qwen3-8B }
minimum-free-gib: 2
`;

  it('takes over what the policy does not say, and joins its maps', () => {
    const policy = policyOf('extends: shared/base.yml\ngpus: [l4]\nrules: { tight-fit: info }', {
      'shared/base.yml': shared,
    });
    expect(policy.path).toBe(path);
    expect(policy.gpus.map(({ gpu }) => gpu.id)).toEqual(['l4-24gb']);
    expect(policy.failOn).toEqual(['fails']);
    expect(policy.minimumFreeBytes).toBe(2 * GIB);
    expect([...policy.rules]).toEqual([
      ['tight-fit', 'info'],
      ['eager-without-need', 'off'],
    ]);
    expect(policy.models.get('/models/a')).toBe('Qwen/Qwen3-8B');
  });

  it('says where it leads nowhere, in a circle, or to a wrong policy', () => {
    expect(problemsOf('extends: gone.yml')[0]?.message).toBe("'gone.yml' is not in the repository");
    expect(problemsOf('extends: ../other-repository/gone.yml')[0]?.remedy).toMatch(
      /checked in: nothing is fetched, and submodules are not read/,
    );
    expect(problemsOf('extends: a.yml', { 'a.yml': 'extends: a.yml' })[0]?.message).toContain(
      'extends what extends it',
    );
    expect(problemsOf('extends: a.yml', { 'a.yml': 'gpus: [l44]' })[0]).toMatchObject({
      place: { file: 'a.yml', line: 1 },
      message: "unknown GPU 'l44'",
    });
  });

  it('names the files that must be read with it', () => {
    expect(filesNamedBy({ path, text: 'extends: [a.yml, b.yml]\nbaseline: known.json' })).toEqual([
      'a.yml',
      'b.yml',
      'known.json',
    ]);
    expect(filesNamedBy({ path, text: 'gpus: [' })).toEqual([]);
  });
});

describe('waivers', () => {
  const waiver = (more: string): Policy =>
    policyOf(`gpus: [l4]\nwaivers: [{ rule: does-not-fit, reason: moves to L40S in March${more} }]`);

  it('take a finding and its verdict out of the gate until their last day', () => {
    expect(reportOn(policyOf('gpus: [l4]')).conclusion).toBe('fail');
    const report = reportOn(waiver(', expires: 2026-11-25'));
    expect(report.conclusion).toBe('pass');
    expect(report.deployments[0]?.waived).toMatchObject([
      { finding: { rule: 'does-not-fit' }, why: 'moves to L40S in March (until 2026-11-25)' },
    ]);
    expect(report.deployments[0]?.findings.map(({ rule }) => rule)).not.toContain('does-not-fit');
  });

  it('are named where the check passes over what its policy fails on, in every format', () => {
    const report = reportOn(waiver(', expires: 2026-11-25'));
    expect(headline(report)).toContain('does not fit on l4-24gb');
    expect(headline(report)).toContain('1 finding does not count (waived, or in the baseline).');
    expect(renderJunit(report)).toMatch(
      /failures="0".*\n.*<skipped message="[^"]*does not count: moves to L40S in March/,
    );
    expect(renderJunit(reportOn(policyOf('gpus: [l4]')))).toMatch(/failures="[1-9]/);
    const said = 'oes not count: does-not-fit: moves to L40S in March (until 2026-11-25)';
    expect(renderTerminal(report, { colour: false, width: 120 })).toContain(said);
    expect(renderMarkdown(report)).toContain(said);
    expect(renderHtml(report, null)).toContain(said);
    // GitLab and code scanning show what is open: a finding that does not count is none there.
    expect(renderCodeQuality(report, (text) => text)).not.toContain('does-not-fit');
  });

  it('leave a finding that no verdict says to be read, with why it does not count', () => {
    const policy = policyOf('gpus: [l4]\nwaivers: [{ rule: unknown-argument, reason: our own build }]');
    const text = TOO_LARGE.replace('--max-model-len 131072', '--max-model-len 4096 --our-own-option');
    const report = reportOn(policy, text);
    expect(renderJunit(report)).toMatch(
      /<skipped message="serve\.sh:3: .*our-own-option.*does not count: our own build/,
    );
    expect(renderMarkdown(report)).toMatch(/Does not count: unknown-argument, serve\.sh:3: .*our own build/);
    expect(renderTerminal(report, { colour: false, width: 200 })).toMatch(
      /does not count: unknown-argument, serve\.sh:3: /,
    );
  });

  it('take a launch that cannot be read out of the gate, and say so beside it', () => {
    const policy = (waivers: string): Policy => policyOf(`fail-on: unsupported\n${waivers}`);
    const unread = `apiVersion: v1
kind: Pod
metadata: { name: d }
spec:
  containers:
    - { name: a, image: vllm/vllm-openai:v0.11.0, command: [/start.sh], resources: { limits: { nvidia.com/gpu: 1 } } }
`;
    expect(reportOn(policy(''), unread, 'd.yaml').conclusion).toBe('fail');
    const known = policy('waivers: [{ rule: not-readable, paths: d.yaml, reason: we know }]');
    const report = reportOn(known, unread, 'd.yaml');
    expect(report.conclusion).toBe('pass');
    expect(report.unsupported).toMatchObject([{ name: 'd', waived: 'we know' }]);
    const again = readReport(renderJson(report), hardware);
    for (const one of [report, again])
      expect('problem' in one ? '' : renderMarkdown(one)).toMatch(/d\.yaml:6.*\(does not count: we know\)/);
    expect(renderTerminal(report, { colour: false, width: 100 })).toContain('does not count: we know');
    expect(renderJunit(report)).toContain('failures="0"');
  });

  it('hold no longer after it, which is a finding', () => {
    const report = reportOn(waiver(', expires: 2026-11-24'));
    expect(report.conclusion).toBe('fail');
    expect(report.findings).toMatchObject([{ rule: 'waiver-expired', place: { file: path, line: 2 } }]);
  });

  it('do not take that out in its turn: no output would list it', () => {
    const again = '{ rule: waiver-expired, reason: later }';
    const over = '{ rule: tight-fit, reason: x, expires: 2026-11-24 }';
    const report = reportOn(policyOf(`gpus: [h100]\nwaivers: [${over}, ${again}]`));
    expect(report.findings.map(({ rule }) => rule)).toEqual(['waiver-expired']);
  });

  it('hold for the files and names that they name', () => {
    expect(reportOn(waiver(', paths: "*.sh"')).conclusion).toBe('pass');
    expect(reportOn(waiver(', paths: prod/**')).conclusion).toBe('fail');
    expect(reportOn(waiver(', names: other')).conclusion).toBe('fail');
  });

  it('do not hold where nobody knows the day', () => {
    const files = [{ path: 'serve.sh', text: TOO_LARGE }];
    const policy = waiver(', expires: 2027-01-01');
    const report = check({ files, read: () => null, list: () => [], policy, hardware, models, version: 'test' });
    expect(report.conclusion).toBe('fail');
  });

  it('must name a rule, a reason and a day', () => {
    expect(problemsOf('waivers: [{ rule: no-fit, reason: x }]')[0]?.message).toBe("unknown rule 'no-fit'");
    expect(problemsOf('waivers: [{ rule: tight-fit }]')[0]?.message).toContain("'waivers.0.reason' is missing");
    expect(problemsOf('waivers: [{ rule: tight-fit, reason: x, expires: soon }]')[0]?.message).toContain('2027-03-31');
  });
});

describe('the baseline', () => {
  const before = reportOn(policyOf('gpus: [l4]'));
  const text = formatBaseline(before.deployments.flatMap(({ findings }) => findings));
  const policy = policyOf('gpus: [l4]\nbaseline: known.json', { 'known.json': text });

  it('lets an old repository adopt the gate', () => {
    expect(before.conclusion).toBe('fail');
    expect(reportOn(policy).conclusion).toBe('pass');
  });

  it('stays true when lines move and figures change, and no longer when the launch is another', () => {
    const moved = TOO_LARGE.replace('#!/bin/bash\n', '#!/bin/bash\n\n# moved down\n').replace('131072', '120000');
    expect(reportOn(policy, moved).conclusion).toBe('pass');
    expect(reportOn(policy, TOO_LARGE, 'other.sh').conclusion).toBe('fail');
  });

  it('does not hide what is new', () => {
    const other = { ...policy, gpus: policyOf('gpus: [l4, rtx-3090]').gpus };
    expect(reportOn(other).reasons).toEqual(['serve.sh:3 serve.sh: fails on rtx-3090']);
  });

  it('is said when it cannot be read', () => {
    expect(problemsOf('baseline: gone.json')[0]?.message).toBe("'gone.json' is no baseline that can be read");
    expect(parseBaseline('{"version": 2, "findings": []}')).toBeNull();
    expect(parseBaseline('[')).toBeNull();
  });
});

describe('options of rules', () => {
  it('stand beside the severity, and unknown ones are named', () => {
    const policy = policyOf('rules: { many-speculative-tokens: { severity: warning, most: 5 } }');
    expect(policy.rules.get('many-speculative-tokens')).toBe('warning');
    expect(policy.ruleOptions.get('many-speculative-tokens')).toEqual({ most: 5 });
    expect(problemsOf('rules: { many-speculative-tokens: { least: 5 } }')[0]).toMatchObject({
      message: "the rule many-speculative-tokens has no option 'least'",
      remedy: 'Its options are most.',
    });
  });
});

describe('what is wrong with a policy', () => {
  it('is shown with its line and a caret', () => {
    expect(problemsOf('version: 1\ngpus: [l4, h1000]\n')[0]?.excerpt).toBe('gpus: [l4, h1000]\n           ^^^^^');
    const long = problemsOf(`ignore: [${'a'.repeat(300)}, 5]\n`)[0]?.excerpt ?? '';
    expect(long.split('\n')[0]?.length).toBeLessThanOrEqual(100);
    const caret = long.split('\n')[1]?.indexOf('^') ?? 0;
    expect(long.split('\n')[0]?.[caret]).toBe('5');
  });
});

describe('docs/policy.md', () => {
  const docs = readFileSync(new URL('../../docs/policy.md', import.meta.url), 'utf8');
  const examples = [...docs.matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].map(([, text = '']) => text);

  it.each(examples)('holds policies that are read: %#', (text) => {
    expect(problemsOf(text)).toEqual([]);
  });

  it('holds some', () => {
    expect(examples.length).toBeGreaterThan(3);
  });
});
