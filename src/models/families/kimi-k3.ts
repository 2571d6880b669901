import type { Tensor } from '../architecture.ts';
import { flag, size, type Fields } from '../config/fields.ts';
import { norm, replicated } from '../tensors.ts';

/** Least width of an expert's part on one rank, to which parts are padded (vLLM models/kimi_k3/nvidia/model.py KimiMoE). */
export const LEAST_EXPERT_PART = 256;

/** Whether layers read the sums of blocks of layers before them (attention residuals), and with that the rest of Kimi K3. */
export function readsBlocks(fields: Fields): boolean {
  return size(fields, 'attn_res_block_size') !== null;
}

/** What reading them takes in each half of a layer (KimiDecoderLayer). */
export function blockReaders(hiddenSize: number, halves: readonly string[]): Tensor[] {
  return halves.flatMap((half) => [
    norm(`${half}_res_norm`, hiddenSize),
    replicated('other', `${half}_res_proj`, 1, hiddenSize, { linear: false }),
  ]);
}

/** Names of the checkpoint; the projections around a latent mixture are never quantized, and may be normed between. */
export function latentMixture(fields: Fields, tensors: readonly Tensor[]): Tensor[] {
  const named = tensors.map((tensor) => {
    const name = tensor.name
      .replace(/^mlp\./, 'block_sparse_moe.')
      .replace('fc1_latent_proj', 'routed_expert_down_proj')
      .replace('fc2_latent_proj', 'routed_expert_up_proj');
    return { ...tensor, name, linear: tensor.linear && !name.includes('routed_expert_') };
  });
  const latent = named.find(({ name }) => name.endsWith('routed_expert_down_proj'));
  if (!latent || flag(fields, 'latent_moe_use_norm') !== true) return named;
  return [...named, norm('block_sparse_moe.routed_expert_norm', latent.rows)];
}
