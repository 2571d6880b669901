import type { Launch } from '../launch.ts';
import { has } from '../versions.ts';

/**
 * Bytes per logit (row of `max_num_seqs` × vocabulary) at the peak of V1's dummy sampler run when something drafts
 * (v1/worker/gpu_model_runner.py _dummy_sampler_run, v1/sample/rejection_sampler.py). It makes up logits of two rows per
 * request (4) and takes one for the bonus token (2). Until 0.11.0 the bonus sampler is the peak, with its fp32 copy and
 * its sort (36). From 0.11.1 the bonus logits are kept as fp32 (4) while the target's are: an fp32 copy (4), from 0.14 a
 * second one (4), then the sort (32), or where Triton or FlashInfer cut the tail in place: probabilities, noise and its
 * reciprocal (4 each). Kept probabilities of the drafter are 4 more.
 * @param sorted whether top-k and top-p sort the logits.
 */
export function rejectionBytesPerLogit({ version, speculation }: Launch, sorted: boolean): number {
  const kept = speculation?.probabilistic === true ? 4 : 0;
  if (!has(version, 'rejectionOnBonusLogits')) return 42 + kept;
  const copies = has(version, 'targetLogitsCopied') ? 8 : 4;
  return 4 + 2 + 4 + copies + (sorted ? 32 : 12) + kept;
}

/**
 * Buffers that a drafter keeps from the runner's construction on, in bytes: not part of 'Model loading took', and seen by
 * the profiler only since 0.27 (v1/spec_decode/llm_base_proposer.py, ngram_proposer_gpu.py, extract_hidden_states.py;
 * v1/worker/gpu/spec_decode for the second runner, which embeds only for multimodal models and keeps fp32 draft logits).
 */
export function drafterStateBytes(launch: Launch): number {
  const { speculation, runner, maxNumBatchedTokens: tokens, elementBytes } = launch;
  if (!speculation || runner === 'v0') return 0;
  const { method, architecture } = speculation;
  const rows = Math.min(launch.maxNumSeqs, tokens);
  if (method === 'ngram_gpu') return 4 * rows * (launch.context.tokens + 1);
  if (method === 'extract_hidden_states')
    return tokens * (speculation.asked.extractedLayers * architecture.hiddenSize * elementBytes + 8);
  if (speculation.layers.length === 0) return 0;
  const states = tokens * architecture.hiddenSize * elementBytes;
  if (runner === 'v1') return 2 * states + 26 * tokens;
  const embeds = launch.architecture.encoders.length > 0 ? states : 0;
  const modules =
    method === 'mtp' && architecture.drafter === null ? Math.min(speculation.layers.length, speculation.tokens) : 1;
  // Several MTP modules in a row keep the states of the steps between them.
  const chained = modules > 1 ? rows * (speculation.tokens - 1) * architecture.hiddenSize * elementBytes : 0;
  const kept = speculation.probabilistic ? 4 * rows * speculation.tokens * architecture.vocabSize : 0;
  return states + embeds + chained + kept + 40 * tokens;
}

/**
 * Logits in fp32 that V1 holds while it verifies, in bytes: every running request brings its drafted rows and one more, and
 * a step has no more rows than a batch has tokens. V0 scores otherwise; the second runner takes them in chunks.
 */
export function verificationBytes(launch: Launch): number {
  const { speculation, architecture, runner, maxNumSeqs, maxNumBatchedTokens } = launch;
  if (!speculation || runner !== 'v1') return 0;
  const rows = Math.min((speculation.tokens + 1) * maxNumSeqs, maxNumBatchedTokens);
  return 4 * rows * architecture.vocabSize;
}
