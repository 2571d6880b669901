import type { Estimate } from '../estimate.ts';

/** An estimate without figures. */
export function withoutMemory(
  verdict: 'fails' | 'unknown',
  message: string,
  gpusNeeded: number,
  quotesEngine = verdict === 'fails',
): Estimate {
  return {
    verdict,
    stage: 'arguments',
    message,
    quotesEngine,
    memory: null,
    working: {},
    effective: {},
    gpusNeeded,
    notes: [],
  };
}
