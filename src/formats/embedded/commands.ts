import type { Deployment, GpuRequest } from '../../deployment.ts';
import type { Engine } from '../../engines/engine.ts';
import { joinMapped, type MappedText, placeOfMapped, writtenAs } from '../../syntax/mapped-text.ts';
import type { Word } from '../../syntax/word.ts';
import { at, textOf, type YamlValue } from '../../syntax/yaml.ts';
import { baseName } from '../../text.ts';
import { scopeOf, wordsOf } from '../container.ts';
import { ENGINE_OR_LLAMA } from '../engine-signs.ts';
import type { FormatContext } from '../format.ts';
import { type Launched, launchOf, scopeOfScript, type ScriptStart, scriptOf, startsIn } from '../launch.ts';
import { launchesOfCommands, type Surroundings } from '../script-launches.ts';
import { type Around, aroundOf, runnerDevice } from './around.ts';
import { modelOf } from './model.ts';
import { isFixture, isProse } from './not-serving.ts';
import { filledIn, masked, templated } from './placeholders.ts';
import type { Mapping, Spot } from './walk.ts';

/** A launch by a command, with the mapping that holds the command. */
export interface CommandLaunch {
  readonly launched: Launched;
  readonly holder: Mapping | null;
  /** All that the command stands in; variables of any of it are the command's. */
  readonly within: readonly Mapping[];
}

/** Lists whose items are lines of one script, as pipelines have them. */
const LINES = /^(?:script|commands?|run|runcmd|bootcmd|steps|setup|before_script|args|cmds?|entrypoint)$/;
/** Programs that start another one, which may stand in front of a launch. */
const WRAPPER =
  /^(?:exec|nohup|sudo|time|env|uv|uvx|pipx|poetry|pdm|pixi|conda|mamba|micromamba|python[\d.]*|numactl|docker|podman|nerdctl|apptainer|singularity|srun|mpirun|mpiexec|taskset|stdbuf|setsid|tmux|screen|ssh|timeout|nice|bash|sh|zsh|eval|nsys|wsl(?:\.exe)?|cmd(?:\.exe)?|command|su|runuser|gosu|tini|dumb-init|ray|accelerate|torchrun|trtllm-llmapi-launch)$/;

/** The launches that commands of a document are: texts that a shell would read, and lists of words. */
export function commandLaunches(spots: readonly Spot[], file: string, context: FormatContext): CommandLaunch[] {
  const taken = new Set<YamlValue>();
  return spots.flatMap((spot): CommandLaunch[] => {
    const { value, parents } = spot;
    if (value.kind === 'mapping' || taken.has(value) || !holdsSign(value) || isProse(spot) || isFixture(spot))
      return [];
    const around = aroundOf(parents, context.engines);
    const commands = commandsAt(spot, around).map((one) => ({
      ...one,
      words: one.words.map((word) => templated(filledIn(word, parents), parents)),
    }));
    const launching = commands.filter(({ words }) => installs(words) || startsPlainly(words, context.engines));
    const [anchor] = commands[0]?.words ?? [];
    if (launching.length === 0 || !anchor) return [];
    const device = runnerDevice(parents);
    const surroundings: Surroundings = {
      file,
      format: 'embedded',
      name: around.name ?? spot.path.at(-1) ?? 'command',
      anchor: anchor.text,
      environment: around.environment,
      gpuRequest: headsCluster(commands) ? unspread(around.gpuRequest) : around.gpuRequest,
      image: around.image,
      ...(device && { device }),
    };
    const found =
      listLaunch(spot, launching, surroundings, context) ?? launchesOfCommands(launching, surroundings, context);
    if (found.length === 0) return [];
    if (value.kind === 'sequence') for (const item of value.items) taken.add(item);
    return found.map((launched) => ({
      launched: withModel(launched, parents),
      holder: parents[0] ?? null,
      within: parents,
    }));
  });
}

/** Whether one of the commands makes a Ray cluster that others join (`ray start --head`, vLLM's multi-node-serving.sh). */
function headsCluster(commands: readonly ScriptStart[]): boolean {
  return commands.some(({ words }) => {
    const text = words
      .slice(0, 6)
      .map((word) => word.text.text)
      .join(' ');
    return /(?:^|\/| )ray start .{0,80}--head|multi-node-serving\.sh leader/.test(text.slice(0, 400));
  });
}

/** GPUs of one node where nobody says how many nodes there are: no number to hold a launch to. */
function unspread(request: GpuRequest): GpuRequest {
  return request.nodes > 1 ? request : { ...request, count: null };
}

