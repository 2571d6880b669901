import type { Estimate, Memory } from '../estimate.ts';
import type { Quantity } from '../quantity.ts';
import type { Engine, Workload } from './engine.ts';

/**
 * The engine whose estimates hold for the heaviest that a model may be, too, where which of its layers are stored in 16 bits
 * was not read. For any other model nothing changes.
 */
export function withAssumedStorage(engine: Engine): Engine {
  return { ...engine, estimate: (workload) => estimateBoth(engine, workload) };
}

function estimateBoth(engine: Engine, workload: Workload): Estimate {
  const { heaviest, ...model } = workload.model;
  const light = engine.estimate({ ...workload, model });
  if (heaviest === undefined || light.memory === null) return light;
  const heavy = engine.estimate({ ...workload, model: { ...model, ...heaviest } });
  if (heavy.memory === null) return light;
  const memory = enclosing(light.memory, heavy.memory);
  if (light.verdict === heavy.verdict) return { ...light, memory };
  // It is one or the other, and nothing read says which.
  const { stage, message, quotesEngine } = heavy.verdict === 'fits' ? light : heavy;
  return { ...light, verdict: 'tight', stage, message, quotesEngine, memory };
}

/** Each figure of the first, from the lowest to the highest of both. */
function enclosing(first: Memory, second: Memory): Memory {
  const entries = (Object.keys(first) as (keyof Memory)[]).map((field): [keyof Memory, Quantity] => {
    const [one, other] = [first[field], second[field]];
    return [field, { ...one, low: Math.min(one.low, other.low), high: Math.max(one.high, other.high) }];
  });
  return Object.fromEntries(entries) as unknown as Memory;
}
