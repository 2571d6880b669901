import type { Architecture } from './architecture.ts';
import { parametersOf } from './parameters.ts';
import type { ElementCounts } from './safetensors.ts';
import { grouped } from '../text.ts';

/** Counts that agree: what tests ask of the catalogue. */
const AGREES = 0.005;
/** Scales, zero points and orders that a quantized checkpoint adds to its weights, at most (MXFP4: a byte for 32). */
const BESIDE_QUANTIZED = 0.1;
/** A family that is not known is not computed where its checkpoint holds so much more. */
const REFUSES = 0.03;

/**
 * Holds what was computed from config.json against what the checkpoint's files hold. Buffers that no engine loads may
 * make a checkpoint larger, so that a family that is known is only marked.
 * @returns null when they agree or cannot be compared.
 */
export function heldAgainst(
  architecture: Architecture,
  elements: ElementCounts,
): { readonly note: string; readonly refuses: boolean } | null {
  // Drafters bring tables of their target that no engine loads.
  if (architecture.drafter !== null) return null;
  const stored = parametersStored(architecture, elements);
  if (stored === null) return null;
  const { total, tiedCopy, nextTokenPrediction } = parametersOf(architecture);
  // A checkpoint may bring the layers that predict further tokens, each with embeddings and a head of its own, and a copy
  // of a tied head, or leave them out.
  const table = architecture.embedding.find(({ role }) => role === 'embedding');
  const tables = (architecture.nextTokenPrediction?.layers.length ?? 0) * (table ? table.rows * table.columns : 0);
  const ahead = [0, nextTokenPrediction, nextTokenPrediction + tables, nextTokenPrediction + 2 * tables];
  const possible = [total, total + tiedCopy].flatMap((base) => ahead.map((more) => base + more));
  const nearest = possible.reduce((best, one) => (Math.abs(one - stored) < Math.abs(best - stored) ? one : best));
  const off = (stored - nearest) / nearest;
  const allowed = architecture.quantization === null ? AGREES : BESIDE_QUANTIZED;
  if (Math.abs(off) <= allowed) return null;
  const percent = `${Math.abs(off * 100).toFixed(1)} % ${off > 0 ? 'more' : 'less'}`;
  return {
    note: `the weight files hold ${grouped(stored)} parameters, ${percent} than config.json gives`,
    refuses: off > Math.max(allowed, REFUSES) && architecture.approximations.length > 0,
  };
}

/** Weights as they are before quantization: what is packed counts for as many as it holds. */
function parametersStored({ quantization }: Architecture, elements: ElementCounts): number | null {
  // Several widths in one checkpoint: which word holds how many is not told by the counts.
  if (quantization !== null && quantization.groups.length > 0) return null;
  const bits = quantization?.weightBits ?? 16;
  let stored = 0;
  for (const [dtype, count] of Object.entries(elements)) {
    // Orders of columns and shapes.
    if (dtype === 'I64' || dtype === 'U64' || dtype === 'BOOL') continue;
    const word = dtype === 'I32' || dtype === 'U32' ? 32 : dtype === 'U8' || dtype === 'I8' ? 8 : 0;
    stored += quantization !== null && bits < 16 && word > bits ? count * Math.floor(word / bits) : count;
  }
  return stored;
}
