import type { Layer, Tensor } from '../architecture.ts';
import { flag, size, text, texts, type Fields } from '../config/fields.ts';
import { norm } from '../tensors.ts';

/** The parts that a block of LongCat-Flash is put together from. */
interface Halves {
  readonly attention: Layer;
  readonly dense: readonly Tensor[];
  readonly experts: readonly Tensor[];
}

/** Whether each layer of the family attends twice. */
export function isLongcat(modelType: string): boolean {
  return modelType === 'longcat_flash';
}

/** Why a config of the family cannot be computed, or null. */
export function longcatProblem(fields: Fields): string | null {
  if (size(fields, 'kv_lora_rank') === null) return 'config.json states no kv_lora_rank.';
  if (size(fields, 'n_routed_experts') === null) return 'config.json states no n_routed_experts.';
  if (texts(fields, 'disable_quant_module').length > 0)
    return 'Headroom cannot compute a longcat_flash model that leaves modules unquantized by disable_quant_module yet.';
  return null;
}

/** Choices of the router that stand for no stored expert. */
export function zeroExpertsOf(fields: Fields, modelType: string): number {
  return isLongcat(modelType) ? (size(fields, 'zero_expert_num') ?? 0) : 0;
}

/**
 * One layer of LongCat-Flash: two attentions with a cache each, two dense MLPs, four norms, and one mixture of experts
 * beside the second half (vLLM model_executor/models/longcat_flash.py FlashDecoderLayer).
 */
export function dualLayer(fields: Fields, hiddenSize: number, { attention, dense, experts }: Halves): Layer {
  const halves = ['0', '1'];
  return {
    tensors: [
      ...halves.flatMap((half) => attention.tensors.map((tensor) => inHalf(tensor, 'self_attn', half))),
      ...halves.flatMap((half) => dense.map((tensor) => inHalf(tensor, 'mlps', half))),
      ...experts.map((tensor) => routed(fields, tensor)),
      ...halves.flatMap((half) => [
        norm(`input_layernorm.${half}`, hiddenSize),
        norm(`post_attention_layernorm.${half}`, hiddenSize),
      ]),
    ],
    caches: [...attention.caches, ...attention.caches],
  };
}

function inHalf(tensor: Tensor, module: string, half: string): Tensor {
  return { ...tensor, name: tensor.name.replace(/^[^.]+/, `${module}.${half}`) };
}

/** The router is kept in 32 bits unless `router_dtype` names another width (FlashConfig), and is called a classifier. */
function routed(fields: Fields, tensor: Tensor): Tensor {
  if (tensor.role !== 'router') return tensor;
  const dtype = (text(fields, 'router_dtype') ?? 'float32') === 'float32' ? 'float32' : null;
  if (tensor.name !== 'mlp.gate') return { ...tensor, name: 'mlp.router.e_score_correction_bias', dtype };
  const biasRows = flag(fields, 'router_bias') === true ? tensor.rows : 0;
  return { ...tensor, name: 'mlp.router.classifier', biasRows, dtype };
}
