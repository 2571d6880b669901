import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { run } from '../../src/cli/run.ts';
import { loadHardware } from '../../src/hardware/gpus.ts';

const CONFIG = `apiVersion: apps/v1
kind: Deployment
metadata: { name: qwen3 }
spec:
  template:
    spec:
      nodeSelector: { cloud.google.com/gke-accelerator: nvidia-l4 }
      containers:
        - name: vllm
          image: vllm/vllm-openai:v0.19.0
          args: ["--model", "Qwen/Qwen3-8B", "--max-model-len", "40960"]
          resources: { limits: { nvidia.com/gpu: 1 } }
`;

let folder = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'headroom-cli-'));
  mkdirSync(join(folder, '.git'));
});

afterEach(() => rmSync(folder, { recursive: true }));

function write(path: string, text: string): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
}

async function headroom(...words: string[]) {
  let [out, err] = ['', ''];
  const code = await run(words, {
    out: (text) => (out += text),
    err: (text) => (err += text),
    env: {},
    cwd: folder,
    columns: null,
  });
  return { code, out, err };
}

const fits = CONFIG.replace('40960', '8192');

describe('headroom check', () => {
  it('exits 0 when everything fits, and 1 when something does not, with the place and the value', async () => {
    write('k8s/qwen3.yaml', fits);
    expect(await headroom('check')).toMatchObject({ code: 0, err: '' });
    write('k8s/qwen3.yaml', CONFIG);
    const { code, out } = await headroom('check');
    expect(code).toBe(1);
    expect(out).toContain('k8s/qwen3.yaml');
    expect(out).toContain('To serve at least one request');
    expect(out).toMatch(/max_model_len: 40960 → \d+/);
  });

  it('puts the values that fit into SARIF as fixes', async () => {
    write('k8s/qwen3.yaml', CONFIG);
    const { code, out } = await headroom('check', '--format', 'sarif');
    expect(code).toBe(1);
    const results = JSON.parse(out).runs[0].results as { ruleId: string; fixes?: unknown }[];
    expect(results.find(({ ruleId }) => ruleId === 'does-not-fit')?.fixes).toMatchObject([
      { artifactChanges: [{ replacements: [{ deletedRegion: { startLine: 11 } }] }] },
    ]);
  });

  it('exits 2 on a bad policy, with its file, line, value and remedy', async () => {
    write('k8s/qwen3.yaml', fits);
    write('.github/headroom.yml', 'version: 1\ngpus:\n  - l44\n');
    const { code, err, out } = await headroom('check');
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain('.github/headroom.yml:3');
    expect(err).toContain("'l44'");
    expect(err).toContain('l4-24gb');
  });

  it('takes GPUs, version and gate from its flags in place of the policy', async () => {
    write('serve.sh', '#!/bin/bash\nvllm serve Qwen/Qwen3-8B --max-model-len 40960\n');
    expect((await headroom('check', '--gpu', 'h100')).code).toBe(0);
    expect((await headroom('check', '--gpu', 'h100', '--gpu', 'l4')).code).toBe(1);
    expect((await headroom('check', '--gpu', 'h100,l4')).code).toBe(1);
    expect((await headroom('check', '--gpu', 'l4', '--fail-on', 'never')).code).toBe(0);
  });

  it('looks at what git would, and never through a link', async () => {
    write('.gitignore', 'build/\n');
    write('build/qwen3.yaml', CONFIG);
    write('node_modules/a/qwen3.yaml', CONFIG);
    write('binary.yaml', `${CONFIG}\0`);
    const outside = mkdtempSync(join(tmpdir(), 'headroom-outside-'));
    writeFileSync(join(outside, 'qwen3.yaml'), CONFIG);
    symlinkSync(join(outside, 'qwen3.yaml'), join(folder, 'link.yaml'));
    write('docs/notes.md', 'notes');
    symlinkSync(join(folder, 'docs/notes.md'), join(folder, 'notes.md'));
    symlinkSync(join(folder, 'docs'), join(folder, 'guide'));
    symlinkSync(join(folder, 'build'), join(folder, 'built'));
    const { code, out, err } = await headroom('check');
    expect(code).toBe(0);
    expect(out).not.toContain('Qwen3');
    // What a link leads to inside is read under its own name.
    expect(err).toBe(
      'headroom: not read, binary or in UTF-16: binary.yaml\nheadroom: links not followed: built, link.yaml\n',
    );
    expect((await headroom('check', 'link.yaml')).code).toBe(2);
    rmSync(outside, { recursive: true });
  });

  it('says which path does not exist', async () => {
    expect(await headroom('check', 'nowhere')).toMatchObject({
      code: 2,
      err: expect.stringContaining("'nowhere' does not exist"),
    });
  });

  it('reads a model from its config.json in the repository', async () => {
    const config = {
      architectures: ['LlamaForCausalLM'],
      model_type: 'llama',
      hidden_size: 512,
      intermediate_size: 1024,
      num_hidden_layers: 4,
      num_attention_heads: 8,
      num_key_value_heads: 8,
      vocab_size: 32000,
      max_position_embeddings: 4096,
    };
    write('models/own/config.json', JSON.stringify(config));
    write('serve.sh', '#!/bin/bash\nvllm serve ./models/own\n');
    const { code, out } = await headroom('check', '--gpu', 'l4');
    expect(code).toBe(0);
    expect(out).toContain('models/own/config.json in the repository');
  });
});

