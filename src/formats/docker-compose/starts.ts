import type { Located } from '../../deployment.ts';
import { interpolate, type Lookup, wordOf } from '../../syntax/interpolation.ts';
import { placeOfMapped } from '../../syntax/mapped-text.ts';
import type { Scope } from '../../syntax/shell/index.ts';
import { splitWords } from '../../syntax/shell/split-words.ts';
import type { Word } from '../../syntax/word.ts';
import { itemsOf, type YamlValue } from '../../syntax/yaml.ts';
import { isPair, scopeOf } from '../container.ts';
import type { FormatContext } from '../format.ts';
import { startsAnotherProgram, throughWrapper } from '../image-command.ts';
import { type ScriptStart, scopeOfScript, scriptOf, type Start, startsIn, withInstalls } from '../launch.ts';
import { folderOf } from '../../paths.ts';
import { startsOfStage } from '../dockerfile/starts.ts';
import { startsOfPlacedScript } from '../started-script.ts';
import { builtStage } from './build.ts';
import { environmentOf, wordAt } from './environment.ts';
import { gpusOf } from './gpus.ts';
import { mountsOf } from './mounts.ts';
import { anchorIn, type Service, valueIn } from './services.ts';

/** What a service may start: its command as it stands, or every command of the script that its shell runs. */
export function startsOf(service: Service, variables: Lookup, context: FormatContext): Start[] {
  const stage = builtStage(service, variables, context);
  const environment = new Map([...(stage?.environment ?? []), ...environmentOf(service, variables, context)]);
  const open = new Map<string, Word>();
  const [entrypoint, commandValue] = [valueIn(service, 'entrypoint'), valueIn(service, 'command')];
  const own = wordsOf(entrypoint, noting(variables, open));
  const behind = wordsOf(commandValue, noting(variables, open));
  const words = [...own, ...behind];
  const placed = [...mountsOf(service, variables), ...(stage?.placed ?? [])];
  const common = {
    format: 'docker-compose',
    name: service.name,
    image: stage?.image ?? imageOf(service, variables),
    gpuRequest: gpusOf(service, environment, variables),
    anchor: anchorIn(service),
    installed: stage?.installed ?? [],
  };
  if (stage && own.length === 0 && (stage.entrypoint !== null || (behind.length === 0 && stage.command !== null))) {
    // What the service says goes in the place of the image's own command, and its variables before those of the image.
    const command = behind.length === 0 ? stage.command : { kind: 'exec' as const, words: behind };
    const sequence = sequenceOf(commandValue);
    const merged = { ...stage, environment, command, placed };
    return startsOfStage(merged, fileOf(service), service.name, context).map((start) => ({
      ...start,
      ...common,
      installed: start.installed ?? [],
      environment: new Map([...environment, ...start.environment]),
      sequence,
    }));
  }
  // What Compose leaves of a variable that is not set is no variable of the container.
  const around: Scope = new Map([...scopeOf(environment), ...scopeOf(open)]);
  const inScript = (commands: readonly ScriptStart[], sequence: Start['sequence']): Start[] =>
    withInstalls(commands, context, folderOf(fileOf(service))).map((start) => ({
      ...common,
      installed: [...common.installed, ...start.installed],
      words: start.words,
      hasCommand: true,
      environment: new Map([...environment, ...start.environment]),
      sequence,
    }));
  const whole: Start = {
    ...common,
    words,
    hasCommand: own.length > 0 || startsAnotherProgram(behind),
    environment,
    sequence: sequenceOf(commandValue) ?? (behind.length === 0 ? sequenceOf(entrypoint) : null),
  };
  const script = scriptOf(words);
  if (!script || script.text.text.trim().split(/\s/).length === 1) {
    const started = startsOfPlacedScript(script ? [script] : words, placed, around, context) ?? [];
    return [...inScript(started, null), throughWrapper(whole, own.length, context.engines)];
  }
  const scope = scopeOfScript(words, script, around);
  // What a script hands on of its own arguments stands in the list behind it.
  const handsOn = words.indexOf(script) < own.length && /\$@/.test(script.text.text);
  const starts = inScript(startsIn(script.text, scope), handsOn ? sequenceOf(commandValue) : null);
  // `entrypoint: [bash, -c]` with the words of the command behind it: not what the shell runs, but what is meant.
  return [...starts, { ...whole, words: words.slice(words.indexOf(script)), hasCommand: true }];
}

/** The words of a command: a list as it stands, a text as Compose splits it. */
function wordsOf(value: YamlValue | null, lookup: Lookup): Word[] {
  if (value?.kind === 'scalar') return value.value === null ? [] : splitWords(interpolate(value.text, lookup));
  return itemsOf(value).flatMap((item) => {
    if (item.kind !== 'scalar' || item.value === null) return [];
    const text = interpolate(item.text, lookup);
    const word = wordOf(text);
    if (isPair(word)) return splitWords(text);
    return word.text.text === '' && item.text.text !== '' ? [] : [word];
  });
}

/** Keeps the variables that have no value, by name. */
function noting(lookup: Lookup, open: Map<string, Word>): Lookup {
  return (name) => {
    const found = lookup(name);
    if (found === null || found.unresolved !== null) {
      const reason = found?.unresolved ?? `${name} is not set in the repository`;
      open.set(name, { text: found?.text ?? { text: '', segments: [] }, unresolved: reason });
    }
    return found;
  };
}

function fileOf({ nameText }: Service): string {
  return nameText.segments[0]?.file.path ?? '';
}

function sequenceOf(value: YamlValue | null): Start['sequence'] {
  return value?.kind === 'sequence' ? value : null;
}

function imageOf(service: Service, variables: Lookup): Located<string> | null {
  const word = wordAt(valueIn(service, 'image'), variables);
  return word ? { value: word.text.text, place: placeOfMapped(word.text) } : null;
}
