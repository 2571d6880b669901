import { describe, expect, it } from 'vitest';
import type { EngineReference } from '../../../src/deployment.ts';
import { engines } from '../../../src/engines/index.ts';
import { readCommandLine } from '../../../src/formats/command-line/index.ts';
import { extractAll } from '../../../src/formats/index.ts';

function enginesIn(path: string, text: string, others: Readonly<Record<string, string>> = {}): EngineReference[] {
  const read = (other: string) => (Object.hasOwn(others, other) ? { path: other, text: others[other] ?? '' } : null);
  return extractAll([{ path, text }], { engines, read }).deployments.map(({ engine }) => engine);
}

function inScript(...lines: string[]): EngineReference | undefined {
  return enginesIn('scripts/serve.sh', ['#!/bin/bash', ...lines, 'vllm serve Qwen/Qwen3-8B'].join('\n')).at(-1);
}

const pod = (image: string, script: string): string => `apiVersion: v1
kind: Pod
metadata: { name: serve }
spec:
  containers:
    - name: vllm
      image: ${image}
      command: ["sh", "-c"]
      args:
        - ${JSON.stringify(script)}
`;

/** Lines as public scripts write them, and the version that pip would install. */
const EXACT: readonly (readonly [string, string, string])[] = [
  ['pip install vllm==0.11.0', '0.11.0', 'pip install vllm==0.11.0 at line 2'],
  ['uv pip install "vllm==0.9.1" --torch-backend=auto', '0.9.1', 'uv pip install vllm==0.9.1 at line 2'],
  ["pip install 'vllm[audio]==0.20.0'", '0.20.0', 'pip install vllm[audio]==0.20.0 at line 2'],
  ['python3 -m pip install --upgrade pip && python3 -m pip install vllm==0.8.5.post1', '0.8.5.post1', 'pip install'],
  ['uv pip install --pre vllm==0.10.1+gptoss --extra-index-url https://wheels.vllm.ai/gpt-oss/', '0.10.1', 'uv pip'],
  ['VLLM_VERSION=0.9.2\npip install vllm==${VLLM_VERSION}', '0.9.2', 'pip install vllm==0.9.2 at line 3'],
  [
    'pip install https://github.com/vllm-project/vllm/releases/download/v0.8.5/vllm-0.8.5+cu121-cp38-abi3-manylinux1_x86_64.whl',
    '0.8.5',
    'vllm-0.8.5+cu121-cp38-abi3-manylinux1_x86_64.whl',
  ],
  ['pip install git+https://github.com/vllm-project/vllm.git@v0.9.1', '0.9.1', 'git+https://'],
  ['pip install "vllm @ git+ssh://git@github.com/vllm-project/vllm@releases/v0.9.1"', '0.9.1', 'vllm @ git+ssh://'],
  ['conda install -y -c conda-forge vllm=0.9.1', '0.9.1', 'conda install vllm==0.9.1'],
  ['uv add vllm==0.12.0', '0.12.0', 'uv add vllm==0.12.0'],
];

const NOT_EXACT: readonly (readonly [string, string])[] = [
  ['pip install vllm', 'pip install vllm at line 2 names no one version'],
  ['pip install -U vllm', 'names no one version'],
  ['pip install "vllm>=0.9"', 'pip install vllm>=0.9 at line 2 names no one version'],
  ['pip install "vllm==0.9.*"', 'names no one version'],
  ['pip install vllm==$1', 'names no one version'],
  ['pip install https://wheels.vllm.ai/nightly/vllm-1.0.0.dev-cp38-abi3-manylinux1_x86_64.whl', 'names no one version'],
  ['pip install -U git+https://github.com/vllm-project/vllm.git', 'names no one version'],
  [
    'if [ "$X" = a ]; then pip install vllm==0.9.1; else pip install vllm==0.10.0; fi',
    'pip install vllm==0.9.1 at line 2 and pip install vllm==0.10.0 at line 2',
  ],
];

const NAMES_NONE = [
  'pip install vllm-flash-attn==2.5.9.post1',
  'pip install flashinfer-python==0.2.6',
  'echo pip install vllm==0.9.1',
  '# pip install vllm==0.9.1',
  'pip uninstall -y vllm',
  'pip install -t vllm requests',
];

