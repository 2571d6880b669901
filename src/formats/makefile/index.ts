import { type MakeTarget, readMakefile } from '../../syntax/make/index.ts';
import { sliceMapped } from '../../syntax/mapped-text.ts';
import type { Scope } from '../../syntax/shell/index.ts';
import type { Word } from '../../syntax/word.ts';
import type { SourceFile } from '../../text.ts';
import { editDeployment } from '../edit.ts';
import { ENGINE_IN_SCRIPT } from '../engine-signs.ts';
import type { Extraction, Format, FormatContext } from '../format.ts';
import { extractionOf, type Launched, launchOf, startsIn, withInstalls } from '../launch.ts';
import { numbered } from '../script-launches.ts';
import { startsOfCommand } from '../shell/starts.ts';
import { folderOf, pathIn } from '../../paths.ts';

/** Makefiles: what the recipes of their targets start. */
export const makefile: Format = {
  id: 'makefile',
  title: 'Makefiles',
  detect: (file) =>
    ENGINE_IN_SCRIPT.test(file.text) &&
    RECIPE.test(file.text) &&
    !OTHER_LANGUAGE.test(file.path) &&
    !/^\uFEFF?#!/.test(file.text),
  extract,
  edit: editDeployment,
};

/** A rule with a line behind a tab. */
const RECIPE = /^[\w.%/@+$(){}-][\w.%/@+$(){} \t-]{0,400}::?(?!=)[^\n]{0,2000}\n(?:[ \t]*#[^\n]*\n|\r?\n)*\t/m;
/** Files that say what they are, and are no makefiles, though a tab may stand behind a colon in them. */
const OTHER_LANGUAGE =
  /\.(?:py|pyi|ipynb|ya?ml|json|jsonl|md|rst|txt|toml|rs|go|[cm]?[jt]sx?|java|kt|c|cc|cpp|h|hpp|cs|rb|php|html?|css|xml|csv|sql|tf|nix|log)$/i;

function extract(file: SourceFile, context: FormatContext): Extraction | null {
  const folder = folderOf(file.path);
  const { targets, exported } = readMakefile(file, (name) => {
    const path = pathIn(folder, name);
    return path === null || path === file.path ? null : context.read(path);
  });
  const environment = new Map([...exported].map(([name, text]) => [name, { text, unresolved: null }]));
  const launches = targets.flatMap((target) => launchesOf(target, environment, context, folder));
  return launches.length === 0 ? null : extractionOf(numbered(launches));
}

function launchesOf(
  target: MakeTarget,
  environment: ReadonlyMap<string, Word>,
  context: FormatContext,
  folder: string,
): Launched[] {
  const { name, nameText, scripts, open } = target;
  const nothing = sliceMapped(nameText, 0, 0);
  const scope: Scope = new Map([
    ...[...environment].map(([key, word]) => [key, [word]] as const),
    ...[...open].map(([key, reason]) => [key, [{ text: nothing, unresolved: reason }]] as const),
  ]);
  const commands = scripts.flatMap((script) => startsIn(script, scope));
  return withInstalls(commands, context, folder).flatMap((command) => {
    const inside = { ...command, environment: new Map([...environment, ...command.environment]) };
    return startsOfCommand(inside, { format: 'makefile', name }, context, folder).flatMap(
      (start) => launchOf({ ...start, anchor: nameText }, context) ?? [],
    );
  });
}
