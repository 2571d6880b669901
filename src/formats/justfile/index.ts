import { type JustRecipe, readJustfile } from '../../syntax/just/index.ts';
import type { Word } from '../../syntax/word.ts';
import type { SourceFile } from '../../text.ts';
import { scopeOf } from '../container.ts';
import { editDeployment } from '../edit.ts';
import { ENGINE_IN_SCRIPT } from '../engine-signs.ts';
import type { Extraction, Format, FormatContext } from '../format.ts';
import { extractionOf, startsIn } from '../launch.ts';
import { launchesOfCommands, numbered } from '../script-launches.ts';

/** Justfiles: what their recipes start. */
export const justfile: Format = {
  id: 'justfile',
  title: 'Justfiles',
  detect: ({ path, text }) => NAMED.test(path) && ENGINE_IN_SCRIPT.test(text) && RECIPE.test(text),
  extract,
  edit: editDeployment,
};

/** Names that `just` looks for, and that people give to what it imports (just manual). */
const NAMED = /(?:^|\/)\.?justfile(?:\.\w{1,12})?$|\.just$/i;
const RECIPE = /^@?[A-Za-z_][\w-]{0,100}[^\n]{0,500}:(?!=)[^\n]{0,500}\r?\n[ \t]+\S/m;

function extract(file: SourceFile, context: FormatContext): Extraction | null {
  const { recipes, exported } = readJustfile(file);
  const launches = recipes.flatMap((recipe) =>
    launchesOfCommands(
      commandsOf(recipe, exported),
      {
        file: file.path,
        format: 'justfile',
        name: recipe.nameText.text,
        anchor: recipe.nameText,
        environment: exported,
        gpuRequest: { name: null, count: null, nodes: 1 },
      },
      context,
    ),
  );
  return launches.length === 0 ? null : extractionOf(numbered(launches));
}

function commandsOf({ script, open }: JustRecipe, exported: ReadonlyMap<string, Word>) {
  return startsIn(script, scopeOf(new Map([...exported, ...open])));
}
