import { describe, expect, it } from 'vitest';
import modelData from '../../src/catalogue/models.json' with { type: 'json' };
import { makeModelCatalogue } from '../../src/models/catalogue.ts';
import { type FactsEntry, formatFacts } from '../../src/models/facts/file.ts';
import { parseFacts } from '../../src/models/facts/parse.ts';
import { type ModelSources, resolveModel } from '../../src/models/resolve.ts';
import { usedFields } from '../../src/models/config/used-fields.ts';

const catalogue = makeModelCatalogue(modelData);
const config = JSON.stringify({
  architectures: ['LlamaForCausalLM'],
  model_type: 'llama',
  hidden_size: 64,
  intermediate_size: 128,
  num_hidden_layers: 2,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  vocab_size: 1000,
  max_position_embeddings: 2048,
});

/** What the Hub says of a repository. */
function answerOf(id: string) {
  return {
    source: `https://h/${id}`,
    revision: 'f'.repeat(40),
    config: JSON.parse(config),
    quantizationFrom: null,
    checkpointBytes: 7,
    elements: null,
    unread: null,
  };
}

function resolve(
  id: string,
  files: Readonly<Record<string, string>> = {},
  aliases: Readonly<Record<string, string>> = {},
) {
  return resolveModel(id, {
    catalogue,
    aliases: new Map(Object.entries(aliases)),
    read: (path) => (Object.hasOwn(files, path) ? { path, text: files[path] ?? '' } : null),
  });
}

describe('resolveModel', () => {
  it.each(['Qwen/Qwen3-8B', 'qwen/qwen3-8b', 'hf://Qwen/Qwen3-8B', 'Qwen/Qwen3-8B/', 'Qwen/Qwen3-8B@main'])(
    'knows %s',
    (id) => {
      expect(resolve(id)).toMatchObject({ id, source: 'catalogue (Qwen/Qwen3-8B)' });
    },
  );

  it('takes a config.json of the repository before the catalogue', () => {
    const files = { 'models/own/config.json': config, 'Qwen/Qwen3-8B/config.json': config };
    expect(resolve('./models/own', files)).toMatchObject({
      source: 'models/own/config.json in the repository',
      architecture: { hiddenSize: 64 },
    });
    expect(resolve('models/own/', files)).toMatchObject({ architecture: { hiddenSize: 64 } });
    expect(resolve('Qwen/Qwen3-8B', files)).toMatchObject({ architecture: { hiddenSize: 64 } });
  });

  it('follows the policy: an own name stands for a Hub id, or for a config.json', () => {
    const aliases = { '/models/prod': 'Qwen/Qwen3-8B', prod: 'models/own/config.json' };
    expect(resolve('/models/prod', {}, aliases)).toMatchObject({
      source: 'catalogue (Qwen/Qwen3-8B), as the policy maps it',
      sources: [{ fact: 'name' }, { fact: 'config', source: 'catalogue (Qwen/Qwen3-8B)' }],
    });
    expect(resolve('s3://weights/prod/', {}, { 's3://weights/prod': 'Qwen/Qwen3-8B' })).toHaveProperty('architecture');
    expect(resolve('pvc://claim/prod', {}, { 'claim/prod': 'Qwen/Qwen3-8B' })).toHaveProperty('architecture');
    expect(resolve('prod', { 'models/own/config.json': config }, aliases)).toMatchObject({
      architecture: { hiddenSize: 64 },
    });
  });

  it('takes a path by its last part when only one model is called so, and says it', () => {
    expect(resolve('/models/Qwen3-8B')).toMatchObject({ source: 'catalogue (Qwen/Qwen3-8B), by the name of the path' });
    // ModelScope's cache: modelscope/hub/snapshot_download.py writes the dots of a name as three underscores.
    expect(resolve('/root/.cache/modelscope/hub/models/Qwen/Qwen2___5-7B-Instruct')).toMatchObject({
      source: 'catalogue (Qwen/Qwen2.5-7B-Instruct), by the name of the path',
    });
    expect(resolve('/models/llama')).toHaveProperty('problem');
    // A Hub id of another owner is another model.
    expect(resolve('someone/Qwen3-8B')).toHaveProperty('problem');
  });

  it('says why, what to do, and what is near for a model that it does not know', () => {
    expect(resolve('Qwen/Qwen3-8b-Instruct')).toMatchObject({
      problem: {
        reason: expect.stringContaining("'Qwen/Qwen3-8b-Instruct'"),
        remedy: expect.stringContaining('models'),
        suggestions: expect.arrayContaining(['Qwen/Qwen3-8B']),
      },
    });
    expect(resolve('models/own', { 'models/own/config.json': '{"model_type": "llama"}' })).toMatchObject({
      problem: { reason: expect.stringContaining('models/own/config.json') },
    });
    expect(resolve('models/own', { 'models/own/config.json': 'not json' })).toHaveProperty('problem');
  });

  it.each(['', '/', '..', '../../etc/passwd', '\0', 'a'.repeat(100_000), '__proto__', 'constructor'])(
    'survives %j',
    (id) => {
      expect(resolve(id)).toHaveProperty('problem');
    },
  );
});

