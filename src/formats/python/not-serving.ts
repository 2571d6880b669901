import type { PythonFunction } from '../../syntax/python/values.ts';
import type { SourceFile } from '../../text.ts';

/** Packages that test, and packages that train: what such a program starts serves nobody. */
const TESTS = /^[ \t]{0,20}(?:import|from)[ \t]+(?:pytest|unittest)\b/m;
const TRAINING =
  /^[ \t]{0,20}(?:import|from)[ \t]+(?:trl|verl|openrlhf|nemo_rl|areal|deepspeed|prime_rl|torchtune|megatron)\b|\.backward\(\)|\boptimizer\.step\(\)/m;

/** Whether a program tests or trains, by what it imports and calls; pytest finds its tests by their names (docs: test discovery). */
export function isTestOrTraining({ path, text }: SourceFile): boolean {
  const isFound =
    /(?:^|\/)(?:test_[^/]{0,200}|[^/]{1,200}_test)\.py$/.test(path) && /^(?:async )?def test_/m.test(text);
  return isFound || TESTS.test(text) || TRAINING.test(text);
}

/** Whether a function is a test: by pytest's names (`test_…` in functions, `Test…` of classes). */
export function isTest(frames: readonly PythonFunction[]): boolean {
  return frames.some(
    ({ name, owner }) => name.startsWith('test_') || (owner !== null && /^Test[A-Z]/.test(owner.name)),
  );
}

/** Whether a function measures an engine in its own process, by its name. */
export function isBenchmark(frames: readonly PythonFunction[]): boolean {
  return frames.some(({ name }) => /^(?:run_|main_)?bench(?:mark)?(?:_|$)/.test(name));
}

/** Calls that only show a text. */
const SHOWS =
  /(?:^|[.?])(?:print|pprint|info|debug|warning|warn|error|exception|critical|log|echo|secho|write|writelines|write_text|markdown|code|skip|add_argument|format|append|add|Panel|Text|help|input|contains|match|search|sub|assert\w*|\w*(?:Error|Exception|Warning|Exit)|Field|field|Option|Argument|ArgumentParser|dumps|loads|get|join)$/;

/** Whether a call does nothing with a command but show, check or keep it. */
export function onlyShows(path: string): boolean {
  return SHOWS.test(path);
}

/** Whether a call writes a text to a file. */
export function writesFile(path: string): boolean {
  return /[.?](?:write|write_text|writelines)$/.test(path);
}
