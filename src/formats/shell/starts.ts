import type { GpuRequest } from '../../deployment.ts';
import { placeOfMapped, sliceMapped } from '../../syntax/mapped-text.ts';
import type { Word } from '../../syntax/word.ts';
import type { Engine } from '../../engines/engine.ts';
import type { FormatContext } from '../format.ts';
import { engineOfName } from '../named-after.ts';
import { startsAnotherProgram } from '../image-command.ts';
import { engineOfOptions } from '../known-by-options.ts';
import { scopeOfScript, type ScriptStart, scriptOf, type Start, startsIn, withInstalls } from '../launch.ts';
import { visibleGpus } from '../visible-gpus.ts';
import { type ContainerRun, containerRunOf } from './container-run.ts';
import { gpusOfStep } from './slurm.ts';

/** What one command of a script starts: itself, or what a container runs that it starts. */
export function startsOfCommand(
  { words: written, environment: exported, installed }: ScriptStart & Pick<Start, 'installed'>,
  called: Pick<Start, 'format' | 'name'>,
  context: FormatContext,
  folder: string,
): Omit<Start, 'anchor'>[] {
  const words = managedBy(written, context) ?? written;
  const environment = new Map([...exported, ...givenIn(words, context)]);
  const common = { ...called, environment, sequence: null };
  const run = containerRunOf(words);
  const unnamed = run ? null : engineBehind(words, context);
  if (unnamed)
    return [
      {
        ...common,
        ...(installed && { installed }),
        words: unnamed.options,
        hasCommand: false,
        image: null,
        startedBy: unnamed.engine,
        gpuRequest: gpusOf(environment),
      },
    ];
  if (!run)
    return [
      {
        ...common,
        ...(installed && { installed }),
        words,
        hasCommand: true,
        image: null,
        gpuRequest: gpusOfCommand(words, environment),
      },
    ];
  const inside = new Map([...environment, ...run.environment]);
  const gpuRequest = run.count === null ? gpusOf(inside) : { name: null, count: run.count, nodes: 1 };
  const image = { value: run.image.text.text, place: placeOfMapped(run.image.text) };
  const script = scriptOf(run.words);
  if (script && script.unresolved === null) {
    const scope = new Map([...inside].map(([key, word]) => [key, [word]] as const));
    // What is installed outside the container stays outside.
    const inner = startsIn(script.text, scopeOfScript(run.words, script, scope));
    return withInstalls(inner, context, folder).map((start) => ({
      ...common,
      installed: start.installed,
      words: start.words,
      hasCommand: true,
      image,
      environment: new Map([...inside, ...start.environment]),
      gpuRequest,
    }));
  }
  const recognised = context.engines.some((engine) => engine.recognise(run.words) !== null);
  // A shell in the image, or nothing at all: a container to work in.
  const isOther = run.words.length === 0 ? !servesByItself(run, context) : startsAnotherProgram(run.words);
  const hasCommand = recognised || run.entrypoint || isOther;
  const start = { ...common, words: run.words, hasCommand, image, environment: inside, gpuRequest };
  if (hasCommand || context.engines.some(({ ownsImage }) => ownsImage(image.value))) return [start];
  // An image of the team's own, and what stands behind it are an engine's options.
  const engine = engineOfOptions(run.words, true, context.engines);
  return [engine ? { ...start, startedBy: engine.id } : start];
}

/** `pm2 start vllm --name chat -- serve org/name`: what the manager starts, with what stands behind the two dashes; null for any other command. */
function managedBy(words: readonly Word[], { engines }: FormatContext): readonly Word[] | null {
  const [manager, verb, ...rest] = words;
  if (!/(?:^|\/)pm2$/.test(manager?.text.text ?? '') || verb?.text.text !== 'start') return null;
  const dashes = rest.findIndex(({ text }) => text.text === '--');
  if (dashes === -1) return null;
  const behind = rest.slice(dashes + 1);
  const programs = rest.slice(0, Math.min(dashes, MAX_OPTIONS)).map((program) => [program, ...behind]);
  return programs.find((one) => engines.some(({ recognise }) => recognise(one) !== null)) ?? null;
}

