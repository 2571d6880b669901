import type { PythonValue } from '../../syntax/python/values.ts';
import type { Word } from '../../syntax/word.ts';
import type { SourceFile } from '../../text.ts';
import { wordOf } from './values.ts';

/** Variables that the program sets (`os.environ["VLLM_USE_V1"] = "0"`), as a launch sees them. */
export function environmentWords(
  environment: ReadonlyMap<string, PythonValue>,
  file: SourceFile,
): ReadonlyMap<string, Word> {
  return new Map([...environment].map(([name, value]) => [name, wordOf(value, { from: 0, to: 0 }, null, file)]));
}
