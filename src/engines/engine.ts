import type { Argument, ArgumentProblem, ArgumentValue, Located, Unresolved } from '../deployment.ts';
import type { Estimate } from '../estimate.ts';
import type { Target } from '../hardware/gpu.ts';
import type { ModelFacts } from '../models/architecture.ts';
import type { ModelProblem, ModelSources } from '../models/resolve.ts';
import type { Place } from '../text.ts';
import type { Word } from '../syntax/word.ts';
import type { MeasuredPart, MeasuredParts, Measurement } from './measurement.ts';
import type { Releases } from './releases.ts';
import type { LogLine } from './log-lines.ts';
import type { StartUpLog } from './start-up-log.ts';

/** A key with its value as a settings file (YAML, JSON, environment) holds it. */
export interface Setting {
  readonly key: string;
  readonly value: ArgumentValue;
  readonly place: Place;
  /** Set when the value is templated or refers to something outside the repository. */
  readonly unresolved: string | null;
}

/** What an engine reads out of its command line or settings. */
export interface ParsedArguments {
  readonly model: Located<string> | null;
  readonly arguments: ReadonlyMap<string, Argument>;
  readonly unresolved: readonly Unresolved[];
  readonly problems: readonly ArgumentProblem[];
}

/** A launch command recognised in a list of words. */
export interface RecognisedCommand {
  /** Index of the first word after the command itself (`vllm serve` → the model). */
  readonly argumentsStart: number;
  /** How the engine was started: decides whether the model is positional and which defaults hold. */
  readonly entrypoint: string;
}

/** All that an estimate depends on; a value, so that the same workload gives the same estimate. */
export interface Workload {
  readonly engineVersion: string | null;
  readonly arguments: Readonly<Record<string, ArgumentValue>>;
  readonly environment: Readonly<Record<string, string>>;
  readonly model: ModelFacts;
  /** The draft model that the arguments name, when they name one; null when none is named or none is needed. */
  readonly drafter: ModelFacts | null;
  readonly target: Target;
  /** What logs measured of launches of this model (the facts file); absent: nothing. */
  readonly measurements?: readonly Measurement[];
  /** What of them holds for this very launch; set by measured-estimate.ts alone. */
  readonly measured?: MeasuredParts;
  /** GPUs that the config asks for; null or absent where it does not say, so that the engine sees all of the target's. */
  readonly gpusAskedFor?: number | null;
}

/** The engine inside an image. */
export interface ImageVersion {
  /** As the engine numbers its releases; null for `latest`, a digest, or a numbering that nobody has listed. */
  readonly version: string | null;
  /** Whose list says so, where the tag itself does not. */
  readonly by: string | null;
  /** Whether somebody else publishes it, so that no file of the repository says what is in it. */
  readonly published: boolean;
}

/**
 * What turning a knob takes from the user: room that is only reserved, requests at once, batches, length, drafted tokens,
 * precision of the cache or the weights, more GPUs, CUDA graphs, weights in host memory.
 */
export type KnobKind =
  | 'reserve'
  | 'concurrency'
  | 'batch'
  | 'context'
  | 'speculation'
  | 'cache_precision'
  | 'weight_precision'
  | 'gpus'
  | 'graphs'
  | 'host_memory';

/** The argument that says how much of a GPU the engine may take, in its own meaning; more of it never shrinks the cache. */
export interface BudgetArgument {
  readonly argument: string;
  /** Step in which people write it, and the ends between which it is looked for. */
  readonly step: number;
  readonly least: number;
  readonly most: number | ((workload: Workload) => number);
  /** What is wrong above, where it is not what stands outside a share: one clause. */
  readonly overfull?: string;
  /** Whether it decides the cache of a launch at all, beside the other arguments. */
  applies(args: Readonly<Record<string, ArgumentValue>>): boolean;
  /** Rules of thumb by kind of deployment, lowest and highest; left out where nobody gives any. */
  readonly advised?: Readonly<Record<'usual' | 'speculative' | 'large', readonly [low: number, high: number]>>;
}

/** A number that the arguments come to, and the argument (canonical name) that decides it. */
export interface Written {
  readonly argument: string;
  readonly value: number;
}

/** One lever of an engine, in the engine's own meaning, cheapest for the user first in `Engine.knobs`. */
export interface Knob {
  readonly argument: string;
  /** Left out, every turn of it counts alike. */
  readonly kind?: KnobKind;
  /** What the user pays when it is turned, in one clause. */
  readonly cost: string;
  /**
   * Values worth trying in the order of the smallest change first, given the failing estimate.
   * Empty when this knob cannot help here.
   */
  candidates(workload: Workload, estimate: Estimate): readonly ArgumentValue[];
}

/**
 * One inference engine: its argument surface, its defaults by version, its accounting and its remedies.
 * Everything that differs between engines is asked here; nobody outside its folder tests an engine's id.
 */
