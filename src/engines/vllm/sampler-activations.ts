import { add, between, exactly, type Quantity } from '../../quantity.ts';
import type { Launch } from './launch.ts';
import { FITTED } from './residuals.ts';
import { rejectionBytesPerLogit } from './speculation/state.ts';
import { has } from './versions.ts';

/** Logits, fp32 copy, probabilities and noise; and what the sort of PyTorch's top-p adds. */
const NATIVE_BYTES = 14;
const SORT_BYTES = 38;
/** The second runner's logits, and the fp32 copy that it made although nothing of a dummy run changes them. */
const RAW_BYTES = 2;
const COPY_BYTES = 4;
/** FlashInfer draws from the probabilities without noise of its own (v1/sample/ops/topk_topp_sampler.py flashinfer_sample). */
const FLASHINFER_BYTES = 10;
/** Logits, their fp32 copy, the masked logits and the probabilities of FlashInfer's top-k and top-p. */
const WARM_UP_BYTES = 14;
/** Rows from which top-k and top-p run in Triton. */
const TRITON_ROWS = 8;

/**
 * Bytes per logit of the sampler's dummy run. Up to 0.11.0 it depended on whether the FlashInfer package was installed,
 * which no config says: the low end is with it, the expected one without.
 */
export function bytesPerLogit(launch: Launch): Quantity {
  const { runner, version, speculation, maxNumSeqs } = launch;
  if (runner === 'v0') return exactly(40, 'calibrated');
  if (runner === 'v2')
    return exactly(has(version, 'runnerV2RawLogits') ? RAW_BYTES : RAW_BYTES + COPY_BYTES, 'formula');
  const asked = launch.environment['VLLM_USE_FLASHINFER_SAMPLER'];
  const triton = has(version, 'tritonSampler') && maxNumSeqs >= TRITON_ROWS;
  const flashInfer = asked === '1' && !has(version, 'warmsBothSamplers');
  if (speculation !== null) return exactly(rejectionBytesPerLogit(launch, !triton && !flashInfer), 'formula');
  const expected = flashInfer ? FLASHINFER_BYTES : triton ? NATIVE_BYTES : SORT_BYTES;
  const least = asked === undefined && !has(version, 'flashInferSamplerOff') ? FLASHINFER_BYTES : expected;
  return between(least, expected, expected, 'formula');
}

/** Rows that the sampler's dummy run has: one a request. */
export function samplerRows({ maxNumSeqs, maxNumBatchedTokens }: Launch): number {
  return Math.min(maxNumSeqs, maxNumBatchedTokens);
}

/** What the sampler's dummy run takes on the last rank, in bytes (vLLM v1/worker/gpu_model_runner.py _dummy_sampler_run). */
export function samplerBytes(launch: Launch): Quantity {
  const formula = samplerFormula(launch);
  return launch.runner === 'v1' && formula.value > 0
    ? add(formula, exactly(FITTED.samplerExtraBytes, 'calibrated'))
    : formula;
}

/**
 * What the second runner's warm-up takes beside the hidden states, in bytes: it samples with penalties, top-k and top-p,
 * which the profile leaves out (vLLM v1/worker/gpu/warmup.py warmup_kernels, sample/sampler.py). One row a request, of which
 * each is a prompt of two tokens more than are drafted.
 */
export function warmUpSamplerBytes({
  runner,
  architecture,
  maxNumSeqs,
  maxNumBatchedTokens,
  speculation,
}: Launch): number {
  if (runner !== 'v2' || architecture.task === 'pooling') return 0;
  const prompt = 2 + (speculation?.tokens ?? 0);
  return WARM_UP_BYTES * Math.min(maxNumSeqs, Math.floor(maxNumBatchedTokens / prompt)) * architecture.vocabSize;
}

/** The same without the small buffers beside the logits, random rows and indices, which are fitted. */
export function samplerFormula(launch: Launch): Quantity {
  const { architecture, gpu, runner, maxNumBatchedTokens, elementBytes, version } = launch;
  if (architecture.task === 'pooling') return exactly(0);
  const rows = samplerRows(launch);
  const { vocabSize, hiddenSize } = architecture;
  const perLogit = bytesPerLogit(launch);
  const states = runner === 'v0' ? 0 : maxNumBatchedTokens * hiddenSize * elementBytes;
  const triton = runner === 'v1' && has(version, 'tritonSampler') && rows >= TRITON_ROWS;
  const perProcessor = triton ? 4 * Math.min(gpu.multiprocessors ?? 128, powerOfTwo(rows)) * vocabSize : 0;
  const extra = runner === 'v1' ? 2 * rows * hiddenSize * elementBytes : 0;
  const at = (bytes: number): number => bytes * rows * vocabSize + perProcessor + states + extra;
  return between(at(perLogit.low), at(perLogit.value), at(perLogit.high), perLogit.basis);
}

function powerOfTwo(value: number): number {
  return 2 ** Math.ceil(Math.log2(Math.max(1, value)));
}
