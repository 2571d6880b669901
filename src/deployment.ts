import type { Place } from './text.ts';

/** A value as the engine would parse it. Objects come from JSON-valued arguments. */
export type ArgumentValue =
  | string
  | number
  | boolean
  | null
  | readonly ArgumentValue[]
  | { readonly [key: string]: ArgumentValue };

/** One engine argument under the engine's own canonical name (`max_model_len`). */
export interface Argument {
  readonly name: string;
  readonly value: ArgumentValue;
  /** Where the value stands (the flag itself for a bare boolean flag; the definition for a resolved variable). */
  readonly place: Place;
  /** `wrapper`: a default that a platform sets without writing it down. */
  readonly source: 'command' | 'environment' | 'config' | 'wrapper';
}

/** A named value with its place: a model, an environment variable, a version. */
export interface Located<T> {
  readonly value: T;
  readonly place: Place;
}

/** An argument that is written but whose value is not in the repository. Always shown, never skipped. */
export interface Unresolved {
  readonly name: string;
  readonly text: string;
  readonly reason: string;
  readonly place: Place;
}

/** Something wrong with how an argument is written: unknown, removed in this version, ignored by the loader, of the wrong type. */
export interface ArgumentProblem {
  readonly code: 'unknown-argument' | 'removed-argument' | 'ignored-argument' | 'invalid-value';
  /** The name as it is written, without dashes in front; absent where no one name is wrong. */
  readonly argument?: string;
  readonly message: string;
  readonly remedy: string;
  readonly place: Place;
}

/** GPUs that the config itself asks for. Names are as written; hardware/ knows what they mean. */
export interface GpuRequest {
  readonly name: Located<string> | null;
  /** GPUs per replica and node. */
  readonly count: Located<number> | null;
  /** Nodes (pods) that serve one replica together, as in a LeaderWorkerSet. */
  readonly nodes: number;
  /** What says that other pods use the GPUs in turns, where something does: none of them has memory of its own. */
  readonly shared?: Located<string>;
  /** GPUs of the host by their numbers or ids, where the config binds the launch to some. */
  readonly devices?: readonly string[];
  /** Other GPUs that the config allows in the place of the named one; the launch must fit whichever it gets. */
  readonly alternatives?: readonly Pick<GpuRequest, 'name' | 'count'>[];
}

/** What runs the engine. Only `gpu` can be judged. */
export type Device = 'gpu' | 'cpu' | 'tpu' | 'neuron' | 'gaudi';

export interface EngineReference {
  readonly id: string;
  /** As the engine numbers its releases (`0.19.0`), or null when nothing states it. */
  readonly version: string | null;
  /** What states the version, for a reader: `image vllm/vllm-openai:v0.19.0`; without one, what leaves it open. */
  readonly versionSource: string | null;
  readonly versionPlace: Place | null;
}

/** One launch of an engine, found in a serving config. */
export interface Deployment {
  readonly file: string;
  readonly line: number;
  /** Id of the format that read it. */
  readonly format: string;
  /** What the file calls it (Kubernetes name and container, service, script function), unique within the file. */
  readonly name: string;
  readonly engine: EngineReference;
  readonly device: Device;
  /** The image that it runs in, where the config names one. */
  readonly image?: Located<string>;
  /** Hub id or path as the engine is told; null when the launch names none. */
  readonly model: Located<string> | null;
  readonly arguments: ReadonlyMap<string, Argument>;
  readonly unresolved: readonly Unresolved[];
  readonly problems: readonly ArgumentProblem[];
  readonly environment: ReadonlyMap<string, Located<string>>;
  readonly gpuRequest: GpuRequest;
  /** What the file labels it with (Kubernetes labels of the workload and of its pods, `profiles` of Compose with commas between); absent where a format has none. */
  readonly labels?: ReadonlyMap<string, string>;
  /** How the arguments can be changed: where their words stand, or, once its file is read, where to read that again. Made and read by formats/ alone. */
  readonly site: unknown;
}

/** The names under which clients ask for the model, which often say what a path does not. */
export function servedNames({ arguments: args }: Pick<Deployment, 'arguments'>): readonly string[] {
  const values = [args.get('served_model_name')?.value, args.get('alias')?.value].flat();
  return values.flatMap((value) => (typeof value === 'string' ? [value] : []));
}

/** A launch that was recognised but cannot be read. */
export interface Unsupported {
  readonly file: string;
  readonly format: string;
  readonly name: string;
  readonly reason: string;
  readonly remedy: string;
  readonly place: Place;
  /** Why it does not count, where a waiver or the baseline takes it out. */
  readonly waived?: string;
}
