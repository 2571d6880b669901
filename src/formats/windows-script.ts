import { mappedFile, type MappedText, sliceMapped } from '../syntax/mapped-text.ts';
import type { Word } from '../syntax/word.ts';
import { baseName, type SourceFile } from '../text.ts';
import { builtCommand } from './built-command.ts';
import type { Extraction, FormatContext } from './format.ts';
import { extractionOf, scopeOfScript, type ScriptStart, scriptOf, startsIn } from './launch.ts';
import { launchesOfCommands, numbered } from './script-launches.ts';

/** Words that stand in every script of Windows that launches an engine. */
export const WINDOWS_LAUNCH = /vllm|sglang|text-generation|trtllm|llama|ollama|lmdeploy|koboldcpp/i;

/** A text that PowerShell runs as a command. */
const RUNS_TEXT = /\b(?:Invoke-Expression|iex)\b/i;

/** A language that scripts of Windows are written in. */
interface WindowsLanguage {
  readonly format: string;
  read(text: MappedText): readonly ScriptStart[];
  /** The program by its own name, whatever folder it is started from. */
  named(program: Word): Word;
}

/** The launches of a script; null when it has none. What it hands to a shell of Linux is read as that shell reads it. */
export function launchesOfWindowsScript(
  file: SourceFile,
  { format, read, named }: WindowsLanguage,
  context: FormatContext,
): Extraction | null {
  const text = mappedFile(file);
  const launches = launchesOfCommands(
    read(text).flatMap((command) => commandsOf(command, named)),
    {
      file: file.path,
      format,
      name: baseName(file.path),
      anchor: text,
      environment: new Map(),
      gpuRequest: { name: null, count: null, nodes: 1 },
    },
    context,
  );
  const found = launches.length > 0 ? launches : builtCommand(text, (own) => RUNS_TEXT.test(own), format);
  return found.length === 0 ? null : extractionOf(numbered(found));
}

function commandsOf({ words, environment }: ScriptStart, named: WindowsLanguage['named']): readonly ScriptStart[] {
  const script = scriptOf(words);
  if (script?.unresolved === null) return startsIn(script.text, scopeOfScript(words, script, new Map()));
  const [program, ...rest] = words;
  return program ? [{ words: [named(program), ...rest], environment }] : [];
}

/** The last part of a path with slashes of either kind; null for a name alone. */
export function behindFolder({ text }: Word): MappedText | null {
  const slash = Math.max(text.text.lastIndexOf('\\'), text.text.lastIndexOf('/'));
  return slash === -1 ? null : sliceMapped(text, slash + 1, text.text.length);
}