describe('names and paths', () => {
  it.each([
    ['hf://Qwen/Qwen3-8B:main', 'catalogue (Qwen/Qwen3-8B)'],
    ['s3://bucket/models/Qwen3-8B/', 'catalogue (Qwen/Qwen3-8B), by the name of the path'],
    ['pvc://models/Qwen/Qwen3-8B', 'catalogue (Qwen/Qwen3-8B), by the name of the path'],
    // The layout of huggingface_hub's cache.
    ['/root/.cache/huggingface/hub/models--Qwen--Qwen3-8B', 'catalogue (Qwen/Qwen3-8B)'],
    [
      '/data/hub/models--Qwen--Qwen3-8B/snapshots/b968826d9c46dd6066d109eabc6255188de91218',
      'catalogue (Qwen/Qwen3-8B), not read at the pinned b968826d',
    ],
  ])('reads %s', (id, source) => {
    expect(resolve(id)).toMatchObject({ id, source });
  });

  it('never takes a path outside the repository, or a storage address, for a folder of it', () => {
    const files = { 'bucket/x/config.json': config, 'models/x/config.json': config };
    for (const id of ['s3://bucket/x', '/models/x', '../models/x'])
      expect(resolve(id, files)).toHaveProperty('problem');
  });

  it('says which models a name may be instead of choosing one', () => {
    const two = makeModelCatalogue({
      configs: [JSON.parse(config), { ...JSON.parse(config), hidden_size: 128 }],
      models: [
        { ids: ['a/same'], config: 0, source: 'test' },
        { ids: ['b/same'], config: 1, source: 'test' },
      ],
    });
    const sources: ModelSources = { catalogue: two, aliases: new Map(), read: () => null };
    expect(resolveModel('/mnt/same', sources)).toMatchObject({
      problem: { reason: "Several models are called 'same': a/same, b/same." },
    });
    expect(resolveModel('/mnt/b/same', sources)).toMatchObject({ architecture: { hiddenSize: 128 } });
  });
});

describe('a pinned revision', () => {
  const pinned = (revision: string, more: Partial<ModelSources> = {}) =>
    resolveModel('Qwen/Qwen3-8B', { catalogue, aliases: new Map(), read: () => null, ...more }, revision);

  it('that is a commit keeps the catalogue and says that it was not read', () => {
    expect(pinned('b968826d9c46dd6066d109eabc6255188de91218')).toMatchObject({
      source: expect.stringMatching(/not read at/),
    });
    expect(pinned('main')).toMatchObject({ source: 'catalogue (Qwen/Qwen3-8B)' });
  });

  it('that is another branch may be another quantization: unknown, unless the Hub says it', () => {
    expect(pinned('gptq-4bit-32g')).toMatchObject({ problem: { reason: expect.stringContaining('gptq-4bit-32g') } });
    const asked: unknown[] = [];
    const hub: ModelSources['hub'] = (request) => {
      asked.push(request);
      return answerOf('Qwen/Qwen3-8B');
    };
    expect(pinned('gptq-4bit-32g', { hub })).toMatchObject({
      source: 'Hub (https://h/Qwen/Qwen3-8B at ffffffff)',
      architecture: { hiddenSize: 64 },
      checkpointBytes: 7,
    });
    expect(asked).toEqual([{ id: 'Qwen/Qwen3-8B', revision: 'gptq-4bit-32g' }]);
  });
});

