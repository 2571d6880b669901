import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { EngineReference } from '../../../src/deployment.ts';
import { engines } from '../../../src/engines/index.ts';
import { extractAll } from '../../../src/formats/index.ts';
import { versionFinder } from '../../../src/formats/version/beside.ts';
import { folderOf } from '../../../src/paths.ts';

/** The engine of the only launch of a repository, and the files that were read to find its version. */
function find(path: string, text: string, others: Readonly<Record<string, string>>) {
  const asked: string[] = [];
  const repository = {
    read(other: string) {
      if (Object.hasOwn(others, other)) asked.push(other);
      return Object.hasOwn(others, other) ? { path: other, text: others[other] ?? '' } : null;
    },
    list: (folder: string) =>
      Object.keys(others)
        .filter((other) => folderOf(other) === folder)
        .map((other) => other.slice(other.lastIndexOf('/') + 1)),
  };
  const [deployment] = extractAll([{ path, text }], { engines, read: repository.read }).deployments;
  const [engine] = engines;
  if (!deployment || !engine) throw new Error('no launch');
  const found: EngineReference = versionFinder(repository)(deployment, engine).engine;
  return { engine: found, asked };
}

const SCRIPT = '#!/bin/bash\nvllm serve Qwen/Qwen3-8B --max-model-len 8192\n';
const inScript = (others: Readonly<Record<string, string>>) => find('serving/run/serve.sh', SCRIPT, others);

function pod(image: string): string {
  return `apiVersion: v1\nkind: Pod\nmetadata: { name: a }\nspec:\n  containers:\n    - name: a\n      image: ${image}\n      command: [vllm, serve, m]\n`;
}

describe('requirements beside a launch', () => {
  it('an exact pin counts, and is pointed at', () => {
    expect(inScript({ 'serving/run/requirements.txt': 'torch==2.8.0\n\nvllm==0.11.0\n' }).engine).toMatchObject({
      version: '0.11.0',
      versionSource: 'requirements.txt beside it (vllm==0.11.0, line 3)',
      versionPlace: { file: 'serving/run/requirements.txt', line: 3 },
    });
  });

  it('the nearest folder that names the engine is taken, up to the root', () => {
    const { engine, asked } = inScript({
      'serving/run/requirements.txt': 'openai\n',
      'serving/requirements.txt': 'vllm[audio]==0.10.2 ; python_version > "3.9"\n',
      'requirements.txt': 'vllm==0.6.0\n',
    });
    expect(engine.versionSource).toBe('serving/requirements.txt (vllm[audio]==0.10.2, line 1)');
    expect(asked).toEqual(['serving/run/requirements.txt', 'serving/requirements.txt']);
  });

  it.each([
    ['vllm>=0.9\n', 'requirements.txt beside it names no one version (vllm>=0.9, line 1)'],
    ['vllm\n', 'requirements.txt beside it names no one version (vllm, line 1)'],
    ['vllm~=0.9.1\n', 'requirements.txt beside it names no one version (vllm~=0.9.1, line 1)'],
  ])('%j leaves the version open', (text, versionSource) => {
    expect(inScript({ 'serving/run/requirements.txt': text }).engine).toMatchObject({ version: null, versionSource });
  });

  it.each(['# vllm==0.9.1\n', 'vllm==0.9.1; sys_platform == "darwin"\n', 'vllm-router==0.1.0\n', 'prevllm==1.0\n'])(
    '%j says nothing',
    (text) => {
      expect(inScript({ 'serving/run/requirements.txt': text }).engine).toMatchObject({ versionSource: null });
    },
  );

  it('requirements.txt goes before others of its kind, and these must agree', () => {
    const gpu = { 'serving/run/requirements-gpu.txt': 'vllm==0.9.1\n' };
    expect(inScript(gpu).engine.version).toBe('0.9.1');
    expect(inScript({ ...gpu, 'serving/run/requirements.txt': 'vllm==0.10.0\n' }).engine.version).toBe('0.10.0');
    expect(inScript({ ...gpu, 'serving/run/requirements-test.txt': 'vllm==0.8.0\n' }).engine).toMatchObject({
      version: null,
      versionSource:
        'requirements-gpu.txt beside it names no one version (vllm==0.9.1 there, vllm==0.8.0 in requirements-test.txt, line 1)',
    });
  });

  it('an environment of conda is read', () => {
    const text = 'name: serve\ndependencies:\n  - python=3.12\n  - pip:\n      - vllm==0.9.1\n';
    expect(inScript({ 'environment.yml': text }).engine.version).toBe('0.9.1');
  });

  it('a file that includes itself ends', () => {
    expect(inScript({ 'requirements.txt': '-r requirements.txt\nvllm==0.9.1\n' }).engine.version).toBe('0.9.1');
  });
});

