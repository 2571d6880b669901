import { list, recordOf, text, type Fields } from '../models/config/fields.ts';
import type { Failure } from './transport.ts';
import type { TextAnswer } from './files.ts';
import { elementsOf } from '../models/facts/file.ts';
import type { ElementCounts } from '../models/safetensors.ts';

/** What the Hub's description of a model says; nulls where there is none (a mirror without the API). */
export interface Listing {
  readonly commit: string | null;
  readonly names: readonly string[] | null;
  /** Files that hold the weights, or null where the files are not known. */
  readonly weights: readonly string[] | null;
  /** Sum of their sizes, or null where one is missing. */
  readonly bytes: number | null;
  /** Elements by dtype, as the Hub itself read them from the headers. */
  readonly elements: ElementCounts | null;
}

const NOTHING: Listing = { commit: null, names: null, weights: null, bytes: null, elements: null };
/** As many files as are read from the list. */
const MOST_FILES = 5_000;
const COMMIT = /^[0-9a-f]{40}$/;

/** Reads `GET /api/models/{id}/revision/{revision}?blobs=true` (docs: Hub API endpoints). */
export function listingOf(answer: TextAnswer | Failure): Listing {
  const parsed = 'status' in answer && answer.status === 200 ? objectOf(answer.text) : null;
  const entries = (parsed ? (list(parsed, 'siblings') ?? []) : []).map(recordOf).filter((entry) => entry !== null);
  if (!parsed || entries.length === 0 || entries.length >= MOST_FILES) return NOTHING;
  const sha = text(parsed, 'sha');
  const files = entries.map((entry) => ({ name: text(entry, 'rfilename') ?? '', size: sizeOf(entry) }));
  const weights = weightFiles(files);
  const whole = weights.length > 0 && weights.every(({ size }) => size !== null);
  return {
    commit: sha !== null && COMMIT.test(sha) ? sha : null,
    names: files.map(({ name }) => name),
    weights: weights.map(({ name }) => name),
    bytes: whole ? weights.reduce((sum, { size }) => sum + (size ?? 0), 0) : null,
    elements: elementsOf((recordOf(parsed['safetensors']) ?? {})['parameters']),
  };
}

/**
 * The weight files that an engine loads: the safetensors of the root but for Mistral's own copy, else the pickles (vLLM
 * model_executor/model_loader/default_loader.py prefers them so).
 */
function weightFiles<T extends { readonly name: string }>(files: readonly T[]): readonly T[] {
  const kinds = [
    /^(?!consolidated)[^/]+\.safetensors$/,
    /^consolidated[^/]*\.safetensors$/,
    /^pytorch_model[^/]*\.bin$/,
  ];
  const found = kinds.map((pattern) => files.filter(({ name }) => pattern.test(name)));
  return found.find((some) => some.length > 0) ?? [];
}

function sizeOf(entry: Fields): number | null {
  const value = entry['size'];
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value : null;
}

function objectOf(json: string): Fields | null {
  try {
    return recordOf(JSON.parse(json));
  } catch {
    return null;
  }
}