describe('the Hub', () => {
  const asked: string[] = [];
  const hub: ModelSources['hub'] = ({ id }) => {
    asked.push(id);
    return { reason: 'It is gated.', remedy: 'Set a token.' };
  };
  const ask = (id: string) => resolveModel(id, { catalogue, aliases: new Map(), read: () => null, hub });

  it('is asked last, only for what can be a repository, and its refusal is told', () => {
    ask('Qwen/Qwen3-8B');
    ask('/models/unheard-of');
    ask('s3://bucket/owner/name');
    ask('owner/name:latest');
    ask('Qwen/Qwen3-8B/file.gguf');
    ask('owner/model.gguf');
    expect(asked).toEqual([]);
    expect(ask('owner/name')).toMatchObject({ problem: { reason: 'It is gated.', remedy: 'Set a token.' } });
    expect(asked).toEqual(['owner/name']);
  });

  it('is asked first about a checkpoint whose quantization the catalogue takes from its format', () => {
    const id = 'QuantTrio/Qwen3.5-122B-A10B-AWQ';
    const sources = { catalogue, aliases: new Map(), read: () => null };
    const told: ModelSources['hub'] = () => answerOf(id);
    expect(resolveModel(id, { ...sources, hub: told })).toMatchObject({ checkpointBytes: 7 });
    const assumed = { source: `catalogue (${id})`, heaviest: expect.anything() };
    expect(resolveModel(id, { ...sources, hub })).toMatchObject(assumed);
    expect(resolveModel(id, sources)).toMatchObject(assumed);
  });

  it('is asked for the GGUF file that a name means, which the catalogue never stands for', () => {
    const requests: unknown[] = [];
    const answer: ModelSources['hub'] = (request) => {
      requests.push(request);
      return null;
    };
    const sources = { catalogue, aliases: new Map(), read: () => null };
    expect(resolveModel('Qwen/Qwen3-8B:Q4_K_M', { ...sources, hub: answer })).toHaveProperty('problem');
    expect(requests).toEqual([{ id: 'Qwen/Qwen3-8B', revision: null, gguf: 'Q4_K_M' }]);
    expect(resolveModel('Qwen/Qwen3-8B:Q4_K_M', sources)).toHaveProperty('problem');
  });

  it('is named as a way out where it was not asked', () => {
    expect(resolve('owner/name')).toMatchObject({ problem: { remedy: expect.stringContaining('`hub: true`') } });
  });
});

