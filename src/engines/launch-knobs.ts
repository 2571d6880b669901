import type { ArgumentValue } from '../deployment.ts';
import type { Estimate } from '../estimate.ts';
import type { Knob, KnobKind, Workload } from './engine.ts';

type Candidates<Launch> = (launch: Launch, workload: Workload, estimate: Estimate) => readonly ArgumentValue[];

/** A maker of knobs that offer nothing for a launch that the engine refuses, that is unknown, or that has no figures. */
export function knobsOf<Launch extends object>(
  launchOf: (workload: Workload) => Launch | { readonly refusal: string } | { readonly unknown: string },
): (argument: string, kind: KnobKind, cost: string, candidates: Candidates<Launch>) => Knob {
  return (argument, kind, cost, candidates) => ({
    argument,
    kind,
    cost,
    candidates(workload, estimate) {
      const launch = launchOf(workload);
      if ('refusal' in launch || 'unknown' in launch || estimate.memory === null) return [];
      return candidates(launch, workload, estimate);
    },
  });
}