describe('what a script installs in front of its launch', () => {
  it.each(EXACT)('%s', (line, version, source) => {
    const engine = inScript(line);
    expect(engine?.version).toBe(version);
    expect(engine?.versionSource).toContain(source);
    expect(engine?.versionPlace?.file).toBe('scripts/serve.sh');
  });

  it.each(NOT_EXACT)('%s leaves the version open, and says so', (line, source) => {
    const engine = inScript(line);
    expect(engine?.version).toBeNull();
    expect(engine?.versionSource).toContain(source);
  });

  it.each(NAMES_NONE)('%s is none of it', (line) => {
    expect(inScript(line)).toMatchObject({ version: null, versionSource: null });
  });

  it('what comes behind the launch does not count', () => {
    expect(enginesIn('a.sh', '#!/bin/sh\nvllm serve m\npip install vllm==0.9.1\n')[0]?.version).toBeNull();
  });

  it('what a script installs outside a container does not run inside it', () => {
    const [engine] = enginesIn(
      'a.sh',
      '#!/bin/sh\npip install vllm==0.9.1\ndocker run --gpus all vllm/vllm-openai:v0.11.0 --model m\n',
    );
    expect(engine).toMatchObject({ version: '0.11.0', versionSource: 'image vllm/vllm-openai:v0.11.0' });
  });

  it('reads the requirements file that the command names, from the nearest folder', () => {
    const [engine] = enginesIn('deploy/run/serve.sh', '#!/bin/sh\npip install -r requirements.txt\nvllm serve m\n', {
      'deploy/requirements.txt': 'torch\n-r base.txt\n',
      'deploy/base.txt': '# pinned\nvllm==0.9.1 \\\n    --hash=sha256:aa\n',
    });
    expect(engine).toMatchObject({
      version: '0.9.1',
      versionSource: 'pip install -r requirements.txt (vllm==0.9.1, line 2) at line 2 of deploy/base.txt',
      versionPlace: { file: 'deploy/base.txt', line: 2 },
    });
  });
});

describe('a launch that brings its own version', () => {
  it.each([
    // github.com: Makefiles and notes that start `uvx --from vllm==0.15.0 vllm serve …`
    ['nohup env CUDA_VISIBLE_DEVICES=3 uvx --from vllm==0.15.0 vllm serve Qwen/Qwen3-8B', '0.15.0'],
    ["uvx --from 'vllm[runai]==0.25.0' --torch-backend cu128 vllm serve m", '0.25.0'],
    ['uv run --with vllm==0.11.0 vllm serve m', '0.11.0'],
    ['uv tool run --from=vllm==0.10.2 vllm serve m', '0.10.2'],
  ])('%s', (line, version) => {
    expect(enginesIn('a.sh', `#!/bin/sh\n${line}\n`)[0]?.version).toBe(version);
  });

  it('on a typed command line too', () => {
    const read = readCommandLine(['uvx', '--from', 'vllm==0.15.0', 'vllm', 'serve', 'm'], engines);
    expect('engine' in read && read.engine.version).toBe('0.15.0');
  });
});

describe('what a container installs', () => {
  it('goes before its image, which is shown where it differs', () => {
    const [engine] = enginesIn('a.yaml', pod('vllm/vllm-openai:v0.10.0', 'pip install vllm==0.11.0 && vllm serve m'));
    expect(engine).toMatchObject({
      version: '0.11.0',
      versionSource: 'pip install vllm==0.11.0 at line 10, over image vllm/vllm-openai:v0.10.0',
      versionPlace: { line: 10 },
    });
  });

  it('is nothing where the package is there already, and open where the newest replaces it', () => {
    const image = 'vllm/vllm-openai:v0.10.0';
    expect(enginesIn('a.yaml', pod(image, 'pip install vllm && vllm serve m'))[0]?.version).toBe('0.10.0');
    expect(enginesIn('a.yaml', pod(image, 'pip install -U vllm && vllm serve m'))[0]).toMatchObject({
      version: null,
      versionSource: `pip install vllm at line 10 names no one version, over image ${image}`,
    });
  });

  it('counts where the image says nothing', () => {
    const script = 'pip install --no-cache-dir vllm==0.9.2\nexec vllm serve m';
    expect(enginesIn('a.yaml', pod('python:3.12-slim', script))[0]?.version).toBe('0.9.2');
  });
});
