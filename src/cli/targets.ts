import { GIB } from '../bytes.ts';
import type { Target } from '../hardware/gpu.ts';
import { type HardwareCatalogue, parseTarget } from '../hardware/lookup.ts';
import type { UsageProblem } from './surroundings.ts';

/** The targets that `--gpu` names, one by one or as a list with commas, or what is wrong with the first bad one. */
export function targetsOfFlags(
  names: readonly string[],
  hardware: HardwareCatalogue,
): readonly Target[] | UsageProblem {
  const targets: Target[] = [];
  for (const name of names.flatMap((list) => list.split(','))) {
    const target = parseTarget(name.trim(), hardware, 'matrix');
    if ('problem' in target) {
      const near = target.suggestions.join(', ');
      return {
        problem: target.problem,
        remedy: near === '' ? 'headroom gpus lists the names.' : `Did you mean ${near}?`,
      };
    }
    targets.push(target);
  }
  return targets;
}

/** `--gpu-memory-gib` in bytes; null when it is not given. */
export function memoryOfFlag(text: string | null): number | null | UsageProblem {
  if (text === null) return null;
  const amount = Number(text);
  if (text.trim() !== '' && amount > 0 && amount <= 10_000) return Math.round(amount * GIB);
  return { problem: `--gpu-memory-gib cannot be '${text}'`, remedy: 'Write what CUDA shows as total in GiB: 22.03.' };
}

/** `--engine-version`: a release, a tag or a build (`0.19.0`, `v0.11.0-cu128`, `b6000`); null when it is not given. */
export function versionOfFlag(text: string | null): string | null | UsageProblem {
  if (text === null || /\d/.test(text)) return text;
  return { problem: `--engine-version cannot be '${text}'`, remedy: 'Write a release: 0.19.0.' };
}
