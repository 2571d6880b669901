import type { Deployment, GpuRequest, Located, Unresolved, Unsupported } from '../deployment.ts';
import type { Engine, ParsedArguments, RecognisedCommand } from '../engines/engine.ts';
import { type MappedText, placeOfMapped, sliceMapped } from '../syntax/mapped-text.ts';
import { readShell, type Scope, type SourcedText } from '../syntax/shell/index.ts';
import { insideDoubleQuotes } from '../syntax/shell/text.ts';
import { NOTHING } from '../syntax/template-mask.ts';
import type { OpenScript, Word } from '../syntax/word.ts';
import type { YamlValue } from '../syntax/yaml.ts';
import type { Place } from '../text.ts';
import type { Extraction, FormatContext } from './format.ts';
import { launchByOptions } from './djl-serving/variables.ts';
import { modelOfImage } from './image-model.ts';
import { otherEngineOf } from './other-engines.ts';
import { certain, locatedEnvironment } from './known-words.ts';
import type { Site } from './edit-site.ts';
import { notModelled } from './unsupported.ts';
import { engineReference, MAX_INSTALLS } from './version/engine-version.ts';
import { type Installed, installedBy } from './version/install-command.ts';
import { folderOf } from '../paths.ts';
import { mappingAt, openFile, settingsParts } from './settings-file.ts';
import { type Part, type VariablesPart, wrappedDeployment, type WrappedStart } from './platform-launch.ts';
import { exceeds } from '../syntax/unread.ts';

/** A program start as a carrier gives it, before any engine is asked. */
export interface Start {
  readonly format: string;
  readonly name: string;
  /** Words of the command and its arguments; of the arguments alone where the image brings the command. */
  readonly words: readonly Word[];
  /** Whether the command itself is among the words. */
  readonly hasCommand: boolean;
  readonly image: Located<string> | null;
  readonly environment: ReadonlyMap<string, Word>;
  readonly gpuRequest: GpuRequest;
  readonly sequence: Extract<YamlValue, { kind: 'sequence' }> | null;
  /** Where to point when there are no words. */
  readonly anchor: MappedText;
  /** The mapping in a file where the launch runs, as far as the carrier puts files there (ConfigMaps). */
  readonly fileAt?: (path: string) => Mapping | null;
  /** A device that the carrier knows better than the words (`google.com/tpu` among the limits). */
  readonly device?: Deployment['device'];
  /** The engine whose image the carrier leaves out and whose options the words are. */
  readonly startedBy?: string;
  /** What the commands in front of it install in the same place (`pip install vllm==0.9.1`). */
  readonly installed?: readonly Installed[];
  /** What the carrier leaves open beside the words. */
  readonly open?: readonly Unresolved[];
}

type Mapping = Extract<YamlValue, { kind: 'mapping' }>;

export type LaunchContext = Pick<FormatContext, 'engines' | 'read' | 'openAt'>;

export type Launched = { readonly deployment: Deployment } | { readonly unsupported: Unsupported };

/** Launches of one file, those that were read apart from those that were not. */
export function extractionOf(launched: readonly Launched[]): Extraction {
  return {
    deployments: launched.flatMap((one) => ('deployment' in one ? [one.deployment] : [])),
    unsupported: launched.flatMap((one) => ('unsupported' in one ? [one.unsupported] : [])),
  };
}

/** What makes an engine print something and end. */
const ONLY_PRINTS = /^--(?:help|version)(?:=|$)/;

/** Asks the engines whether a start is theirs; null when it is none that Headroom knows of. */
export function launchOf(written: Start, context: LaunchContext): Launched | null {
  if (written.words.some(({ text, unresolved }) => unresolved === null && ONLY_PRINTS.test(text.text))) return null;
  const start = {
    ...written,
    words: written.words.flatMap((word) => (isNothing(word) ? [] : [certain(word, context)])),
  };
  const byOptions = start.hasCommand ? null : launchByOptions(start, context);
  if (byOptions) return byOptions;
  for (const engine of context.engines) {
    const recognised = engine.recognise(start.words);
    const byImage = !startsProgram(start) && start.image !== null && engine.ownsImage(start.image.value);
    if (!recognised && !byImage && start.startedBy !== engine.id) continue;
    return {
      deployment: deploymentOf(start, engine, recognised ?? behindImage(start, engine), context),
    };
  }
  const other = otherEngineOf(
    start.words.map(({ text }) => text.text),
    start.image?.value ?? null,
  );
  if (other === null) return null;
  return { unsupported: notModelled(other, start.name, start.format, start.words[0]?.text ?? start.anchor) };
}