function holdsSign(value: YamlValue): boolean {
  if (value.kind === 'scalar')
    return typeof value.value === 'string' && ENGINE_OR_LLAMA.test(value.text.text) && /\S\s+\S/.test(value.text.text);
  const { items } = value.kind === 'sequence' ? value : { items: [] };
  return (
    items.every(({ kind }) => kind === 'scalar') &&
    items.some((item) => item.kind === 'scalar' && ENGINE_OR_LLAMA.test(item.text.text))
  );
}

/** The commands of a text or of a list, which is one command word by word or a script line by line. */
function commandsAt({ value, path, parents }: Spot, around: Around): readonly ScriptStart[] {
  const scope = scopeOf(around.environment);
  if (value.kind === 'scalar') return withArguments(startsIn(masked(value.text), scope), path, parents, around);
  if (value.kind !== 'sequence') return [];
  const texts = value.items.flatMap((item) => (item.kind === 'scalar' ? [masked(item.text)] : []));
  const isScript = /\s/.test(texts[0]?.text.trim() ?? '') && LINES.test(path.at(-1) ?? '');
  if (isScript) return startsIn(lines(texts), scope);
  if (/\s/.test(texts[0]?.text ?? ' ')) return [];
  const words = wordsOf(value, around.environment);
  const script = scriptOf(words);
  if (script && script.unresolved === null) return startsIn(script.text, scopeOfScript(words, script, scope));
  return [{ words, environment: around.environment }];
}

/** Texts one below the other. */
function lines(texts: readonly MappedText[]): MappedText {
  return joinMapped(texts.flatMap((text) => [text, writtenAs(text, '\n')]));
}

/** `command: vllm serve M` with its arguments in a list beside it. */
function withArguments(
  commands: readonly ScriptStart[],
  path: readonly string[],
  [holder]: readonly Mapping[],
  around: Around,
): readonly ScriptStart[] {
  const [only, ...more] = commands;
  const args = holder ? at(holder, 'args') : null;
  if (!only || more.length > 0 || args === null || !/^(?:command|entrypoint|cmd)$/.test(path.at(-1) ?? ''))
    return commands;
  return [{ ...only, words: [...only.words, ...wordsOf(args, around.environment)] }];
}

/** A list that is a launch word by word: options are added as its items. */
function listLaunch(
  { value }: Spot,
  [only, ...more]: readonly ScriptStart[],
  around: Surroundings,
  context: FormatContext,
): Launched[] | null {
  if (value.kind !== 'sequence' || !only || more.length > 0 || /\s/.test(textOf(value.items[0] ?? null) ?? ' '))
    return null;
  const isPlain = only.words.every(({ text }) => placeOfMapped(text).file === around.file);
  const recognised = context.engines.some(({ recognise }) => recognise(only.words) !== null);
  if (!isPlain || !recognised || scriptOf(wordsOf(value, new Map()))) return null;
  const launched = launchOf(
    { ...around, image: around.image ?? null, words: only.words, hasCommand: true, sequence: value },
    context,
  );
  return launched ? [launched] : null;
}

/** Whether words start an engine, or a program that starts one: a launch that is only spoken of begins with something else. */
function startsPlainly(words: readonly Word[], engines: readonly Engine[]): boolean {
  const first = words[0]?.text.text ?? '';
  if (WRAPPER.test(baseName(first))) return true;
  return engines.some(({ recognise }) => {
    const found = recognise(words);
    // Without its first word it is none any more: nothing else stands in front of it.
    return (
      found !== null &&
      recognise([NOTHING, ...words.slice(1)]) === null &&
      !isSentence(words.slice(found.argumentsStart))
    );
  });
}

const NOTHING: Word = { text: { text: '-', segments: [] }, unresolved: null };

/** `vllm serve is the command that …` */
function isSentence(words: readonly Word[]): boolean {
  const option = words.findIndex(({ text }) => text.text.startsWith('-'));
  return (option === -1 ? words.length : option) > 3;
}

function installs(words: readonly Word[]): boolean {
  return words.some(({ text }) => text.text === 'install');
}

/** A command that names no model serves the one that is named beside it. */
function withModel(launched: Launched, parents: readonly Mapping[]): Launched {
  if (!('deployment' in launched)) return launched;
  const { deployment } = launched;
  if (deployment.model !== null || deployment.unresolved.some(({ name }) => /^(?:model|more_arguments)$/.test(name)))
    return launched;
  const word = parents.map(({ entries }) => modelOf(entries)).find((one) => one !== null);
  if (!word || word.unresolved !== null) return launched;
  const model: Deployment['model'] = { value: word.text.text, place: placeOfMapped(word.text) };
  return { deployment: { ...deployment, model } };
}
