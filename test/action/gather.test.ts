import { getOctokit } from '@actions/github';
import { afterEach, describe, expect, it } from 'vitest';
import { gatherAndCheck } from '../../src/action/gather.ts';
import { pullRequestFiles } from '../../src/github/files.ts';
import { loadHardware } from '../../src/hardware/gpus.ts';
import { makeModelCatalogue } from '../../src/models/catalogue.ts';
import { defaultPolicy } from '../../src/policy/parse.ts';
import { type FakeGitHub, startGitHub } from '../github-api/server.ts';
import { deployment, file, makeWorld, type World } from '../github-api/world.ts';

let github: FakeGitHub | null = null;
afterEach(async () => {
  await github?.close();
});

const OWN_IMAGE = 'registry.acme.example/vllm:latest';
const CONFIG = 'serving/llm/a.yaml';

async function gatherIn(world: World) {
  github = await startGitHub(world);
  const client = getOctokit(world.token, { baseUrl: github.url });
  const repository = { owner: world.owner, repo: world.repo };
  const changes = await pullRequestFiles(client, repository, world.number, world.changedFiles, world);
  const gathered = await gatherAndCheck(client, repository, world, changes, {
    policy: defaultPolicy(),
    hardware: loadHardware(),
    models: makeModelCatalogue({ configs: [], models: [] }),
    version: '0.0.0',
  });
  expect(github.violations).toEqual([]);
  return gathered;
}

/** What the action makes of a pull request that touches one deployment, with other files in the repository. */
async function gather(image: string, others: Readonly<Record<string, string>>) {
  const world = makeWorld({ [CONFIG]: deployment('8192').replace('vllm/vllm-openai:v0.19.0', image) });
  for (const [path, text] of Object.entries(others)) {
    world.base.set(path, file(text));
    world.head.set(path, file(text));
  }
  const { report } = await gatherIn(world);
  return { engine: report.deployments[0]?.deployment.engine, requests: github?.log ?? [] };
}

/** A repository whose base holds `files`, and a pull request that makes of them what `changed` says (null: gone). */
function worldOf(files: Readonly<Record<string, string>>, changed: Readonly<Record<string, string | null>>): World {
  const world = makeWorld({});
  world.head.set('README.md', file('# Serving\n'));
  world.base.delete('serving/qwen3.yaml');
  world.head.delete('serving/qwen3.yaml');
  for (const [path, text] of Object.entries(files)) {
    world.base.set(path, file(text));
    world.head.set(path, file(text));
  }
  for (const [path, text] of Object.entries(changed)) {
    if (text === null) world.head.delete(path);
    else world.head.set(path, file(text));
  }
  return world;
}

describe('the version of a launch on a pull request', () => {
  it('is read from the files that may say it', async () => {
    const { engine, requests } = await gather(OWN_IMAGE, {
      'serving/llm/Dockerfile': 'FROM python:3.12\nRUN pip install -r requirements.txt\n',
      'serving/llm/requirements.txt': '-r pins/gpu.txt\n',
      'serving/llm/pins/gpu.txt': 'vllm==0.9.1\n',
      'serving/other/requirements.txt': 'vllm==0.8.0\n',
      'src/main.py': 'import vllm\n',
    });
    expect(engine).toMatchObject({ version: '0.9.1', versionPlace: { file: 'serving/llm/pins/gpu.txt', line: 1 } });
    // The tree of either end, blobs together: never one request per file.
    expect(requests.filter((one) => one === 'git/get-tree')).toHaveLength(2);
    expect(requests).not.toContain('git/get-blob');
  });

  it('is read from a lock file only where a project leaves the version open', async () => {
    const lock = '[[package]]\nname = "vllm"\nversion = "0.13.0"\n';
    const open = { 'pyproject.toml': '[project]\ndependencies = ["vllm>=0.9"]\n', 'uv.lock': lock };
    expect((await gather(OWN_IMAGE, open)).engine?.version).toBe('0.13.0');
    await github?.close();
    const exact = { 'pyproject.toml': '[project]\ndependencies = ["vllm==0.12.0"]\n', 'uv.lock': lock };
    expect((await gather(OWN_IMAGE, exact)).engine?.version).toBe('0.12.0');
  });

  it("is the image's own where that states it", async () => {
    const others = { 'serving/llm/Dockerfile': 'FROM vllm/vllm-openai:v0.9.0\n' };
    expect((await gather('vllm/vllm-openai:v0.19.0', others)).engine?.version).toBe('0.19.0');
  });
});