describe('a project beside a launch', () => {
  it.each([
    ['[project]\nname = "vllm"\nkeywords = ["vllm"]\ndependencies = [\n  "vllm==0.23.0",\n]\n', '0.23.0'],
    ['[project.optional-dependencies]\nvllm = ["vllm[audio]==0.25.1"]\n', '0.25.1'],
    ['[dependency-groups]\ngpu = ["vllm==0.20.0; sys_platform == \'linux\'"]\n', '0.20.0'],
    ['[tool.poetry.dependencies]\nvllm = "0.9.1"\n', '0.9.1'],
    ['[tool.poetry.group.gpu.dependencies]\nvllm = { version = "0.9.2", extras = ["audio"] }\n', '0.9.2'],
  ])('%j', (text, version) => {
    expect(inScript({ 'pyproject.toml': text }).engine.version).toBe(version);
  });

  it.each([
    '[project]\nname = "vllm"\nkeywords = ["vllm"]\n',
    '[project]\nname = "vllm-serving"\n',
    '[tool.ruff]\nknown-first-party = ["vllm"]\n',
    '[project]\n# dependencies = ["vllm==0.9.1"]\n',
  ])('%j names no dependency', (text) => {
    expect(inScript({ 'pyproject.toml': text }).engine.versionSource).toBeNull();
  });

  it('a lock file settles a range, and is read for nothing else', () => {
    const project = '[project]\ndependencies = ["vllm>=0.6.0 ; sys_platform == \'linux\'"]\n';
    const lock = '[[package]]\nname = "torch"\nversion = "2.9.0"\n\n[[package]]\nname = "vllm"\nversion = "0.13.0"\n';
    expect(inScript({ 'pyproject.toml': project }).engine.versionSource).toBe(
      'pyproject.toml names no one version (vllm>=0.6.0, line 2)',
    );
    expect(inScript({ 'pyproject.toml': project, 'uv.lock': lock }).engine).toMatchObject({
      version: '0.13.0',
      versionSource: 'uv.lock (vllm 0.13.0, line 7)',
      versionPlace: { file: 'uv.lock', line: 7 },
    });
    const exact = { 'pyproject.toml': '[project]\ndependencies = ["vllm==0.12.0"]\n', 'uv.lock': lock };
    expect(inScript(exact).asked).toEqual(['pyproject.toml']);
  });
});