/** A command of its own, or one in the place of the arguments of an image that starts nothing by itself (SGLang's). */
function startsProgram({ hasCommand, words }: Start): boolean {
  return hasCommand || /^(?:\S*\/)?(?:python[\d.]*|bash|sh|sleep|tail|uv|torchrun)$/.test(words[0]?.text.text ?? '');
}

/** The arguments alone behind an image; behind one whose entrypoint is `vllm`, the subcommand in front of them. */
function behindImage({ words, image }: Start, engine: Engine): RecognisedCommand {
  const entrypoint = (image && engine.entrypointOfImage?.(image.value)) ?? 'serve';
  return { argumentsStart: words[0]?.text.text === 'serve' ? 1 : 0, entrypoint };
}

/** Where a launch stands: its first word, unless that comes out of another file; in a script the first that does not. */
function firstPlace({ words, anchor, image }: Start): Place {
  const home = placeOfMapped(anchor);
  if (words.length === 0 && image?.place.file === home.file) return image.place;
  for (const { text } of home.start === 0 ? words : words.slice(0, 1)) {
    const place = placeOfMapped(text);
    if (place.file === home.file) return place;
  }
  return home;
}

function deploymentOf(
  start: Start,
  engine: Engine,
  { argumentsStart, entrypoint }: RecognisedCommand,
  context: LaunchContext,
): Deployment {
  const options = start.words.slice(argumentsStart);
  const parsed = engine.parseWords(options, entrypoint);
  const first = firstPlace(start);
  const own = installedBy(start.words.slice(0, argumentsStart), context, folderOf(first.file));
  const installed = [...(start.installed ?? []), ...own].filter((one) => one.engine === engine.id);
  const variables = argumentVariables(start.environment, engine, entrypoint);
  const defaults = isOpen(parsed, 'more_arguments') ? [] : (engine.defaultsOf?.(entrypoint) ?? []);
  const named = openFile(parsed, engine);
  const file = named === null ? null : (start.fileAt?.(named) ?? mappingAt(named, first.file, context));
  if (variables.length > 0 || file || defaults.length > 0) {
    const set = defaults.map((one) => ({ ...one, place: first }));
    return inParts(
      { ...start, defaults: set },
      engine,
      { argumentsStart, entrypoint },
      variables,
      file,
      installed,
      context,
    );
  }
  const site: Site = { kind: 'words', words: start.words, argumentsStart, sequence: start.sequence };
  return {
    file: first.file,
    line: first.line,
    format: start.format,
    name: start.name,
    engine: engineReference(engine, installed, start.image, first.file),
    ...(start.image && { image: start.image }),
    device: start.device ?? engine.deviceOf(start.image?.value ?? null, options),
    ...withOpenImage(parsed, start, engine),
    arguments: parsed.arguments,
    problems: parsed.problems,
    environment: locatedEnvironment(start.environment),
    gpuRequest: start.gpuRequest,
    site,
  };
}

