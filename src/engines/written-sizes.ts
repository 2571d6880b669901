import type { ArgumentValue } from '../deployment.ts';
import type { Written } from './engine.ts';

/** The first of some arguments that is a whole number above 0, or null. */
export function firstWritten(
  args: Readonly<Record<string, ArgumentValue>>,
  ...names: readonly string[]
): Written | null {
  for (const argument of names) {
    const value = sizeIn(args, argument);
    if (value !== null) return { argument, value };
  }
  return null;
}

/** A whole number above 0 among the arguments, also where it is written as text; else null. */
export function sizeIn(args: Readonly<Record<string, ArgumentValue>>, name: string): number | null {
  const written = Object.hasOwn(args, name) ? args[name] : null;
  const value = typeof written === 'string' && /^\d{1,9}$/.test(written) ? Number(written) : written;
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value : null;
}
