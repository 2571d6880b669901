import { describe, expect, it } from 'vitest';
import { VLLM_ARGUMENTS } from '../../../src/engines/vllm/arguments.ts';
import { estimateOf } from './catalogue.ts';
import { CASES, WITHOUT_EFFECT, type Case } from './memory-options.ts';

const memoryOptions = [...VLLM_ARGUMENTS.byName.values()].filter(({ memory }) => memory);
const names = [...new Set(memoryOptions.map(({ name, into }) => into?.[0] ?? name))];

function seen(name: string, { model, version, gpu, base = {}, value }: Case): readonly [string, string] {
  const launch = { model: model ?? 'Qwen/Qwen3-8B', version: version ?? '0.19.0', gpu: gpu ?? 'h100:8' };
  const of = (args: Case['base']): string => {
    const { verdict, message, memory, notes, gpusNeeded } = estimateOf({ ...launch, args: args ?? {} });
    return JSON.stringify({ verdict, message, memory, notes, gpusNeeded });
  };
  return [of(base), of({ ...base, [name]: value })];
}

describe('options that count as changing memory', () => {
  it('have a launch in which they do, or a reason why they do not', () => {
    expect([...Object.keys(CASES), ...Object.keys(WITHOUT_EFFECT)].sort()).toEqual([...names].sort());
  });

  it.each(Object.entries(CASES))('%s', (name, example) => {
    const [without, withIt] = seen(name, example);
    expect(withIt).not.toBe(without);
  });
});
