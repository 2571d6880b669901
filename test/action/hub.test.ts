import { getOctokit } from '@actions/github';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Environment } from '../../src/action/environment.ts';
import { gatherAndCheck } from '../../src/action/gather.ts';
import type { Inputs } from '../../src/action/inputs.ts';
import { factsAt, hubOf } from '../../src/action/model-facts.ts';
import { pullRequestFiles } from '../../src/github/files.ts';
import { loadHardware } from '../../src/hardware/gpus.ts';
import { makeModelCatalogue } from '../../src/models/catalogue.ts';
import { type FactsEntry, FACTS_PATH, formatFacts } from '../../src/models/facts/file.ts';
import { defaultPolicy } from '../../src/policy/parse.ts';
import { type FakeGitHub, startGitHub } from '../github-api/server.ts';
import { deployment, file, makeWorld, type World } from '../github-api/world.ts';
import { type FakeHub, startHub } from '../hub/fake-hub.ts';

const CONFIG = {
  architectures: ['Qwen3ForCausalLM'],
  model_type: 'qwen3',
  hidden_size: 4096,
  num_hidden_layers: 36,
  num_attention_heads: 32,
  vocab_size: 151_936,
};
const ENTRY: FactsEntry = {
  source: 'https://huggingface.co/Qwen/Qwen3-8B',
  revision: null,
  config: CONFIG,
  quantizationFrom: null,
  checkpointBytes: null,
  elements: null,
  unread: null,
  leftOut: [],
};
const FACTS = formatFacts(new Map([['Qwen/Qwen3-8B', ENTRY]]));

let github: FakeGitHub;
let hub: FakeHub;

beforeEach(async () => {
  hub = await startHub({
    'Qwen/Qwen3-8B': { files: { 'config.json': JSON.stringify(CONFIG) }, commit: 'a'.repeat(40) },
  });
  vi.spyOn(process.stdout, 'write').mockReturnValue(true);
});

afterEach(async () => {
  vi.restoreAllMocks();
  await Promise.all([github.close(), hub.close()]);
});

const inputs = (hubInput: boolean | null, hubToken: string | null = null) =>
  ({ hub: hubInput, hubToken, hubCache: null }) as Inputs;

/** The source of the model's facts after a run, with a catalogue that knows nothing. */
async function sourceOf(world: World, given: Inputs, asks = false) {
  github = await startGitHub(world);
  const client = getOctokit(world.token, { baseUrl: github.url });
  const repository = { owner: world.owner, repo: world.repo };
  const environment = { repository, hubEndpoint: hub.url, hubToken: null } as Environment;
  const policy = { ...defaultPolicy(), hub: { ask: asks, endpoint: null, hosts: [] } };
  const facts = await factsAt(client, environment, world.baseSha);
  const opened = await hubOf(given, policy, environment);
  if (facts && 'problem' in facts) return facts.problem;
  if (opened && 'problem' in opened) return opened.problem;
  const changes = await pullRequestFiles(client, repository, world.number, null, world);
  const input = {
    policy,
    hardware: loadHardware(),
    models: makeModelCatalogue({ configs: [], models: [] }),
    facts,
    version: '0',
  };
  const { report } = await gatherAndCheck(client, repository, world, changes, input, opened?.hub ?? null);
  expect(github.violations).toEqual([]);
  return report.deployments[0]?.modelSource;
}

const world = (): World => makeWorld({ 'serving/llm/a.yaml': deployment('8192') });

describe('the action and model facts', () => {
  it('fetches nothing unless the policy of the base or the input says so, and the input wins', async () => {
    expect(await sourceOf(world(), inputs(null))).toBeNull();
    await github.close();
    expect(await sourceOf(world(), inputs(false), true)).toBeNull();
    expect(hub.log).toEqual([]);
    await github.close();
    expect(await sourceOf(world(), inputs(null), true)).toBe(`Hub (${hub.url}/Qwen/Qwen3-8B at aaaaaaaa)`);
    await github.close();
    expect(await sourceOf(world(), inputs(true))).toContain('Hub (');
  });

  it('takes config.json of the commit before the Hub, and does not ask', async () => {
    const own = world();
    for (const commit of [own.base, own.head]) commit.set('Qwen/Qwen3-8B/config.json', file(JSON.stringify(CONFIG)));
    expect(await sourceOf(own, inputs(true))).toBe('Qwen/Qwen3-8B/config.json in the repository');
    expect(hub.log).toEqual([]);
  });

  it('reads the facts file from the base, never from the head', async () => {
    const forged = world();
    forged.head.set(FACTS_PATH, file(FACTS));
    expect(await sourceOf(forged, inputs(null))).toBeNull();
    await github.close();
    const merged = world();
    merged.base.set(FACTS_PATH, file(FACTS));
    expect(await sourceOf(merged, inputs(true))).toBe(`${FACTS_PATH} (https://huggingface.co/Qwen/Qwen3-8B)`);
    expect(hub.log).toEqual([]);
    await github.close();
    const broken = world();
    broken.base.set(FACTS_PATH, file('{'));
    expect(await sourceOf(broken, inputs(null))).toContain(FACTS_PATH);
  });

  it('reads a gated model with the token of the input, and says without one what to do', async () => {
    hub.models['Qwen/Qwen3-8B'] = {
      files: { 'config.json': JSON.stringify(CONFIG) },
      commit: 'a'.repeat(40),
      gated: true,
    };
    expect(await sourceOf(world(), inputs(true, hub.goodToken))).toContain('Hub (');
    expect(hub.authorizations.every((sent) => sent === `Bearer ${hub.goodToken}`)).toBe(true);
    await github.close();
    expect(await sourceOf(world(), inputs(true))).toBeNull();
  });
});
