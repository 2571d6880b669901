import { readBatch } from '../../syntax/batch/index.ts';
import type { Word } from '../../syntax/word.ts';
import { editDeployment } from '../edit.ts';
import type { Format } from '../format.ts';
import { behindFolder, launchesOfWindowsScript, WINDOWS_LAUNCH } from '../windows-script.ts';

/** Batch files of Windows: launches as they stand, through `start` and `cmd /c`, in containers and in the Linux beside Windows. */
export const batch: Format = {
  id: 'batch',
  title: 'Batch files',
  detect: ({ path, text }) => /\.(?:bat|cmd)(?:\.\w{1,12})?$/i.test(path) && WINDOWS_LAUNCH.test(text),
  extract: (file, context) => launchesOfWindowsScript(file, { format: 'batch', read: readBatch, named }, context),
  edit: editDeployment,
};

/** `%LLAMA%\build\llama-server.exe`: engines go by the name alone, wherever it lies. */
function named(program: Word): Word {
  const name = behindFolder(program);
  if (name === null) return program;
  return { text: name, unresolved: /^[\w.-]+$/.test(name.text) ? null : program.unresolved };
}
