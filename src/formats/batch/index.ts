import { readBatch } from '../../syntax/batch/index.ts';
import { mappedFile, sliceMapped } from '../../syntax/mapped-text.ts';
import type { Word } from '../../syntax/word.ts';
import type { SourceFile } from '../../text.ts';
import { editDeployment } from '../edit.ts';
import type { Extraction, Format, FormatContext } from '../format.ts';
import { extractionOf, scopeOfScript, type ScriptStart, scriptOf, startsIn } from '../launch.ts';
import { launchesOfCommands, numbered } from '../script-launches.ts';

/** Batch files of Windows: launches as they stand, through `start` and `cmd /c`, in containers and in the Linux beside Windows. */
export const batch: Format = {
  id: 'batch',
  title: 'Batch files',
  detect: ({ path, text }) => /\.(?:bat|cmd)(?:\.\w{1,12})?$/i.test(path) && SIGN.test(text),
  extract,
  edit: (_file, deployment, argument, value, context) => editDeployment(deployment, argument, value, context.engines),
};

const SIGN = /vllm|sglang|text-generation|trtllm|llama|ollama|lmdeploy/i;

function extract(file: SourceFile, context: FormatContext): Extraction | null {
  const text = mappedFile(file);
  const name = file.path.slice(file.path.lastIndexOf('/') + 1);
  const launches = launchesOfCommands(
    readBatch(text).flatMap(commandsOf),
    {
      file: file.path,
      format: 'batch',
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
  return program ? [{ words: [byItsName(program), ...rest], environment }] : [];
}

/** `%LLAMA%\build\llama-server.exe`: engines go by the name alone, wherever it lies. */
function byItsName({ text, unresolved }: Word): Word {
  const slash = Math.max(text.text.lastIndexOf('\\'), text.text.lastIndexOf('/'));
  if (slash === -1) return { text, unresolved };
  const name = sliceMapped(text, slash + 1, text.text.length);
  return { text: name, unresolved: /^[\w.-]+$/.test(name.text) ? null : unresolved };
}