describe('headroom check --format json', () => {
  it('is the published interface', async () => {
    write('qwen3.yaml', CONFIG);
    const { out } = await headroom('check', '--format', 'json');
    const schema = JSON.parse(
      readFileSync(new URL('../../schema/report.schema.json', import.meta.url), 'utf8'),
    ) as object;
    const validate = new Ajv2020({ strict: false }).compile(schema);
    const report = JSON.parse(out) as Record<string, never>;
    expect(validate(report), JSON.stringify(validate.errors)).toBe(true);
    expect(report).toMatchObject({
      schemaVersion: 1,
      conclusion: 'fail',
      deployments: [
        {
          file: 'qwen3.yaml',
          line: 11,
          format: 'kubernetes',
          name: 'qwen3',
          engine: { name: 'vllm', version: '0.19.0' },
          model: 'Qwen/Qwen3-8B',
          arguments: { max_model_len: 40960 },
          targets: [{ gpu: 'l4-24gb', count: 1, verdict: 'fails', stage: 'kv_cache' }],
          findings: [{ rule: 'does-not-fit', severity: 'error', file: 'qwen3.yaml', line: 11 }],
          recommendation: { changes: [{ argument: 'max_model_len', from: 40960 }] },
        },
      ],
    });
    const [deployment] = report['deployments'] as unknown as { targets: { memory: Record<string, object> }[] }[];
    expect(Object.keys(deployment?.targets[0]?.memory ?? {}).toSorted()).toEqual(
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
      ].toSorted(),
    );
    for (const figure of Object.values(deployment?.targets[0]?.memory ?? {})) {
      expect(Object.keys(figure).toSorted()).toEqual(['basis', 'high', 'low', 'value']);
    }
  });
});