export interface Engine {
  readonly id: string;
  readonly title: string;
  /** Recognises its launch command anywhere in a word list (after `exec`, `nohup`, `uv run`, …), or null. */
  recognise(words: readonly Word[]): RecognisedCommand | null;
  /** Whether an image is this engine's own, whose entrypoint takes the arguments; any registry prefix. */
  ownsImage(image: string): boolean;
  /** What an image reference says about the engine inside it; null when it says nothing (an image of the team's own). */
  versionOfImage(image: string): ImageVersion | null;
  /** The model that an image is made for, where images are made for one (NIM's); null for one that takes any. */
  modelOfImage?(image: string): string | null;
  /** Names of the Python packages that are this engine, as `pip install` takes them. */
  readonly packages: readonly string[];
  /** What runs the engine, by image and arguments (`vllm-cpu`, `--device tpu`). */
  deviceOf(image: string | null, words: readonly Word[]): 'gpu' | 'cpu' | 'tpu' | 'neuron' | 'gaudi';
  /** Reads the words after the launch command. */
  parseWords(words: readonly Word[], entrypoint: string): ParsedArguments;
  /** Reads keys of a settings file; keys that are not this engine's become problems unless `strict` is false. */
  parseSettings(settings: readonly Setting[], strict: boolean): ParsedArguments;
  /**
   * The argument (canonical name) that the engine reads from an environment variable (`LLAMA_ARG_CTX_SIZE`), or null. Programs that
   * start the engine may have variables of their own; `entrypoint` is the one of a recognised command or of an image.
   */
  argumentOfVariable(variable: string, entrypoint?: string): string | null;
  /** How an image starts the engine, where that is another way than its own server's; null for its own. */
  entrypointOfImage?(image: string): string | null;
  /** What a program that starts the engine sets where nobody says otherwise, by canonical name. */
  defaultsOf?(entrypoint: string): readonly { readonly name: string; readonly value: ArgumentValue }[];
  /**
   * The argument that names a file of more arguments, read as unresolved as long as the file is not, and whether what the
   * file says goes over the command line. Absent where no file is read.
   */
  readonly settingsFile?: {
    readonly argument: string;
    readonly wins: boolean;
    /** The key of an argument in such a file, those of a section as `section.key`. */
    keyOf(name: string): string;
  };
  /** Whether a key (kebab or snake) is an argument of this engine. */
  knowsArgument(key: string): boolean;
  /** The releases that take an argument (any spelling); null where nobody has looked. Absent: nobody has at all. */
  releasesOf?(argument: string): Releases | null;
  /**
   * Whether an argument (canonical name) changes what the engine takes of the GPU. Part of the argument surface.
   * One that does and whose value is not in the repository makes the verdict `unknown`.
   */
  affectsMemory(name: string): boolean;
  /** The words that set an argument (`['--max-model-len', '8192']`, `['--enforce-eager']`, `['--no-enable-prefix-caching']`). */
  printArgument(name: string, value: ArgumentValue): readonly string[];
  /** Ids of the draft model that the arguments name, for the model lookup; null when none is needed. */
  drafterOf(args: Readonly<Record<string, ArgumentValue>>): string | null;
  /** What a log of its start-up says; null for the log of something else. Absent: its logs are not read yet. */
  readStartUpLog?(lines: readonly LogLine[]): StartUpLog | null;
  /**
   * Parts that its estimates take from a log of the same launch, beside the KV cache; and whether the weights that it logs
   * hold a drafter's. Absent: none.
   */
  readonly learns?: { readonly parts: readonly MeasuredPart[]; readonly drafterInWeights: boolean };
  /**
   * The facts of a model that this engine names in its own way (a GGUF file, a name of a library). Absent: an id of the Hub
   * or a path of a checkpoint. `args` are empty for the draft model.
   */
  resolve?(
    id: string,
    args: Readonly<Record<string, ArgumentValue>>,
    sources: ModelSources,
  ): ModelFacts | { readonly problem: ModelProblem };
  /**
   * Models that commands in a text give to a server that is started without one (`ollama pull MODEL`), with their ranges, for
   * launches beside them that name none. Absent: the launch itself names its model.
   */
  modelsIn?(text: string): readonly { readonly value: string; readonly start: number; readonly end: number }[];
  /** Predicts the memory of one workload. Pure and total: bad arguments give a verdict, never a throw. */
  estimate(workload: Workload): Estimate;
  readonly knobs: readonly Knob[];
  /**
   * Tokens that the arguments have drafted per step, and the argument that says so; null where nothing is drafted or they do
   * not say. Absent: `num_speculative_tokens` of the estimate's effective values.
   */
  drafts?(args: Readonly<Record<string, ArgumentValue>>): Written | null;
  /** The argument that cuts the layers into stages; absent where the engine cannot. */
  readonly stagesArgument?: string;
  /** Ranks that the experts are spread over whole, and the argument that says so; null where none are. */
  expertRanks?(args: Readonly<Record<string, ArgumentValue>>): Written | null;
  /** Absent where nothing bounds what the engine takes but its other arguments. */
  readonly budget?: BudgetArgument;
  /** The argument that bounds the tokens of one request (vLLM: max_model_len). */
  readonly lengthArgument?: string;
  /** Variables that its allocator is set by, the one that its releases read first (PyTorch's). */
  readonly allocatorVariables?: readonly string[];
  /**
   * The arguments that spread the same launch over so many GPUs of one node (vLLM: tensor_parallel_size), or null
   * when the engine cannot. For saying how many GPUs would do where nothing else fits.
   */
  spread(gpus: number): Readonly<Record<string, ArgumentValue>> | null;
}