const COMPOSE = `services:
  vllm:
    image: vllm/vllm-openai:v0.19.0
    command: --model \${MODEL} --max-model-len \${LENGTH}
    deploy:
      resources:
        reservations:
          devices:
            - {driver: nvidia, count: 1, capabilities: [gpu]}
`;
const DOTENV = 'MODEL=Qwen/Qwen3-8B\nLENGTH=8192\n';

describe('a change of a file that a config reads', () => {
  it('has the config checked again, with the base beside it', async () => {
    const world = worldOf(
      { 'deploy/compose.yaml': COMPOSE, 'deploy/.env': DOTENV, 'other/compose.yaml': COMPOSE },
      { 'deploy/.env': DOTENV.replace('8192', '40960') },
    );
    const { report } = await gatherIn(world);
    expect(report.deployments.map(({ deployment: one }) => one.file)).toEqual(['deploy/compose.yaml']);
    const [result] = report.deployments;
    expect(result?.deployment.arguments.get('max_model_len')?.value).toBe(40960);
    expect(result?.comparison?.kind).toBe('changed');
    expect(result?.comparison?.before?.deployment.arguments.get('max_model_len')?.value).toBe(8192);
  });

  it('finds an overlay elsewhere that builds on it, and one whose dependency is gone', async () => {
    const lock = 'vllm==0.12.0\n';
    const world = worldOf(
      {
        'llm/base/deployment.yaml': deployment('8192', 'qwen3', OWN_IMAGE),
        'llm/base/kustomization.yaml': 'resources: [deployment.yaml]\n',
        'llm/overlays/prod/kustomization.yaml':
          'resources: [../../base]\npatches:\n  - target: {kind: Deployment}\n    patch: |\n      - {op: replace, path: /spec/template/spec/containers/0/args/2, value: "4096"}\n',
        'llm/base/requirements.txt': lock,
      },
      { 'llm/base/requirements.txt': null },
    );
    const { report } = await gatherIn(world);
    const files = report.deployments.map(({ deployment: one }) => one.file);
    expect(files).toContain('llm/base/deployment.yaml');
    const before = report.deployments[0]?.comparison?.before?.deployment.engine.version;
    expect([before, report.deployments[0]?.deployment.engine.version]).toEqual(['0.12.0', null]);
  });

  it('judges a changed script by the service that starts it, and alone where none does', async () => {
    const script = '#!/bin/sh\nexec vllm serve "$MODEL" --max-model-len 8192\n';
    const compose = `services:\n  llm:\n    image: own/image\n    volumes: ["./start.sh:/start.sh"]\n    entrypoint: /start.sh\n    environment: {MODEL: Qwen/Qwen3-8B}\n`;
    const changed = { 'deploy/start.sh': script.replace('8192', '40960') };
    const { report } = await gatherIn(worldOf({ 'deploy/compose.yaml': compose, 'deploy/start.sh': script }, changed));
    expect(report.deployments.map(({ deployment: one }) => [one.file, one.model?.value])).toEqual([
      ['deploy/compose.yaml', 'Qwen/Qwen3-8B'],
    ]);
    expect(report.deployments[0]?.deployment.arguments.get('max_model_len')?.value).toBe(40960);
    await github?.close();
    const alone = await gatherIn(worldOf({ 'deploy/start.sh': script }, changed));
    expect(alone.report.deployments.map(({ deployment: one }) => one.file)).toEqual(['deploy/start.sh']);
  });

  it('judges a chart with the file of values that changed', async () => {
    const template = `apiVersion: v1\nkind: Pod\nmetadata: {name: chat}\nspec:\n  containers:\n    - name: vllm\n      image: vllm/vllm-openai:v0.11.0\n      args: ["--model", "Qwen/Qwen3-8B", "--max-model-len", "{{ .Values.context }}"]\n`;
    const files = { 'c/Chart.yaml': 'name: c\n', 'c/values.yaml': 'context: 4096\n', 'c/templates/pod.yaml': template };
    const world = worldOf(
      { ...files, 'c/values-prod.yaml': 'context: 8192\n' },
      { 'c/values-prod.yaml': 'context: 40960\n' },
    );
    const { report } = await gatherIn(world);
    expect(
      report.deployments.map(({ deployment: one }) => [one.name, one.arguments.get('max_model_len')?.value]),
    ).toEqual([
      ['chat', 4096],
      ['chat (values-prod.yaml)', 40960],
    ]);
  });

  it('costs no base and finds nothing where no config is near', async () => {
    const { report } = await gatherIn(worldOf({ 'docs/settings.json': '{}' }, { 'docs/settings.json': '{"a": 1}' }));
    expect(report.deployments).toEqual([]);
    expect((github?.log ?? []).filter((one) => one === 'git/get-tree')).toHaveLength(1);
  });
});