/** The model, which an image may be made for; one whose name is in a variable that nobody sets leaves it open. */
function withOpenImage(
  parsed: ParsedArguments,
  { image, open = [] }: Start,
  engine: Engine,
): Pick<Deployment, 'model' | 'unresolved'> {
  const unresolved = [...parsed.unresolved, ...open];
  if (parsed.model !== null || isOpen(parsed, 'model')) return { model: parsed.model, unresolved };
  const model = modelOfImage(image, engine);
  const isNamed = model !== null && !model.value.includes('$');
  if (isNamed || image === null || engine.modelOfImage === undefined || !/\$\{?[A-Za-z_]/.test(image.value))
    return { model, unresolved };
  const reason = 'a variable in the name of its image is not set in the repository';
  return { model: null, unresolved: [...unresolved, { name: 'model', text: image.value, reason, place: image.place }] };
}

/** Whether an argument is written whose value is not known. */
function isOpen({ unresolved }: ParsedArguments, argument: string): boolean {
  return unresolved.some(({ name }) => name === argument);
}

type NamedWord = VariablesPart['values'][number];

/** The variables that the engine itself reads as arguments (`LLAMA_ARG_CTX_SIZE`), by canonical name. */
function argumentVariables(environment: ReadonlyMap<string, Word>, engine: Engine, entrypoint: string): NamedWord[] {
  return [...environment].flatMap(([variable, word]) => {
    const name = engine.argumentOfVariable(variable, entrypoint);
    // A variable without a value is how many say that it is not set.
    const isEmpty = word.text.text === '' && word.unresolved === null;
    return name === null || isEmpty ? [] : [{ name, word }];
  });
}

/** A launch with arguments in its environment or in a file too; those of the command line go before the environment's. */
function inParts(
  start: Start & Pick<WrappedStart, 'defaults'>,
  engine: Engine,
  { argumentsStart, entrypoint }: RecognisedCommand,
  values: readonly NamedWord[],
  file: Mapping | null,
  installed: readonly Installed[],
  context: LaunchContext,
): Deployment {
  const [first] = start.words;
  const home = placeOfMapped(start.anchor).file;
  const { words, sequence } = start;
  const command: Part[] = [{ kind: 'words', words, argumentsStart, entrypoint, sequence, takesMore: words.length > 0 }];
  const settings = file ? settingsParts(file, engine) : [];
  const deployment = wrappedDeployment(
    {
      ...start,
      file: home,
      anchor: first && placeOfMapped(first.text).file === home ? first.text : start.anchor,
      engine,
      installed,
      model: null,
      parts: [
        ...(values.length > 0 ? [{ kind: 'variables' as const, values }] : []),
        ...(engine.settingsFile?.wins === true ? [...command, ...settings] : [...settings, ...command]),
      ],
    },
    context,
  );
  const open = deployment.unresolved.filter(({ name }) => !file || name !== engine.settingsFile?.argument);
  return { ...deployment, line: firstPlace(start).line, unresolved: open };
}

/** What a template leaves out of a script. */
function isNothing({ text }: Word): boolean {
  return text.text !== '' && text.text.replaceAll(NOTHING, '') === '';
}

const SHELL = /(?:^|\/)(?:ba|z|k|da|a)?sh$/;

/** Programs that start a shell for somebody else (`sudo -u llm bash -c "…"`), and how many words they may take. */
const IN_FRONT =
  /(?:^|\/)(?:sudo|su|runuser|env|nohup|exec|timeout|setsid|nice|time|ssh|wsl(?:\.exe)?|tini|dumb-init|sshpass|srun|mpirun|mpiexec|numactl|taskset|systemd-run|apptainer|singularity|tmux|screen|[\w.-]{0,40}entrypoint[\w.-]{0,20}\.sh)$/;
const MAX_IN_FRONT = 200;

/**
 * The commands inside `sh -c "…"` and its like (`bash -exc`, `eval`), with the variables of `scope`; null when the words
 * are no such thing.
 */
export function scriptOf(words: readonly Word[]): Word | null {
  const first = words[0]?.text.text ?? '';
  if (first === 'eval') return words[1] ?? null;
  const shell = words.findIndex(({ text }, index) => index < MAX_IN_FRONT && SHELL.test(text.text));
  if (shell === -1 || (shell > 0 && !IN_FRONT.test(first) && !isExecuted(words))) return null;
  const flag = words.findIndex(({ text }, index) => index > shell && /^-[a-z]{0,8}c[a-z]{0,8}$/.test(text.text));
  if (flag === -1) return null;
  // `bash -lc -- "…"`
  return words[flag + (words[flag + 1]?.text.text === '--' ? 2 : 1)] ?? null;
}

/** `docker exec -d NAME bash -c "…"`, `kubectl exec POD -- bash -c "…"` */
function isExecuted([program, action]: readonly Word[]): boolean {
  const executes = /(?:^|\/)(?:docker|podman|nerdctl|kubectl|oc|lxc|incus|pct)$/;
  return executes.test(program?.text.text ?? '') && action?.text.text === 'exec';
}

/** What a script sees: the variables around it, and what stands behind it as its own arguments (`bash -c '… "$@"' name args`). */
export function scopeOfScript(words: readonly Word[], script: Word, around: Scope): Scope {
  const [name, ...args] = words.slice(words.indexOf(script) + 1);
  if (!name) return around;
  const numbered = [name, ...args].slice(0, 10).map((word, index) => [String(index), [word]] as const);
  return new Map([...around, ...numbered, ['@', args] as const]);
}

export interface ScriptStart {
  readonly words: readonly Word[];
  readonly environment: ReadonlyMap<string, Word>;
}

/** Scripts within scripts end here. */
const MAX_NESTING = 4;

/** Every simple command of a script, those of scripts inside it included. `sourced`: the files that it takes variables from. */
export function startsIn(script: MappedText, scope: Scope, sourced?: SourcedText, nesting = 0): ScriptStart[] {
  const commands = readShell(script, scope, sourced) ?? [];
  return commands.flatMap(({ words, environment }) => {
    const told = scriptOf(words) ?? quotedScript(words);
    const isDeep =
      told !== null && exceeds(nesting + 1, MAX_NESTING, 'scripts within scripts', () => placeOfMapped(told.text));
    const inner = isDeep ? null : told;
    const text =
      inner && (inner.unresolved === null ? inner.text : (inner.script?.text ?? insideDoubleQuotes(inner.text)));
    if (inner === null || text === null) return [{ words, environment }];
    const passed = new Map([...scope, ...[...environment].map(([name, word]) => [name, [word]] as const)]);
    return startsIn(text, scopeOfScript(words, inner, passed), sourced, nesting + 1).map((start) => ({
      words: inner.script ? start.words.map(openedBy(inner.script)) : start.words,
      environment: new Map([...environment, ...start.environment]),
    }));
  });
}

/** A word of a script that holds a part of which nobody knows the value is open itself. */
function openedBy({ open }: OpenScript): (word: Word) => Word {
  const parts = open.map(({ text, reason }) => ({ ...placeOfMapped(text), reason }));
  return (word) => {
    const inside = parts.find(({ file, start, end }) =>
      word.text.segments.some((one) => {
        const [from = one.origin, to = one.origin] = [one.starts[0], one.ends[one.text.length - 1]];
        return one.file.path === file && from < end && start < to;
      }),
    );
    return inside ? { ...word, unresolved: inside.reason } : word;
  };
}

/** Commands in their order, each with what those in front of it install. */
export function withInstalls(
  starts: readonly ScriptStart[],
  context: Pick<FormatContext, 'engines' | 'read'>,
  folder: string,
): (ScriptStart & { readonly installed: readonly Installed[] })[] {
  let installed: readonly Installed[] = [];
  return starts.map((start) => {
    const earlier = installed;
    const own = installed.length < MAX_INSTALLS ? installedBy(start.words, context, folder) : [];
    if (own.length > 0) installed = [...installed, ...own];
    return { ...start, installed: earlier };
  });
}

/** Programs that are given a whole command in quotes: wrappers, terminals, and those that run it on another machine. */
const RUN_QUOTED =
  /^(?:\S*\/)?(?:tmux|screen|ssh|sshpass|su|srun|nohup|timeout|script|env|sudo|pm2|parallel|gcloud|az|sky|vastai|lxc|incus|pct|multipass|vagrant)$/;

/** `tmux new -d 'vllm serve …'`, `tmux send-keys "vllm serve $MODEL" C-m`, `gcloud compute ssh VM --command="vllm serve …"`. */
function quotedScript(words: readonly Word[]): Word | null {
  if (!RUN_QUOTED.test(words[0]?.text.text ?? '')) return null;
  const at = words.findIndex(({ text }) => /\s/.test(text.text) && LAUNCH_INSIDE.test(text.text));
  const found = words[at];
  if (!found || words.slice(0, at).some(({ text }) => LOOKS_FOR.test(text.text))) return null;
  const option = /^--[\w-]{1,40}=(?:startup-script=)?/.exec(found.text.text)?.[0].length ?? 0;
  return option === 0 ? found : { ...found, text: sliceMapped(found.text, option, found.text.text.length) };
}

/** Programs that look for a command among what runs (`sudo pkill -f "vllm serve …"`), or show it. */
const LOOKS_FOR = /^(?:\S*\/)?(?:pkill|pgrep|killall|e?grep|rg|echo|printf)$/;

const LAUNCH_INSIDE =
  /(?:^|[\s/"'=])(?:vllm serve|sglang serve|llama-server|trtllm-serve|text-generation-launcher|lmdeploy serve|ollama serve)\s|-m (?:vllm\.|sglang\.|llama_cpp\.)/;
