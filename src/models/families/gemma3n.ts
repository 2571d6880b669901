import type { Tensor } from '../architecture.ts';
import { size, type Fields } from '../config/fields.ts';
import { column, constant, norm, replicated, row } from '../tensors.ts';

/**
 * What only Gemma 3n has (vLLM model_executor/models/gemma3n.py): several streams of the hidden state that every layer
 * predicts and corrects (AltUp), and a low-rank path beside attention (LAuReL).
 */
export function isGemma3n(modelType: string): boolean {
  return modelType.startsWith('gemma3n');
}

/** What a layer has beside attention, MLP and the input of its own. */
export function streamsOfLayer(fields: Fields, hiddenSize: number): Tensor[] {
  const streams = size(fields, 'altup_num_inputs') ?? 4;
  const rank = size(fields, 'laurel_rank') ?? 64;
  return [
    replicated('other', 'altup.correction_coefs', streams, streams),
    replicated('other', 'altup.prediction_coefs', streams * streams, streams),
    replicated('other', 'altup.modality_router', streams, hiddenSize),
    norm('altup.router_norm', hiddenSize),
    constant('other', 'altup.correct_output_scale', hiddenSize),
    column('other', 'laurel.linear_left', rank, hiddenSize),
    row('other', 'laurel.linear_right', hiddenSize, rank),
    norm('laurel.post_laurel_norm', hiddenSize),
  ];
}

/** Projections that make the further streams from the first, and those that bring them back. */
export function streamProjections(fields: Fields, hiddenSize: number, name: string): Tensor[] {
  const further = (size(fields, 'altup_num_inputs') ?? 4) - 1;
  return Array.from({ length: further }, (_, which) => column('other', `${name}.${which}`, hiddenSize, hiddenSize));
}
