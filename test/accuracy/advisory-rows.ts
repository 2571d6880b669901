import { readFileSync } from 'node:fs';
import type { Engine, Workload } from '../../src/engines/engine.ts';
import type { Estimate } from '../../src/estimate.ts';
import { modelOf, targetOf } from '../engines/vllm/catalogue.ts';

/** One row of a log file: what its source states. */
export interface LogRow {
  readonly id: string;
  readonly engine: string;
  readonly family: string;
  readonly outcome: string;
  readonly measured: Readonly<Record<string, number>>;
}

/** What a row leaves out and its source says. */
export interface Completed {
  readonly model: string;
  readonly gpu: string;
  readonly version?: string;
  readonly visibleGib?: number;
  readonly args?: Workload['arguments'];
}

export function rowsOf(folder: string, part: 'calibration' | 'validation'): LogRow[] {
  return readFileSync(new URL(`${folder}/${part}.jsonl`, import.meta.url), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as LogRow);
}

export function estimateOf(engine: Engine, { model, gpu, version, visibleGib, args }: Completed): Estimate {
  return engine.estimate({
    engineVersion: version ?? null,
    arguments: args ?? {},
    environment: {},
    model: modelOf(model),
    drafter: null,
    target: targetOf(gpu, visibleGib ?? null),
  });
}
