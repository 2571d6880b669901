import { describe, expect, it } from 'vitest';
import { expertWorkspace, keepsWorkspace } from '../../../src/engines/vllm/moe-workspace.ts';
import { launched, type Asked } from './launches.ts';

/** Qwen3-30B-A3B in 16 bits: 8 of 128 experts, width 768, hidden size 2048. One token: 2 · 8 · (max(768, 2048) + max(1536, 2048)). */
const TOKEN = 2 * 8 * (2048 + 2048);

function tokens(asked: Omit<Asked, 'model'>): number {
  return expertWorkspace(launched({ model: 'Qwen/Qwen3-30B-A3B', gpu: 'h100', ...asked })).value / TOKEN;
}

describe('tokens that the expert workspaces are sized for (fused_moe/modular_kernel.py)', () => {
  const args = { max_num_batched_tokens: 65_536, max_num_seqs: 256 };

  it.each([
    // envs.py: 32768 at v0.11.0, 16 * 1024 at v0.12.0; chunks are gone since #34086.
    ['0.11.0', 32_768],
    ['0.12.0', 16_384],
    ['0.17.0', 16_384],
    ['0.18.0', 65_536],
  ])('%s: %i', (version, expected) => {
    expect(tokens({ version, args })).toBe(expected);
  });

  it('as VLLM_FUSED_MOE_CHUNK_SIZE says, until 0.17', () => {
    const environment = { VLLM_FUSED_MOE_CHUNK_SIZE: '1024' };
    expect(tokens({ version: '0.17.0', args, environment })).toBe(1024);
    expect(tokens({ version: '0.18.0', args, environment })).toBe(65_536);
  });

  it('data-parallel experts are profiled with a whole chunk since 0.12 (#27426)', () => {
    const spread = { data_parallel_size: 2, enable_expert_parallel: true, max_num_batched_tokens: 2048 };
    expect(tokens({ gpu: 'h100:2', version: '0.11.0', args: spread })).toBe(4096);
    expect(tokens({ gpu: 'h100:2', version: '0.12.0', args: spread })).toBe(16_384);
    expect(tokens({ gpu: 'h100:2', version: '0.18.0', args: spread })).toBe(4096);
  });
});

describe('workspaces that stay after the profile run (v1/worker/workspace.py)', () => {
  const keeps = (asked: Omit<Asked, 'model'> & { model?: string }): boolean =>
    keepsWorkspace(launched({ model: 'Qwen/Qwen3-30B-A3B', gpu: 'h100', ...asked }));

  it.each([
    // layers/fused_moe/unquantized_fused_moe_method.py makes a modular kernel without an exchange, too.
    ['0.13.0', false],
    ['0.14.0', true],
  ])('16 bits, %s: %s', (version, expected) => {
    expect(keeps({ version })).toBe(expected);
  });

  it('experts that ranks exchange tokens of, one release earlier', () => {
    const args = { data_parallel_size: 2, enable_expert_parallel: true };
    expect(keeps({ gpu: 'h100:2', version: '0.12.0', args })).toBe(false);
    expect(keeps({ gpu: 'h100:2', version: '0.13.0', args })).toBe(true);
  });

  it('not those of 4-bit weights, which Marlin multiplies outside modular kernels until 0.20', () => {
    const model = 'Qwen/Qwen3-30B-A3B-GPTQ-Int4';
    expect(keeps({ model, version: '0.20.0' })).toBe(false);
    expect(keeps({ model, version: '0.21.0' })).toBe(true);
  });
});
