import { describe, expect, it } from 'vitest';
import { refused, type Asked } from './launches.ts';
import { LLAMA_8B } from './models.ts';

/**
 * Every expected text is the format string of vLLM's source at the tags named (`main`: 7cfb97e3379, August 2026), with the
 * numbers of the test put in.
 */
function text(args: NonNullable<Asked['args']>, extra: Partial<Asked> = {}): string | null {
  return refused({ model: LLAMA_8B, args, ...extra });
}

describe('values outside their list', () => {
  const choose = (name: string, asked: string, known: string) =>
    `argument --${name}: invalid choice: ${asked} (choose from ${known})`;

  it.each([
    // CacheDType of config.py at v0.8.5, v0.10.0, v0.11.0 and config/cache.py at v0.11.1 and v0.18.0.
    ['0.8.5', "'auto', 'fp8', 'fp8_e4m3', 'fp8_e5m2'"],
    ['0.10.0', "'auto', 'fp8', 'fp8_e4m3', 'fp8_e5m2', 'fp8_inc'"],
    ['0.11.0', "'auto', 'bfloat16', 'fp8', 'fp8_e4m3', 'fp8_e5m2', 'fp8_inc'"],
    ['0.11.1', "'auto', 'bfloat16', 'fp8', 'fp8_e4m3', 'fp8_e5m2', 'fp8_inc', 'fp8_ds_mla'"],
    ['0.18.0', "'auto', 'float16', 'bfloat16', 'fp8', 'fp8_e4m3', 'fp8_e5m2', 'fp8_inc', 'fp8_ds_mla'"],
  ])('--kv-cache-dtype nvfp4 in %s', (version, known) => {
    expect(text({ kv_cache_dtype: 'nvfp4' }, { version })).toBe(choose('kv-cache-dtype', "'nvfp4'", known));
  });

  it.each([
    ['nvfp4', '0.20.0', true],
    ['turboquant_3bit_nc', '0.20.0', true],
    ['fp8_per_token_head', '0.19.0', false],
    ['int4_per_token_head', '0.24.0', false],
    ['int4_per_token_head', '0.25.0', true],
    ['nvfp4_4over6', '0.27.0', false],
    ['fp4', '0.31.0', false],
  ])('--kv-cache-dtype %s in %s: %s', (dtype, version, known) => {
    expect(text({ kv_cache_dtype: dtype }, { version }) === null).toBe(known);
  });

  it.each([
    ['0.11.0', 256, '1, 8, 16, 32, 64, 128'],
    ['0.12.0', 48, '1, 8, 16, 32, 64, 128, 256'],
  ])('%s: --block-size %i (BlockSize)', (version, asked, known) => {
    expect(text({ block_size: asked }, { version })).toBe(choose('block-size', String(asked), known));
  });

  it('takes any block from 0.18 on', () => {
    expect(text({ block_size: 48 }, { version: '0.18.0' })).toBeNull();
  });

  it.each([
    ['0.8.5', 1, 'max_lora_rank (1) must be one of (8, 16, 32, 64, 128, 256, 320, 512).'],
    ['0.11.1', 24, choose('max-lora-rank', '24', '1, 8, 16, 32, 64, 128, 256, 320, 512')],
  ])('%s: --max-lora-rank %i (v0.8.5 config.py; MaxLoRARanks of config/lora.py)', (version, rank, message) => {
    expect(text({ enable_lora: true, max_lora_rank: rank }, { version })).toBe(message);
    expect(text({ max_lora_rank: rank }, { version })).toBeNull();
  });

  it('--dtype and the mamba dtypes', () => {
    const dtypes = "'auto', 'half', 'float16', 'bfloat16', 'float', 'float32'";
    expect(text({ dtype: 'int8' })).toBe(choose('dtype', "'int8'", dtypes));
    expect(text({ mamba_ssm_cache_dtype: 'bfloat16' }, { version: '0.20.0' })).toBe(
      choose('mamba-ssm-cache-dtype', "'bfloat16'", "'auto', 'float32', 'float16'"),
    );
    expect(text({ mamba_ssm_cache_dtype: 'bfloat16' }, { version: '0.23.0' })).toBeNull();
  });
});
