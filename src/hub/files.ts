import type { Cache } from './cache.ts';
import type { HubSettings } from './settings.ts';
import type { Answer, Failure, Transport } from './transport.ts';

/** Reads addresses below the endpoint, each once, through the cache. */
export interface Files {
  /** @param path below the endpoint, escaped. `fixed`: it names a commit, so that it never changes. */
  read(path: string, fixed: boolean, maxBytes: number): Promise<Answer | Failure>;
}

export function makeFiles(settings: HubSettings, transport: Transport, cache: Cache): Files {
  const open = settings.token === null;
  const asked = new Map<string, Promise<Answer | Failure>>();
  const read = async (url: string, fixed: boolean, maxBytes: number): Promise<Answer | Failure> => {
    const kept = cache.read(url);
    // What was read with a token is shown again only to whoever the Hub still shows it to.
    if (kept && fixed && kept.open) return answerOf(kept);
    const answer = await transport.get({ url, known: kept?.etag ?? null, maxBytes });
    if ('failure' in answer) return answer;
    if (answer.status === 304 && kept) return answerOf({ ...kept, commit: answer.commit ?? kept.commit });
    if (answer.status === 200) {
      const { text, etag, commit } = answer;
      cache.write({ url, etag, commit, text, open });
    }
    return answer;
  };
  return {
    read(path, fixed, maxBytes) {
      const url = `${settings.endpoint}/${path}`;
      const under = asked.get(url) ?? read(url, fixed, maxBytes);
      asked.set(url, under);
      return under;
    },
  };
}

function answerOf({ text, etag, commit }: Pick<Answer, 'text' | 'etag' | 'commit'>): Answer {
  return { status: 200, text, etag, commit, errorCode: null };
}
