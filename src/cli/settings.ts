import type { Argument, Deployment } from '../deployment.ts';
import type { Engine } from '../engines/engine.ts';
import type { UsageProblem } from './surroundings.ts';

/** `max_model_len=8192` taken apart at its first `=`; null when there is none. */
export function partsOf(text: string): { readonly key: string; readonly value: string } | null {
  const equals = text.indexOf('=');
  return equals < 1 ? null : { key: text.slice(0, equals).replace(/^--/, ''), value: text.slice(equals + 1) };
}

/**
 * Arguments as `--set` gives them, read as the engine reads its settings. `null` takes one out.
 * @param flag what a problem is told of, `--set` or `--sweep`.
 */
export function settingsOf(
  texts: readonly string[],
  engine: Engine,
  flag: string,
): ReadonlyMap<string, Argument> | UsageProblem {
  const settings = [];
  for (const text of texts) {
    const parts = partsOf(text);
    if (!parts) return { problem: `${flag} '${text}' has no value`, remedy: `Write ${flag} max_model_len=8192.` };
    const place = { file: flag, start: 0, end: text.length, line: 1 };
    settings.push({ key: parts.key, value: parts.value, place, unresolved: null });
  }
  const read = engine.parseSettings(settings, true);
  const [wrong] = read.problems;
  if (wrong) return { problem: `${flag}: ${wrong.message}`, remedy: wrong.remedy };
  if (read.model) return { problem: `${flag} cannot change the model`, remedy: 'Write another command behind --.' };
  return read.arguments;
}

/** A launch with other arguments. */
export function withSettings(deployment: Deployment, settings: ReadonlyMap<string, Argument>): Deployment {
  const args = new Map(deployment.arguments);
  for (const [name, argument] of settings) {
    if (argument.value === null) args.delete(name);
    else args.set(name, argument);
  }
  const unresolved = deployment.unresolved.filter(({ name }) => !settings.has(name));
  return { ...deployment, arguments: args, unresolved };
}
