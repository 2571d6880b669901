import { table } from '../../table.ts';
import { isBefore, type EngineVersion } from './versions.ts';

/** Classes that vLLM no longer has: the last release with them, and the first without (model_executor/models/registry.py). */
const REMOVED: Readonly<Record<string, readonly [last: string, gone: readonly [number, number, number]]>> = table({
  MllamaForConditionalGeneration: ['0.10.2', [0, 11, 0]],
});

/** The engine's refusal of a class that it had once, or null. */
export function removedArchitecture(className: string, version: EngineVersion): string | null {
  const removed = Object.hasOwn(REMOVED, className) ? REMOVED[className] : undefined;
  if (!removed || isBefore(version, removed[1])) return null;
  return (
    `Model architecture ${className} was supported in vLLM until v${removed[0]}, and is not supported anymore. Please ` +
    'use an older version of vLLM if you want to use this model architecture.'
  );
}
