import {
  LONGEST_CONFIG,
  parseConfig,
  QUANTIZATION_FILE,
  statesQuantization,
  withQuantization,
} from '../models/config-text.ts';
import { list, recordOf, text, type Fields } from '../models/fields.ts';
import { factsKey } from '../models/facts-file.ts';
import type { ModelRequest, Refusal, StatedFacts } from '../models/stated-facts.ts';
import type { Files } from './files.ts';
import { HUGGING_FACE } from './settings.ts';
import type { Answer, Failure } from './transport.ts';

/** The list of a repository's files: a thousand shards and their sizes are some 200 KB. */
const MAX_LIST_BYTES = 8_000_000;
const COMMIT = /^[0-9a-f]{40}$/;
const LOCK = 'Or commit its facts with `headroom facts lock`, run where the model can be read.';

/** Who is asked, and what tells him apart in a message. */
export interface Asking {
  readonly endpoint: string;
  readonly hasToken: boolean;
  readonly files: Files;
}

/** config.json of one model, the quantization beside it, and the size of its weight files. Every refusal says what to do. */
export async function readModel(request: ModelRequest, asking: Asking): Promise<StatedFacts | Refusal> {
  const { endpoint, files } = asking;
  const id = request.id.split('/').map(encodeURIComponent).join('/');
  const at = (revision: string): string => `${id}/resolve/${encodeURIComponent(revision)}`;
  const pinned = request.revision;
  const isFixed = (revision: string): boolean => COMMIT.test(revision);
  let revision = pinned ?? 'main';
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
  const source = `${endpoint}/${request.id}`;
  const stated = {
    source,
    revision: commit ?? listing.commit,
    config: parsed.config,
    quantizationFrom: null,
    checkpointBytes: listing.commit === null || listing.commit === (commit ?? listing.commit) ? listing.bytes : null,
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

/** What a list of files says; nulls where there is none (a mirror without the API). */
interface Listing {
  readonly commit: string | null;
  readonly names: readonly string[] | null;
  readonly bytes: number | null;
}

function listingOf(answer: Answer | Failure): Listing {
  const parsed = 'status' in answer && answer.status === 200 ? parseListing(answer.text) : null;
  const entries = (parsed ? (list(parsed, 'siblings') ?? []) : []).map(recordOf).filter((entry) => entry !== null);
  if (!parsed || entries.length === 0) return { commit: null, names: null, bytes: null };
  const sha = text(parsed, 'sha');
  return {
    commit: sha !== null && COMMIT.test(sha) ? sha : null,
    names: entries.map((entry) => text(entry, 'rfilename') ?? ''),
    bytes: weightBytes(entries),
  };
}

function parseListing(json: string): Fields | null {
  try {
    return recordOf(JSON.parse(json));
  } catch {
    return null;
  }
}

/**
 * Bytes of the weight files that an engine loads: the safetensors of the root but for Mistral's own copy, else the
 * pickles (vLLM model_executor/model_loader/default_loader.py prefers them so). Null where a size is missing.
 */
function weightBytes(entries: readonly Fields[]): number | null {
  const files = entries.map((entry) => ({ name: text(entry, 'rfilename') ?? '', size: sizeOf(entry) }));
  const ofKind = (pattern: RegExp): typeof files => files.filter(({ name }) => pattern.test(name));
  const safetensors = ofKind(/^(?!consolidated)[^/]+\.safetensors$/);
  const chosen = [safetensors, ofKind(/^consolidated[^/]*\.safetensors$/), ofKind(/^pytorch_model[^/]*\.bin$/)].find(
    (some) => some.length > 0,
  );
  if (!chosen || chosen.some(({ size }) => size === null)) return null;
  return chosen.reduce((sum, { size }) => sum + (size ?? 0), 0);
}

function sizeOf(entry: Fields): number | null {
  const value = entry['size'];
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value : null;
}

function refuse(request: ModelRequest, { endpoint }: Asking, what: string): Refusal {
  return { reason: `Asked for '${factsKey(request)}', ${new URL(endpoint).host} ${what}`, remedy: LOCK };
}

/** What an answer that is no success means (the Hub's `x-error-code`, docs: huggingface_hub utils/_http.py). */
function refusalOf(request: ModelRequest, answer: Answer | Failure, asking: Asking): Refusal {
  const host = new URL(asking.endpoint).host;
  const name = factsKey(request);
  if ('failure' in answer)
    return { reason: `Asked for '${name}', ${host} gives nothing to read: ${answer.failure}.`, remedy: LOCK };
  const { status, errorCode } = answer;
  if (errorCode === 'GatedRepo' || (status === 403 && errorCode !== 'RepoNotFound')) {
    return asking.hasToken
      ? {
          reason: `The token may not read '${name}' on ${host} (${status}).`,
          remedy: `Accept its licence there with the account of the token. ${LOCK}`,
        }
      : {
          reason: `'${name}' is gated on ${host}.`,
          remedy: `Give a token of an account that accepted its licence. ${LOCK}`,
        };
  }
  if (errorCode === 'RevisionNotFound')
    return {
      reason: `'${request.id}' has no revision '${request.revision ?? 'main'}' on ${host}.`,
      remedy: 'Correct the revision.',
    };
  if (errorCode === 'EntryNotFound' || (status === 404 && errorCode === null)) {
    return {
      reason: `'${name}' has no config.json on ${host} (404).`,
      remedy:
        'GGUF, adapters and Mistral’s own format have none. Map the name to the model that it was made from, under `models` in the policy.',
    };
  }
  if (status === 401 || status === 404) {
    return asking.hasToken
      ? {
          reason: `There is no '${name}' on ${host} that the token may read (${status}).`,
          remedy: `Correct the name, or use a valid token that may read it. ${LOCK}`,
        }
      : {
          reason: `There is no '${name}' on ${host} that is public (${status}).`,
          remedy: `Correct the name, or give a token if it is private. ${LOCK}`,
        };
  }
  if (status === 429)
    return {
      reason: `${host} refuses more requests for now (429).`,
      remedy: `Try again later, or give a token. ${LOCK}`,
    };
  return { reason: `Asked for '${name}', ${host} fails (${status}).`, remedy: `Try again later. ${LOCK}` };
}
