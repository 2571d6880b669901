import type { Architecture } from '../../models/architecture.ts';
import type { ArgumentReader } from '../argument-reader.ts';

/** How one launch is divided. Tensor parallelism counts all ranks of a stage, those of attention replicas included. */
export interface Division {
  readonly tensor: number;
  readonly pipeline: number;
  readonly data: number;
  readonly expert: number;
  readonly dpAttention: boolean;
  /** Ranks that divide attention: tensor ÷ data with DP attention, ÷ context parallelism. */
  readonly attention: number;
  /** Ranks that divide a dense MLP (`--moe-dense-tp-size`). */
  readonly dense: number;
  readonly dpHead: boolean;
  readonly redundantExperts: number;
  /** Exchange of experts' tokens (`deepep`, …), or null. */
  readonly exchange: string | null;
  readonly decodeContext: number;
  readonly gpus: number;
}

/** Exchanges that force every rank to hold whole experts (srt/server_args.py _handle_a2a_moe). */
const WHOLE_EXPERTS: ReadonlySet<string> = new Set(['deepep', 'mooncake', 'nixl', 'mori', 'ascend_fuseep', 'pplx']);

/** Its assertions have no text to quote. */
interface Refused {
  readonly refusal: string;
  readonly plain: true;
}

/** The division of a launch, or why the engine refuses it. */
export function divisionOf(
  reader: ArgumentReader,
  { attentionHeads, kvHeads, latentAttention }: Architecture,
): Division | Refused {
  const tensor = reader.integer('tp_size', 1) ?? 1;
  const pipeline = reader.integer('pp_size', 1) ?? 1;
  const data = reader.integer('dp_size', 1) ?? 1;
  const context = reader.integer('attn_cp_size', 1) ?? 1;
  const dpAttention = reader.flag('enable_dp_attention') === true && data > 1;
  const asked = reader.word('moe_a2a_backend') ?? (reader.flag('enable_deepep_moe') === true ? 'deepep' : 'none');
  const whole = WHOLE_EXPERTS.has(asked) || reader.flag('enable_ep_moe') === true;
  const expert = whole ? tensor : Math.min(tensor, reader.integer('ep_size', 1) ?? 1);
  if (dpAttention && tensor % data !== 0)
    return { refusal: `tp_size ${tensor} is no multiple of dp_size ${data}`, plain: true };
  const attention = Math.max(1, Math.floor(tensor / (dpAttention ? data : 1) / context));
  if (attentionHeads > 0 && attentionHeads % attention !== 0)
    return { refusal: `${attentionHeads} attention heads do not divide over ${attention} ranks`, plain: true };
  const divides = kvHeads >= attention ? kvHeads % attention === 0 : attention % Math.max(1, kvHeads) === 0;
  if (!latentAttention && kvHeads > 0 && !divides)
    return { refusal: `${kvHeads} KV heads and ${attention} ranks do not divide each other`, plain: true };
  return {
    tensor,
    pipeline,
    data,
    expert,
    dpAttention,
    attention,
    dense: reader.integer('moe_dense_tp_size', 1) ?? tensor,
    dpHead: dpAttention && reader.flag('enable_dp_lm_head') === true,
    redundantExperts: reader.integer('ep_num_redundant_experts', 0) ?? 0,
    exchange: asked === 'none' ? null : asked,
    decodeContext: reader.integer('dcp_size', 1) ?? 1,
    gpus: tensor * pipeline * (dpAttention ? 1 : data),
  };
}
