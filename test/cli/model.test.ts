import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import modelData from '../../src/catalogue/models.json' with { type: 'json' };
import { type ModelCard, modelCard } from '../../src/cli/model-card.ts';
import { run } from '../../src/cli/run.ts';
import { makeModelCatalogue } from '../../src/models/catalogue.ts';
import { startHub } from '../hub/fake-hub.ts';
import { safetensorsFile } from '../hub/safetensors-file.ts';

let folder = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'headroom-model-'));
  mkdirSync(join(folder, '.git'));
});

afterEach(() => rmSync(folder, { recursive: true }));

function write(path: string, text: string): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
}

async function headroom(words: readonly string[], env: Record<string, string> = {}) {
  let [out, err] = ['', ''];
  const code = await run(['model', ...words], {
    out: (text) => (out += text),
    err: (text) => (err += text),
    env,
    cwd: folder,
    columns: null,
  });
  return { code, out, err };
}

async function cardOf(...words: string[]): Promise<ModelCard> {
  const { out, err } = await headroom([...words, '--format', 'json']);
  expect(err).toBe('');
  return JSON.parse(out) as ModelCard;
}

const divisors = (card: ModelCard): number[] =>
  card.tensorParallelSizes.filter(({ obstacle }) => obstacle === null).map(({ size }) => size);

