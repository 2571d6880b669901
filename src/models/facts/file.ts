import type { Measurement } from '../../engines/measurement.ts';
import type { ModelFacts } from '../architecture.ts';
import { recordOf } from '../config/fields.ts';
import { isCommit } from '../reference.ts';
import type { ElementCounts } from '../safetensors.ts';
import { factsOf, type ModelRequest, type StatedFacts } from '../stated-facts.ts';
import { architectureOfUsed } from '../config/used-fields.ts';

/** Where the facts are kept, from the root of the repository. */
export const FACTS_PATH = '.github/headroom.facts.json';
/** Of the file's layout. */
export const FORMAT_VERSION = 1;

/** One model of the facts file: what the Hub said, cut down to what an estimate asks for. */
export interface FactsEntry extends StatedFacts {
  /** Names of the fields that were left out (see used-fields.ts). */
  readonly leftOut: readonly string[];
}

/** `.github/headroom.facts.json`: facts that were fetched once, reviewed, and hold where nothing can be fetched. */
export interface FactsFile {
  readonly path: string;
  /** By id, or `id@revision` where a config pins one. */
  readonly entries: ReadonlyMap<string, FactsEntry>;
  /** What logs measured of launches. */
  readonly measurements: readonly Measurement[];
}

/** The name under which a model is kept. */
export function factsKey({ id, revision, gguf }: ModelRequest): string {
  const name = gguf === undefined ? id : `${id}:${gguf}`;
  return revision === null ? name : `${name}@${revision}`;
}

/** What a key of the file names. */
export function requestOfKey(key: string): ModelRequest {
  const at = key.indexOf('@');
  const name = at === -1 ? key : key.slice(0, at);
  const revision = at === -1 ? null : key.slice(at + 1);
  const colon = name.indexOf(':');
  return colon === -1 ? { id: name, revision } : { id: name.slice(0, colon), revision, gguf: name.slice(colon + 1) };
}

/** Counts by dtype, or null for what is none. */
export function elementsOf(value: unknown): ElementCounts | null {
  const fields = recordOf(value);
  const entries = fields ? Object.entries(fields) : [];
  const counts = entries.filter((entry): entry is [string, number] => Number.isSafeInteger(entry[1]));
  return counts.length > 0 && counts.length === entries.length && counts.every(([, elements]) => elements >= 0)
    ? Object.fromEntries(counts)
    : null;
}

/**
 * The facts that the file holds for a model, or null. A pinned revision is met by an entry of that name or of that
 * commit, never by another state of the model.
 */
export function findFacts(file: FactsFile, request: ModelRequest): ModelFacts | { readonly problem: string } | null {
  const wanted = factsKey(request).toLowerCase();
  const { revision } = request;
  for (const [key, entry] of file.entries) {
    const own = requestOfKey(key);
    const sameModel = own.id.toLowerCase() === request.id.toLowerCase() && own.gguf === request.gguf;
    const sameCommit =
      revision !== null && isCommit(revision) && entry.revision !== null && entry.revision.startsWith(revision);
    if (key.toLowerCase() !== wanted && !(sameModel && sameCommit)) continue;
    const made = factsOf(request.id, entry, file.path, (config) => architectureOfUsed({ ...entry, config }));
    return 'problem' in made ? { problem: `${file.path}, '${key}': ${made.problem}` } : made;
  }
  return null;
}

/** The text of a facts file: models and fields sorted, lists on one line, so that a change of one fact is a change of one line. */
export function formatFacts(
  entries: ReadonlyMap<string, FactsEntry>,
  measurements: readonly Measurement[] = [],
): string {
  const models = Object.fromEntries(
    [...entries]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, { source, revision, checkpointBytes, elements, quantizationFrom, config, leftOut }]) => [
        key,
        {
          source,
          ...(revision === null ? {} : { revision }),
          ...(checkpointBytes === null ? {} : { checkpointBytes }),
          ...(elements === null ? {} : { elements: sorted(elements) }),
          ...(quantizationFrom === null ? {} : { quantizationFrom }),
          config: sorted(config),
          leftOut,
        },
      ]),
  );
  // The place is where it stands.
  const rows = measurements.map((row) => ({ ...row, place: undefined }));
  const written = { version: FORMAT_VERSION, models, ...(rows.length === 0 ? {} : { measurements: rows }) };
  return `${layOut(written, '')}\n`;
}

function sorted(value: unknown): unknown {
  const fields = recordOf(value);
  if (!fields) return value;
  const entries = Object.entries(fields).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, inner]) => [key, sorted(inner)]));
}

function layOut(value: unknown, indent: string): string {
  const fields = recordOf(value);
  // The rows of a list at the top; lists within a model stay on one line.
  if (indent === '  ' && Array.isArray(value)) {
    const rows = value.map((one) => `${indent}  ${layOut(one, `${indent}  `)}`);
    return `[\n${rows.join(',\n')}\n${indent}]`;
  }
  if (!fields) return JSON.stringify(value);
  const inner = Object.entries(fields).flatMap(([key, own]) =>
    own === undefined ? [] : [`${indent}  ${JSON.stringify(key)}: ${layOut(own, `${indent}  `)}`],
  );
  return inner.length === 0 ? '{}' : `{\n${inner.join(',\n')}\n${indent}}`;
}
