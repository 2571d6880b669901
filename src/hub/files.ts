import type { Cache, Kept } from './cache.ts';
import type { HubSettings } from './settings.ts';
import type { Answer, Failure, Transport } from './transport.ts';

/** A whole file as text. */
export interface TextAnswer extends Pick<Answer, 'status' | 'commit' | 'errorCode'> {
  readonly text: string;
}

/** A part of a file as text, and how long the file is. */
export interface Part {
  readonly part: string;
  readonly fileBytes: number | null;
}

/** What the first bytes of a file hold, how many of them it takes to tell, or why they hold nothing. */
export type Reading =
  | { readonly part: string }
  | { readonly needBytes: number; /** Else a guess. */ readonly exact: boolean }
  | { readonly problem: string };

/** Reads addresses below the endpoint, each once, through the cache. */
export interface Files {
  /** @param path below the endpoint, escaped. `fixed`: it names a commit, so that it never changes. */
  read(path: string, fixed: boolean, maxBytes: number): Promise<TextAnswer | Failure>;
  /** What stands at the start of a large file, by ranges: one request where it is short. */
  readStart(path: string, fixed: boolean, read: (start: Uint8Array) => Reading): Promise<Part | Failure>;
}

/** Most headers are shorter. */
const FIRST_BYTES = 128 * 1024;
/** Headers of the largest shards are some 10 MB. */
const MAX_PART_BYTES = 32_000_000;

export function makeFiles(settings: HubSettings, transport: Transport, cache: Cache): Files {
  const open = settings.token === null;
  const asked = new Map<string, Promise<TextAnswer | Failure>>();
  const read = async (url: string, fixed: boolean, maxBytes: number): Promise<TextAnswer | Failure> => {
    const kept = cache.read(url);
    // What was read with a token is shown again only to whoever the Hub still shows it to.
    if (kept && fixed && kept.open) return textAnswer(kept);
    const answer = await transport.get({ url, known: kept?.etag ?? null, maxBytes });
    if ('failure' in answer) return answer;
    const { status, commit, etag, errorCode } = answer;
    if (status === 304 && kept) return textAnswer({ ...kept, commit: commit ?? kept.commit });
    const text = answer.body.toString('utf8');
    if (status === 200) cache.write({ url, etag, commit, text, open });
    return { status, text, commit, errorCode };
  };
  return {
    read(path, fixed, maxBytes) {
      const url = `${settings.endpoint}/${path}`;
      const under = asked.get(url) ?? read(url, fixed, maxBytes);
      asked.set(url, under);
      return under;
    },
    async readStart(path, fixed, reading) {
      const url = `${settings.endpoint}/${path}`;
      const key = `${url}#start`;
      const kept = fixed ? cache.read(key) : null;
      if (kept?.open === true) return { part: kept.text, fileBytes: Number(kept.etag) || null };
      let start: Buffer = Buffer.alloc(0);
      let fileBytes: number | null = null;
      for (let wanted = FIRST_BYTES; ;) {
        const next = await range(transport, url, start.byteLength, wanted - start.byteLength);
        if ('failure' in next) return next;
        start = Buffer.concat([start, next.body]);
        fileBytes ??= next.fileBytes;
        const told = reading(start);
        if ('problem' in told) return { failure: told.problem, again: false };
        if ('part' in told) {
          if (fixed) cache.write({ url: key, etag: String(fileBytes ?? ''), commit: null, text: told.part, open });
          return { part: told.part, fileBytes };
        }
        const most = Math.min(fileBytes ?? Infinity, MAX_PART_BYTES);
        if (told.exact ? told.needBytes > most : start.byteLength >= most)
          return { failure: 'its header is longer than itself, or too large to be read', again: false };
        // A server that gives less than it was asked for is not asked forever.
        if (start.byteLength < wanted) return { failure: 'its header ends too early', again: false };
        wanted = Math.min(told.needBytes, most);
      }
    },
  };
}

/** So many bytes of a file from a place; a server that sends the whole file instead is stopped. */
async function range(transport: Transport, url: string, from: number, bytes: number): Promise<Answer | Failure> {
  const answer = await transport.get({ url, known: null, maxBytes: bytes, range: [from, from + bytes - 1] });
  if ('failure' in answer || answer.status === 206) return answer;
  if (answer.status === 200 && from === 0) return { ...answer, fileBytes: answer.body.byteLength };
  return { failure: `it cannot be read in parts (${answer.status})`, again: false };
}

function textAnswer({ text, commit }: Kept): TextAnswer {
  return { status: 200, text, commit, errorCode: null };
}