describe('headroom model', () => {
  it('shows parameters, bytes, caches, context and sizes, with who says each', async () => {
    const card = await cardOf('meta-llama/Llama-3.1-8B-Instruct');
    // The model card on the Hub states 8,030,261,248 parameters in BF16.
    expect(card).toMatchObject({ parameters: 8_030_261_248, weightBytes: 2 * 8_030_261_248, contextTokens: 131_072 });
    // 32 layers × (keys + values) × 8 heads × 128 × 2 bytes.
    expect(card.caches).toEqual([
      { name: 'full attention', layers: 32, bytesPerToken: 32 * 2 * 8 * 128 * 2, bytesPerRequest: 0 },
    ]);
    // 32 query heads; 8 key-value heads, which are copied beyond 8.
    expect(divisors(card)).toEqual([1, 2, 4, 8, 16, 32]);
    expect(card.sources).toContainEqual({ fact: 'config', source: 'catalogue (meta-llama/Llama-3.1-8B-Instruct)' });
    const { out } = await headroom(['meta-llama/Llama-3.1-8B-Instruct']);
    expect(out).toContain('8,030,261,248 parameters, 14.96 GiB');
    expect(out).toContain('128.00');
    expect(out).toMatch(/config +catalogue \(meta-llama/);
  });

  it('keeps layers of different reach and latent caches apart', async () => {
    // config.json of gpt-oss-20b: 24 layers, every other one with a window of 128; 8 heads of 64.
    expect((await cardOf('openai/gpt-oss-20b')).caches).toEqual([
      { name: 'sliding window of 128 tokens', layers: 12, bytesPerToken: 12 * 2 * 8 * 64 * 2, bytesPerRequest: 0 },
      { name: 'full attention', layers: 12, bytesPerToken: 12 * 2 * 8 * 64 * 2, bytesPerRequest: 0 },
    ]);
    // config.json of DeepSeek-V3: 61 layers, a latent of 512 and 64 rotary values.
    expect((await cardOf('deepseek-ai/DeepSeek-V3')).caches).toEqual([
      { name: 'latent attention', layers: 61, bytesPerToken: 61 * (512 + 64) * 2, bytesPerRequest: 0 },
    ]);
  });

  it('says what a quantized checkpoint stores, and which sizes its groups allow', async () => {
    const config = {
      architectures: ['LlamaForCausalLM'],
      model_type: 'llama',
      hidden_size: 4096,
      intermediate_size: 11_008,
      num_hidden_layers: 2,
      num_attention_heads: 32,
      vocab_size: 32_000,
      torch_dtype: 'float16',
      quantization_config: { quant_method: 'awq', bits: 4, group_size: 128, zero_point: true },
    };
    write('models/awq/config.json', JSON.stringify(config));
    const card = await cardOf('models/awq');
    expect(card.source).toBe(`disk (${join(folder, 'models/awq/config.json')})`);
    const linear = 2 * (4 * 4096 * 4096 + 3 * 4096 * 11_008);
    expect(card.byStorage).toContainEqual({ name: '4-bit', parameters: linear, bytes: linear / 2 });
    // A 16-bit scale and a 4-bit zero point for every 128 weights.
    expect(card.byStorage).toContainEqual({ name: 'scales and biases', parameters: 0, bytes: (linear / 128) * 2.5 });
    // 11,008 ÷ 128 is 86 groups: two even halves and no more.
    expect(divisors(card)).toEqual([1, 2]);
    expect(card.tensorParallelSizes).toContainEqual({ size: 4, obstacle: expect.stringContaining('groups of 128') });
  });

  it('adds up, for every model of the catalogue', () => {
    const catalogue = makeModelCatalogue(modelData);
    for (const { ids } of modelData.models) {
      const facts = catalogue.find(ids[0] ?? '');
      if (!facts) continue;
      const card = modelCard(facts);
      const sum = (lines: ModelCard['byRole'], key: 'parameters' | 'bytes'): number =>
        lines.reduce((total, line) => total + line[key], 0);
      for (const lines of [card.byRole, card.byStorage]) {
        expect(sum(lines, 'parameters'), card.id).toBe(card.parameters);
        expect(sum(lines, 'bytes'), card.id).toBeCloseTo(card.weightBytes, 3);
      }
      expect(
        card.caches.every(({ bytesPerToken, bytesPerRequest }) => bytesPerToken + bytesPerRequest > 0),
        card.id,
      ).toBe(true);
      expect(divisors(card)).toContain(1);
    }
  });

  it('reads a folder anywhere on the disk, through the links of the Hub’s cache', async () => {
    const config = {
      architectures: ['Qwen3ForCausalLM'],
      model_type: 'qwen3',
      hidden_size: 64,
      num_hidden_layers: 2,
      num_attention_heads: 4,
      vocab_size: 100,
    };
    write('blobs/0123', JSON.stringify(config));
    mkdirSync(join(folder, 'snapshots/abc'), { recursive: true });
    symlinkSync('../../blobs/0123', join(folder, 'snapshots/abc/config.json'));
    expect(await cardOf(join(folder, 'snapshots/abc'))).toMatchObject({ layers: 2 });
    expect(await cardOf('snapshots/abc/config.json')).toMatchObject({ layers: 2 });
    // q, k, v, o of 64 × 64, gate, up, down of 64 × 256, two norms; embeddings, head, last norm.
    const parameters = 2 * (4 * 64 * 64 + 3 * 64 * 256 + 2 * 64 + 2 * 16) + 2 * 6_400 + 64;
    const weights = { all: { dtype: 'BF16', shape: [parameters], bytes: 2 * parameters } };
    writeFileSync(join(folder, 'snapshots/abc/model.safetensors'), safetensorsFile(weights));
    expect(await cardOf('snapshots/abc')).toMatchObject({
      parameters,
      checkpointBytes: 2 * parameters,
      approximations: [],
    });
    writeFileSync(join(folder, 'snapshots/abc/model.safetensors'), 'no weights');
    expect(await cardOf('snapshots/abc')).toMatchObject({
      approximations: [expect.stringContaining('model.safetensors')],
    });
    write('snapshots/bad/config.json', '{"model_type": "llama"}');
    expect(await headroom(['snapshots/bad'])).toMatchObject({ code: 2, out: '' });
  });

  it('asks the Hub when told to, and says what to do when nobody knows', async () => {
    const hub = await startHub({
      'acme/own': {
        files: { 'config.json': readConfig() },
        commit: 'c'.repeat(40),
        sizes: { 'model.safetensors': 5_000_000_000 },
        elements: { BF16: 596_049_920 },
      },
    });
    try {
      expect(await headroom(['acme/own'], { HF_ENDPOINT: hub.url })).toMatchObject({
        code: 2,
        out: '',
        err: expect.stringContaining('--hub'),
      });
      const { code, out } = await headroom(['--hub', 'acme/own'], { HF_ENDPOINT: hub.url });
      expect(code).toBe(0);
      expect(out).toContain('files of 4.66 GiB');
      expect(out).toMatch(/checkpoint size +Hub \(http:\/\/127\.0\.0\.1:\d+\/acme\/own at cccccccc\), its files/);
    } finally {
      await hub.close();
    }
    expect(await headroom([])).toMatchObject({ code: 2, err: expect.stringContaining('no model') });
  });
});

function readConfig(): string {
  const data = JSON.parse(readFileSync(new URL('../../src/catalogue/models.json', import.meta.url), 'utf8')) as {
    configs: object[];
  };
  return JSON.stringify(data.configs[0]);
}
