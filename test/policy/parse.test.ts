import { describe, expect, it, vi } from 'vitest';
import { GIB } from '../../src/bytes.ts';
import { loadHardware } from '../../src/hardware/gpus.ts';
import { defaultPolicy, parsePolicy } from '../../src/policy/parse.ts';
import type { Policy, PolicyProblem } from '../../src/policy/policy.ts';

const hardware = loadHardware();
const path = '.github/headroom.yml';

function policyOf(text: string): Policy {
  const parsed = parsePolicy({ path, text }, hardware);
  if ('problems' in parsed) throw new Error(JSON.stringify(parsed.problems));
  return parsed.policy;
}

function problemsOf(text: string): readonly PolicyProblem[] {
  const parsed = parsePolicy({ path, text }, hardware);
  return 'problems' in parsed ? parsed.problems : [];
}

describe('parsePolicy', () => {
  it('reads a whole policy', () => {
    const policy = policyOf(`
version: 1
gpus:
  - l4
  - h100:8
  - { gpu: NVIDIA A100 80GB SXM, count: 2, memory-gib: 79.25, taken-gib: 1.5 }
targets:
  - paths: "edge/**"
    gpus: [rtx-3090]
ignore: [examples/**]
fail-on: [fails, unknown]
models: { /models/llama: meta-llama/Llama-3.1-8B-Instruct }
engine-versions: { vllm: 0.19.0 }
rules: { engine-version-unknown: off, tight-fit: error }
minimum-free-gib: 0.5
`);
    expect(policy.gpus.map(({ gpu, count }) => [gpu.id, count])).toEqual([
      ['l4-24gb', null],
      ['h100-80gb-sxm', 8],
      ['a100-80gb-sxm', 2],
    ]);
    expect(policy.gpus[2]).toMatchObject({
      visibleBytes: 79.25 * GIB,
      takenByOthersBytes: 1.5 * GIB,
      origin: 'matrix',
    });
    expect(policy.scopes).toMatchObject([{ paths: ['edge/**'], gpus: [{ gpu: { id: 'rtx-3090' } }] }]);
    expect(policy.failOn).toEqual(['fails', 'unknown']);
    expect(policy.models.get('/models/llama')).toBe('meta-llama/Llama-3.1-8B-Instruct');
    expect(policy.engineVersions.get('vllm')).toBe('0.19.0');
    expect(policy.rules.get('tight-fit')).toBe('error');
    expect(policy.minimumFreeBytes).toBe(GIB / 2);
  });

  it('is the default policy when the file is empty', () => {
    expect({ ...policyOf(''), path: null }).toEqual(defaultPolicy());
    expect(defaultPolicy().failOn).toEqual(['fails', 'error']);
  });

  it('never fails the gate when told so', () => {
    expect(policyOf('fail-on: never').failOn).toEqual([]);
  });

  it('asks no Hub unless it says so, and takes a mirror with its hosts', () => {
    expect(defaultPolicy().hub).toEqual({ ask: false, endpoint: null, hosts: [] });
    expect(policyOf('hub: true').hub).toEqual({ ask: true, endpoint: null, hosts: [] });
    expect(policyOf('hub: { endpoint: "https://hub.acme.example/hf", hosts: ["*.acme.example"] }').hub).toEqual({
      ask: true,
      endpoint: 'https://hub.acme.example/hf',
      hosts: ['*.acme.example'],
    });
  });

  it.each([
    ['gpus:\n  - l4\n  - l44\n', 3, "unknown GPU 'l44'", /l4-24gb/],
    ['gpus: [{gpu: l4, count: 0}]', 1, "'gpus.0.count' is 0: it must be at least 1", /docs\/policy/],
    ['version: 1\ngpu: [l4]', 2, "unknown key 'gpu'", /Did you mean gpus/],
    ['fail-on: sometimes', 1, '"sometimes": it must be never, or one of fails, degraded', /docs\/policy/],
    ['minimum-free-gib: lots', 1, '"lots": it must be a number', /docs\/policy/],
    ['gpus: [{gpu: l4, driver: newest}]', 1, 'driver', /docs\/policy/],
    ['gpus: l4', 1, '"l4": it must be a list', /docs\/policy/],
    ['\nrules:\n  tight: error', 3, "unknown rule 'tight'", /tight-fit/],
    ['hub: { endpoint: "http://hub.acme.example" }', 1, 'https://', /docs\/policy/],
    ['hub: { hosts: ["*"] }', 1, `'hub.hosts.0' is "*": it must be a host name`, /docs\/policy/],
    ['hub: [l4]', 1, 'it must be true or false, or a mapping', /docs\/policy/],
    ['gpus:\n  - {gpu: l4, cuont: 2}', 2, "unknown key 'cuont'", /^Did you mean count\?$/],
    ['gpus: [{gpu: l4, xxxxxx: 2}]', 1, "unknown key 'xxxxxx'", /^The keys here are gpu, count, memory-gib, taken-gib/],
    ['targets: [{path: a, gpus: [l4]}]', 1, "unknown key 'path'", /^Did you mean paths\?$/],
    ['waivers: [{rule: tight-fit, reason: a, expire: 2027-01-01}]', 1, "unknown key 'expire'", /expires\?$/],
    ['need: {requests: 2, token: 3}', 1, "unknown key 'token'", /^Did you mean tokens\?$/],
    ['hub: {endpoin: "https://a.example"}', 1, "unknown key 'endpoin'", /^Did you mean endpoint\?$/],
    ['engine-defaults: [{engine: vllm, versio: 1}]', 1, "unknown key 'versio'", /^Did you mean version\?$/],
    ['rules: {tight-fit: {severty: error}}', 1, `'rules.tight-fit.severty' is "error"`, /^Did you mean severity\?$/],
    ['rules: {tight-fit: {severity: eror}}', 1, `'rules.tight-fit.severity' is "eror"`, /^Did you mean error\?$/],
    ['rules: {tight-fit: eror}', 1, `'rules.tight-fit' is "eror"`, /^Did you mean error\?$/],
    ['fail-on: [fails, tigth]', 1, `'fail-on.1' is "tigth"`, /^Did you mean tight\?$/],
    ['engine-versions:\n  vlm: 0.19.0', 2, "unknown engine 'vlm'", /^Did you mean vllm\?$/],
    ['engine-versions: {aphrodite: 0.6.0}', 1, "unknown engine 'aphrodite'", /^The engines are vllm, /],
    ['engine-defaults: [{engine: sglan}]', 1, "unknown engine 'sglan'", /^Did you mean sglang\?$/],
    ['gpus: [l4', 1, 'not valid YAML', /YAML/],
    ['- l4', 1, 'the policy is ["l4"]', /docs\/policy/],
  ])('says where and what to do: %j', (text, line, message, remedy) => {
    const [problem] = problemsOf(text);
    expect(problem?.place).toMatchObject({ file: path, line });
    expect(problem?.message).toContain(message);
    expect(problem?.remedy).toMatch(remedy);
  });

  it('shows an unknown key, not its value', () => {
    expect(problemsOf('gpus:\n  - gpu: l4\n    cout: 2\n')[0]?.excerpt).toBe('    cout: 2\n    ^^^^');
  });

  it('reports every problem at once', () => {
    expect(problemsOf('gpus: [x1, x2]\nrules: {nope: error}')).toHaveLength(3);
    expect(problemsOf('fail-on: [fals]\nbaseline: 3\nnope: 1\n').map(({ place }) => place.line)).toEqual([1, 2, 3]);
  });

  it('stops at hostile input instead of hanging or throwing', () => {
    const bomb = `a: &a [l4,l4]\n${Array.from({ length: 30 }, (_, i) => `b${i}: &b${i} [*${i ? `b${i - 1}` : 'a'},*${i ? `b${i - 1}` : 'a'}]`).join('\n')}`;
    expect(problemsOf(bomb)).not.toHaveLength(0);
    expect(problemsOf('#'.repeat(300 * 1024))).toMatchObject([
      { message: expect.stringContaining('more than a policy may have') },
    ]);
    expect(problemsOf('__proto__: {polluted: true}')).not.toHaveLength(0);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });
});

it('refuses a mapping as a key, and leaves no word of the file on stderr', () => {
  const emitted = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
  try {
    expect(problemsOf('gpus: [l4]\n? { secret: 1 }\n: x\n')).not.toEqual([]);
    expect(emitted).not.toHaveBeenCalled();
  } finally {
    emitted.mockRestore();
  }
});
