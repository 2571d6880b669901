import {
  LONGEST_CONFIG,
  parseConfig,
  QUANTIZATION_FILE,
  statesQuantization,
  withQuantization,
} from '../models/config/text.ts';
import type { ModelRequest, Refusal, StatedFacts } from '../models/stated-facts.ts';
import type { Files } from './files.ts';
import { readGguf } from './gguf.ts';
import { readHeaders } from './headers.ts';
import { type Listing, listingOf } from './listing.ts';
import { type Asking, refusalOf, refuse } from './refusals.ts';
import { HUGGING_FACE } from './settings.ts';

/** The list of a repository's files: a thousand shards and their sizes are some 200 KB. */
const MAX_LIST_BYTES = 8_000_000;
const COMMIT = /^[0-9a-f]{40}$/;

/** config.json of one model, the quantization beside it, and the size of its weight files. Every refusal says what to do. */
export async function readModel(request: ModelRequest, asking: Asking): Promise<StatedFacts | Refusal> {
  const { endpoint, files } = asking;
  const id = request.id.split('/').map(encodeURIComponent).join('/');
  const at = (revision: string): string => `${id}/resolve/${encodeURIComponent(revision)}`;
  const pinned = request.revision;
  const isFixed = (revision: string): boolean => COMMIT.test(revision);
  let revision = pinned ?? 'main';
  if (request.gguf !== undefined) return readGgufModel(request, request.gguf, id, asking);
  let answer = await files.read(`${at(revision)}/config.json`, isFixed(revision), LONGEST_CONFIG);
  if (pinned === null && endpoint !== HUGGING_FACE && 'status' in answer && answer.status === 404) {
    // ModelScope and other mirrors call their default branch so.
    const other = await files.read(`${at('master')}/config.json`, false, LONGEST_CONFIG);
    if ('status' in other && other.status === 200) [revision, answer] = ['master', other];
  }
  if ('failure' in answer || answer.status !== 200) return refusalOf(request, answer, asking);
  const parsed = parseConfig(answer.text);
  if ('problem' in parsed)
    return refuse(request, asking, `answers with a config.json that cannot be read: ${parsed.problem}`);
  const commit = isFixed(revision) ? revision : answer.commit;
  const state = commit ?? revision;
  const about = await files.read(
    `api/models/${id}/revision/${encodeURIComponent(state)}?blobs=true`,
    isFixed(state),
    MAX_LIST_BYTES,
  );
  const listing = listingOf(about);
  const sameState = listing.commit === null || commit === null || listing.commit === commit;
  const stated: StatedFacts = {
    source: `${endpoint}/${request.id}`,
    revision: commit ?? listing.commit,
    config: parsed.config,
    quantizationFrom: null,
    ...(await weightsOf(`${at(state)}`, isFixed(state), sameState ? listing : null, files)),
  };
  if (statesQuantization(parsed.config) || listing.names?.includes(QUANTIZATION_FILE) === false) return stated;
  const beside = await files.read(`${at(state)}/${QUANTIZATION_FILE}`, isFixed(state), LONGEST_CONFIG);
  if ('status' in beside && beside.status === 404) return stated;
  if ('failure' in beside || beside.status !== 200) return refusalOf(request, beside, asking);
  const quantization = parseConfig(beside.text);
  if ('problem' in quantization)
    return refuse(request, asking, `answers with a ${QUANTIZATION_FILE} that cannot be read: ${quantization.problem}`);
  return {
    ...stated,
    config: withQuantization(parsed.config, quantization.config),
    quantizationFrom: QUANTIZATION_FILE,
  };
}

/** Size and elements of the weight files: as the Hub lists them, else from the headers of the files themselves. */
async function weightsOf(
  folder: string,
  fixed: boolean,
  listing: Listing | null,
  files: Files,
): Promise<Pick<StatedFacts, 'checkpointBytes' | 'elements' | 'unread'>> {
  const bytes = listing?.bytes ?? null;
  const weights = listing?.weights ?? null;
  if (listing?.elements) return { checkpointBytes: bytes, elements: listing.elements, unread: null };
  // Pickles have no header, and a list without weights has none to read.
  if (weights !== null && !weights.some((name) => name.endsWith('.safetensors')))
    return { checkpointBytes: bytes, elements: null, unread: null };
  const read = await readHeaders({ folder, fixed, names: weights }, files);
  if ('problem' in read) return { checkpointBytes: bytes, elements: null, unread: read.problem };
  return { checkpointBytes: bytes ?? read.bytes, elements: read.elements, unread: null };
}

/** A GGUF repository has no config.json; its list of files comes first, and the header of the file says the rest. */
async function readGgufModel(
  request: ModelRequest,
  quantization: string,
  id: string,
  asking: Asking,
): Promise<StatedFacts | Refusal> {
  const { endpoint, files } = asking;
  const revision = request.revision ?? 'main';
  const about = await files.read(
    `api/models/${id}/revision/${encodeURIComponent(revision)}?blobs=true`,
    COMMIT.test(revision),
    MAX_LIST_BYTES,
  );
  if ('failure' in about || about.status !== 200) return refusalOf(request, about, asking);
  const { commit, names } = listingOf(about);
  if (names === null) return refuse(request, asking, 'gives no list of files.');
  const state = commit ?? revision;
  const folder = `${id}/resolve/${encodeURIComponent(state)}`;
  const read = await readGguf(quantization, folder, COMMIT.test(state), names, files);
  if ('problem' in read) return refuse(request, asking, `gives nothing to read: ${read.problem}`);
  return { source: `${endpoint}/${request.id}`, revision: commit, ...read, elements: null, unread: null };
}
