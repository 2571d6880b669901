/** Where models are asked for, who may answer, and what it may cost. */
export interface HubSettings {
  /** Base address without a slash at the end. */
  readonly endpoint: string;
  /** Hosts that a redirect may lead to, besides the endpoint's own. `*.hf.co` stands for every host below. */
  readonly hosts: readonly string[];
  /** Sent to the endpoint's origin and nowhere else; null: ask without. */
  readonly token: string | null;
  /** Folder of answers with their ETags, or null for none. */
  readonly cacheFolder: string | null;
  /** One request, from the first byte to the last. */
  readonly timeoutMs: number;
  /** All requests of a run together, from the first. */
  readonly totalMs: number;
  /** The same as long as nothing has answered: a network that is not there is not waited for. */
  readonly silenceMs: number;
  /** Models that are asked for at once. */
  readonly concurrency: number;
}

export const HUGGING_FACE = 'https://huggingface.co';
/** Hugging Face serves large files from hosts of its own under these names. */
const HUGGING_FACE_HOSTS = ['*.huggingface.co', '*.hf.co'];
const TIMEOUT_MS = 15_000;
const TOTAL_MS = 120_000;
const SILENCE_MS = 10_000;
const CONCURRENCY = 6;

/** What the ways in say: policy, environment, inputs or flags. */
export interface HubWishes {
  /** `hub` of the policy: whether to ask, and whom. */
  readonly policy: { readonly endpoint: string | null; readonly hosts: readonly string[] };
  /** `HF_ENDPOINT` of the environment. */
  readonly endpoint: string | null;
  readonly token: string | null;
  readonly cacheFolder: string | null;
  /** Whether the policy may name who gets the token: only where it is read from a branch that others cannot write. */
  readonly trustsPolicy: boolean;
}

/**
 * The settings of a run, with what a reader must know of them.
 * The endpoint of the environment wins over the policy's, and that over huggingface.co. A token goes over TLS or to this
 * machine, and to an endpoint of the policy only where the policy is trusted: the policy of a cloned repository is not.
 */
export function hubSettings(
  wishes: HubWishes,
): { readonly settings: HubSettings; readonly notes: readonly string[] } | { readonly problem: string } {
  const named = wishes.endpoint ?? wishes.policy.endpoint;
  const endpoint = endpointOf(named ?? HUGGING_FACE, wishes.endpoint !== null);
  if (endpoint === null) {
    const where = wishes.endpoint === null ? 'the policy' : 'HF_ENDPOINT';
    return { problem: `'${(named ?? '').slice(0, 200)}', which ${where} names, is no address of a Hub` };
  }
  const token = wishes.token?.trim() || null;
  // What cannot stand in a header; it is never shown.
  if (token !== null && !/^[\x21-\x7e]{1,500}$/.test(token))
    return { problem: 'the token for the Hub is not one line of plain characters' };
  const { hostname, protocol } = new URL(endpoint);
  const own = wishes.endpoint !== null || named === null || endpoint === HUGGING_FACE || wishes.trustsPolicy;
  const safe = protocol === 'https:' || isLoopback(hostname);
  const notes: string[] = [];
  if (token !== null && !own)
    notes.push(`the token is not sent to ${hostname}, which only the policy names; set HF_ENDPOINT to send it there`);
  else if (token !== null && !safe) notes.push(`the token is not sent to ${hostname} without TLS`);
  return {
    settings: {
      endpoint,
      hosts: [...wishes.policy.hosts, ...(endpoint === HUGGING_FACE ? HUGGING_FACE_HOSTS : [])],
      token: own && safe ? token : null,
      cacheFolder: wishes.cacheFolder,
      timeoutMs: TIMEOUT_MS,
      totalMs: TOTAL_MS,
      silenceMs: SILENCE_MS,
      concurrency: CONCURRENCY,
    },
    notes,
  };
}

/** The address normalised, or null for what is none. Only the environment may name one without TLS. */
function endpointOf(text: string, fromEnvironment: boolean): string | null {
  if (!URL.canParse(text)) return null;
  const url = new URL(text);
  const plain = url.protocol === 'http:' && fromEnvironment;
  if (url.protocol !== 'https:' && !plain) return null;
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') return null;
  return `${url.origin}${url.pathname.replace(/\/{1,100}$/, '')}`;
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}

/** Whether a redirect may lead to this address: the endpoint's own origin, or a host of the list over TLS. */
export function mayFollow(url: URL, { endpoint, hosts }: HubSettings): boolean {
  if (url.origin === new URL(endpoint).origin) return true;
  if (url.protocol !== 'https:' || url.username !== '' || url.password !== '') return false;
  return hosts.some((host) =>
    host.startsWith('*.') ? url.hostname.endsWith(host.slice(1)) : url.hostname === host.toLowerCase(),
  );
}
