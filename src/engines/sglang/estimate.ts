import type { Estimate } from '../../estimate.ts';

/** Says that the memory of a launch is not known. */
export function estimate(): Estimate {
  return {
    verdict: 'unknown',
    stage: null,
    message: 'what SGLang takes is not known yet',
    quotesEngine: false,
    memory: null,
    working: {},
    effective: {},
    gpusNeeded: 1,
    notes: [],
  };
}
