import { mappedFile, sliceMapped } from '../../syntax/mapped-text.ts';
import { readPowerShell } from '../../syntax/powershell/index.ts';
import type { Word } from '../../syntax/word.ts';
import type { SourceFile } from '../../text.ts';
import { editDeployment } from '../edit.ts';
import type { Extraction, Format, FormatContext } from '../format.ts';
import { extractionOf, scopeOfScript, type ScriptStart, scriptOf, startsIn } from '../launch.ts';
import { launchesOfCommands, numbered } from '../script-launches.ts';

/** PowerShell scripts: launches as they stand, through `Start-Process`, in containers and in the Linux beside Windows. */
export const powershell: Format = {
  id: 'powershell',
  title: 'PowerShell scripts',
  detect: ({ path, text }) =>
    SIGN.test(text) && (/\.psm?1(?:\.\w{1,12})?$/i.test(path) || /^\uFEFF?#!.*\bpwsh\b/.test(text)),
  extract,
  edit: (_file, deployment, argument, value, context) => editDeployment(deployment, argument, value, context.engines),
};

const SIGN = /vllm|sglang|text-generation|trtllm|llama|ollama|lmdeploy/i;

function extract(file: SourceFile, context: FormatContext): Extraction | null {
  const text = mappedFile(file);
  const commands = readPowerShell(text).flatMap(commandsOf);
  const name = file.path.slice(file.path.lastIndexOf('/') + 1);
  const launches = launchesOfCommands(
    commands,
    {
      file: file.path,
      format: 'powershell',
      name,
      anchor: text,
      environment: new Map(),
      gpuRequest: { name: null, count: null, nodes: 1 },
    },
    context,
  );
  return launches.length === 0 ? null : extractionOf(numbered(launches));
}

/** A command with its program's own name in front; what it hands to a shell of Linux as that shell reads it. */
function commandsOf({ words, environment }: ScriptStart): readonly ScriptStart[] {
  const script = scriptOf(words);
  if (script?.unresolved === null) return startsIn(script.text, scopeOfScript(words, script, new Map()));
  const [program, ...rest] = words;
  return program ? [{ words: [withoutFolder(program), ...rest], environment }] : [];
}

/** `.\build\bin\llama-server.exe`: engines go by the name alone. */
function withoutFolder({ text, unresolved }: Word): Word {
  const slash = Math.max(text.text.lastIndexOf('\\'), text.text.lastIndexOf('/'));
  return { text: slash === -1 ? text : sliceMapped(text, slash + 1, text.text.length), unresolved };
}