/** Dockerfiles in the manner of public ones, cut to what matters; the comment names the repository. */
const DOCKERFILES: readonly (readonly [string, string, string])[] = [
  // hommayushi3/vllm-huggingface
  [
    'FROM vllm/vllm-openai:v0.5.5\n\nENV DO_NOT_TRACK=1\n\nCOPY --chmod=775 endpoints-entrypoint.sh entrypoint.sh\n',
    '0.5.5',
    'Dockerfile (FROM vllm/vllm-openai:v0.5.5, line 1)',
  ],
  // substratusai/vllm-docker
  ['ARG VERSION=v0.5.4\nFROM vllm/vllm-openai:${VERSION}\nENV PORT 8080\n', '0.5.4', 'line 2'],
  ['ARG BASE=vllm/vllm-openai:v0.8.5.post1\nFROM ${BASE}\nCOPY a b\n', '0.8.5.post1', 'v0.8.5.post1, line 2'],
  // NVIDIA/dgx-spark-playbooks
  [
    '# vLLM\nFROM nvcr.io/nvidia/vllm:25.11-py3\n',
    '0.11.0',
    'FROM nvcr.io/nvidia/vllm:25.11-py3, by NVIDIA’s list, line 2',
  ],
  // runpod-workers/worker-vllm
  [
    'FROM nvidia/cuda:12.9.1-base-ubuntu22.04\nRUN --mount=type=cache,target=/root/.cache/pip \\\n    pip install --upgrade pip && \\\n    # engine\n    pip install --no-cache-dir "vllm[audio]==0.15.1"\n',
    '0.15.1',
    'Dockerfile (pip install vllm[audio]==0.15.1, line 5)',
  ],
  ['FROM vllm/vllm-openai:v0.9.0\nRUN uv pip install --system vllm[audio]==0.9.2\n', '0.9.2', 'line 2'],
  ['FROM node:20 AS web\nRUN npm run build\nFROM vllm/vllm-openai:v0.9.0\nCOPY --from=web /a /b\n', '0.9.0', 'line 3'],
  ['FROM vllm/vllm-openai:v0.8.3 AS base\nFROM node:20 AS web\nFROM base\nCOPY --from=web a b\n', '0.8.3', 'line 1'],
];

describe('a Dockerfile beside a launch', () => {
  it.each(DOCKERFILES)('%j', (text, version, source) => {
    const { engine } = inScript({ Dockerfile: text });
    expect(engine.version).toBe(version);
    expect(engine.versionSource).toContain(source);
  });

  it('what it installs from a file of the repository counts', () => {
    const Dockerfile = 'FROM python:3.12\nCOPY requirements.txt /app/\nRUN pip install -r /app/requirements.txt\n';
    expect(inScript({ Dockerfile, 'requirements.txt': 'vllm==0.9.1\n' }).engine).toMatchObject({
      version: '0.9.1',
      versionPlace: { file: 'requirements.txt', line: 1 },
    });
  });

  it('has the last word on what is installed, even when it leaves it open', () => {
    const others = { Dockerfile: 'FROM vllm/vllm-openai:latest\n', 'requirements.txt': 'vllm==0.9.1\n' };
    expect(inScript(others).engine).toMatchObject({
      version: null,
      versionSource: 'Dockerfile names no one version (FROM vllm/vllm-openai:latest, line 1)',
    });
  });

  it('that builds something else says nothing', () => {
    const others = { Dockerfile: 'FROM python:3.12\nRUN pip install fastapi\n', 'requirements.txt': 'vllm==0.9.1\n' };
    expect(inScript(others).engine.version).toBe('0.9.1');
    const other = 'FROM vllm/vllm-openai:v0.9.0 AS unused\nFROM nginx:1.27\n';
    expect(inScript({ Dockerfile: other }).engine.versionSource).toBeNull();
  });
});

describe('which launches files beside can speak for', () => {
  const others = { 'k8s/requirements.txt': 'vllm==0.9.1\n' };

  it('an image of the team’s own', () => {
    expect(find('k8s/pod.yaml', pod('registry.acme.example/llm:latest'), others).engine.version).toBe('0.9.1');
  });

  it.each(['vllm/vllm-openai:latest', 'rocm/vllm-dev:nightly'])('not %s, which somebody else builds', (image) => {
    const { engine, asked } = find('k8s/pod.yaml', pod(image), others);
    expect(engine).toMatchObject({ version: null, versionSource: `image ${image} states no release` });
    expect(asked).toEqual([]);
  });

  it('not one that states its version itself', () => {
    const { engine, asked } = find('k8s/pod.yaml', pod('vllm/vllm-openai:v0.11.0'), others);
    expect(engine).toMatchObject({ version: '0.11.0', versionSource: 'image vllm/vllm-openai:v0.11.0' });
    expect(asked).toEqual([]);
  });

  it('a settings file', () => {
    const settings = 'model: Qwen/Qwen3-8B\nmax-model-len: 8192\ngpu-memory-utilization: 0.9\n';
    expect(find('k8s/vllm.yaml', settings, others).engine.version).toBe('0.9.1');
  });
});

