import type { Architecture, FactSource, ModelFacts, Remake } from './architecture.ts';
import { heldAgainst } from './checkpoint.ts';
import { architectureOf } from './config/config.ts';
import type { Fields } from './config/fields.ts';
import type { ElementCounts } from './safetensors.ts';

/** Which model, and which state of it; null is the default branch. */
export interface ModelRequest {
  readonly id: string;
  readonly revision: string | null;
  /** Quantization that names one of its GGUF files. */
  readonly gguf?: string;
}

/** What a Hub says of one model: its config and where exactly that was read. */
export interface StatedFacts {
  /** Address of the repository, for a reader: `https://huggingface.co/Qwen/Qwen3-8B`. */
  readonly source: string;
  /** Commit that was read, or null when the Hub does not say. */
  readonly revision: string | null;
  /** config.json or what a GGUF header says in its place, with the quantization from a file beside it merged in. */
  readonly config: Fields;
  /** Name of that file, or null when config.json says all. */
  readonly quantizationFrom: string | null;
  /** Sum of the weight files, or null when the Hub does not list them. */
  readonly checkpointBytes: number | null;
  /** Elements of the weight files by dtype, as their headers say, or null. */
  readonly elements: ElementCounts | null;
  /** Why the headers could not be read, or null. */
  readonly unread: string | null;
}

/** Why something could not be had, and what to do. */
export interface Refusal {
  readonly reason: string;
  readonly remedy: string;
}

/** Shortened as git and the Hub show it. */
export function shortRevision(revision: string): string {
  return /^[0-9a-f]{40}$/.test(revision) ? revision.slice(0, 8) : revision.slice(0, 40);
}

type Made = Architecture | { readonly problem: string };

/** Fifty configs may name one model, and whoever estimates keeps things by architecture. */
const kept = new WeakMap<StatedFacts, Made>();

/** Facts made of a config that somebody else read. `from` leads the source: `Hub`, or the facts file. */
export function factsOf(
  id: string,
  stated: StatedFacts,
  from: string,
  make: (config: Fields) => Made = architectureOf,
): ModelFacts | { readonly problem: string } {
  const architecture = kept.get(stated) ?? compared(stated, make(stated.config));
  kept.set(stated, architecture);
  if ('problem' in architecture) return architecture;
  const where = stated.revision === null ? stated.source : `${stated.source} at ${shortRevision(stated.revision)}`;
  const source = `${from} (${where})`;
  const sources: FactSource[] = [{ fact: 'config', source }];
  if (stated.quantizationFrom !== null)
    sources.push({ fact: 'quantization', source: `${source}, ${stated.quantizationFrom}` });
  if (stated.checkpointBytes !== null) sources.push({ fact: 'checkpoint size', source: `${source}, its files` });
  if (stated.elements !== null && architecture.drafter === null)
    sources.push({ fact: 'parameters', source: 'config, held against the headers of the weight files' });
  const remade: Remake = (change) => make(change(stated.config));
  return { id, architecture, source, sources, checkpointBytes: stated.checkpointBytes, remade };
}

/** An architecture with what its files say against it. */
function compared(stated: StatedFacts, made: Made): Made {
  if ('problem' in made) return made;
  const against = stated.elements === null ? null : heldAgainst(made, stated.elements);
  if (against?.refuses === true)
    return { problem: `${against.note}, and the ${made.modelType.slice(0, 60)} family is not known.` };
  const notes = [
    ...(made.quantization?.method === 'gguf'
      ? ['the facts are those of a GGUF header, and no start-up log with GGUF confirms the estimate']
      : []),
    ...(against ? [against.note] : []),
    ...(stated.unread === null ? [] : [`the headers of its weight files were not compared: ${stated.unread}`]),
  ];
  return notes.length > 0 ? { ...made, approximations: [...made.approximations, ...notes] } : made;
}