describe('headroom estimate', () => {
  it.each([
    ['vllm serve Qwen/Qwen3-8B --max-model-len 4096'],
    ['docker', 'run', '--gpus', 'all', '-e', 'A=b c', 'vllm/vllm-openai', 'Qwen/Qwen3-8B', '--max-model-len', '4096'],
    ['sh', '-c', 'exec vllm serve Qwen/Qwen3-8B --max-model-len 4096'],
  ])('takes what a script may hold, in quotes or not: %s %s', async (...command) => {
    const { code, out } = await headroom('estimate', '--gpu', 'l4', '--format', 'json', '--', ...command);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      deployments: [{ name: 'Qwen/Qwen3-8B', arguments: { max_model_len: 4096 }, format: 'command-line' }],
    });
  });

  it('knows what the repository says of models and releases, and keeps to its own gate', async () => {
    const words = ['estimate', '--gpu', 'l4', '--format', 'json', '--', 'vllm', 'serve', '/models/prod'];
    expect((await headroom(...words)).out).toContain("The model '/models/prod' is not known.");
    const known = 'models: { /models/prod: Qwen/Qwen3-8B }\nengine-versions: { vllm: 0.11.0 }\n';
    write('.github/headroom.yml', `${known}gpus: [h100]\nfail-on: never\n`);
    const { code, out } = await headroom(...words);
    expect(code).toBe(1);
    expect(JSON.parse(out).deployments).toMatchObject([
      { engine: { version: '0.11.0' }, targets: [{ gpu: 'l4-24gb', verdict: 'fails' }] },
    ]);
  });

  it('gives the values that fit as the options to type', async () => {
    const { out } = await headroom('estimate', '--gpu', 'l4', '--', 'vllm', 'serve', 'Qwen/Qwen3-8B');
    expect(out).toMatch(
      /max_model_len: not set → (\d+), at the cost of: .*\(change it by hand: type --max-model-len \1\)/,
    );
  });

  it.each(['l4', 'NVIDIA L4', 'nvidia-l4', 'L4-24GB', 'g6.xlarge', 'l4:1'])('knows the GPU %s', async (gpu) => {
    const { code, out } = await headroom(
      'estimate',
      '--gpu',
      gpu,
      '--',
      'vllm',
      'serve',
      'Qwen/Qwen3-8B',
      '--max-model-len',
      '8192',
    );
    expect(code).toBe(0);
    expect(out).toContain('l4-24gb');
  });

  it('judges several GPUs, and fails when one of them does not hold it', async () => {
    const { code, out } = await headroom(
      'estimate',
      '--gpu',
      'l4',
      '--gpu',
      'h100:2',
      '--',
      'VLLM_USE_V1=1',
      'vllm',
      'serve',
      'Qwen/Qwen3-14B',
    );
    expect(code).toBe(1);
    expect(out).toContain('l4-24gb');
    expect(out).toContain('h100-80gb-sxm × 2');
  });

  it('suggests near names for a GPU that it does not know', async () => {
    expect(await headroom('estimate', '--gpu', 'l44', '--', 'vllm', 'serve', 'x')).toMatchObject({
      code: 2,
      out: '',
      err: expect.stringContaining('l4-24gb'),
    });
  });

  it('surveys every whole GPU without a name, for information', async () => {
    const { code, out } = await headroom('estimate', '--', 'vllm', 'serve', 'Qwen/Qwen3-8B');
    expect(code).toBe(0);
    for (const gpu of ['gtx-1080-ti', 't4-16gb', 'l4-24gb', 'h100-80gb-sxm', 'b200-180gb']) expect(out).toContain(gpu);
    expect(out).not.toContain('-mig-');
    expect(out.match(/few AMD setups/g)).toHaveLength(1);
  });

  it('takes the version and the memory from its flags', async () => {
    const json = async (...flags: string[]) => {
      const { out } = await headroom(
        'estimate',
        '--format',
        'json',
        '--gpu',
        'l4',
        ...flags,
        '--',
        'vllm',
        'serve',
        'Qwen/Qwen3-8B',
      );
      return JSON.parse(out) as {
        deployments: {
          engine: object;
          targets: { memory: { totalBytes: object; budgetBytes: { value: number } } }[];
        }[];
      };
    };
    const [old] = (await json('--engine-version', '0.11.0', '--gpu-memory-gib', '22.5')).deployments;
    expect(old?.engine).toMatchObject({ version: '0.11.0' });
    expect(old?.targets[0]?.memory.totalBytes).toMatchObject({ value: 22.5 * 2 ** 30, low: 22.5 * 2 ** 30 });
    // 0.9 of it before 0.20, 0.92 since.
    expect(old?.targets[0]?.memory.budgetBytes.value).toBe(Math.floor(22.5 * 2 ** 30 * 0.9));
    const [recent] = (await json('--engine-version', '0.20.0', '--gpu-memory-gib', '22.5')).deployments;
    expect(recent?.targets[0]?.memory.budgetBytes.value).toBe(Math.ceil(22.5 * 2 ** 30 * 0.92));
  });

  it.each([
    [['estimate', '--gpu', 'l4'], /no command/],
    [['estimate', '--gpu', 'l4', '--', 'python', 'train.py'], /launches no engine/],
    [['estimate', '--gpu', 'l4', '--', 'aphrodite', 'run', 'x'], /does not model Aphrodite/],
    [['estimate', '--gpus', 'l4', '--', 'vllm', 'serve', 'x'], /--gpu\b/],
    [['estimate', '--engine-version', 'newest', '--', 'vllm', 'serve', 'x'], /'newest'\n.*0\.19\.0/],
    [['check', '--engine-version', 'newest'], /'newest'\n.*0\.19\.0/],
    [['estimate', '--gpu', 'l4', '--gpu-memory-gib', 'lots', '--', 'vllm', 'serve', 'x'], /lots/],
    [['chek'], /check/],
    [[], /Commands/],
  ])('exits 2 with what to do: %j', async (words, message) => {
    const { code, out, err } = await headroom(...words);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toMatch(message);
  });
});