const HOSTILE: readonly (readonly [string, string])[] = [
  ['requirements.txt', 'vllm\n'.repeat(200_000)],
  ['requirements.txt', `vllm${'['.repeat(500_000)}==${' '.repeat(400_000)}`],
  ['requirements.txt', `vllm ${'>=0,'.repeat(250_000)}`],
  ['requirements.txt', '-r requirements.txt\n'.repeat(50_000)],
  ['requirements.txt', `${'vllm==0.9.1 --hash=sha256:00 \\\n'.repeat(30_000)}`],
  ['pyproject.toml', `[project]\n${'"vllm==0.1'.repeat(90_000)}`],
  ['pyproject.toml', `[project]\n${'vllm = {version = "\n'.repeat(50_000)}`],
  ['Dockerfile', `FROM a\n${'RUN pip install vllm==0.9.1 \\\n'.repeat(6_000)}`],
  ['Dockerfile', `FROM a AS a\n${'FROM a AS a\n'.repeat(15_000)}`],
  ['Dockerfile', `FROM a\nRUN x \\\n${'# vllm\ny \\\n'.repeat(18_000)}`],
  ['Dockerfile', `ARG ${'A=$A$A '.repeat(20_000)}\nFROM $A\n`],
  ['Dockerfile', `FROM a\nARG X=${'a'.repeat(190_000)}\n`],
];

describe('whatever a file beside holds', () => {
  it.each(HOSTILE.map(([name, text], index) => [index, name, text] as const))(
    'number %i, a %s, is read in bounded time',
    (_index, name, text) => {
      const started = performance.now();
      inScript({ [name]: text, ...(name === 'pyproject.toml' ? { 'uv.lock': 'name = "vllm"\n'.repeat(70_000) } : {}) });
      expect(performance.now() - started).toBeLessThan(3_000);
    },
  );

  it('a lock file of one name is read in bounded time', () => {
    const lock = 'name = "vllm"\nversion = "0.9.1"\n'.repeat(35_000);
    const others = { 'pyproject.toml': '[project]\ndependencies = ["vllm"]\n', 'uv.lock': lock };
    expect(inScript(others).engine.version).toBe('0.9.1');
  });

  it('never makes the reader throw; a version is one, and its place is in the file', () => {
    const pieces = fc.constantFrom(
      '"',
      "'",
      '\\',
      '\\\n',
      '\r\n',
      '#',
      ';',
      '==',
      '=',
      '[',
      ']',
      '@',
      '${',
      '$(',
      '`',
      'FROM ',
      '<<EOF\n',
      '\0',
      '\uD800',
      '',
    );
    const texts: readonly (readonly [string, string])[] = [
      ...DOCKERFILES.map(([text]) => ['Dockerfile', text] as const),
      ['requirements.txt', 'torch\n-r base.txt\nvllm[audio]==0.10.2 ; python_version > "3.9" # pinned\n'],
      ['pyproject.toml', '[tool.poetry.dependencies]\nvllm = { version = "0.9.2", extras = ["audio"] }\n'],
    ];
    const mutated = fc.tuple(fc.constantFrom(...texts), fc.nat(), fc.nat(20), pieces);
    fc.assert(
      fc.property(mutated, ([[name, text], seed, length, piece]) => {
        const start = seed % (text.length + 1);
        const changed = text.slice(0, start) + piece + text.slice(start + length);
        const { version, versionPlace } = inScript({ [name]: changed }).engine;
        if (version === null) return;
        expect(versionPlace?.file).toBe(name);
        expect(versionPlace?.end).toBeLessThanOrEqual(changed.length);
        expect(version).toMatch(/^\d+\.\d/);
      }),
      { numRuns: 1_000 },
    );
  });
});