const MAX_OPTIONS = 40;
const ASSIGNS = /^[A-Z_][A-Z0-9_]{0,80}=/;

/** Variables among the words in front of an engine (`env CUDA_VISIBLE_DEVICES=0 vllm serve …`, `ssh HOST HIP_VISIBLE_DEVICES=0,1 llama-server …`). */
function givenIn(words: readonly Word[], { engines }: FormatContext): [string, Word][] {
  if (!words.slice(0, MAX_OPTIONS).some(({ text }) => ASSIGNS.test(text.text))) return [];
  const start = engines.map(({ recognise }) => recognise(words)?.argumentsStart ?? 0).find((at) => at > 0) ?? 0;
  return words.slice(0, start).flatMap(({ text, unresolved }): [string, Word][] => {
    const equals = ASSIGNS.test(text.text) ? text.text.indexOf('=') : -1;
    if (equals === -1) return [];
    return [[text.text.slice(0, equals), { text: sliceMapped(text, equals + 1, text.text.length), unresolved }]];
  });
}

/** Programs that start another one (`nohup "$SERVER" …`), and the words that they take in front of it. */
const IN_FRONT = /^(?:exec|nohup|env|setsid|time|nice|ionice|stdbuf|sudo|timeout|numactl|taskset|chrt)$/;
const TAKEN = /^(?:-|[A-Za-z_]\w*=|\d)/;

/**
 * The engine whose options stand behind a program that only a variable names (`"$LLAMA_SERVER" -m a.gguf --ctx-size 8192`), and
 * those options.
 */
function engineBehind(
  words: readonly Word[],
  { engines }: FormatContext,
): { readonly engine: string; readonly options: readonly Word[] } | null {
  const at = words.findIndex(({ text }) => !IN_FRONT.test(text.text) && !TAKEN.test(text.text));
  const program = words[at];
  if (!program || program.unresolved === null || !/[$%]/.test(program.text.text)) return null;
  const options = words.slice(at + 1);
  const engine = engineOfOptions(options, true, engines) ?? engineByVariable(program, options, engines);
  return engine && { engine: engine.id, options };
}

/** The engine that the variable is called after (`$LLAMA_SERVER`), where all of the options are that engine's and name a model. */
function engineByVariable({ text }: Word, options: readonly Word[], engines: FormatContext['engines']): Engine | null {
  const [, name = ''] = /^"?[$%]\{?([A-Za-z_]\w{0,60})[}%]?"?$/.exec(text.text) ?? [];
  const engine = engineOfName(name, engines);
  const read = engine?.parseWords(options, 'api_server');
  if (!engine || !read || read.problems.some(({ code }) => code === 'unknown-argument')) return null;
  return read.model !== null || read.unresolved.some((open) => open.name === 'model') ? engine : null;
}

/** Whether an image knows what to serve without a word: it is made for one model, or told by the engine's own variables. */
function servesByItself({ image, environment }: ContainerRun, { engines }: FormatContext): boolean {
  const engine = engines.find(({ ownsImage }) => ownsImage(image.text.text));
  if (!engine) return false;
  const named = [...environment.keys()].some((variable) => engine.argumentOfVariable(variable) === 'model');
  return named || (engine.modelOfImage?.(image.text.text) ?? null) !== null;
}

/** What `srun` asks for goes with what the environment shows. */
function gpusOfCommand(words: readonly Word[], environment: ReadonlyMap<string, Word>): GpuRequest {
  const shown = gpusOf(environment);
  const step = gpusOfStep(words);
  return step ? { ...step, count: shown.count ?? step.count } : shown;
}

function gpusOf(environment: ReadonlyMap<string, Word>): GpuRequest {
  return { name: null, count: visibleGpus(environment), nodes: 1 };
}
