import { describe, expect, it } from 'vitest';
import { run } from '../../src/cli/run.ts';
import { sweepOf } from '../../src/cli/sweep.ts';

async function headroom(...words: string[]) {
  let [out, err] = ['', ''];
  const code = await run(words, {
    out: (text) => (out += text),
    err: (text) => (err += text),
    env: {},
    cwd: import.meta.dirname,
    columns: null,
  });
  return { code, out, err };
}

const L4 = ['--gpu', 'l4', '--engine-version', '0.19.0'];
const COMMAND = ['--', 'vllm', 'serve', 'Qwen/Qwen3-8B', '--max-model-len', '40960'];

describe('headroom estimate --set', () => {
  it('shows before and after side by side, with what changes', async () => {
    const { code, out } = await headroom('estimate', ...L4, '--set', 'max-model-len=8192', ...COMMAND);
    expect(code).toBe(0);
    expect(out).toContain('max_model_len: 40960 → 8192');
    // 36 layers × 8 heads × 128 × 2 × 2 B = 144 KiB a token: 5.625 GiB for 40,960 and 1.125 GiB for 8,192.
    expect(out).toMatch(/KV cache needed\s+5\.63 GiB\s+1\.13 GiB\s+−4\.50 GiB/);
    expect(out).toMatch(/verdict\s+fails\s+fits/);
  });

  it('has the exit code of what would then be run, and gives both to programs', async () => {
    const set = ['--set', 'max_model_len=20k', '--set', 'enforce_eager=true'];
    const { out } = await headroom('estimate', ...L4, '--format', 'json', ...set, ...COMMAND);
    const { before, after } = JSON.parse(out);
    expect(before.deployments[0].arguments).toEqual({ max_model_len: 40960 });
    expect(after.deployments[0].arguments).toEqual({ max_model_len: 20000, enforce_eager: true });
    expect((await headroom('estimate', ...L4, '--set', 'max_num_seqs=8', ...COMMAND)).code).toBe(1);
  });

  it.each([
    ['max_modellen=8192', /max-model-len/],
    ['max_model_len', /has no value/],
    ['max_model_len=long', /cannot be 'long'/],
    ['model=x', /another command/],
  ])('exits 2 on %s, with what to do', async (set, message) => {
    const { code, out, err } = await headroom('estimate', ...L4, '--set', set, ...COMMAND);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toMatch(message);
  });
});

it('writes what would then be run in every format of a report, and a curve in those that it has', async () => {
  const set = ['--set', 'max_model_len=8192'];
  const { code, out } = await headroom('estimate', ...L4, '--format', 'junit', ...set, ...COMMAND);
  expect(code).toBe(0);
  expect(out).toMatch(/^<\?xml .*[^]*failures="0"/);
  const sweep = ['--sweep', 'max_model_len=4096,8192'];
  const refused = await headroom('estimate', ...L4, '--format', 'markdown', ...sweep, ...COMMAND);
  expect(refused).toMatchObject({ code: 2, out: '' });
  expect(refused.err).toContain('--format json');
});

describe('headroom estimate --sweep', () => {
  it('prints the curve as a table and as bars to scale', async () => {
    const { code, out } = await headroom('estimate', ...L4, '--sweep', 'max_model_len=4096..32768', ...COMMAND);
    expect(code).toBe(1);
    const rows = out.split('\n').filter((line) => /^\d/.test(line));
    expect(rows).toHaveLength(8);
    expect(rows[0]).toMatch(/^4096 .* fits$/);
    expect(rows[3]).toMatch(/^32768 .* fails$/);
    const request = rows.slice(4).map((line) => line.match(/k/g)?.length ?? 0);
    expect(request).toEqual(request.toSorted((a, b) => a - b));
  });

  // Qwen3-8B was trained on 40,960 tokens (max_position_embeddings), and vLLM refuses more.
  it('says once why values have no figures, and what is wrong with one', async () => {
    const refused = ['--sweep', 'max_model_len=32768..131072', '--', 'vllm', 'serve', 'Qwen/Qwen3-8B'];
    const { out } = await headroom('estimate', ...L4, ...refused);
    expect(out).toMatch(/^65536, 131072: fails when the engine reads its arguments: .*max_model_len \(65536\)/m);
    expect(out.match(/User-specified/g)).toHaveLength(1);
    const wrong = await headroom('estimate', ...L4, '--sweep', 'max_model_len=abc', ...COMMAND);
    expect(wrong).toMatchObject({ code: 2, err: expect.stringMatching(/^headroom: --sweep: .*'abc'/) });
  });

  it('needs a GPU', async () => {
    const { code, err } = await headroom('estimate', '--sweep', 'max_model_len=4096..8192', ...COMMAND);
    expect(code).toBe(2);
    expect(err).toContain('Name one or more with --gpu');
  });
});

describe('the values of a sweep', () => {
  it.each([
    ['max_model_len=4096..131072', ['4096', '8192', '16384', '32768', '65536', '131072']],
    ['u=0.7..0.9', ['0.7', '0.75', '0.8', '0.85', '0.9']],
    ['max_num_seqs=16..64:24', ['16', '40', '64']],
    ['max_num_seqs=16..60:24', ['16', '40', '60']],
    ['kv_cache_dtype=auto,fp8', ['auto', 'fp8']],
  ])('%s', (text, values) => {
    expect(sweepOf(text)).toEqual({ key: text.split('=')[0], values });
  });

  it.each(['x', 'x=', 'x=9..1', 'x=1..', 'x=1..100000000000:0.0001', 'x=1..5:0', 'x=a,,b'])('%s is none', (text) => {
    expect(sweepOf(text)).toHaveProperty('problem');
  });
});
