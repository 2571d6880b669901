import { gib } from '../bytes.ts';
import type { ArgumentValue } from '../deployment.ts';
import type { Memory } from '../estimate.ts';
import type { Quantity } from '../quantity.ts';
import { grouped } from '../text.ts';

/** The parts of a GPU's memory in the order in which every table shows them; with what is free they make the total. */
export const PARTS = [
  { field: 'weightsBytes', title: 'weights', short: 'weights', letter: 'w' },
  { field: 'drafterBytes', title: 'drafter', short: 'drafter', letter: 'd' },
  { field: 'kvCacheBytes', title: 'KV cache', short: 'KV', letter: 'k' },
  { field: 'activationBytes', title: 'activations', short: 'activ.', letter: 'a' },
  { field: 'cudaGraphBytes', title: 'CUDA graphs', short: 'graphs', letter: 'g' },
  { field: 'nonTorchBytes', title: 'non-torch', short: 'other', letter: 'n' },
  { field: 'outsideBudgetBytes', title: 'outside budget', short: 'outside', letter: 'o' },
] as const satisfies readonly (Column & { readonly letter: string })[];

/** Columns of a breakdown table, in GiB. */
export const COLUMNS: readonly Column[] = [
  ...PARTS,
  { field: 'totalBytes', title: 'total', short: 'total' },
  { field: 'freeBytes', title: 'free', short: 'free' },
];

/** Columns that add up to the total for these memories: what only some launches have is there only where it is something. */
export function columnsOf(memories: readonly Memory[]): readonly Column[] {
  const some = (field: keyof Memory): boolean => memories.some((memory) => gibCell(memory[field].value) !== '0.00');
  const released = { field: 'releasedBytes', title: 'released', short: 'rel.' } as const;
  const kept = COLUMNS.filter(({ field }) => field !== 'drafterBytes' || some(field));
  const total = kept.findIndex(({ field }) => field === 'totalBytes');
  return some('releasedBytes') ? [...kept.slice(0, total), released, ...kept.slice(total)] : kept;
}

interface Column {
  readonly field: keyof Memory;
  readonly title: string;
  /** For a narrow terminal. */
  readonly short: string;
}

/** What a person calls each figure. */
export const TITLES: Readonly<Record<keyof Memory, string>> = {
  totalBytes: 'total',
  budgetBytes: 'budget',
  weightsBytes: 'weights',
  drafterBytes: 'drafter',
  activationBytes: 'activations',
  releasedBytes: 'released',
  cudaGraphBytes: 'CUDA graphs',
  nonTorchBytes: 'non-torch',
  outsideBudgetBytes: 'outside budget',
  kvCacheBytes: 'KV cache',
  kvCacheNeededBytes: 'KV cache needed',
  kvCacheTokens: 'KV cache tokens',
  maxConcurrency: 'concurrency',
  maxModelLenThatFits: 'longest length that fits',
  peakBytes: 'peak',
  freeBytes: 'free',
};

const FIELDS = Object.keys(TITLES) as readonly (keyof Memory)[];

/** Parts that only some launches have. */
const SOMETIMES: ReadonlySet<keyof Memory> = new Set(['drafterBytes', 'releasedBytes']);

/** The fields of a memory in reading order; what is mostly nothing only where it is something. */
export function fieldsOf(memory: Memory): readonly (keyof Memory)[] {
  const isNothing = ({ low, high }: Quantity): boolean => low === 0 && high === 0;
  return FIELDS.filter((field) => !(SOMETIMES.has(field) && isNothing(memory[field])));
}

/** `14.99`: a table cell whose heading says GiB. */
export function gibCell(bytes: number): string {
  const text = gib(bytes).slice(0, -' GiB'.length);
  return text === '-0.00' ? '0.00' : text;
}

/** `1.07×`, as the engine logs it. */
export function times(value: number): string {
  return `${value.toFixed(2)}×`;
}

/** A figure of a field in its own unit: `14.99 GiB`, `35,184 tokens`, `1.07×`. */
export function figure(field: keyof Memory, value: number): string {
  if (field.endsWith('Bytes')) return `${gibCell(value)} GiB`;
  return field === 'maxConcurrency' ? times(value) : `${grouped(value)} tokens`;
}

/** `0.6–1.6 GiB`, or the value alone where both ends read the same. */
export function interval(field: keyof Memory, quantity: Quantity): string {
  if (!field.endsWith('Bytes')) {
    const [low, high] = [figure(field, quantity.low), figure(field, quantity.high)];
    return low === high ? high : `${low.replace(/ tokens$|×$/, '')}–${high}`;
  }
  const [low, high] = [gib(quantity.low, 1), gib(quantity.high, 1)];
  return low === high ? figure(field, quantity.value) : `${low.slice(0, -' GiB'.length)}–${high}`;
}

/** An argument's value as one would type it; objects as JSON. Null: not written. */
export function argumentText(value: ArgumentValue): string {
  if (value === null) return 'not set';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
