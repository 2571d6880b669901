import { joinMapped, type MappedText } from '../../syntax/mapped-text.ts';
import type { Scope } from '../../syntax/shell/index.ts';
import type { Word } from '../../syntax/word.ts';
import { scopeOf } from '../container.ts';
import type { FormatContext } from '../format.ts';
import { startsAnotherProgram, throughWrapper } from '../image-command.ts';
import { scopeOfScript, type ScriptStart, scriptOf, type Start, startsIn, withInstalls } from '../launch.ts';
import { startsOfPlacedScript } from '../started-script.ts';
import { visibleGpus } from '../visible-gpus.ts';
import { folderOf } from '../../paths.ts';
import { type CommandForm, pathFrom, type Stage } from './stages.ts';

/** What a container of a stage's image starts. */
export function startsOfStage(stage: Stage, file: string, name: string, context: FormatContext): Start[] {
  const { environment, entrypoint, command, image, installed } = stage;
  const common = {
    format: 'dockerfile',
    name,
    image,
    environment,
    installed,
    gpuRequest: { name: null, count: visibleGpus(environment), nodes: 1 },
    anchor: stage.anchor,
    sequence: null,
  };
  const scripted = (text: MappedText, scope: Scope = scopeIn(stage)): Start[] =>
    startsOf(startsIn(text, scope).flatMap((start) => startsOfWritten(start, stage, scope)));
  const startsOf = (commands: readonly ScriptStart[]): Start[] =>
    withInstalls(commands, context, folderOf(file)).map((start) => ({
      ...common,
      installed: [...installed, ...start.installed],
      words: start.words,
      hasCommand: true,
      environment: new Map([...environment, ...start.environment]),
    }));
  // A shell form of the entrypoint takes no command (docs: Dockerfile reference, how CMD and ENTRYPOINT interact).
  if (entrypoint?.kind === 'shell') return scripted(entrypoint.text);
  if (entrypoint === null && command?.kind === 'shell') return scripted(command.text);
  const own = entrypoint?.words ?? [];
  const words = [...own, ...wordsOf(command)];
  if (words.length === 0) return [];
  const script = scriptOf(words);
  if (script) return scripted(script.text, scopeOfScript(words, script, scopeIn(stage)));
  const written = writtenScript(words, stage);
  if (written) return scripted(written);
  const placed = startsOfPlacedScript(words, stage.placed, scopeIn(stage), context);
  if (placed) return startsOf(placed);
  const hasCommand = own.length > 0 || startsAnotherProgram(words);
  return [throughWrapper({ ...common, words, hasCommand }, own.length, context.engines)];
}

function wordsOf(form: CommandForm | null): readonly Word[] {
  if (form === null) return [];
  return form.kind === 'exec' ? form.words : [{ text: joinMapped([form.text]), unresolved: null }];
}

/** A script that the Dockerfile itself writes (`COPY <<EOF /start.sh`), by the path that is started. */
function writtenScript(words: readonly Word[], { scripts, workdir }: Stage): MappedText | null {
  for (const { text } of words.slice(0, 3)) {
    const script = scripts.get(pathFrom(workdir, text.text));
    if (script) return script;
  }
  return null;
}

/** What a command of a shell form starts: itself, or the script that the Dockerfile writes. */
function startsOfWritten(start: ScriptStart, stage: Stage, scope: Scope): ScriptStart[] {
  const script = writtenScript(start.words, stage);
  return script === null ? [start] : startsIn(script, scope);
}

/** A container has the variables of ENV; those of ARG are gone when it runs. */
function scopeIn({ environment }: Stage): Scope {
  return scopeOf(environment);
}