describe('catalogues and help', () => {
  it('lists GPUs and models, filtered', async () => {
    expect((await headroom('gpus', 'l4')).out).toContain('l4-24gb');
    expect((await headroom('models', 'qwen3-8b')).out).toContain('Qwen/Qwen3-8B');
    expect(JSON.parse((await headroom('gpus', '--format', 'json')).out)).toHaveLength(loadHardware().gpus.length);
    expect((await headroom('models', '--format', 'markdown')).out).toMatch(/^\| /);
    for (const [name, id] of [
      ['g4-standard-6', 'rtx-pro-6000-blackwell-12q'],
      ['A10-24Q', 'a10-24gb-24q'],
      ['8xH100', 'h100-80gb-sxm'],
    ] as const)
      expect((await headroom('gpus', name)).out).toContain(id);
  });

  it('helps with near misses, and keeps the help within the terminal', async () => {
    expect((await headroom('version')).err).toContain('Did you mean headroom --version?');
    expect((await headroom('gpus', 'h10')).out).toContain('h100');
    expect((await headroom('gpus', 'l5')).err).toMatch(/Did you mean .*l4-24gb/);
    expect((await headroom('check')).out).toContain("→ If there is one, Headroom's docs/formats.md");
    expect((await headroom('rules')).out.split('\n').filter((line) => line.length > 120)).toEqual([]);
    const { out } = await headroom('check', '--help');
    expect(out.split('\n').filter((line) => line.length > 120)).toEqual([]);
  });

  it.each([
    [['models', 'qwen3-8c'], /Did you mean Qwen\/Qwen3-8B/],
    [['models', 'mixtrall'], /Did you mean mixtral/],
    [['models', 'gemmma'], /Did you mean gemma\?/],
    [['gpus', '4090 ti'], /Did you mean rtx-4090/],
    [['rules', 'tight-fti'], /Did you mean tight-fit\?/],
    [['rules', 'budgt'], /Did you mean budget\?/],
    [['cehck'], /Did you mean headroom check\?/],
    [['estimate', '--gpu', 'l4', 'vllm', 'serve', 'a/b'], /Write -- in front of the command: headroom estimate/],
  ])('says what %j may have meant', async (words, meant) => {
    const { code, err, out } = await headroom(...words);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toMatch(meant);
  });

  it.each([
    ['60', 60],
    ['90', 90],
    ['none', 120],
    ['-5', 120],
  ])('keeps to COLUMNS=%s where no terminal tells its width', async (COLUMNS, width) => {
    let out = '';
    const surroundings = { out: (text: string) => (out += text), err: () => undefined, cwd: folder, columns: null };
    await run(['help', 'check'], { ...surroundings, env: { COLUMNS } });
    const widest = Math.max(...out.split('\n').map((line) => (line.startsWith('  #') ? 0 : line.length)));
    expect(widest).toBeLessThanOrEqual(width);
    expect(widest).toBeGreaterThan(width - 30);
  });

  it('takes a filter word by word', async () => {
    const { out } = await headroom('models', 'qwen3 8b awq');
    expect(out).toContain('Qwen/Qwen3-8B-AWQ');
    expect(out.split('\n').slice(1, -1)).toSatisfy((rows: string[]) =>
      rows.every((row) => /qwen3.*8b.*awq/i.test(row)),
    );
  });

  it('answers --version and --help', async () => {
    expect((await headroom('--version')).out).toMatch(/^headroom \d+\.\d+\.\d+\n$/);
    expect((await headroom('--help')).out).toContain('headroom estimate --gpu l4');
    expect((await headroom('check', '--help')).out).toContain('--fail-on');
  });
});

describe('the bundled program', () => {
  const program = new URL('../../dist/headroom.js', import.meta.url).pathname;

  it('gives the answer and the exit code of the sources', () => {
    write('qwen3.yaml', CONFIG);
    const { status, stdout } = spawnSync(process.execPath, [program, 'check'], { cwd: folder, encoding: 'utf8' });
    expect(status).toBe(1);
    expect(stdout).toContain('To serve at least one request');
  });

  it('does not mind a reader that stops early', () => {
    const output = execFileSync('sh', ['-c', `"${process.execPath}" "${program}" gpus | head -n 1`], {
      encoding: 'utf8',
    });
    expect(output.split('\n')).toHaveLength(2);
  });
});
