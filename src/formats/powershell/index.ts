import { readPowerShell } from '../../syntax/powershell/index.ts';
import type { Word } from '../../syntax/word.ts';
import { editDeployment } from '../edit.ts';
import type { Format } from '../format.ts';
import { behindFolder, launchesOfWindowsScript, WINDOWS_LAUNCH } from '../windows-script.ts';

/** PowerShell scripts: launches as they stand, through `Start-Process`, in containers and in the Linux beside Windows. */
export const powershell: Format = {
  id: 'powershell',
  title: 'PowerShell scripts',
  detect: ({ path, text }) =>
    WINDOWS_LAUNCH.test(text) && (/\.psm?1(?:\.\w{1,12})?$/i.test(path) || /^\uFEFF?#!.*\bpwsh\b/.test(text)),
  extract: (file, context) =>
    launchesOfWindowsScript(file, { format: 'powershell', read: readPowerShell, named }, context),
  edit: editDeployment,
};

/** `.\build\bin\llama-server.exe`: engines go by the name alone. */
function named(program: Word): Word {
  return { text: behindFolder(program) ?? program.text, unresolved: program.unresolved };
}