describe('what a change can be', () => {
  it('follows a renamed file', async () => {
    const text = deployment('8192');
    const world = worldOf({ 'a.yaml': text }, { 'a.yaml': null, 'serving/b.yaml': text });
    const { report } = await gatherIn(world);
    expect(report.deployments.map(({ comparison }) => comparison?.kind)).toEqual(['unchanged']);
    expect(report.removed).toEqual([]);
  });

  it('names submodules, links, files in LFS and configs with NUL bytes, and follows none', async () => {
    const world = worldOf({}, { 'lfs.yaml': 'version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n' });
    world.head.set('engine', file('e'.repeat(40), '160000'));
    world.head.set('current.yaml', file('serving/prod.yaml', '120000'));
    // Bash passes over NUL bytes, so that a script with one runs.
    world.head.set('hidden.sh', file('#!/bin/bash\nvllm serve Qwen/Qwen3-8B # \0\n'));
    world.head.set('picture.png', file('\0'));
    const { notRead } = await gatherIn(world);
    expect(notRead).toEqual([
      'hidden.sh: it is binary, or holds NUL bytes.',
      'lfs.yaml: it is stored in Git LFS, and only its pointer is in the repository.',
      'engine: a submodule; what is in it is not read.',
      'current.yaml: a link; links are not followed.',
    ]);
  });

  it('is read from the trees beyond the 3,000 files that GitHub lists', async () => {
    const world = worldOf(
      {},
      Object.fromEntries(Array.from({ length: 3_005 }, (_, at) => [`a/${String(at).padStart(4, '0')}.png`, `${at}`])),
    );
    world.head.set('z/last.yaml', file(deployment('8192')));
    world.changedFiles = 3_006;
    const { report, notRead } = await gatherIn(world);
    expect(report.deployments.map(({ deployment: one }) => one.file)).toEqual(['z/last.yaml']);
    expect(notRead).toEqual([]);
  });

  it('is read from what is called like a config first, where there is more than is read', async () => {
    const world = worldOf(
      {},
      Object.fromEntries(Array.from({ length: 3_000 }, (_, at) => [`a/${String(at).padStart(4, '0')}.conf`, `${at}`])),
    );
    world.head.set('z/last.yaml', file(deployment('8192')));
    world.changedFiles = 3_001;
    const { report, notRead } = await gatherIn(world);
    expect(report.deployments.map(({ deployment: one }) => one.file)).toEqual(['z/last.yaml']);
    expect(notRead).toEqual([
      '3001 files could hold a config; 3000 were read, those first that are called like one. Narrow `paths` in the policy.',
    ]);
  });
});

describe('a program that describes what is deployed', () => {
  const program = (length: number): string =>
    [
      "import * as k8s from '@pulumi/kubernetes';",
      'const container = {',
      "  name: 'server',",
      "  image: 'vllm/vllm-openai:v0.11.0',",
      `  args: ['--model', 'Qwen/Qwen3-8B', '--max-model-len', '${length}'],`,
      '};',
      '',
    ].join('\n');

  it('is told of where the change speaks of an engine', async () => {
    const world = worldOf({ 'infra/index.ts': program(4096) }, { 'infra/index.ts': program(8192) });
    const { report } = await gatherIn(world);
    expect(report.unsupported.map(({ place, reason }) => `${place.file}:${place.line} ${reason}`)).toEqual([
      'infra/index.ts:4 It starts an engine from TypeScript in a way that Headroom does not read.',
    ]);
  });

  it('is not fetched for any other change', async () => {
    const ordinary = (text: string): string => `export const title = '${text}';\n`;
    const world = worldOf({ 'web/title.ts': ordinary('a') }, { 'web/title.ts': ordinary('b') });
    await gatherIn(world);
    expect(github?.log.filter((one) => one !== 'pulls/list-files')).toEqual([]);
  });
});
