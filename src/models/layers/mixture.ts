import type { MixtureOfExperts } from '../architecture.ts';
import { countOfLayer, size, type Fields } from '../config/fields.ts';

/** The experts of a mixture by the names that families give their sizes. */
export function mixtureOf(
  fields: Fields,
  hiddenSize: number,
  intermediateSize: number,
  experts: number,
  gated: boolean,
): MixtureOfExperts {
  const expertsPerToken =
    size(
      fields,
      'num_experts_per_tok',
      'num_experts_per_token',
      'moe_topk',
      'moe_top_k',
      'moe_k',
      'experts_per_token',
      'top_k_experts',
    ) ?? 1;
  const width = countOfLayer(fields, 0, 'moe_intermediate_size', 'expert_ffn_hidden_size') ?? intermediateSize;
  return {
    experts,
    expertsPerToken,
    intermediateSize: width,
    hiddenSize: size(fields, 'routed_expert_hidden_size', 'moe_latent_size') ?? hiddenSize,
    gated,
  };
}

/** Width of the experts that every token sees together; `unsaid` of them when the config does not count them. */
export function sharedWidth(fields: Fields, moe: MixtureOfExperts, unsaid: number): number {
  const stated = size(
    fields,
    'shared_expert_intermediate_size',
    'moe_shared_expert_intermediate_size',
    'shared_intermediate_size',
    'share_expert_dim',
  );
  const shared =
    countOfLayer(fields, 0, 'n_shared_experts', 'num_shared_experts', 'moe_num_shared_experts', 'num_shared_expert') ??
    unsaid;
  return stated ?? shared * moe.intermediateSize;
}
