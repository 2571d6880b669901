import { type MappedText, sliceMapped } from '../syntax/mapped-text.ts';
import type { Launched } from './launch.ts';
import { cannotRead } from './unsupported.ts';

/** A server's program as the value of a variable, or the first part of it (`cmd="$dir/llama-server"`, `cmd=(bash -c "vllm serve $args")`). */
const PROGRAM =
  /=\s{0,4}\(?\s{0,80}(?:(?:\/\w{1,20}){0,4}\/?(?:ba)?sh\s{1,8}-\w{0,4}c\s{1,8})?["'](?:[^"'\n]{0,200}?[\\/])?((?:llama-server(?:\.exe)?|vllm serve|sglang serve|trtllm-serve))(?=["'\s])/;

/**
 * A launch that a script puts together as a text when it runs, and has run by what `runs` finds (`Invoke-Expression $command`,
 * `nohup $cmd`): it is there, and nobody can read its options.
 */
export function builtCommand(text: MappedText, runs: (text: string) => boolean, format: string): readonly Launched[] {
  const found = PROGRAM.exec(text.text);
  if (!found || !runs(text.text)) return [];
  const [whole, program = ''] = found;
  const end = found.index + whole.length;
  const reason = `The script puts the command that starts ${program} together as a text when it runs.`;
  const at = sliceMapped(text, end - program.length, end);
  return [{ unsupported: cannotRead(reason, 'Check its options by hand.', program, format, at) }];
}
