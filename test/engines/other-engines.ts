import type { Engine, ParsedArguments, Workload } from '../../src/engines/engine.ts';
import type { Estimate, Memory } from '../../src/estimate.ts';
import { mappedFile } from '../../src/syntax/mapped-text.ts';
import { readShell } from '../../src/syntax/shell/index.ts';
import { modelOf, targetOf } from './vllm/catalogue.ts';

/** What an engine reads of a command line that it recognises. */
export function read(engine: Engine, command: string): ParsedArguments {
  const [only] = readShell(mappedFile({ path: 'launch.sh', text: command })) ?? [];
  const found = only && engine.recognise(only.words);
  if (!only || !found) throw new Error(`${engine.id} does not know '${command}'`);
  return engine.parseWords(only.words.slice(found.argumentsStart), found.entrypoint);
}

/** Values by canonical name. */
export function valuesOf({ arguments: args }: ParsedArguments): Record<string, unknown> {
  return Object.fromEntries([...args].map(([name, { value }]) => [name, value]));
}

export interface Asked {
  readonly model?: string;
  readonly gpu?: string;
  readonly version?: string | null;
  readonly args?: Workload['arguments'];
  readonly environment?: Workload['environment'];
  readonly visibleGib?: number;
}

export function estimateOf(engine: Engine, asked: Asked): Estimate {
  return engine.estimate({
    engineVersion: asked.version ?? null,
    arguments: asked.args ?? {},
    environment: asked.environment ?? {},
    model: modelOf(asked.model ?? 'meta-llama/Llama-3.1-8B-Instruct'),
    drafter: null,
    target: targetOf(asked.gpu ?? 'h100', asked.visibleGib ?? null),
  });
}

export function memoryOf(engine: Engine, asked: Asked): Memory {
  const { memory, message } = estimateOf(engine, asked);
  if (memory === null) throw new Error(message ?? 'no estimate');
  return memory;
}

/** All parts and what is free, less the card's total: 0 where they add up (src/estimate.ts Memory). */
export function leftOver(memory: Memory): number {
  const { weightsBytes, drafterBytes, activationBytes, cudaGraphBytes, nonTorchBytes, outsideBudgetBytes } = memory;
  const parts = [weightsBytes, drafterBytes, activationBytes, cudaGraphBytes, nonTorchBytes, outsideBudgetBytes];
  const sum = parts.reduce((total, { value }) => total + value, 0);
  const cache = Math.max(0, memory.kvCacheBytes.value);
  return sum + cache + memory.freeBytes.value - memory.totalBytes.value - memory.releasedBytes.value;
}
