import { type Ask, askerOf } from '../models/asker.ts';
import { factsKey } from '../models/facts/file.ts';
import type { ModelRequest, Refusal, StatedFacts } from '../models/stated-facts.ts';
import { openCache } from './cache.ts';
import { makeFiles } from './files.ts';
import { readModel } from './model.ts';
import type { HubSettings } from './settings.ts';
import { makeTransport } from './transport.ts';

/** What a pure job may ask, and who fetches it between two runs of the job. */
export interface Hub {
  readonly answer: Ask;
  /** Fetches what is not known yet, each model once however many ask for it. */
  fetch(requests: readonly ModelRequest[]): Promise<void>;
  /** Requests sent so far, redirects and repetitions among them. */
  readonly requests: number;
  readonly host: string;
}

export interface Progress {
  readonly done: number;
  readonly all: number;
  readonly id: string;
}

/** A run names fewer models than this; more is an attack or a mistake. */
const MAX_MODELS = 500;

export function openHub(
  settings: HubSettings,
  onProgress: (progress: Progress) => void = () => {},
  wait?: (milliseconds: number) => Promise<void>,
): Hub {
  const transport = makeTransport(settings, wait);
  const files = makeFiles(settings, transport, openCache(settings.cacheFolder));
  const asking = { endpoint: settings.endpoint, hasToken: settings.token !== null, files };
  const known = new Map<string, StatedFacts | Refusal>();
  return {
    host: new URL(settings.endpoint).host,
    get requests() {
      return transport.requests;
    },
    answer: (request) => known.get(factsKey(request)) ?? null,
    async fetch(requests) {
      const open = [...new Map(requests.map((request) => [factsKey(request), request])).values()].filter(
        (request) => !known.has(factsKey(request)),
      );
      const queue = open.slice(0, Math.max(0, MAX_MODELS - known.size));
      for (const request of open.slice(queue.length))
        known.set(factsKey(request), { reason: `More than ${MAX_MODELS} models are named.`, remedy: '' });
      let done = 0;
      const all = queue.length;
      const worker = async (): Promise<void> => {
        for (let request = queue.shift(); request !== undefined; request = queue.shift()) {
          known.set(factsKey(request), await readModel(request, asking));
          onProgress({ done: ++done, all, id: request.id });
        }
      };
      await Promise.all(Array.from({ length: Math.min(settings.concurrency, all) }, worker));
    },
  };
}

/** A model may name a drafter, and nothing names a third. */
const MAX_ROUNDS = 4;

/** Runs a pure job again and again, fetching what it asked for in between, until it asks for nothing new. */
export async function withHub<T>(hub: Hub, job: (ask: Ask) => T): Promise<T> {
  for (let round = 1; ; round++) {
    const asked: ModelRequest[] = [];
    const result = job(askerOf(hub.answer, asked));
    if (asked.length === 0 || round === MAX_ROUNDS) return result;
    await hub.fetch(asked);
  }
}
