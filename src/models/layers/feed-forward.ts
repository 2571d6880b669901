import type { Tensor, TensorRole } from '../architecture.ts';
import { flag, type Fields } from '../config/fields.ts';
import { column, constant, experts, norm, replicated, row } from '../tensors.ts';

/** A dense MLP: gate and up fused when gated. */
export function denseMlp(
  hiddenSize: number,
  intermediateSize: number,
  gated: boolean,
  bias: boolean,
  name = 'mlp',
  role: TensorRole = 'mlp',
): Tensor[] {
  const up = gated
    ? column(role, `${name}.gate_up_proj`, 2 * intermediateSize, hiddenSize, { bias })
    : column(role, `${name}.up_proj`, intermediateSize, hiddenSize, { bias });
  return [up, row(role, `${name}.down_proj`, hiddenSize, intermediateSize, { bias })];
}

/** A mixture of experts of one layer. */
interface ExpertLayer {
  readonly hiddenSize: number;
  /** Width that the experts see (a latent mixture projects down before and up after). */
  readonly expertHiddenSize: number;
  readonly experts: number;
  readonly intermediateSize: number;
  readonly gated: boolean;
  readonly bias: boolean;
  /** Choices that the router knows beside the stored experts (LongCat's zero experts). */
  readonly zeroExperts: number;
  /** A correction of the router's scores per expert, kept in 32 bits. */
  readonly routerBias: boolean;
  /** Width of the shared experts together, or 0. */
  readonly sharedIntermediateSize: number;
  /** The shared expert has a sigmoid gate of its own (Qwen). */
  readonly sharedGate: boolean;
}

/** Router, stacked experts (w13, w2) and shared expert (vLLM model_executor/layers/fused_moe). */
export function expertLayer(spec: ExpertLayer): Tensor[] {
  const { hiddenSize, expertHiddenSize, gated, intermediateSize } = spec;
  const choices = spec.experts + spec.zeroExperts;
  const w13 = gated ? 2 * intermediateSize : intermediateSize;
  const tensors = [
    replicated('router', 'mlp.gate', choices, hiddenSize, { bias: spec.bias, linear: false }),
    experts('mlp.experts.w13', spec.experts, w13, expertHiddenSize, 'column', spec.bias),
    experts('mlp.experts.w2', spec.experts, expertHiddenSize, intermediateSize, 'row', spec.bias),
  ];
  if (spec.routerBias) {
    tensors.push({ ...constant('router', 'mlp.gate.e_score_correction_bias', choices), dtype: 'float32' });
  }
  if (expertHiddenSize !== hiddenSize) {
    tensors.push(replicated('mlp', 'mlp.fc1_latent_proj', expertHiddenSize, hiddenSize));
    tensors.push(replicated('mlp', 'mlp.fc2_latent_proj', hiddenSize, expertHiddenSize));
  }
  if (spec.sharedIntermediateSize > 0) {
    tensors.push(
      ...denseMlp(hiddenSize, spec.sharedIntermediateSize, gated, false, 'mlp.shared_experts', 'shared_experts'),
    );
  }
  if (spec.sharedGate) tensors.push(replicated('router', 'mlp.shared_expert_gate', 1, hiddenSize, { linear: false }));
  return tensors;
}

/** Arctic's dense MLP beside the experts, as wide as the model, with its norm (vLLM model_executor/models/arctic.py). */
export function mlpBeside(fields: Fields, modelType: string, hiddenSize: number): Tensor[] {
  if (modelType !== 'arctic' || flag(fields, 'use_residual') !== true) return [];
  return [...denseMlp(hiddenSize, hiddenSize, true, false, 'residual_mlp'), norm('residual_layernorm', hiddenSize)];
}