describe('the facts file', () => {
  const entry = (over: object = {}): FactsEntry => ({
    source: 'https://huggingface.co/owner/name',
    revision: 'a'.repeat(40),
    quantizationFrom: null,
    checkpointBytes: 123,
    elements: null,
    unread: null,
    ...usedFields({ ...JSON.parse(config), bos_token_id: 1, auto_map: { a: 'b' }, ...over }),
  });
  const fileOf = (entries: Readonly<Record<string, FactsEntry>>) => {
    const parsed = parseFacts({ path: 'facts.json', text: formatFacts(new Map(Object.entries(entries))) });
    if ('problem' in parsed) throw new Error(parsed.problem);
    return parsed;
  };
  const ask = (id: string, facts: ReturnType<typeof fileOf>, revision: string | null = null) =>
    resolveModel(id, { catalogue, aliases: new Map(), read: () => null, facts }, revision);

  it('comes before the catalogue, under its id, its pinned commit and its name', () => {
    const facts = fileOf({ 'owner/name': entry(), 'Qwen/Qwen3-8B': entry() });
    const source = 'facts.json (https://huggingface.co/owner/name at aaaaaaaa)';
    expect(ask('owner/name', facts)).toMatchObject({ source, checkpointBytes: 123, architecture: { hiddenSize: 64 } });
    expect(ask('Qwen/Qwen3-8B', facts)).toMatchObject({ architecture: { hiddenSize: 64 } });
    expect(ask('owner/name', facts, 'aaaaaaaaaa')).toMatchObject({ source });
    expect(ask('/mnt/name', facts)).toMatchObject({ source: `${source}, by the name of the path` });
    expect(ask('owner/name', facts, 'b'.repeat(40))).toHaveProperty('problem');
    expect(ask('owner/name', fileOf({ 'owner/name@v2': entry() }), 'v2')).toHaveProperty('architecture');
    const gguf = fileOf({ 'owner/name:Q4_K_M@v2': entry() });
    expect(ask('owner/name:Q4_K_M', gguf, 'v2')).toHaveProperty('architecture');
    expect(ask('owner/name:Q8_0', gguf, 'v2')).toHaveProperty('problem');
    expect(ask('owner/name', gguf, 'a'.repeat(40))).toHaveProperty('problem');
  });

  it('holds only what the estimate asks for, sorted, and gives the same architecture', () => {
    const { config: kept, leftOut } = entry();
    expect(leftOut).toEqual(['auto_map', 'bos_token_id']);
    const text = formatFacts(new Map([['owner/name', entry()]]));
    expect(text).not.toContain('"bos_token_id": ');
    const keys = Object.keys(
      (JSON.parse(text) as { models: Record<string, { config: object }> }).models['owner/name']?.config ?? {},
    );
    expect(keys).toEqual(Object.keys(kept).toSorted());
    for (const { id, config: full } of everyConfig()) {
      const cut = { ...entry(), ...usedFields(full) };
      const { architecture: own } = factsOrThrow(ask(id, fileOf({ [id]: cut })));
      const { architecture: whole } = factsOrThrow(resolve('x', { 'x/config.json': JSON.stringify(full) }));
      expect(own, id).toEqual(whole);
    }
  });

  it('is not believed where it left out a field that is asked for now', () => {
    const { config: kept, ...rest } = entry();
    const { num_key_value_heads: _, ...older } = kept;
    const stale = { ...rest, config: older, leftOut: [...rest.leftOut, 'num_key_value_heads'] };
    expect(ask('owner/name', fileOf({ 'owner/name': stale }))).toMatchObject({
      problem: {
        reason: expect.stringContaining('num_key_value_heads'),
        remedy: expect.stringContaining('facts lock'),
      },
    });
  });

  it.each([
    '',
    'null',
    '[]',
    '{"version": 2, "models": {}}',
    '{"version": 1}',
    '{"version": 1, "models": {"a": 3}}',
    '['.repeat(90_000),
  ])('refuses %.30s', (text) => {
    expect(parseFacts({ path: 'facts.json', text })).toMatchObject({ problem: expect.stringContaining('facts.json') });
  });
});

/** Some of each family: enough to show that nothing needed is left out. */
function everyConfig(): { id: string; config: Record<string, unknown> }[] {
  const seen = new Set<number>();
  return modelData.models.flatMap(({ ids, config: at, ...row }) => {
    const [id] = ids;
    if (id === undefined || seen.has(at) || !catalogue.find(id)) return [];
    seen.add(at);
    const quantization = 'quantization' in row && row.quantization ? { quantization_config: row.quantization } : {};
    return [{ id, config: { ...(modelData.configs[at] as object), ...quantization, eos_token_id: [1, 2] } }];
  });
}

function factsOrThrow(resolved: ReturnType<typeof resolveModel>) {
  if ('problem' in resolved) throw new Error(resolved.problem.reason);
  return resolved;
}
