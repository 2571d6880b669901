import { VERSION } from '../version.ts';
import { type HubSettings, mayFollow } from './settings.ts';

/** An answer that arrived whole. */
export interface Answer {
  readonly status: number;
  readonly body: Buffer;
  readonly etag: string | null;
  /** Commit that the answer is of (`x-repo-commit`). */
  readonly commit: string | null;
  /** The Hub's own word for an error (`GatedRepo`, `EntryNotFound`). */
  readonly errorCode: string | null;
  /** Length of the whole file where the answer is a part of it, or null. */
  readonly fileBytes: number | null;
}

/** No answer, or one that is not read; in words, without anything that the other side wrote. */
export interface Failure {
  readonly failure: string;
  readonly again: boolean;
  /** Nothing has ever answered, so that nothing else is asked. */
  readonly silent?: true;
}

export interface Asked {
  readonly url: string;
  /** ETag of what is known already. */
  readonly known: string | null;
  readonly maxBytes: number;
  /** First and last byte that are wanted, for a part. */
  readonly range?: readonly [number, number];
}

const MAX_REDIRECTS = 5;
const MAX_TRIES = 3;
/** Longest wait that a `retry-after` may ask for. */
const MAX_WAIT_MS = 20_000;

/** GET with retries, until the time of the run is used up. Every try counts as a request. */
export interface Transport {
  get(asked: Asked): Promise<Answer | Failure>;
  readonly requests: number;
}

export function makeTransport(settings: HubSettings, wait: (milliseconds: number) => Promise<void> = sleep): Transport {
  // Counted from the first question: what is computed before it is not the Hub's time.
  let started: number | null = null;
  let answered = false;
  let silence: Failure | null = null;
  const left = (): number => {
    const used = performance.now() - (started ??= performance.now());
    return (answered ? settings.totalMs : Math.min(settings.silenceMs, settings.totalMs)) - used;
  };
  let requests = 0;
  const attempt = async (asked: Asked): Promise<{ result: Answer | Failure; waitMs: number | null }> => {
    let url = new URL(asked.url);
    let commit: string | null = null;
    const signal = AbortSignal.timeout(Math.max(1, Math.ceil(Math.min(settings.timeoutMs, left()))));
    for (let hop = 0; hop <= MAX_REDIRECTS; hop++) {
      requests++;
      const response: Response = await fetch(url.href, {
        redirect: 'manual',
        headers: headersFor(url, asked, settings),
        signal,
      });
      answered = true;
      commit = response.headers.get('x-repo-commit') ?? commit;
      const location = response.headers.get('location');
      if (response.status < 300 || response.status >= 400 || response.status === 304 || location === null) {
        const waitMs = waitOf(response);
        const body = await readAtMost(response, asked.maxBytes);
        const result =
          'failure' in body
            ? body
            : {
                status: response.status,
                body,
                etag: response.headers.get('etag'),
                commit: isPlain(commit) ? commit : null,
                errorCode: response.headers.get('x-error-code'),
                fileBytes: wholeLength(response),
              };
        return { result, waitMs };
      }
      await response.body?.cancel();
      if (!URL.canParse(location, url.href)) return final('it redirects to what is no address');
      url = new URL(location, url.href);
      if (!mayFollow(url, settings))
        return final(`it redirects to ${url.hostname.slice(0, 100)}, which is not allowed`);
    }
    return final(`it redirects more than ${MAX_REDIRECTS} times`);
  };
  return {
    get requests() {
      return requests;
    },
    async get(asked) {
      if (silence && !answered) return silence;
      let last: Answer | Failure = { failure: 'the time for asking is used up', again: false };
      for (let tries = 1; tries <= MAX_TRIES && left() > 0; tries++) {
        let waitMs: number | null = null;
        try {
          ({ result: last, waitMs } = await attempt(asked));
          if ('failure' in last ? !last.again : !isPassing(last.status)) return last;
        } catch (error) {
          last = { failure: sayNetwork(error), again: true };
        }
        const pause = waitMs ?? 500 * 2 ** (tries - 1);
        if (tries === MAX_TRIES || pause > Math.min(MAX_WAIT_MS, left())) break;
        await wait(pause);
      }
      return !answered && 'failure' in last ? (silence ??= { ...last, silent: true }) : last;
    },
  };
}

function final(failure: string): { result: Failure; waitMs: null } {
  return { result: { failure, again: false }, waitMs: null };
}

/** The token goes to the endpoint's origin alone, whatever a redirect says. */
function headersFor(url: URL, { known, range }: Asked, { endpoint, token }: HubSettings): Record<string, string> {
  const headers: Record<string, string> = { 'user-agent': `headroom/${VERSION}`, accept: 'application/json, */*' };
  if (known !== null) headers['if-none-match'] = known;
  // Ranges are of the bytes as they lie there.
  if (range) Object.assign(headers, { range: `bytes=${range[0]}-${range[1]}`, 'accept-encoding': 'identity' });
  if (token !== null && url.origin === new URL(endpoint).origin) headers['authorization'] = `Bearer ${token}`;
  return headers;
}

/** A body, decompressed, or why it is not read: the length that is stated is not believed. */
async function readAtMost(response: Response, maxBytes: number): Promise<Buffer | Failure> {
  const tooLarge: Failure = { failure: `its answer is larger than ${maxBytes} bytes`, again: false };
  if (Number(response.headers.get('content-length') ?? 0) > maxBytes) {
    await response.body?.cancel();
    return tooLarge;
  }
  if (!response.body) return Buffer.alloc(0);
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body) {
    bytes += chunk.byteLength;
    if (bytes > maxBytes) return tooLarge;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** The length behind the slash of `content-range`. */
function wholeLength(response: Response): number | null {
  const length = Number(/\/(\d{1,16})$/.exec(response.headers.get('content-range') ?? '')?.[1] ?? Number.NaN);
  return Number.isSafeInteger(length) ? length : null;
}

function isPassing(status: number): boolean {
  return status === 429 || status >= 500;
}

/** `retry-after` in seconds, or null. */
function waitOf(response: Response): number | null {
  const seconds = Number(response.headers.get('retry-after') ?? Number.NaN);
  return Number.isFinite(seconds) && seconds >= 0 ? seconds * 1_000 : null;
}

function isPlain(commit: string | null): boolean {
  return commit !== null && /^[0-9a-f]{7,64}$/.test(commit);
}

/** What went wrong below HTTP. Only codes are passed on, never a message that somebody else wrote. */
function sayNetwork(error: unknown): string {
  const named = error as { name?: unknown; cause?: { code?: unknown } } | null;
  if (named?.name === 'TimeoutError' || named?.name === 'AbortError') return 'it did not answer in time';
  const code = named?.cause?.code;
  return typeof code === 'string' && /^[A-Z_]{3,40}$/.test(code)
    ? `it cannot be reached (${code})`
    : 'its answer broke off';
}

function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
