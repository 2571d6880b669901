import { getOctokit } from '@actions/github';
import { afterEach, describe, expect, it } from 'vitest';
import { gatherAndCheck } from '../../src/action/gather.ts';
import { pullRequestFiles } from '../../src/github/files.ts';
import { loadHardware } from '../../src/hardware/gpus.ts';
import { makeModelCatalogue } from '../../src/models/catalogue.ts';
import { defaultPolicy } from '../../src/policy/parse.ts';
import { type FakeGitHub, startGitHub } from '../github-api/server.ts';
import { deployment, file, makeWorld } from '../github-api/world.ts';

let github: FakeGitHub | null = null;
afterEach(async () => {
  await github?.close();
});

const OWN_IMAGE = 'registry.acme.example/vllm:latest';

/** What the action makes of a pull request that touches one deployment, with other files in the repository. */
async function gather(image: string, others: Readonly<Record<string, string>>) {
  const world = makeWorld({
    'serving/llm/a.yaml': deployment('8192').replace('vllm/vllm-openai:v0.19.0', image),
  });
  for (const [path, text] of Object.entries(others)) {
    world.base.set(path, file(text));
    world.head.set(path, file(text));
  }
  github = await startGitHub(world);
  const client = getOctokit(world.token, { baseUrl: github.url });
  const repository = { owner: world.owner, repo: world.repo };
  const changes = await pullRequestFiles(client, repository, world.number, null);
  const { report } = await gatherAndCheck(client, repository, world.headSha, changes, {
    policy: defaultPolicy(),
    hardware: loadHardware(),
    models: makeModelCatalogue({ configs: [], models: [] }),
    version: '0.0.0',
  });
  expect(github.violations).toEqual([]);
  const count = (operation: string): number => (github?.log ?? []).filter((one) => one === operation).length;
  const [only] = report.deployments;
  return { engine: only?.deployment.engine, trees: count('git/get-tree'), blobs: count('git/get-blob') };
}

/** The changed files themselves: the deployment and the README. */
const CHANGED = 2;

describe('the version of a launch on a pull request', () => {
  it('costs the tree and each file that may say it', async () => {
    const { engine, trees, blobs } = await gather(OWN_IMAGE, {
      'serving/llm/Dockerfile': 'FROM python:3.12\nRUN pip install -r requirements.txt\n',
      'serving/llm/requirements.txt': '-r pins/gpu.txt\n',
      'serving/llm/pins/gpu.txt': 'vllm==0.9.1\n',
      'serving/other/requirements.txt': 'vllm==0.8.0\n',
      'src/main.py': 'import vllm\n',
    });
    expect(engine).toMatchObject({ version: '0.9.1', versionPlace: { file: 'serving/llm/pins/gpu.txt', line: 1 } });
    expect([trees, blobs]).toEqual([1, CHANGED + 3]);
  });

  it('reads a lock file only where a project leaves the version open', async () => {
    const lock = '[[package]]\nname = "vllm"\nversion = "0.13.0"\n';
    const open = { 'pyproject.toml': '[project]\ndependencies = ["vllm>=0.9"]\n', 'uv.lock': lock };
    const settled = await gather(OWN_IMAGE, open);
    expect([settled.engine?.version, settled.blobs]).toEqual(['0.13.0', CHANGED + 2]);
    await github?.close();
    const exact = { 'pyproject.toml': '[project]\ndependencies = ["vllm==0.12.0"]\n', 'uv.lock': lock };
    const stated = await gather(OWN_IMAGE, exact);
    expect([stated.engine?.version, stated.blobs]).toEqual(['0.12.0', CHANGED + 1]);
  });

  it('costs nothing where the image states it', async () => {
    const others = { 'serving/llm/Dockerfile': 'FROM vllm/vllm-openai:v0.9.0\n' };
    const { engine, blobs } = await gather('vllm/vllm-openai:v0.19.0', others);
    expect([engine?.version, blobs]).toEqual(['0.19.0', CHANGED]);
  });
});
