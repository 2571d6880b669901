import { factsKey } from '../models/facts/file.ts';
import type { ModelRequest, Refusal } from '../models/stated-facts.ts';
import type { Files, TextAnswer } from './files.ts';
import type { Failure } from './transport.ts';

const LOCK = 'or commit its facts with `headroom facts lock`, run where the model can be read.';

/** Who is asked, and what tells him apart in a message. */
export interface Asking {
  readonly endpoint: string;
  readonly hasToken: boolean;
  readonly files: Files;
}

/** An answer that is none. */
export function refuse(request: ModelRequest, { endpoint }: Asking, what: string): Refusal {
  return {
    reason: `Asked for '${factsKey(request)}', ${new URL(endpoint).host} ${what}`,
    remedy: `Try again later, ${LOCK}`,
  };
}

/** What an answer that is no success means (the Hub's `x-error-code`, docs: huggingface_hub utils/_http.py). */
export function refusalOf(request: ModelRequest, answer: TextAnswer | Failure, asking: Asking): Refusal {
  const host = new URL(asking.endpoint).host;
  const name = factsKey(request);
  if ('failure' in answer && answer.silent === true)
    return {
      reason: `Nothing comes from ${host}: ${answer.failure}.`,
      remedy: `Run it where that host answers, ${LOCK}`,
    };
  if ('failure' in answer)
    return {
      reason: `Asked for '${name}', ${host} gives nothing to read: ${answer.failure}.`,
      remedy: `Try again later, ${LOCK}`,
    };
  const { status, errorCode } = answer;
  if (errorCode === 'GatedRepo' || (status === 403 && errorCode !== 'RepoNotFound')) {
    return asking.hasToken
      ? {
          reason: `The token may not read '${name}' on ${host} (${status}).`,
          remedy: `Accept its licence there with the account of the token, ${LOCK}`,
        }
      : {
          reason: `'${name}' is gated on ${host}.`,
          remedy: `Give a token of an account that accepted its licence, ${LOCK}`,
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
          remedy: `Correct the name, or use a valid token that may read it, ${LOCK}`,
        }
      : {
          reason: `There is no '${name}' on ${host} that is public (${status}).`,
          remedy: `Correct the name, or give a token if it is private, ${LOCK}`,
        };
  }
  if (status === 429)
    return {
      reason: `${host} refuses more requests for now (429).`,
      remedy: `Try again later, give a token, ${LOCK}`,
    };
  return { reason: `Asked for '${name}', ${host} fails (${status}).`, remedy: `Try again later, ${LOCK}` };
}
